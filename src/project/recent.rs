//! The projects that were open lately, in the platform's data folder.

use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use serde::{Deserialize, Serialize};

use super::{atomic, settings};

/// How many are remembered.
const MAX_RECENT: usize = 12;

/// Paths of projects, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecentProjects {
    /// Layout version.
    pub version: u32,
    projects: Vec<PathBuf>,
}

/// Where the list of this person is, where the platform has such a folder.
pub fn default_path() -> Option<PathBuf> {
    Some(
        ProjectDirs::from("", "", "Headroom")?
            .data_dir()
            .join("recent.json"),
    )
}

impl RecentProjects {
    /// Reads the list. A missing file means an empty one; a damaged one is set aside. The second value says what was lost.
    pub fn load(path: &Path) -> (Self, Option<String>) {
        let (mut recent, problem): (Self, _) = settings::load(path, "the list of recent projects");
        recent.projects.truncate(MAX_RECENT);
        (recent, problem)
    }

    /// Writes the list, all or nothing.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        atomic::write(path, &serde_json::to_vec_pretty(self)?)
    }

    /// Paths, the latest first. They may be gone meanwhile.
    pub fn iter(&self) -> impl Iterator<Item = &Path> {
        self.projects.iter().map(PathBuf::as_path)
    }

    /// Puts a project at the top. Paths that are not Unicode cannot be remembered.
    pub fn note(&mut self, project: &Path) {
        let project = std::path::absolute(project).unwrap_or_else(|_| project.to_path_buf());
        self.forget(&project);
        if project.to_str().is_some() {
            self.projects.insert(0, project);
            self.projects.truncate(MAX_RECENT);
        }
    }

    /// Takes a project from the list.
    pub fn forget(&mut self, project: &Path) {
        self.projects.retain(|p| p != project);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_is_first_and_stands_once() {
        let mut recent = RecentProjects::default();
        for name in ["/a", "/b", "/a"] {
            recent.note(Path::new(name));
        }
        let listed: Vec<_> = recent.iter().collect();
        assert_eq!(listed, [Path::new("/a"), Path::new("/b")]);
        for i in 0..30 {
            recent.note(Path::new(&format!("/{i}")));
        }
        assert_eq!(recent.iter().count(), MAX_RECENT);
        recent.forget(Path::new("/29"));
        assert_eq!(recent.iter().next(), Some(Path::new("/28")));
    }

    #[test]
    fn the_list_survives_and_damage_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recent.json");
        let mut recent = RecentProjects::default();
        recent.note(Path::new("/a"));
        recent.save(&path).unwrap();
        assert_eq!(RecentProjects::load(&path), (recent, None));
        std::fs::write(&path, "\0\0").unwrap();
        let (empty, problem) = RecentProjects::load(&path);
        assert_eq!(empty.iter().count(), 0);
        assert!(problem.is_some());
    }
}
