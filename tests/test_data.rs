//! Every file under `tests/data` is explained in the README of its folder.

use std::path::Path;

#[test]
fn every_file_has_its_line() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for folder in std::fs::read_dir(&data).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let readme = std::fs::read_to_string(folder.join("README.md"))
            .unwrap_or_else(|e| panic!("{}: README.md: {e}", folder.display()));
        for file in std::fs::read_dir(&folder).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            assert!(
                name == "README.md" || readme.contains(&format!("`{name}`")),
                "{} says nothing about {name}",
                folder.join("README.md").display()
            );
        }
    }
}
