//! A histogram as an HdrHistogram log carries it: base64, deflated or not, encodings V0, V1 and V2.
//!
//! Decoded straight into (lowest value, highest value, count), without the array of counts that a header asks for, so
//! that a damaged header cannot ask for memory. Layout: HdrHistogram, `AbstractHistogram.encodeIntoByteBuffer` and
//! `decodeFromByteBuffer`; values: `valueFromIndex`.

use std::io::{self, Read};

use base64::Engine as _;
use flate2::read::ZlibDecoder;

/// An encoded histogram has at most this many bytes; the largest possible one (5 digits, 64 bits) has 38 MB.
const MAX_BYTES: u64 = 48 << 20;
/// Values of one bucket: a billion a second for 18 minutes.
const MAX_COUNT: u64 = 1 << 40;
/// Buckets with a count; real histograms have some thousands.
const MAX_BUCKETS: usize = 1 << 20;

/// Values of one bucket and how often they occurred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Lowest value that falls into it.
    pub low: u64,
    /// Highest value that falls into it: what HdrHistogram prints.
    pub high: u64,
    /// How often.
    pub count: u64,
}

/// A decoded histogram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// Significant decimal digits that values keep.
    pub digits: u32,
    /// Buckets with a count, rising.
    pub buckets: Vec<Bucket>,
}

impl Payload {
    /// Decodes base64 text.
    pub fn decode(text: &[u8]) -> Result<Self, &'static str> {
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(text)
            .map_err(|_| "the histogram is not whole base64")?;
        let (cookie, rest) = cookie_of(&bytes)?;
        if !matches!(cookie & !0xf0, 0x1c84_9302 | 0x1c84_9304 | 0x1c84_9309) {
            return Self::of_bytes(cookie, rest);
        }
        let (length, packed) = rest
            .split_first_chunk::<4>()
            .ok_or("the histogram is cut off")?;
        let length = u64::from(u32::from_be_bytes(*length));
        let mut bytes = Vec::new();
        ZlibDecoder::new(packed.take(length))
            .take(MAX_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|_: io::Error| "the packed histogram is damaged")?;
        let (cookie, rest) = cookie_of(&bytes)?;
        Self::of_bytes(cookie, rest)
    }

    fn of_bytes(cookie: u32, bytes: &[u8]) -> Result<Self, &'static str> {
        let mut header = Header(bytes);
        // Bits 4 to 7 hold the width of a count; the lowest of them says that it varies.
        let width = usize::try_from((cookie & 0xe0) >> 4).unwrap_or_default();
        match cookie & !0xf0 {
            0x1c84_9303 | 0x1c84_9301 => {
                let length = header.u32()?;
                let offset = header.u32()?;
                let digits = header.u32()?;
                let lowest = header.u64()?;
                header.u64()?;
                let ratio = f64::from_bits(header.u64()?);
                if offset != 0 || (ratio - 1.0).abs() > 0.0 {
                    return Err(
                        "the histogram holds shifted or fractional values, which are not read",
                    );
                }
                let length = usize::try_from(length).map_err(|_| "the histogram is damaged")?;
                let counts = header.0.get(..length).ok_or("the histogram is cut off")?;
                let layout = Layout::new(digits, lowest)?;
                if cookie & !0xf0 == 0x1c84_9303 {
                    layout.varying(counts)
                } else {
                    layout.fixed(counts, width)
                }
            }
            0x1c84_9308 => {
                let digits = header.u32()?;
                let lowest = header.u64()?;
                header.u64()?;
                header.u64()?;
                Layout::new(digits, lowest)?.fixed(header.0, width)
            }
            _ => Err(
                "the histogram is of a kind that is not read (V0, V1 and V2 of whole numbers are)",
            ),
        }
    }

    fn push(&mut self, bucket: Bucket) -> Result<(), &'static str> {
        if self.buckets.len() >= MAX_BUCKETS {
            return Err("the histogram has more than a million buckets");
        }
        if bucket.count > MAX_COUNT {
            return Err("a count of the histogram is too large to be true");
        }
        self.buckets.push(bucket);
        Ok(())
    }

    /// How many values there are.
    pub fn total(&self) -> u64 {
        self.buckets
            .iter()
            .fold(0, |sum, b| sum.saturating_add(b.count))
    }

    /// The largest value, as HdrHistogram prints it.
    pub fn max(&self) -> u64 {
        self.buckets.last().map_or(0, |b| b.high)
    }
}

