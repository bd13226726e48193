//! How deep the schema in a Parquet footer is nested, before it is handed to a library that follows it on the stack:
//! a small file of 100,000 groups within groups would end the program.
//!
//! The footer is Thrift in its compact form (`parquet.thrift`, `FileMetaData.schema` and `SchemaElement.num_children`).

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

/// Columns are not nested deeper.
const MAX_DEPTH: usize = 64;
/// Largest footer.
const MAX_FOOTER: u64 = 256 << 20;

const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;

/// Refuses a file whose schema is nested too deep; the file is at its beginning afterwards.
pub(super) fn refuse_deep_schema(mut file: &File) -> Result<(), String> {
    let footer = footer(file).map_err(|e| e.to_string())?;
    file.rewind().map_err(|e| e.to_string())?;
    let Some(footer) = footer else {
        return Err("its end is missing".to_owned());
    };
    match (Thrift { rest: &footer }).schema_depth() {
        Some(depth) if depth <= MAX_DEPTH => Ok(()),
        Some(_) => Err(format!("its columns are nested more than {MAX_DEPTH} deep")),
        None => Err("its description of columns makes no sense".to_owned()),
    }
}

fn footer(mut file: &File) -> std::io::Result<Option<Vec<u8>>> {
    let length = file.seek(SeekFrom::End(0))?;
    if length < 12 {
        return Ok(None);
    }
    let mut end = [0; 8];
    file.seek(SeekFrom::Start(length - 8))?;
    file.read_exact(&mut end)?;
    let [a, b, c, d, magic @ ..] = end;
    let size = u64::from(u32::from_le_bytes([a, b, c, d]));
    if magic != *b"PAR1" || size > length - 8 || size > MAX_FOOTER {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(length - 8 - size))?;
    let mut footer = Vec::new();
    file.take(size).read_to_end(&mut footer)?;
    Ok(Some(footer))
}

/// What is left of a structure.
struct Thrift<'a> {
    rest: &'a [u8],
}

impl Thrift<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn pass(&mut self, bytes: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    /// The next field of a structure: its number and type; none at its end.
    fn field(&mut self, last: &mut i64) -> Option<Option<(i64, u8)>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Some(None);
        }
        *last = match byte >> 4 {
            0 => self.signed()?,
            step => last.checked_add(i64::from(step))?,
        };
        Some(Some((*last, byte & 0x0f)))
    }

    /// The length of a list and the type of its items.
    fn list(&mut self) -> Option<(u64, u8)> {
        let byte = self.byte()?;
        let length = match byte >> 4 {
            15 => self.varint()?,
            short => u64::from(short),
        };
        Some((length, byte & 0x0f))
    }

    /// Passes over a value. `inside` is how many others it stands in.
    fn skip(&mut self, kind: u8, inside: usize, is_item: bool) -> Option<()> {
        if inside > MAX_DEPTH {
            return None;
        }
        match kind {
            // A truth that is a field stands in its type.
            1 | 2 => self.pass(u64::from(is_item)),
            3 => self.pass(1),
            4..=6 => self.varint().map(drop),
            7 => self.pass(8),
            BINARY => {
                let length = self.varint()?;
                self.pass(length)
            }
            LIST | SET => {
                let (length, kind) = self.list()?;
                for _ in 0..length {
                    self.skip(kind, inside + 1, true)?;
                }
                Some(())
            }
            MAP => {
                let length = self.varint()?;
                if length == 0 {
                    return Some(());
                }
                let kinds = self.byte()?;
                for _ in 0..length {
                    self.skip(kinds >> 4, inside + 1, true)?;
                    self.skip(kinds & 0x0f, inside + 1, true)?;
                }
                Some(())
            }
            STRUCT => {
                let mut last = 0;
                while let Some((_, kind)) = self.field(&mut last)? {
                    self.skip(kind, inside + 1, false)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// The depth of the deepest schema in the footer; none where it cannot be told.
    fn schema_depth(&mut self) -> Option<usize> {
        let (mut last, mut deepest) = (0, 0);
        while let Some((number, kind)) = self.field(&mut last)? {
            if number != 2 {
                self.skip(kind, 0, false)?;
                continue;
            }
            if kind != LIST {
                return None;
            }
            let (length, STRUCT) = self.list()? else {
                return None;
            };
            // How many children each open group still waits for.
            let mut open: Vec<i64> = Vec::new();
            for _ in 0..length {
                let children = self.children()?;
                while open.pop_if(|waits| *waits <= 0).is_some() {}
                if let Some(waits) = open.last_mut() {
                    *waits -= 1;
                }
                if children > 0 {
                    open.push(children);
                }
                deepest = deepest.max(open.len());
            }
        }
        Some(deepest)
    }

    /// How many children one element of the schema has.
    fn children(&mut self) -> Option<i64> {
        let (mut last, mut children) = (0, 0);
        while let Some((number, kind)) = self.field(&mut last)? {
            if (number, kind) == (5, 5) {
                children = self.signed()?;
            } else if number == 5 {
                return None;
            } else {
                self.skip(kind, 0, false)?;
            }
        }
        Some(children)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// A Parquet file without rows: groups within groups, and a column in the innermost.
    fn nested(groups: usize) -> File {
        let mut footer = vec![0x15, 2, 0x19, 0xfc];
        let mut count = groups + 1;
        while count > 127 {
            footer.push(count as u8 | 0x80);
            count >>= 7;
        }
        footer.push(count as u8);
        for _ in 0..groups {
            footer.extend([0x48, 1, b'a', 0x15, 2, 0]);
        }
        footer.extend([0x15, 2, 0x38, 1, b'a', 0]);
        footer.extend([0x16, 0, 0x19, 0x0c, 0]);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"PAR1").unwrap();
        file.write_all(&footer).unwrap();
        file.write_all(&(footer.len() as u32).to_le_bytes())
            .unwrap();
        file.write_all(b"PAR1").unwrap();
        file
    }

    #[test]
    fn groups_within_groups_have_an_end() {
        assert_eq!(refuse_deep_schema(&nested(3)), Ok(()));
        assert_eq!(refuse_deep_schema(&nested(64)), Ok(()));
        let why = refuse_deep_schema(&nested(100_000)).unwrap_err();
        assert!(why.contains("nested more than 64 deep"), "{why}");
    }

    #[test]
    fn a_footer_that_is_cut_off_is_told() {
        let whole = Thrift {
            rest: &[0x15, 2, 0x19, 0x1c, 0x48, 1],
        }
        .schema_depth();
        assert_eq!(whole, None);
    }
}
