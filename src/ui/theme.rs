//! Every colour, distance and text size of the program, for light and dark. Screens name tokens, never values.
//!
//! Status colours are the Okabe-Ito palette (bluish green, vermillion, orange), darkened or lightened until text in
//! them has a contrast of at least 4.5 : 1 on every surface; status is always icon + word + colour.

use std::sync::Arc;

use eframe::egui;

use eframe::egui::style::{ScrollStyle, WidgetVisuals};
use eframe::egui::{
    Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, Vec2,
};

use crate::analysis::sla::Verdict;

/// Steps of spacing, in points.
pub mod space {
    /// Between things that belong together.
    pub const XS: f32 = 4.0;
    /// Between widgets.
    pub const S: f32 = 8.0;
    /// Between a heading and what it heads; inside cards.
    pub const M: f32 = 12.0;
    /// Between groups.
    pub const L: f32 = 16.0;
    /// Around a screen; between sections.
    pub const XL: f32 = 24.0;
}

/// Radius of all corners.
pub const CORNER: u8 = 6;
/// Height of a row of a table.
pub const ROW_HEIGHT: f32 = 28.0;
/// Size of notes, axis labels and table headers.
pub const TEXT_SMALL: f32 = 11.5;
/// Size of everything else.
pub const TEXT_BODY: f32 = 13.5;
/// Size of the sentence on top of a screen and of titles.
pub const TEXT_TITLE: f32 = 20.0;

/// The family of the heavier weight, for titles, figures and table headers.
pub fn strong_family() -> FontFamily {
    FontFamily::Name(Arc::from("strong"))
}

/// The family of the icons.
pub fn icon_family() -> FontFamily {
    FontFamily::Name(Arc::from("icons"))
}

/// The colours of one theme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tokens {
    /// The dark one.
    pub dark: bool,
    /// Behind screens.
    pub canvas: Color32,
    /// Navigation, bars, cards' headers.
    pub surface: Color32,
    /// Cards, menus, windows.
    pub raised: Color32,
    /// Under the pointer.
    pub hover: Color32,
    /// Chosen.
    pub selected: Color32,
    /// Lines between things.
    pub border: Color32,
    /// Lines around controls.
    pub control_border: Color32,
    /// Text.
    pub text: Color32,
    /// Text that explains.
    pub muted: Color32,
    /// The one accent: links, the primary button, the subject of a chart.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Context in charts, beside the subject.
    pub context: Color32,
    /// Grid lines of charts.
    pub grid: Color32,
    /// Kept, fine.
    pub good: Color32,
    /// Broken, failed.
    pub bad: Color32,
    /// Careful, not proven.
    pub caution: Color32,
    /// Colours of several series in one chart, in order.
    pub series: [Color32; 7],
}

const fn rgb(value: u32) -> Color32 {
    Color32::from_rgb((value >> 16) as u8, (value >> 8) as u8, value as u8)
}

/// The light theme.
pub const LIGHT: Tokens = Tokens {
    dark: false,
    canvas: rgb(0x00FF_FFFF),
    surface: rgb(0x00F5_F6F8),
    raised: rgb(0x00FF_FFFF),
    hover: rgb(0x00EC_EEF1),
    selected: rgb(0x00DD_EBF7),
    border: rgb(0x00DF_E3E8),
    control_border: rgb(0x00C3_C9D1),
    text: rgb(0x001B_1F24),
    muted: rgb(0x0055_5E69),
    accent: rgb(0x0000_62A3),
    on_accent: rgb(0x00FF_FFFF),
    context: rgb(0x009A_A3AD),
    grid: rgb(0x00E8_EBEF),
    good: rgb(0x0000_7152),
    bad: rgb(0x00B0_4400),
    caution: rgb(0x0082_5700),
    series: [
        rgb(0x0000_72B2),
        rgb(0x00D5_5E00),
        rgb(0x0000_9E73),
        rgb(0x00CC_79A7),
        rgb(0x00E6_9F00),
        rgb(0x0056_B4E9),
        rgb(0x0033_3A42),
    ],
};

