//! How a report looks, decided from what a person typed: the colour of headings and charts, the logo, the line at the
//! foot of each page, the paper. What cannot be used is left out and said.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::chart::ACCENT;
use crate::analysis::decisions::{Branding, Paper};

/// Contrast with white that text needs (WCAG 2.1, success criterion 1.4.3).
const CONTRAST: f64 = 4.5;

/// A picture beside the title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// The file as it is.
    pub bytes: Vec<u8>,
    /// The same in base64, without line breaks.
    pub base64: String,
    /// `image/png` or `image/jpeg`.
    pub mime: &'static str,
}

/// The look of one report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// `0xRRGGBB`, dark enough for text on white.
    pub accent: u32,
    /// A picture, where one was given.
    pub logo: Option<Logo>,
    /// Line at the foot of each page; may be empty.
    pub confidentiality: String,
    /// Size of the paper.
    pub paper: Paper,
    /// What was typed and could not be used, in sentences.
    pub problems: Vec<String>,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            accent: ACCENT,
            logo: None,
            confidentiality: String::new(),
            paper: Paper::A4,
            problems: Vec::new(),
        }
    }
}

impl Look {
    /// What was typed, as far as it can be used.
    pub fn of(branding: &Branding) -> Self {
        let mut look = Self {
            confidentiality: branding.confidentiality.trim().to_owned(),
            paper: branding.paper,
            ..Self::default()
        };
        match colour(&branding.colour) {
            Ok(accent) => look.accent = accent.unwrap_or(ACCENT),
            Err(why) => look.problems.push(why),
        }
        if !branding.logo_base64.is_empty() {
            match logo(&branding.logo_base64) {
                Ok(logo) => look.logo = Some(logo),
                Err(why) => look.problems.push(why),
            }
        }
        look
    }
}

/// A colour as typed (`#0a5` or `#00aa55`, with or without the `#`), darkened until text in it can be read on white;
/// `None` where nothing was typed.
pub fn colour(typed: &str) -> Result<Option<u32>, String> {
    let digits = typed.trim().trim_start_matches('#');
    if digits.is_empty() {
        return Ok(None);
    }
    let doubled: String = match digits.len() {
        3 => digits.chars().flat_map(|c| [c, c]).collect(),
        _ => digits.to_owned(),
    };
    let value = u32::from_str_radix(&doubled, 16)
        .ok()
        .filter(|_| doubled.len() == 6 && doubled.chars().all(|c| c.is_ascii_hexdigit()))
        .ok_or_else(|| {
            format!(
                "the colour \"{typed}\" is not one; write it as # and six digits, such as #005a9c"
            )
        })?;
    Ok(Some(readable(value)))
}

/// A picture from its base64; PNG and JPEG only.
pub fn logo(base64: &str) -> Result<Logo, String> {
    let packed: String = base64.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = STANDARD
        .decode(&packed)
        .map_err(|_| "the logo could not be read: it is not valid base64".to_owned())?;
    logo_of(bytes)
}

/// A picture from the bytes of its file; PNG and JPEG only, at most a megabyte.
pub fn logo_of(bytes: Vec<u8>) -> Result<Logo, String> {
    const MOST: usize = 1_000_000;
    let mime = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        "image/jpeg"
    } else {
        return Err("the logo is neither a PNG nor a JPEG picture; choose one of these".to_owned());
    };
    if bytes.len() > MOST {
        return Err(format!(
            "the logo has {}; a picture of at most 1 MB is enough",
            crate::units::bytes(bytes.len() as f64)
        ));
    }
    Ok(Logo {
        base64: STANDARD.encode(&bytes),
        bytes,
        mime,
    })
}

/// The colour itself, or the first darker shade of it that has the contrast text needs.
fn readable(colour: u32) -> u32 {
    let mut colour = colour & 0xFF_FFFF;
    while contrast_with_white(colour) < CONTRAST {
        colour = channels(colour)
            .into_iter()
            .fold(0, |all, c| (all << 8) | (c * 15 / 16));
    }
    colour
}

fn channels(colour: u32) -> [u32; 3] {
    [(colour >> 16) & 0xFF, (colour >> 8) & 0xFF, colour & 0xFF]
}

/// WCAG 2.1, definition of contrast ratio.
fn contrast_with_white(colour: u32) -> f64 {
    let linear = |c: u32| {
        let c = f64::from(c) / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    let [r, g, b] = channels(colour).map(linear);
    1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_and_made_readable() {
        assert_eq!(colour(""), Ok(None));
        assert_eq!(colour("#005a9c"), Ok(Some(0x00_5A9C)));
        assert_eq!(colour(" 005A9C "), Ok(Some(0x00_5A9C)));
        let yellow = colour("#ff0").unwrap().unwrap();
        assert!(contrast_with_white(yellow) >= CONTRAST, "{yellow:06x}");
        assert_eq!(yellow & 0xFF, 0, "still a yellow");
        for wrong in ["blue", "#12345", "#12345g", "#+12345"] {
            assert!(colour(wrong).unwrap_err().contains("#005a9c"), "{wrong}");
        }
    }

    #[test]
    fn pictures_are_told_by_their_first_bytes() {
        let png = b"\x89PNG\r\n\x1a\nrest".to_vec();
        assert_eq!(logo_of(png.clone()).unwrap().mime, "image/png");
        assert_eq!(logo(&STANDARD.encode(&png)).unwrap().bytes, png);
        assert_eq!(
            logo_of(vec![0xFF, 0xD8, 0xFF, 0xE0]).unwrap().mime,
            "image/jpeg"
        );
        assert!(logo_of(b"GIF89a".to_vec()).unwrap_err().contains("neither"));
        assert!(logo("%%%").unwrap_err().contains("base64"));
        let mut huge = png;
        huge.resize(1_000_001, 0);
        assert!(logo_of(huge).unwrap_err().contains("at most 1 MB"));
    }
}
