//! What the targets share: the first byte picks a format of the family, the rest is the file.

#![allow(
    dead_code,
    reason = "each target is a program of its own and uses one of the two functions"
)]

use std::path::Path;
use std::sync::Once;

use headroom::import::{Family, Format, ImportOptions, formats, import_bytes};
use headroom::progress::Progress;

/// Reads the data by one format of a family, recognised or not.
pub fn read_as(family: Family, data: &[u8]) {
    let list: Vec<&'static Format> = formats::ALL
        .iter()
        .copied()
        .filter(|f| f.family == family)
        .collect();
    let [pick, content @ ..] = data else { return };
    if list.is_empty() {
        return;
    }
    read(content, Some(list[usize::from(*pick) % list.len()]));
}

/// Recognises the data and reads them.
pub fn recognise(data: &[u8]) {
    read(data, None);
}

fn read(content: &[u8], format: Option<&'static Format>) {
    // libFuzzer's hook ends the process at every panic, also at those of the libraries for workbooks and Parquet that
    // are caught. What is not caught still ends it.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| std::panic::set_hook(Box::new(|info| eprintln!("{info}"))));
    let options = ImportOptions {
        whole_run: content.len() % 2 == 0,
        ..ImportOptions::default()
    };
    let result = import_bytes(
        Path::new("fuzzed"),
        content.to_vec(),
        format,
        &options,
        &Progress::default(),
    );
    if let Ok(imported) = result {
        // What was read can be told: nothing in it may break those who look at it.
        let info = &imported.source.info;
        assert!(info.first.is_none() || info.first <= info.last);
        headroom::dataset::blob::encode(&imported.source).ok();
    }
}
