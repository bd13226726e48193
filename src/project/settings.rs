//! Settings of the program, in the platform's configuration folder. They survive damage, and headless commands ignore
//! them. Paths are parameters, so that tests never touch a person's own settings.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use serde::{Deserialize, Serialize};

use super::{MappingEntry, atomic, lenient};

/// Version of the settings' layout.
pub const SETTINGS_VERSION: u32 = 1;

/// Light, dark, or what the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// What the system says.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// What draws the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RendererChoice {
    /// wgpu, and glow where that fails.
    #[default]
    Auto,
    /// wgpu only.
    Wgpu,
    /// glow only.
    Glow,
}

/// Where the window was, in points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowPlace {
    /// Width of the content.
    pub width: f32,
    /// Height of the content.
    pub height: f32,
    /// It filled the screen.
    pub maximized: bool,
}

impl Default for WindowPlace {
    fn default() -> Self {
        Self {
            width: 1_600.0,
            height: 1_000.0,
            maximized: false,
        }
    }
}

/// What a person set up for the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Layout version.
    pub version: u32,
    /// Light or dark.
    pub theme: ThemeChoice,
    /// What draws.
    pub renderer: RendererChoice,
    /// The renderer had not drawn its first frame when the program ended: use glow next time.
    pub renderer_starting: bool,
    /// Zoom of the whole window, 1 for 100 %.
    pub zoom: f32,
    /// Folder of the last project.
    pub project_folder: Option<PathBuf>,
    /// Folder of the last imported file.
    pub import_folder: Option<PathBuf>,
    /// Folder of the last report.
    pub report_folder: Option<PathBuf>,
    /// Where the window was.
    pub window: WindowPlace,
    /// IANA zone that new projects start with; empty for UTC.
    pub time_zone: String,
    /// What the columns of tables are, by their header; the project's own answers stand over these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mappings: Vec<MappingEntry>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: SETTINGS_VERSION,
            theme: ThemeChoice::default(),
            renderer: RendererChoice::default(),
            renderer_starting: false,
            zoom: 1.0,
            project_folder: None,
            import_folder: None,
            report_folder: None,
            window: WindowPlace::default(),
            time_zone: String::new(),
            mappings: Vec::new(),
        }
    }
}

/// Where the settings of this person are, where the platform has such a folder.
pub fn default_path() -> Option<PathBuf> {
    Some(
        ProjectDirs::from("", "", "Headroom")?
            .config_dir()
            .join("settings.json"),
    )
}

impl Settings {
    /// Reads settings. A missing file means defaults; a damaged one is set aside. The second value says what was lost.
    pub fn load(path: &Path) -> (Self, Option<String>) {
        let (mut settings, problem): (Self, _) = load(path, "the settings");
        settings.version = SETTINGS_VERSION;
        if !(0.2..=5.0).contains(&settings.zoom) {
            settings.zoom = 1.0;
        }
        let window = &mut settings.window;
        if !(200.0..=20_000.0).contains(&window.width)
            || !(200.0..=20_000.0).contains(&window.height)
        {
            *window = WindowPlace::default();
        }
        (settings, problem)
    }

    /// Writes settings, all or nothing.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        atomic::write(path, &serde_json::to_vec_pretty(self)?)
    }
}

/// Reads a small JSON file of the program as far as it can be read.
pub(super) fn load<T>(path: &Path, what: &str) -> (T, Option<String>)
where
    T: serde::de::DeserializeOwned + Default,
{
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (T::default(), None),
        Err(error) => {
            let problem = format!("{what} could not be read ({error}): {}", path.display());
            return (T::default(), Some(problem));
        }
    };
    let Ok(value @ serde_json::Value::Object(_)) = serde_json::from_slice(&bytes) else {
        let kept = atomic::set_aside(path).map_or_else(String::new, |aside| {
            format!("; the damaged file is kept as {}", aside.display())
        });
        let problem = format!("{what} could not be read and start afresh{kept}");
        return (T::default(), Some(problem));
    };
    let (read, lost) = lenient::read(value);
    let problem = (!lost.is_empty())
        .then(|| format!("{what} could not be read completely ({})", lost.join(", ")));
    (read, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_and_a_missing_file_is_no_problem() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("settings.json");
        assert_eq!(Settings::load(&path), (Settings::default(), None));
        let settings = Settings {
            theme: ThemeChoice::Dark,
            zoom: 1.5,
            ..Settings::default()
        };
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path), (settings, None));
    }

    #[test]
    fn a_damaged_file_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        fs::write(&path, "{\"theme\": \"da").unwrap();
        let (settings, problem) = Settings::load(&path);
        assert_eq!(settings, Settings::default());
        assert!(problem.unwrap().contains("settings.json.damaged"));
        assert!(folder.path().join("settings.json.damaged").exists());
        assert_eq!(Settings::load(&path).1, None);
    }

    #[test]
    fn one_odd_value_does_not_cost_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        fs::write(
            &path,
            r#"{"version": 9, "theme": "purple", "renderer": "glow", "zoom": 1e9, "later": 1}"#,
        )
        .unwrap();
        let (settings, problem) = Settings::load(&path);
        assert_eq!(settings.renderer, RendererChoice::Glow);
        assert_eq!(settings.theme, ThemeChoice::System);
        assert_eq!(settings.zoom, 1.0);
        assert!(problem.unwrap().contains("theme"));
    }
}
