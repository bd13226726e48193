//! How reports look: title, logo, colour, line at the foot, paper. Typed in a window beside the preview, which follows.

use std::sync::Arc;

use eframe::egui::{
    self, Id, Image, Role, TextEdit, TextureHandle, TextureOptions, Ui, WidgetInfo, vec2,
};

use super::Cx;
use super::parts::{Draft, capitalised, derived, note_ui, problem_ui};
use crate::analysis::decisions::{Branding, Paper};
use crate::report::look::{colour, logo};
use crate::report::model::Report;
use crate::ui::command::Command;
use crate::ui::theme::{self, space};
use crate::units;

/// Width of the fields.
const FIELD: f32 = 300.0;
/// Height of the logo in the preview.
const LOGO: f32 = 32.0;
/// Most height of the logo in the window.
const PREVIEW: f32 = 72.0;

/// What the window remembers.
#[derive(Debug, Default)]
pub struct LookView {
    /// It is shown.
    pub open: bool,
    title: Draft,
    colour: Draft,
    confidentiality: Draft,
    path: String,
    problem: Option<String>,
}

impl LookView {
    /// A picture was read, or not, with the reason.
    pub fn answered(&mut self, problem: Option<String>) {
        if problem.is_none() {
            self.path.clear();
        }
        self.problem = problem;
    }
}

/// The window, where it is open.
pub(super) fn window_ui(ui: &Ui, cx: &mut Cx<'_>) {
    let mut view = std::mem::take(&mut cx.view.reports.look);
    if view.open {
        let mut open = true;
        egui::Window::new("Look of reports")
            .id(Id::unique("report-look"))
            .collapsible(false)
            .resizable(false)
            .default_width(FIELD + space::XL)
            .anchor(egui::Align2::RIGHT_TOP, vec2(-space::L, 120.0))
            .open(&mut open)
            .show(ui.ctx(), |ui| {
                ui.add_enabled_ui(!cx.state.read_only(), |ui| fields_ui(ui, cx, &mut view));
            });
        view.open = open;
    }
    cx.view.reports.look = view;
}

fn fields_ui(ui: &mut Ui, cx: &mut Cx<'_>, view: &mut LookView) {
    let branding = cx.state.doc.decisions.branding.clone();
    let hint = cx.state.project_name();
    text_ui(
        ui,
        cx,
        &mut view.title,
        "Title",
        &hint,
        &branding.title,
        |b, text| {
            b.title = text;
        },
    );
    text_ui(
        ui,
        cx,
        &mut view.confidentiality,
        "Line at the foot of each page",
        "Confidential",
        &branding.confidentiality,
        |b, text| b.confidentiality = text,
    );
    text_ui(
        ui,
        cx,
        &mut view.colour,
        "Colour of headings and charts",
        "#005a9c",
        &branding.colour,
        |b, text| b.colour = text,
    );
    if let Err(why) = colour(&view.colour.text) {
        problem_ui(ui, &why);
    }
    ui.label("Paper");
    ui.horizontal(|ui| {
        for (paper, name) in [(Paper::A4, "A4"), (Paper::Letter, "Letter")] {
            if ui.selectable_label(branding.paper == paper, name).clicked()
                && branding.paper != paper
            {
                change(cx, &format!("print reports on {name}"), move |b| {
                    b.paper = paper;
                });
            }
        }
    });
    ui.add_space(space::S);
    logo_ui(ui, cx, view, &branding);
}

fn text_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    draft: &mut Draft,
    name: &str,
    hint: &str,
    text: &str,
    set: impl Fn(&mut Branding, String) + Send + Sync + 'static,
) {
    draft.follow(name, text);
    let label = ui.label(name);
    let field = ui
        .add(
            TextEdit::singleline(&mut draft.text)
                .hint_text(hint)
                .desired_width(FIELD),
        )
        .labelled_by(label.id);
    if let Some(text) = draft.due(ui, &field) {
        change(
            cx,
            &format!("change the {} of reports", name.to_lowercase()),
            move |b| set(b, text.trim().to_owned()),
        );
    }
    ui.add_space(space::S);
}