/// The dark theme.
pub const DARK: Tokens = Tokens {
    dark: true,
    canvas: rgb(0x0014_171B),
    surface: rgb(0x001B_1F25),
    raised: rgb(0x0021_262D),
    hover: rgb(0x002A_3038),
    selected: rgb(0x001B_3A52),
    border: rgb(0x002C_323A),
    control_border: rgb(0x0046_4F5A),
    text: rgb(0x00E6_E9ED),
    muted: rgb(0x00A0_AAB5),
    accent: rgb(0x0056_B4E9),
    on_accent: rgb(0x000B_1A26),
    context: rgb(0x006B_7581),
    grid: rgb(0x0026_2B32),
    good: rgb(0x003C_C79B),
    bad: rgb(0x00FF_8F52),
    caution: rgb(0x00F0_B43C),
    series: [
        rgb(0x0056_B4E9),
        rgb(0x00F0_8A3C),
        rgb(0x003C_C79B),
        rgb(0x00DD_93BC),
        rgb(0x00F0_C050),
        rgb(0x008F_A8FF),
        rgb(0x00C9_D0D8),
    ],
};

impl Tokens {
    /// The tokens of the theme that is in use.
    pub fn of(ui: &egui::Ui) -> &'static Self {
        Self::for_dark(ui.visuals().dark_mode)
    }

    /// The tokens of one theme.
    pub const fn for_dark(dark: bool) -> &'static Self {
        if dark { &DARK } else { &LIGHT }
    }

    /// The colour of a verdict.
    pub const fn verdict(&self, verdict: Verdict) -> Color32 {
        match verdict {
            Verdict::Met => self.good,
            Verdict::Breached => self.bad,
            Verdict::NotProven => self.caution,
            Verdict::NoData => self.muted,
        }
    }

    /// The colour of the n-th series of a chart.
    pub fn series_color(&self, index: usize) -> Color32 {
        self.series
            .get(index % self.series.len())
            .copied()
            .unwrap_or(self.accent)
    }
}

/// The icon of a verdict.
pub const fn verdict_icon(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => super::icons::MET,
        Verdict::Breached => super::icons::BREACHED,
        Verdict::NotProven => super::icons::NOT_PROVEN,
        Verdict::NoData => super::icons::NO_DATA,
    }
}

/// Text in the heavier weight.
pub fn strong(text: impl Into<String>) -> egui::RichText {
    egui::RichText::new(text).family(strong_family())
}

/// The sentence on top of a screen, and titles.
pub fn title(text: impl Into<String>) -> egui::RichText {
    strong(text).size(TEXT_TITLE)
}

/// Text that explains, in the colour for it.
pub fn muted(ui: &egui::Ui, text: impl Into<String>) -> egui::RichText {
    egui::RichText::new(text).color(Tokens::of(ui).muted)
}

/// An icon, to stand before a word.
pub fn icon(icon: &str) -> egui::RichText {
    egui::RichText::new(icon).family(icon_family())
}

/// Status as icon + word + colour.
pub fn verdict_label(ui: &mut egui::Ui, verdict: Verdict) -> egui::Response {
    let color = Tokens::of(ui).verdict(verdict);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.label(icon(verdict_icon(verdict)).color(color));
        ui.label(strong(verdict.word()).color(color))
    })
    .inner
}

/// A small button of an icon alone; the label is its tooltip and its accessible name.
pub fn icon_button(ui: &mut egui::Ui, icon: &str, label: &str) -> egui::Response {
    let button = egui::Button::new(self::icon(icon))
        .frame_when_inactive(false)
        .min_size(Vec2::splat(22.0));
    let response = ui
        .scope(|ui| {
            ui.spacing_mut().button_padding = Vec2::splat(2.0);
            ui.spacing_mut().interact_size = Vec2::splat(22.0);
            ui.add(button)
        })
        .inner;
    let label = label.to_owned();
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
    response.on_hover_text(label)
}

/// A card: a raised frame with the house's corners and margins.
pub fn card(ui: &egui::Ui) -> egui::Frame {
    let tokens = Tokens::of(ui);
    egui::Frame::new()
        .fill(tokens.raised)
        .stroke(Stroke::new(1.0, tokens.border))
        .corner_radius(CornerRadius::same(CORNER))
        .inner_margin(Margin::same(space::L as i8))
}

/// The frame of what lies on top of a screen and waits for an answer.
pub fn modal_frame(ui: &egui::Ui) -> egui::Frame {
    egui::Frame::popup(ui.style()).inner_margin(Margin::same(space::L as i8))
}

