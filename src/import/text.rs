//! Text in the encodings that files come in: UTF-8, or else Windows-1252.

use std::borrow::Cow;

/// What some programs write before UTF-8.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// UTF-8 as it stands, or else Windows-1252; then it is owned.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|b| windows_1252(*b)).collect()),
    }
}

/// The WHATWG index of Windows-1252: Latin-1 but for 0x80..=0x9F.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    byte.checked_sub(0x80)
        .and_then(|i| HIGH.get(usize::from(i)).copied())
        .unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_code_pages_are_read_as_windows_1252() {
        assert_eq!(decode(b"Gr\xf6\xdfe caf\xe9 \x80"), "Größe café €");
        assert!(matches!(decode(b"caf\xe9"), Cow::Owned(_)));
        assert!(matches!(decode("café".as_bytes()), Cow::Borrowed("café")));
    }
}