fn logo_ui(ui: &mut Ui, cx: &mut Cx<'_>, view: &mut LookView, branding: &Branding) {
    ui.label("Logo");
    if branding.logo_base64.is_empty() {
        note_ui(
            ui,
            "A PNG or JPEG; it stands at the right of the title of the summary",
        );
    } else {
        preview_ui(ui, branding);
    }
    ui.horizontal(|ui| {
        cx.button(ui, Command::PickLogo);
        if !branding.logo_base64.is_empty() && ui.button("Remove the logo").clicked() {
            change(cx, "remove the logo of reports", |b| b.logo_base64.clear());
        }
    });
    ui.horizontal(|ui| {
        let field = ui.add(
            TextEdit::singleline(&mut view.path)
                .hint_text("…or type its path")
                .desired_width(FIELD - 116.0),
        );
        field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Path of the logo"));
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let path = view.path.trim().trim_matches('"').to_owned();
        let read = ui.add_enabled(!path.is_empty(), egui::Button::new("Read picture"));
        if (entered || read.clicked()) && !path.is_empty() {
            cx.send(Command::ReadLogo(path.into()));
        }
    });
    if let Some(why) = &view.problem {
        problem_ui(ui, &capitalised(why));
    }
}

/// What the window shows of a logo, made once for each.
struct Shown {
    base64: String,
    /// The picture with its kind and size in words, or why there is none.
    picture: Result<(TextureHandle, String), String>,
}

/// The logo as it will stand on the page: on white, whatever the theme.
fn preview_ui(ui: &mut Ui, branding: &Branding) {
    let id = Id::unique("logo-shown");
    let kept: Option<Arc<Shown>> = ui.data(|d| d.get_temp(id));
    let shown = kept
        .filter(|k| k.base64 == branding.logo_base64)
        .unwrap_or_else(|| {
            let base64 = branding.logo_base64.clone();
            let picture = logo(&base64).and_then(|logo| {
                let size = units::bytes(logo.bytes.len() as f64);
                let texture = texture(ui.ctx(), &logo.bytes)
                    .ok_or_else(|| "the picture is damaged and cannot be shown".to_owned())?;
                let [width, height] = texture.size();
                let kind = if logo.mime == "image/png" {
                    "PNG"
                } else {
                    "JPEG"
                };
                Ok((
                    texture,
                    format!("{kind}, {width} × {height} pixels, {size}"),
                ))
            });
            let shown = Arc::new(Shown { base64, picture });
            ui.data_mut(|d| d.insert_temp(id, Arc::clone(&shown)));
            shown
        });
    match &shown.picture {
        Err(why) => problem_ui(ui, &capitalised(why)),
        Ok((texture, words)) => {
            let paper = egui::Frame::new()
                .fill(egui::Color32::WHITE)
                .stroke(egui::Stroke::new(1.0, theme::Tokens::of(ui).border))
                .corner_radius(4)
                .inner_margin(space::S);
            paper.show(ui, |ui| {
                let size = texture.size_vec2();
                let room = vec2(FIELD - 2.0 * space::S, PREVIEW);
                let shown = size * (room.x / size.x).min(room.y / size.y).min(1.0);
                ui.add(Image::new((texture.id(), shown)).alt_text("Logo of reports"));
            });
            note_ui(ui, words);
        }
    }
}

fn change(cx: &mut Cx<'_>, name: &str, apply: impl Fn(&mut Branding) + Send + Sync + 'static) {
    cx.edit(name, move |doc| apply(&mut doc.decisions.branding));
}

/// The head of a page: the colour of the report, the logo.
pub(super) fn head_ui(ui: &mut Ui, report: &Arc<Report>) {
    let [_, r, g, b] = report.look.accent.to_be_bytes();
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 4.0), egui::Sense::hover());
    ui.painter()
        .rect_filled(rect, 0.0, egui::Color32::from_rgb(r, g, b));
    let ctx = ui.ctx().clone();
    let texture = derived(ui, "report-logo", report, &(), move |report| {
        texture(&ctx, &report.look.logo.as_ref()?.bytes)
    });
    if let Some(texture) = texture.as_ref() {
        let size = texture.size_vec2();
        let shown = size * (LOGO / size.y.max(1.0)).min(1.0);
        ui.add(Image::new((texture.id(), shown)).alt_text("Logo beside the title"));
    }
}

fn texture(ctx: &egui::Context, bytes: &[u8]) -> Option<TextureHandle> {
    let picture = image::load_from_memory(bytes).ok()?.to_rgba8();
    let size = [picture.width() as usize, picture.height() as usize];
    let pixels = egui::ColorImage::from_rgba_unmultiplied(size, picture.as_raw());
    Some(ctx.load_texture("report-logo", pixels, TextureOptions::LINEAR))
}

/// The line at the foot of each page, and the paper.
pub(super) fn foot_ui(ui: &mut Ui, report: &Report) {
    let paper = match report.look.paper {
        Paper::A4 => "A4",
        Paper::Letter => "Letter",
    };
    let line = match report.look.confidentiality.as_str() {
        "" => String::new(),
        line => format!("{line}  ·  "),
    };
    ui.label(theme::muted(ui, format!("{line}{paper}, landscape")));
}