fn cookie_of(bytes: &[u8]) -> Result<(u32, &[u8]), &'static str> {
    let (cookie, rest) = bytes
        .split_first_chunk::<4>()
        .ok_or("the histogram is cut off")?;
    Ok((u32::from_be_bytes(*cookie), rest))
}

struct Header<'a>(&'a [u8]);

impl Header<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        let (value, rest) = self
            .0
            .split_first_chunk::<N>()
            .ok_or("the histogram is cut off")?;
        self.0 = rest;
        Ok(*value)
    }

    fn u32(&mut self) -> Result<u32, &'static str> {
        self.take().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64, &'static str> {
        self.take().map(u64::from_be_bytes)
    }
}

/// Which values the counts stand for.
struct Layout {
    digits: u32,
    unit_magnitude: u32,
    half_count_magnitude: u32,
}

impl Layout {
    fn new(digits: u32, lowest: u64) -> Result<Self, &'static str> {
        if digits > 5 || lowest == 0 {
            return Err("the header of the histogram is damaged");
        }
        let resolved = 2 * 10_u64.pow(digits);
        // The smallest power of two that is not below it.
        let sub_buckets = resolved.next_power_of_two().trailing_zeros();
        let layout = Self {
            digits,
            unit_magnitude: lowest.ilog2(),
            half_count_magnitude: sub_buckets.max(1) - 1,
        };
        if layout.unit_magnitude + layout.half_count_magnitude > 61 {
            return Err("the header of the histogram is damaged");
        }
        Ok(layout)
    }

    /// The values of the count at an index.
    fn bucket(&self, index: u64, count: u64) -> Result<Bucket, &'static str> {
        const BEYOND: &str = "the histogram holds values beyond 64 bits";
        let half = 1_u64 << self.half_count_magnitude;
        let (magnitude, sub) = match index >> self.half_count_magnitude {
            0 | 1 => (0, index),
            many => (many - 1, (index & (half - 1)) + half),
        };
        let shift = u32::try_from(magnitude)
            .ok()
            .and_then(|m| m.checked_add(self.unit_magnitude))
            .filter(|shift| *shift < 63)
            .ok_or(BEYOND)?;
        let low = sub
            .checked_mul(1 << shift)
            .filter(|low| i64::try_from(*low).is_ok())
            .ok_or(BEYOND)?;
        Ok(Bucket {
            low,
            high: low.saturating_add((1 << shift) - 1),
            count,
        })
    }

    /// V2: numbers of varying length, zigzag; negative ones are runs of zeros.
    fn varying(&self, mut bytes: &[u8]) -> Result<Payload, &'static str> {
        let mut payload = Payload {
            digits: self.digits,
            ..Payload::default()
        };
        let mut index = 0_u64;
        while !bytes.is_empty() {
            let number = varint(&mut bytes)?;
            let value = (number >> 1) as i64 ^ -((number & 1) as i64);
            if value < 0 {
                index = index.saturating_add(value.unsigned_abs());
                continue;
            }
            if value > 0 {
                payload.push(self.bucket(index, value.unsigned_abs())?)?;
            }
            index = index.saturating_add(1);
        }
        Ok(payload)
    }

    /// V0 and V1: counts of 2, 4 or 8 bytes.
    fn fixed(&self, bytes: &[u8], width: usize) -> Result<Payload, &'static str> {
        if !matches!(width, 2 | 4 | 8) {
            return Err("the histogram has counts of an unknown width");
        }
        let mut payload = Payload {
            digits: self.digits,
            ..Payload::default()
        };
        for (index, chunk) in bytes.chunks_exact(width).enumerate() {
            let count = chunk
                .iter()
                .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
            if count > 0 {
                payload.push(self.bucket(index as u64, count)?)?;
            }
        }
        Ok(payload)
    }
}

