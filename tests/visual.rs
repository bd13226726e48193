//! What every screen looks like on the sample project, compared with the pictures in `tests/snapshots`. Needs a
//! graphics adapter (Mesa's software Vulkan will do), hence ignored by default: `.ci/run` runs it by name and fails
//! without one. After a wanted change: `UPDATE_SNAPSHOTS=1 cargo test --test headroom_tests -- --ignored visual`.

use std::path::{Path, PathBuf};

use eframe::egui;
use egui_kittest::{SnapshotOptions, try_image_snapshot_options};
use headroom::ui::app::{Parts, Shell};
use headroom::ui::offscreen::{Picture, render};
use headroom::ui::settings::{Places, ThemeChoice};
use headroom::ui::state::Screen;

/// Draws one screen of a copy of the sample project.
fn picture(screen: Screen, theme: ThemeChoice, size: [u32; 2]) -> image::RgbaImage {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("checkout.headroom");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/checkout.headroom");
    std::fs::copy(sample, &project).unwrap();
    let files = if screen == Screen::Welcome {
        vec![]
    } else {
        vec![project]
    };
    let ctx = egui::Context::default();
    let parts = Parts {
        places: Places {
            settings: None,
            recent: None,
            data_dir: folder.path().to_path_buf(),
        },
        ..Parts::native(&ctx)
    };
    let mut shell = Shell::new(&ctx, parts, files, Some(screen));
    let options = Picture {
        size,
        theme: Some(theme),
        ..Picture::default()
    };
    render(&ctx, &mut shell, &options).unwrap()
}

fn compare(theme: ThemeChoice, theme_name: &str, screens: &[Screen], size: [u32; 2]) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    // Text edges differ between versions of the software renderer; a moved or missing part differs in far more pixels.
    let options = SnapshotOptions::new()
        .threshold(2.0)
        .max_failed_pixels((size[0] * size[1] / 2_000) as usize)
        .output_path(folder);
    let failures: Vec<String> = screens
        .iter()
        .filter_map(|screen| {
            let image = picture(*screen, theme, size);
            let name = format!("{}-{theme_name}-{}", screen.id(), size[0]);
            try_image_snapshot_options(&image, name, &options).err()
        })
        .map(|e| e.to_string())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
#[ignore = "needs a graphics adapter"]
fn every_screen_in_light() {
    compare(ThemeChoice::Light, "light", &Screen::ALL, [1280, 800]);
}

#[test]
#[ignore = "needs a graphics adapter"]
fn the_answering_screens_in_dark() {
    let screens = [
        Screen::Overview,
        Screen::Sla,
        Screen::Forecast,
        Screen::Explore,
    ];
    compare(ThemeChoice::Dark, "dark", &screens, [1280, 800]);
}

#[test]
#[ignore = "needs a graphics adapter"]
fn the_smallest_window() {
    compare(
        ThemeChoice::Light,
        "light",
        &[Screen::Overview, Screen::Sla],
        [1024, 700],
    );
}