fn style(tokens: &Tokens) -> egui::Style {
    let base = if tokens.dark {
        Theme::Dark
    } else {
        Theme::Light
    };
    let mut style = base.default_style();
    let proportional = FontFamily::Proportional;
    style.text_styles = [
        (
            TextStyle::Small,
            FontId::new(TEXT_SMALL, proportional.clone()),
        ),
        (
            TextStyle::Body,
            FontId::new(TEXT_BODY, proportional.clone()),
        ),
        (TextStyle::Button, FontId::new(TEXT_BODY, proportional)),
        (TextStyle::Heading, FontId::new(TEXT_TITLE, strong_family())),
        (
            TextStyle::Monospace,
            FontId::new(TEXT_BODY - 1.0, FontFamily::Monospace),
        ),
    ]
    .into();
    // Nothing moves by itself: animations repaint, and repaints cost over remote desktops.
    style.animation_time = 0.0;
    style.spacing.item_spacing = Vec2::new(space::S, space::S);
    style.spacing.button_padding = Vec2::new(space::M, 6.0);
    style.spacing.interact_size = Vec2::new(28.0, 28.0);
    style.spacing.menu_margin = Margin::same(space::XS as i8);
    style.spacing.window_margin = Margin::same(space::L as i8);
    style.spacing.tooltip_width = 360.0;
    style.spacing.scroll = ScrollStyle::solid();
    style.spacing.scroll.bar_width = 8.0;
    style.interaction.selectable_labels = true;
    style.interaction.tooltip_delay = 0.4;

    let corner = CornerRadius::same(CORNER);
    let visuals = &mut style.visuals;
    visuals.panel_fill = tokens.canvas;
    visuals.window_fill = tokens.raised;
    visuals.window_stroke = Stroke::new(1.0, tokens.border);
    visuals.window_corner_radius = corner;
    visuals.menu_corner_radius = corner;
    visuals.faint_bg_color = tokens.surface;
    visuals.extreme_bg_color = tokens.canvas;
    visuals.text_edit_bg_color = Some(tokens.canvas);
    visuals.code_bg_color = tokens.surface;
    visuals.weak_text_color = Some(tokens.muted);
    visuals.hyperlink_color = tokens.accent;
    visuals.warn_fg_color = tokens.caution;
    visuals.error_fg_color = tokens.bad;
    visuals.selection.bg_fill = tokens.selected;
    visuals.selection.stroke = Stroke::new(1.0, tokens.text);
    visuals.text_cursor.blink = false;
    visuals.slider_trailing_fill = true;
    let shadow = Shadow {
        offset: [0, 4],
        blur: 16,
        spread: 0,
        color: Color32::from_black_alpha(if tokens.dark { 120 } else { 40 }),
    };
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;
    let widget = |fill: Color32, border: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, border),
        corner_radius: corner,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    visuals.widgets.noninteractive = widget(tokens.canvas, tokens.border, tokens.text);
    visuals.widgets.inactive = widget(tokens.raised, tokens.control_border, tokens.text);
    visuals.widgets.hovered = widget(tokens.hover, tokens.control_border, tokens.text);
    visuals.widgets.active = widget(tokens.selected, tokens.accent, tokens.text);
    visuals.widgets.open = widget(tokens.hover, tokens.control_border, tokens.text);
    style
}

/// Gives a context fonts and both themes.
pub fn install(ctx: &egui::Context) {
    super::fonts::install(ctx);
    // Where the system does not say: as on paper.
    ctx.options_mut(|options| options.fallback_theme = Theme::Light);
    ctx.set_style_of(Theme::Light, style(&LIGHT));
    ctx.set_style_of(Theme::Dark, style(&DARK));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2, relative luminance.
    fn luminance(color: Color32) -> f64 {
        let channel = |value: u8| {
            let c = f64::from(value) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(color.r()) + 0.7152 * channel(color.g()) + 0.0722 * channel(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn text_and_status_have_enough_contrast_on_every_surface() {
        for tokens in [LIGHT, DARK] {
            let surfaces = [
                tokens.canvas,
                tokens.surface,
                tokens.raised,
                tokens.hover,
                tokens.selected,
            ];
            let inks = [
                tokens.text,
                tokens.muted,
                tokens.accent,
                tokens.good,
                tokens.bad,
                tokens.caution,
            ];
            for surface in surfaces {
                for ink in inks {
                    let ratio = contrast(ink, surface);
                    assert!(ratio >= 4.5, "{ink:?} on {surface:?}: {ratio:.2}");
                }
            }
            assert!(contrast(tokens.on_accent, tokens.accent) >= 4.5);
            for color in tokens.series {
                assert!(contrast(color, tokens.canvas) >= 2.0, "{color:?}");
            }
        }
    }
}
