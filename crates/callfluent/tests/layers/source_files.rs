//! Reads the source files below a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Returns the files below a folder whose names have an ending, by relative path.
pub(crate) fn read_files(root: &Path, endings: &[&str]) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                if endings.iter().any(|ending| name.ends_with(ending)) {
                    files.insert(name, fs::read_to_string(&path).unwrap());
                }
            }
        }
    }
    assert!(!files.is_empty(), "{} has no files", root.display());
    files
}
