//! The program's own settings as the desktop uses them, and the folders it keeps things in.

use std::path::{Path, PathBuf};

pub use crate::project::settings::{RendererChoice, Settings, ThemeChoice};
use crate::project::{RecentProjects, recent, settings};

/// The themes in the order of the settings.
pub const THEMES: [ThemeChoice; 3] = [ThemeChoice::System, ThemeChoice::Light, ThemeChoice::Dark];

/// The word for a theme.
pub const fn theme_name(choice: ThemeChoice) -> &'static str {
    match choice {
        ThemeChoice::System => "As the system",
        ThemeChoice::Light => "Light",
        ThemeChoice::Dark => "Dark",
    }
}

/// The renderers in the order of the settings.
pub const RENDERERS: [RendererChoice; 3] = [
    RendererChoice::Auto,
    RendererChoice::Wgpu,
    RendererChoice::Glow,
];

/// The word for a renderer.
pub const fn renderer_name(choice: RendererChoice) -> &'static str {
    match choice {
        RendererChoice::Auto => "Automatic",
        RendererChoice::Wgpu => "wgpu (Vulkan, Metal, Direct3D)",
        RendererChoice::Glow => "glow (OpenGL)",
    }
}

/// Where the program keeps what is its own. Nothing is kept where a path is `None`.
#[derive(Clone, Debug)]
pub struct Places {
    /// The settings.
    pub settings: Option<PathBuf>,
    /// The list of recent projects.
    pub recent: Option<PathBuf>,
    /// The folder of untitled projects.
    pub data_dir: PathBuf,
}

impl Places {
    /// As the platform wants it.
    pub fn of_platform() -> Self {
        let dirs = directories::ProjectDirs::from("", "", "Headroom");
        Self {
            settings: settings::default_path(),
            recent: recent::default_path(),
            data_dir: dirs.map_or_else(
                || std::env::current_dir().unwrap_or_default(),
                |d| d.data_dir().to_path_buf(),
            ),
        }
    }

    /// All in one folder, for tests and pictures.
    pub fn within(folder: &Path) -> Self {
        Self {
            settings: Some(folder.join("settings.json")),
            recent: Some(folder.join("recent.json")),
            data_dir: folder.join("data"),
        }
    }

    /// A file name in the data folder that is not taken yet: `Untitled.headroom`, `Untitled 2.headroom`.
    pub fn untitled_path(&self, name: &str) -> PathBuf {
        let stem = name.strip_suffix(".headroom").unwrap_or(name);
        let numbered = (2..10_000).map(|n| format!("{stem} {n}.headroom"));
        std::iter::once(format!("{stem}.headroom"))
            .chain(numbered)
            .map(|file| self.data_dir.join(file))
            .find(|path| !path.exists())
            .unwrap_or_else(|| self.data_dir.join(name))
    }

    /// The settings, and what of them could not be read.
    pub fn read_settings(&self) -> (Settings, Option<String>) {
        self.settings
            .as_deref()
            .map(Settings::load)
            .unwrap_or_default()
    }

    /// The projects opened before, and what of the list could not be read.
    pub fn read_recent(&self) -> (RecentProjects, Option<String>) {
        self.recent
            .as_deref()
            .map(RecentProjects::load)
            .unwrap_or_default()
    }

    /// Keeps the settings.
    pub fn save_settings(&self, settings: &Settings) {
        if let Some(Err(error)) = self.settings.as_ref().map(|path| settings.save(path)) {
            tracing::warn!(%error, "the settings could not be kept");
        }
    }

    /// Keeps the list of projects.
    pub fn save_recent(&self, recent: &RecentProjects) {
        if let Some(Err(error)) = self.recent.as_ref().map(|path| recent.save(path)) {
            tracing::warn!(%error, "the list of recent projects could not be kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untitled_projects_do_not_overwrite_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::within(dir.path());
        std::fs::create_dir_all(&places.data_dir).unwrap();
        let first = places.untitled_path("Untitled.headroom");
        std::fs::write(&first, "").unwrap();
        let second = places.untitled_path("Untitled.headroom");
        assert_eq!(second, places.data_dir.join("Untitled 2.headroom"));
    }
}
