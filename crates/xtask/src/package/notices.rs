//! Third-party code in the packages: license texts, and a bill of materials in the format
//! `CycloneDX`. Both come from cargo, since tools for them are not in the registries as programs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde_json::{Value, json};

use crate::process::{Result, cargo, output, root};

/// Beginnings of names of files with a license, in lower case.
const LICENSE_FILES: [&str; 6] = ["license", "licence", "copying", "copyright", "notice", "unlicense"];

/// A crate that is part of a binary.
pub(crate) struct Component {
    name: String,
    version: String,
    license: String,
    repository: String,
    authors: Vec<String>,
    folder: PathBuf,
    /// SHA-256 of the published crate.
    checksum: Option<String>,
}

/// Returns the crates of others that the library of a package contains on these platforms.
pub(crate) fn components(package: &str, targets: &[&str]) -> Result<Vec<Component>> {
    let mut contained = BTreeSet::new();
    for target in targets {
        let arguments =
            format!("tree --locked --prefix none --edges normal,no-proc-macro --format {{p}} --target {target}");
        let tree = output(cargo(&arguments).args(["--package", package]))?;
        let crates = tree.lines().filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
        });
        contained.extend(crates);
    }
    let metadata: Value = serde_json::from_str(&output(&mut cargo("metadata --locked --format-version 1"))?)?;
    let checksums = checksums(&fs::read_to_string(root().join("Cargo.lock"))?);
    let packages = metadata.get("packages").and_then(Value::as_array).ok_or("cargo metadata lists no packages")?;
    let mut components = Vec::new();
    for package in packages {
        let text = |key: &str| package.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, version) = (text("name"), text("version"));
        // A crate without a source is one of this repository.
        if !contained.contains(&(name.clone(), version.clone())) || package.get("source").is_none_or(Value::is_null) {
            continue;
        }
        let authors = package.get("authors").and_then(Value::as_array).into_iter().flatten();
        components.push(Component {
            license: text("license").replace('/', " OR "),
            repository: text("repository"),
            authors: authors.filter_map(Value::as_str).map(str::to_owned).collect(),
            folder: Path::new(&text("manifest_path")).parent().map(Path::to_owned).unwrap_or_default(),
            checksum: checksums.get(&(name.clone(), version.clone())).cloned(),
            name,
            version,
        });
    }
    components.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    Ok(components)
}

/// Returns the license texts of all components. Components with the same text share it.
pub(crate) fn notices(components: &[Component]) -> Result<String> {
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut notices = format!("The native library of callfluent contains {} crates of others.\n\n", components.len());
    for component in components {
        let name = format!("{} {}", component.name, component.version);
        notices.extend([&name, ": ", &component.license, " (", &component.repository, ")\n"]);
        for text in component.license_texts()? {
            users.entry(text).or_default().push(name.clone());
        }
    }
    let mut texts: Vec<_> = users.into_iter().map(|(text, users)| (users.join(", "), text)).collect();
    texts.sort();
    let line = "=".repeat(80);
    for (users, text) in texts {
        notices.extend(["\n", &line, "\n", &users, "\n", &line, "\n\n", &text, "\n"]);
    }
    Ok(notices)
}

/// Returns the bill of materials of a package. It has no time and no random number, so that two
/// builds are equal.
pub(crate) fn bill_of_materials(name: &str, components: &[Component]) -> Value {
    let listed = components.iter().map(|component| {
        let Component { name, version, license, repository, checksum, .. } = component;
        let mut listed = json!({
            "type": "library",
            "bom-ref": format!("pkg:cargo/{name}@{version}"),
            "name": name,
            "version": version,
            "purl": format!("pkg:cargo/{name}@{version}"),
            "licenses": [{ "expression": license }],
            "externalReferences": [{ "type": "vcs", "url": repository }],
        });
        if let (Some(checksum), Some(listed)) = (checksum, listed.as_object_mut()) {
            listed.insert("hashes".into(), json!([{ "alg": "SHA-256", "content": checksum }]));
        }
        listed
    });
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": { "type": "library", "name": name, "version": env!("CARGO_PKG_VERSION") } },
        "components": listed.collect::<Vec<_>>(),
    })
}

impl Component {
    fn license_texts(&self) -> Result<Vec<String>> {
        let mut files: Vec<_> = fs::read_dir(&self.folder)?.flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.is_file() && is_license(path));
        files.sort();
        if files.is_empty() {
            return self.stated_license().map(|text| vec![text]);
        }
        let texts = files.iter().map(|path| Ok(String::from_utf8_lossy(&fs::read(path)?).trim().replace("\r\n", "\n")));
        texts.collect()
    }

    /// The text of the license that the manifest states. Some crates contain no file with it.
    fn stated_license(&self) -> Result<String> {
        if !self.license.contains("MIT") {
            return Err(
                format!("{} {} has no license file; add its text to notices.rs", self.name, self.version).into()
            );
        }
        let mit = fs::read_to_string(root().join("LICENSE-MIT"))?;
        let terms = mit.lines().filter(|line| !line.starts_with("Copyright")).collect::<Vec<_>>().join("\n");
        Ok(format!("Copyright (c) {}\n\n{}", self.authors.join(", "), terms.trim()))
    }
}

fn is_license(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    LICENSE_FILES.iter().any(|beginning| name.starts_with(beginning))
}

/// Returns the checksums of a lock file, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |package: &str, key: &str| {
        package
            .lines()
            .find_map(|line| Some(line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')?.to_owned()))
    };
    let packages = lock.split("[[package]]");
    packages.filter_map(|it| Some(((value(it, "name")?, value(it, "version")?), value(it, "checksum")?))).collect()
}
