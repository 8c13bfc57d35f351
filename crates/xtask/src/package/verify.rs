//! Checks of `dist/` that need no installation: contents, platform tags, the oldest C library, and
//! paths of this machine. `cargo xtask test packages` installs and runs the packages.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use fs_err as fs;

use super::crates;
use super::settings::{dist, tools};
use super::target::{GLIBC, source_folders};
use crate::node;
use crate::process::{Result, cache, output, program, root, step, timed};
use crate::python::{python, tool};

/// Files that all packages contain.
const LICENSES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Checks all files of `dist/`, and prints their sizes.
pub(super) fn run() -> Result {
    let tools = tools()?;
    let (wheels, sdists) = (wheels(), files("python", ".tar.gz"));
    let (tarballs, crates) = (files("npm", ".tgz"), files("crates", ".crate"));
    step("twine check", program(tool(&tools, "twine")).args(["check", "--strict"]).args(wheels.iter().chain(&sdists)))?;
    let stable = wheels.iter().filter(|wheel| wheel.to_string_lossy().contains("abi3"));
    step(
        "abi3audit",
        program(tool(&tools, "abi3audit")).args(["--strict", "--report"]).args(stable).stdout(Stdio::null()),
    )?;
    node::check_tarballs(&tarballs)?;
    timed("contents of the packages", || {
        for archive in wheels.iter().chain(&sdists).chain(&tarballs).chain(&crates) {
            contents(archive, &tools)?;
        }
        Ok(())
    })?;
    timed("libraries and paths in the packages", || {
        for archive in wheels.iter().chain(&sdists).chain(&tarballs).chain(&crates) {
            for file in unpacked(archive, &tools)? {
                check_file(&file)?;
            }
        }
        Ok(())
    })?;
    println!("\n   bytes  file in dist");
    for file in wheels.iter().chain(&sdists).chain(&tarballs).chain(&crates) {
        println!("{:8}  {}", fs::metadata(file)?.len(), file.file_name().unwrap_or_default().display());
    }
    Ok(())
}

/// The wheels in `dist/`.
pub(super) fn wheels() -> Vec<PathBuf> {
    files("python", ".whl")
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = dist().join(folder);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    paths.sort();
    paths
}

/// Checks that an archive has license files, and with them the licenses and the list of what is in
/// its library.
fn contents(archive: &Path, tools: &Path) -> Result {
    let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_wheel = archive.extension().is_some_and(|ending| ending == "whl");
    let listed = if is_wheel {
        output(program(python(tools)).args(["-m", "zipfile", "--list"]).arg(archive))?
    } else {
        output(program("tar").arg("-tzf").arg(archive))?
    };
    let is_crate = crates::CRATES
        .iter()
        .any(|name_of_crate| name == format!("{name_of_crate}-{}.crate", env!("CARGO_PKG_VERSION")));
    let is_main = name == node::main_name();
    let mut needed: Vec<&str> = LICENSES.into();
    if !is_crate && !is_main {
        needed.push("NOTICE-THIRD-PARTY.txt");
    }
    if is_wheel {
        needed.push("/sboms/");
    } else if name.contains("native") {
        needed.push("sbom.cdx.json");
    } else {
        // What cargo needs to know all dependencies; npm has none.
        needed.push(if is_main { "package.json" } else { "Cargo.lock" });
    }
    match needed.iter().find(|file| !listed.contains(**file)) {
        Some(missing) => Err(format!("{name} does not contain {missing}").into()),
        None => Ok(()),
    }
}

/// Unpacks an archive, and returns the files in it.
fn unpacked(archive: &Path, tools: &Path) -> Result<Vec<PathBuf>> {
    let folder = cache("package").join("unpacked").join(archive.file_stem().unwrap_or_default());
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    if archive.extension().is_some_and(|ending| ending == "whl") {
        output(program(python(tools)).args(["-m", "zipfile", "--extract"]).arg(archive).arg(&folder))?;
    } else {
        output(program("tar").arg("-xzf").arg(archive).arg("-C").arg(&folder))?;
    }
    let (mut files, mut folders) = (Vec::new(), vec![folder]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder)?.flatten().map(|entry| entry.path()) {
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    Ok(files)
}

fn check_file(file: &Path) -> Result {
    let content = fs::read(file)?;
    let name = file.file_name().unwrap_or_default().display();
    let is_library = file.extension().is_some_and(|end| ["so", "node", "pyd"].iter().any(|it| end == *it));
    if let Some(version) = is_library.then(|| highest_glibc(&content)).flatten() {
        println!("   {name}: glibc {}.{} or later", version.0, version.1);
        if version > read_version(GLIBC.as_bytes()).unwrap_or_default() {
            return Err(
                format!("{name} needs glibc {}.{}; packages must run with {GLIBC}", version.0, version.1).into()
            );
        }
    }
    for (folder, _) in source_folders()?.into_iter().chain([(root(), "")]) {
        let path = folder.to_string_lossy().into_owned();
        if content.windows(path.len()).any(|window| window == path.as_bytes()) {
            return Err(format!("{name} contains the path {path} of this machine").into());
        }
    }
    Ok(())
}

/// Returns the highest version of glibc whose symbols a library needs.
fn highest_glibc(library: &[u8]) -> Option<(u32, u32)> {
    const PREFIX: &[u8] = b"GLIBC_";
    let found = library.windows(PREFIX.len()).enumerate().filter(|(_, window)| *window == PREFIX);
    found.filter_map(|(at, _)| read_version(library.get(at + PREFIX.len()..)?)).max()
}

fn read_version(bytes: &[u8]) -> Option<(u32, u32)> {
    let text: String =
        bytes.iter().map(|byte| char::from(*byte)).take_while(|it| it.is_ascii_digit() || *it == '.').collect();
    let mut numbers = text.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_glibc_is_found() {
        assert_eq!(highest_glibc(b"\0GLIBC_2.2.5\0GLIBC_2.17\0GLIBC_2.4\0GLIBC_PRIVATE\0"), Some((2, 17)));
        assert_eq!(highest_glibc(b"\0GLIBC_ABI_DT_RELR\0"), None);
    }
}
