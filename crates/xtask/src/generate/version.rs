//! The version in the files of the npm package. `Cargo.toml` defines it, and the wheel takes it
//! from there.

use fs_err as fs;

use super::template::Generated;
use crate::process::root;

/// Files that contain the version, the text before it, and the number of places from the top.
const PLACES: [(&str, &str, usize); 3] = [
    ("node/package.json", "\"version\": \"", 1),
    ("node/package-lock.json", "\"version\": \"", 2),
    ("node/src/version.ts", "VERSION = '", 1),
];

/// The files with the version of the workspace.
pub(super) fn files() -> Result<Vec<Generated>, String> {
    PLACES.iter().map(|(path, before, places)| file(path, before, *places)).collect()
}

fn file(path: &'static str, before: &str, places: usize) -> Result<Generated, String> {
    let text = fs::read_to_string(root().join(path)).map_err(|error| error.to_string())?;
    let content =
        with_version(&text, before, places).ok_or_else(|| format!("{path} has fewer than {places} versions"))?;
    Ok(Generated { path, content })
}

fn with_version(text: &str, before: &str, places: usize) -> Option<String> {
    let mut parts = text.splitn(places + 1, before);
    let mut content = parts.next()?.to_owned();
    for _ in 0..places {
        let part = parts.next()?;
        let end = part.find(['"', '\''])?;
        content.extend([before, env!("CARGO_PKG_VERSION"), part.get(end..)?]);
    }
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_versions_are_replaced() {
        let text = "{ \"version\": \"0\", { \"version\": \"0\" }, { \"version\": \"5\" } }";
        let expected = text.replace("\"0\"", concat!("\"", env!("CARGO_PKG_VERSION"), "\""));
        assert_eq!(with_version(text, "\"version\": \"", 2), Some(expected));
        assert_eq!(with_version(text, "\"version\": \"", 4), None);
    }
}