/// LEB128 of at most 9 bytes, the last of which has 8 bits.
fn varint(bytes: &mut &[u8]) -> Result<u64, &'static str> {
    let mut value = 0;
    for place in 0..9 {
        let (byte, rest) = bytes.split_first().ok_or("the histogram is cut off")?;
        *bytes = rest;
        if place == 8 {
            return Ok(value | u64::from(*byte) << 56);
        }
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;
    use hdrhistogram::serialization::{Serializer as _, V2DeflateSerializer, V2Serializer};

    use super::*;

    fn text(bytes: &[u8]) -> String {
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    /// The crate's own encoder against this decoder.
    #[test]
    fn both_forms_of_v2_are_decoded() {
        for (low, digits) in [(1, 3), (1_000, 2), (20_000, 2), (1, 5), (1, 0)] {
            let mut histogram =
                Histogram::<u64>::new_with_bounds(low, 3_600_000_000_000, digits).unwrap();
            let values = [0, 1, 2_047, 2_048, 5_000, 1_234_567, 98_765_432_109];
            for (i, value) in values.into_iter().enumerate() {
                histogram.record_n(value, i as u64 * 1_000 + 1).unwrap();
            }
            let mut plain = Vec::new();
            V2Serializer::new()
                .serialize(&histogram, &mut plain)
                .unwrap();
            let mut packed = Vec::new();
            V2DeflateSerializer::new()
                .serialize(&histogram, &mut packed)
                .unwrap();
            let theirs: Vec<Bucket> = histogram
                .iter_recorded()
                .map(|step| Bucket {
                    low: histogram.lowest_equivalent(step.value_iterated_to()),
                    high: histogram.highest_equivalent(step.value_iterated_to()),
                    count: step.count_at_value(),
                })
                .collect();
            for bytes in [plain, packed] {
                let payload = Payload::decode(text(&bytes).as_bytes()).unwrap();
                assert_eq!(payload.buckets, theirs, "{low} {digits}");
                assert_eq!(payload.digits, u32::from(digits));
                assert_eq!(payload.total(), histogram.len());
                assert_eq!(payload.max(), histogram.max());
            }
        }
    }

    /// V1 by hand: cookie with a count width of 8, then fixed counts; V0 has no offset and no ratio.
    #[test]
    fn v0_and_v1_are_decoded() {
        let counts: Vec<u8> = [0_u64, 3, 0, 7]
            .iter()
            .flat_map(|n| n.to_be_bytes())
            .collect();
        let mut v1 = 0x1c84_9381_u32.to_be_bytes().to_vec();
        v1.extend((counts.len() as u32).to_be_bytes());
        v1.extend(0_u32.to_be_bytes());
        v1.extend(3_u32.to_be_bytes());
        v1.extend(1_u64.to_be_bytes());
        v1.extend(100_u64.to_be_bytes());
        v1.extend(1.0_f64.to_be_bytes());
        v1.extend(&counts);
        let mut v0 = 0x1c84_9388_u32.to_be_bytes().to_vec();
        v0.extend(3_u32.to_be_bytes());
        v0.extend(1_u64.to_be_bytes());
        v0.extend(100_u64.to_be_bytes());
        v0.extend(10_u64.to_be_bytes());
        v0.extend(&counts);
        for bytes in [&v1, &v0] {
            let payload = Payload::decode(text(bytes).as_bytes()).unwrap();
            let expected =
                [(1, 1, 3), (3, 3, 7)].map(|(low, high, count)| Bucket { low, high, count });
            assert_eq!(payload.buckets, expected);
        }
        v1[12..16].copy_from_slice(&9_u32.to_be_bytes());
        assert!(Payload::decode(text(&v1).as_bytes()).is_err());
    }

    #[test]
    fn damage_is_an_error_and_asks_for_no_memory() {
        assert!(Payload::decode(b"HIST").is_err());
        assert!(Payload::decode(b"!").is_err());
        let mut bytes = 0x1c84_9313_u32.to_be_bytes().to_vec();
        bytes.extend([0xff; 60]);
        assert!(Payload::decode(text(&bytes).as_bytes()).is_err());
    }
}
