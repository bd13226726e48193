//! Old workbooks are small file systems (MS-CFB): sectors that follow one another by a table. The reader follows that
//! table without asking whether it ends; so this does, before any is read.

/// Sector numbers from here on end a chain or mark what is no sector.
const RESERVED: u32 = 0xFFFF_FFFA;

/// Refuses a file whose table of sectors leads in a circle, or is larger than the file.
pub(super) fn refuse_endless(bytes: &[u8]) -> Result<(), String> {
    let endless = || Err("its table of sectors leads in a circle".to_owned());
    let sector_size = match bytes.get(30..32) {
        Some([9, 0]) => 512,
        Some([12, 0]) => 4_096,
        _ => return Err("its size of sectors makes no sense".to_owned()),
    };
    // The header fills the first sector.
    let sector = |id: u32| {
        let from = (usize::try_from(id).ok()?.checked_add(1)?).checked_mul(sector_size)?;
        bytes.get(from..from.checked_add(sector_size)?)
    };
    let outside = || "its table of sectors is not in the file".to_owned();
    let sectors = bytes.len() / sector_size + 1;
    // Where the parts of the table are: 109 in the header, more in sectors of their own.
    let mut places: Vec<u32> = words(bytes.get(76..512).unwrap_or_default()).collect();
    let mut next = words(bytes.get(68..72).unwrap_or_default()).next();
    while let Some(id) = next.filter(|id| *id < RESERVED) {
        places.extend(words(sector(id).ok_or_else(outside)?));
        next = places.pop();
        places.retain(|id| *id < RESERVED);
        if places.len() > sectors {
            return endless();
        }
    }
    let mut table: Vec<u32> = Vec::new();
    for id in places.into_iter().filter(|id| *id < RESERVED) {
        table.extend(words(sector(id).ok_or_else(outside)?));
    }
    // Each sector is walked once; to come to one of this very walk again is a circle.
    let mut walked_in = vec![0_usize; table.len()];
    for start in 0..table.len() {
        let mut at = start;
        while let Some(walk) = walked_in.get_mut(at) {
            if *walk == start + 1 {
                return endless();
            }
            if *walk > 0 {
                break;
            }
            *walk = start + 1;
            match table.get(at) {
                Some(next) if *next < RESERVED => at = *next as usize,
                _ => break,
            }
        }
    }
    Ok(())
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|word| u32::from_le_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide() -> Vec<u8> {
        include_bytes!("../../../tests/data/excel/wide.xls").to_vec()
    }

    fn word_at(bytes: &[u8], at: usize) -> usize {
        words(&bytes[at..at + 4]).next().unwrap() as usize
    }

    #[test]
    fn a_circle_of_sectors_ends() {
        assert_eq!(refuse_endless(&wide()), Ok(()));
        let mut bytes = wide();
        let folder = word_at(&bytes, 48);
        let entry = 512 * (word_at(&bytes, 76) + 1) + 4 * folder;
        bytes[entry..entry + 4].copy_from_slice(&(folder as u32).to_le_bytes());
        assert!(refuse_endless(&bytes).unwrap_err().contains("circle"));
    }

    #[test]
    fn a_table_that_is_its_own_continuation_ends() {
        let mut bytes = wide();
        bytes[68..72].copy_from_slice(&[0; 4]);
        bytes[512..1_024].fill(0);
        assert!(refuse_endless(&bytes).is_err());
        for length in 0..600 {
            let _: Result<(), String> = refuse_endless(&bytes[..length]);
        }
    }
}
