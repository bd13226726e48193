//! The program's own settings and where it keeps them: small JSON files that survive age and damage.

use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::state::RecentEntry;

/// Which theme to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl ThemeChoice {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word on screens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "As the system",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }
}

/// What draws the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RendererChoice {
    /// wgpu, and OpenGL where that fails.
    #[default]
    Auto,
    /// Vulkan, Metal or Direct3D.
    Wgpu,
    /// OpenGL.
    Glow,
}

impl RendererChoice {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Wgpu, Self::Glow];

    /// The word on screens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "Automatic",
            Self::Wgpu => "wgpu (Vulkan, Metal, Direct3D)",
            Self::Glow => "glow (OpenGL)",
        }
    }
}

/// The program's own settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Which theme.
    pub theme: ThemeChoice,
    /// What draws the window.
    pub renderer: RendererChoice,
    /// Zone of new projects; empty for UTC.
    pub default_zone: String,
    /// Where dialogs start.
    pub last_folder: Option<PathBuf>,
    /// Size of the window in points.
    pub window: Option<[f32; 2]>,
}

/// How many projects the list of recent ones holds.
pub const MAX_RECENT: usize = 12;

/// The folders of the program.
#[derive(Clone, Debug)]
pub struct Places {
    /// Settings and the list of recent projects; nothing is kept where `None`.
    pub config_dir: Option<PathBuf>,
    /// Untitled projects.
    pub data_dir: PathBuf,
}

impl Places {
    /// As the platform wants it.
    pub fn of_platform() -> Self {
        directories::ProjectDirs::from("", "", "headroom").map_or_else(
            || Self {
                config_dir: None,
                data_dir: std::env::current_dir().unwrap_or_default(),
            },
            |dirs| Self {
                config_dir: Some(dirs.config_dir().to_path_buf()),
                data_dir: dirs.data_dir().to_path_buf(),
            },
        )
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

    /// The settings; what cannot be read is as at the beginning.
    pub fn settings(&self) -> Settings {
        self.read("settings.json")
    }

    /// The projects opened before, latest first.
    pub fn recent(&self) -> Vec<RecentEntry> {
        self.read("recent.json")
    }

    /// Keeps the settings.
    pub fn save_settings(&self, settings: &Settings) {
        self.write("settings.json", settings);
    }

    /// Keeps the list of projects.
    pub fn save_recent(&self, recent: &[RecentEntry]) {
        self.write("recent.json", recent);
    }

    fn read<T: Default + DeserializeOwned>(&self, file: &str) -> T {
        let path = self.config_dir.as_ref().map(|dir| dir.join(file));
        let text = path.and_then(|path| std::fs::read_to_string(path).ok());
        text.map_or_else(T::default, |text| {
            serde_json::from_str(&text).unwrap_or_else(|error| {
                tracing::warn!(file, %error, "damaged settings were set aside");
                T::default()
            })
        })
    }

    /// Written beside and renamed, so that a kill leaves the old or the new file.
    fn write<T: Serialize + ?Sized>(&self, file: &str, value: &T) {
        let Some(dir) = &self.config_dir else { return };
        let (path, beside) = (dir.join(file), dir.join(format!("{file}.new")));
        let written = std::fs::create_dir_all(dir)
            .and_then(|()| Ok(serde_json::to_string_pretty(value)?))
            .and_then(|text| std::fs::write(&beside, text))
            .and_then(|()| std::fs::rename(&beside, &path));
        if let Err(error) = written {
            tracing::warn!(file, %error, "settings could not be kept");
        }
    }

    /// Notes that the renderer is being tried; the note stays behind if it takes the program down.
    pub fn mark_renderer_start(&self) {
        if let Some(dir) = &self.config_dir {
            std::fs::create_dir_all(dir).ok();
            std::fs::write(dir.join(RENDERER_MARK), "wgpu").ok();
        }
    }

    /// The renderer has drawn and the program has ended in good order.
    pub fn clear_renderer_mark(&self) {
        if let Some(dir) = &self.config_dir {
            std::fs::remove_file(dir.join(RENDERER_MARK)).ok();
        }
    }

    /// Whether the renderer took the program down last time.
    pub fn renderer_crashed(&self) -> bool {
        self.config_dir
            .as_ref()
            .is_some_and(|dir| dir.join(RENDERER_MARK).exists())
    }
}

const RENDERER_MARK: &str = "renderer-is-starting";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_damage_and_age() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places {
            config_dir: Some(dir.path().to_path_buf()),
            data_dir: dir.path().to_path_buf(),
        };
        assert_eq!(places.settings(), Settings::default());
        let settings = Settings {
            theme: ThemeChoice::Dark,
            ..Settings::default()
        };
        places.save_settings(&settings);
        assert_eq!(places.settings(), settings);
        let file = dir.path().join("settings.json");
        std::fs::write(&file, "{\"theme\":\"light\",\"unknown\":1}").unwrap();
        assert_eq!(places.settings().theme, ThemeChoice::Light);
        std::fs::write(&file, "{\"theme\":").unwrap();
        assert_eq!(places.settings(), Settings::default());
    }

    #[test]
    fn untitled_projects_do_not_overwrite_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places {
            config_dir: None,
            data_dir: dir.path().to_path_buf(),
        };
        let first = places.untitled_path("Untitled.headroom");
        std::fs::write(&first, "").unwrap();
        let second = places.untitled_path("Untitled.headroom");
        assert_eq!(second, dir.path().join("Untitled 2.headroom"));
    }
}
