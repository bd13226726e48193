//! Where the sample is: beside the program, in the folder it was built from, or in the current folder.

use std::path::{Path, PathBuf};

/// The sample as it is found on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sample {
    /// A project file.
    Project(PathBuf),
    /// The files to make a project of.
    Folder(PathBuf),
}

/// Looks for the sample project, and for its input files where there is no project.
pub fn locate() -> Option<Sample> {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(Path::to_path_buf));
    let bases = beside
        .iter()
        .flat_map(|dir| [dir.clone(), dir.join("../share/headroom")])
        .chain([
            PathBuf::from(env!("CARGO_MANIFEST_DIR")),
            std::env::current_dir().unwrap_or_default(),
        ]);
    let folders: Vec<PathBuf> = bases.map(|base| base.join("sample-data")).collect();
    let project = |folder: &PathBuf| {
        let file = folder.join("checkout.headroom");
        file.is_file().then_some(Sample::Project(file))
    };
    let inputs = |folder: &PathBuf| {
        let inputs = folder.join("checkout");
        inputs.is_dir().then_some(Sample::Folder(inputs))
    };
    folders
        .iter()
        .find_map(project)
        .or_else(|| folders.iter().find_map(inputs))
}
