//! The bundled fonts: Noto Sans (its figures are tabular by default) in two weights, Noto Sans Math,
//! JetBrains Mono, Phosphor icons.
//! Licences stand beside the files in `assets/fonts`.

use std::sync::Arc;

use eframe::egui;

use eframe::egui::{FontData, FontDefinitions, FontFamily, FontTweak};

use super::theme::{icon_family, strong_family};

const SANS: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Regular.ttf");
const SANS_STRONG: &[u8] = include_bytes!("../../assets/fonts/NotoSans-SemiBold.ttf");
const MATH: &[u8] = include_bytes!("../../assets/fonts/NotoSansMath-Regular.ttf");
const MONO: &[u8] = include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf");
const ICONS: &[u8] = include_bytes!("../../assets/fonts/icons.ttf");

/// Makes a context use the bundled fonts. Icons are in every family, so that a text may hold one.
pub fn install(ctx: &egui::Context) {
    let mut fonts = FontDefinitions::empty();
    let tweak = FontTweak {
        scale: 1.15,
        y_offset_factor: 0.03,
        ..FontTweak::default()
    };
    for (name, data) in [
        ("sans", SANS),
        ("sans-strong", SANS_STRONG),
        ("math", MATH),
        ("mono", MONO),
    ] {
        fonts
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(data)));
    }
    fonts.font_data.insert(
        "icons".to_owned(),
        Arc::new(FontData::from_static(ICONS).tweak(tweak)),
    );
    for (family, names) in [
        (FontFamily::Proportional, ["sans", "math", "icons", "mono"]),
        (FontFamily::Monospace, ["mono", "math", "icons", "sans"]),
        (strong_family(), ["sans-strong", "math", "icons", "sans"]),
        (icon_family(), ["icons", "sans", "math", "mono"]),
    ] {
        let names = names.into_iter().map(str::to_owned).collect();
        fonts.families.insert(family, names);
    }
    ctx.set_fonts(fonts);
}
