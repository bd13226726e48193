//! Numbers for texts and fast maps for small keys: what the inner loop of counting looks things up with.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Labels (and codes) that one block tells apart; the rest of it goes to [`OTHER`].
pub const MAX_LOCAL: u32 = 4095;
/// Local id of what exceeds [`MAX_LOCAL`].
pub const OTHER: u32 = MAX_LOCAL;
/// A fast, unkeyed hash for small keys (multiply and fold, as in rustc's own maps).
#[derive(Default)]
pub struct FastHasher(u64);

impl FastHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for FastHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.mix(chunk.try_into().map_or(0, u64::from_le_bytes));
        }
        let mut rest = [0; 8];
        for (to, from) in rest.iter_mut().zip(chunks.remainder()) {
            *to = *from;
        }
        self.mix(u64::from_le_bytes(rest));
    }

    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }
}

/// A map for small keys.
pub type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// Texts numbered in order of appearance: an open-addressed table of at most half its length, because this is looked
/// up several times a record.
#[derive(Default)]
pub struct Interner {
    /// (hash, number + 1); 0 is free. Its length is a power of two.
    table: Vec<(u64, u32)>,
    /// The last text of at most 7 bytes, packed, and its number: response codes repeat.
    last_short: Option<(u64, u32)>,
    /// The texts, by number.
    pub texts: Vec<Box<[u8]>>,
}

impl Interner {
    /// The number of a text; [`OTHER`] once there are too many.
    #[inline]
    pub fn id(&mut self, text: &[u8]) -> u32 {
        if text.len() > 7 {
            return self.find(text);
        }
        let packed = text.iter().fold(text.len() as u64, |word, byte| {
            (word << 8) | u64::from(*byte)
        });
        if let Some((known, id)) = self.last_short
            && known == packed
        {
            return id;
        }
        let id = self.find(text);
        self.last_short = Some((packed, id));
        id
    }

    #[inline]
    fn find(&mut self, text: &[u8]) -> u32 {
        let hash = hash_of(text);
        let mask = self.table.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        while let Some((known, number)) = self.table.get(at).filter(|slot| slot.1 > 0) {
            let id = number - 1;
            if *known == hash && self.texts.get(id as usize).is_some_and(|t| same(t, text)) {
                return id;
            }
            at = (at + 1) & mask;
        }
        self.insert(text, hash)
    }

    #[cold]
    fn insert(&mut self, text: &[u8], hash: u64) -> u32 {
        let id = self.texts.len() as u32;
        if id >= MAX_LOCAL {
            return OTHER;
        }
        self.texts.push(text.into());
        if self.texts.len() * 2 > self.table.len() {
            let length = (self.table.len() * 2).max(64);
            let old = std::mem::replace(&mut self.table, vec![(0, 0); length]);
            for (hash, number) in old.into_iter().filter(|slot| slot.1 > 0) {
                self.place(hash, number);
            }
        }
        self.place(hash, id + 1);
        id
    }

    fn place(&mut self, hash: u64, number: u32) {
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        while self.table.get(at).is_some_and(|slot| slot.1 > 0) {
            at = (at + 1) & mask;
        }
        if let Some(slot) = self.table.get_mut(at) {
            *slot = (hash, number);
        }
    }
}

/// A hash of every byte and the length, eight bytes at a time.
#[inline]
fn hash_of(text: &[u8]) -> u64 {
    let mut hasher = FastHasher(text.len() as u64);
    let mut rest = text;
    while let Some((word, after)) = rest.split_first_chunk() {
        hasher.mix(u64::from_le_bytes(*word));
        rest = after;
    }
    if let Some(word) = text.last_chunk() {
        hasher.mix(u64::from_le_bytes(*word));
    } else {
        let short = rest
            .iter()
            .fold(0, |word, byte| (word << 8) | u64::from(*byte));
        hasher.mix(short);
    }
    let word = hasher.0;
    word ^ (word >> 32)
}

/// Equality of short texts, without a call.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let (mut x, mut y) = (a, b);
    while let (Some((m, after_x)), Some((n, after_y))) =
        (x.split_first_chunk::<8>(), y.split_first_chunk::<8>())
    {
        if m != n {
            return false;
        }
        (x, y) = (after_x, after_y);
    }
    match (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(m), Some(n)) => m == n,
        _ => x.iter().zip(y).all(|(m, n)| m == n),
    }
}
