//! Pictures of the answering screens, to be looked at: `HEADROOM_LOOK_DIR=… cargo test --test headroom_tests ui_look -- --ignored`.

use egui_kittest::Harness;
use headroom::ui::state::Screen;

use crate::ui_fixture::{Desk, build};

#[test]
#[ignore = "draws pictures to look at; needs a graphics adapter"]
fn every_screen_light_and_dark_small_and_large() {
    let folder = std::env::var("HEADROOM_LOOK_DIR")
        .unwrap_or_else(|_| std::env::temp_dir().display().to_string());
    let only = std::env::var("HEADROOM_LOOK_ONLY").unwrap_or_default();
    for screen in [
        Screen::Overview,
        Screen::Explore,
        Screen::Sla,
        Screen::LoadTests,
        Screen::Forecast,
        Screen::Capacity,
        Screen::WhatIf,
        Screen::Reports,
    ] {
        // What is left of the window beside navigation and bars.
        for (size, name) in [([824.0, 620.0], "small"), ([1_400.0, 910.0], "large")] {
            for (theme, mode) in [
                (egui_kittest_theme(true), "dark"),
                (egui_kittest_theme(false), "light"),
            ] {
                let file = format!("{}-{name}-{mode}.png", screen.id());
                if !file.contains(&only) {
                    continue;
                }
                let builder = Harness::builder().with_size(size).with_theme(theme).wgpu();
                let mut harness = build(builder, Desk::full(screen));
                let image = harness.render().unwrap();
                image
                    .save(std::path::Path::new(&folder).join(file))
                    .unwrap();
            }
        }
    }
}

fn egui_kittest_theme(dark: bool) -> eframe::egui::Theme {
    if dark {
        eframe::egui::Theme::Dark
    } else {
        eframe::egui::Theme::Light
    }
}

#[test]
#[ignore = "draws pictures to look at; needs a graphics adapter"]
fn under_the_pointer_and_while_brushing() {
    let folder = std::env::var("HEADROOM_LOOK_DIR").unwrap_or_default();
    let shot = |harness: &mut Harness<'_, Desk>, name: &str| {
        let image = harness.render().unwrap();
        image
            .save(std::path::Path::new(&folder).join(name))
            .unwrap();
    };
    let builder = Harness::builder()
        .with_size([1_200.0, 860.0])
        .with_theme(eframe::egui::Theme::Light)
        .wgpu();
    let mut harness = build(builder, Desk::full(Screen::Explore));
    harness.hover_at(eframe::egui::pos2(760.0, 190.0));
    harness.run();
    shot(&mut harness, "explore-hover.png");
    harness.drag_at(eframe::egui::pos2(560.0, 190.0));
    harness.run();
    harness.hover_at(eframe::egui::pos2(760.0, 190.0));
    harness.run();
    shot(&mut harness, "explore-brush.png");
}
