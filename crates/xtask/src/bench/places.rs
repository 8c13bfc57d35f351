//! Where everything is that the benchmarks need: our packages, built and installed as users have them, the other clients in
//! environments of their own, and the programs in Rust. Another client that cannot be installed is left out with a reason.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;
use serde_json::{Value, json};

use super::Extent;
use super::contender::with_many_files;
use crate::process::{Result, build, cache, output, program, root, step};
use crate::{node, python};

/// The other clients for Python, each by its name in `benchmarks/python` and its package.
const PYTHON: [(&str, &str); 9] = [
    ("aiohttp", "aiohttp"),
    ("httpx", "httpx"),
    ("requests", "requests"),
    ("primp", "primp"),
    ("impit", "impit"),
    ("retell", "retell-sdk"),
    ("vapi", "vapi-server-sdk"),
    ("openai", "openai"),
    ("orjson", "orjson"),
];
/// It replaces a package that requests needs, so that it gets an environment of its own.
const NIQUESTS: [(&str, &str); 1] = [("niquests", "niquests")];
/// The other clients for Node.
const NODE: [(&str, &str); 7] = [
    ("undici", "undici"),
    ("axios", "axios"),
    ("got", "got"),
    ("impit", "impit"),
    ("retell", "retell-sdk"),
    ("vapi", "@vapi-ai/server-sdk"),
    ("openai", "openai"),
];
/// Those that a quick run is made with.
const QUICK: [&str; 3] = ["aiohttp", "orjson", "undici"];

/// Where everything is.
pub(crate) struct Places {
    pub(crate) server: PathBuf,
    rust_client: PathBuf,
    pub(crate) wheel: PathBuf,
    pub(crate) npm_packages: Vec<PathBuf>,
    python: PathBuf,
    niquests: PathBuf,
    /// A folder with the scripts for Node and, beside them, what they import.
    pub(crate) node: PathBuf,
    /// Why a package is not there.
    absent: BTreeMap<String, String>,
    /// What was measured, with versions.
    pub(crate) versions: Vec<(String, String)>,
}

impl Places {
    /// Builds and installs what is not there yet.
    pub(crate) fn set_up(extent: Extent) -> Result<Self> {
        let mut absent = BTreeMap::new();
        let [server, rust_client] =
            build("benchmark programs", "--release --package callfluent-bench", ["bench-server", "bench-client"])?;
        let wheel = match extent {
            Extent::Quick => python::standing_wheel().map_or_else(python::build_wheel, Ok)?,
            Extent::Full => python::build_wheel()?,
        };
        let npm_packages = match extent {
            Extent::Quick => node::standing_tarballs().map_or_else(node::build_tarballs, Ok)?,
            Extent::Full => node::build_tarballs()?,
        };
        let wanted = |peers: &[(&'static str, &'static str)]| -> Vec<&'static str> {
            let peers = peers.iter().filter(|(name, _)| !extent.is_quick() || QUICK.contains(name));
            peers.map(|(_, package)| *package).collect()
        };
        let python = python_environment("python", &wanted(&PYTHON), &mut absent)?;
        step("the wheel", python::pip(&python).args(["--force-reinstall", "--no-deps"]).arg(&wheel))?;
        let python = python::python(&python);
        let niquests = match extent {
            Extent::Quick => python.clone(),
            Extent::Full => python::python(&python_environment("python-niquests", &wanted(&NIQUESTS), &mut absent)?),
        };
        let node = node_folder(&wanted(&NODE), &npm_packages, &mut absent)?;
        let mut places =
            Self { server, rust_client, wheel, npm_packages, python, niquests, node, absent, versions: Vec::new() };
        places.versions = places.find_versions(&wanted(&PYTHON), &wanted(&NIQUESTS), &wanted(&NODE));
        Ok(places)
    }

    /// Why a client is not there.
    pub(crate) fn missing(&self, client: &str, language: &str) -> Option<&str> {
        let peers = if language == "Node" { &NODE[..] } else { &PYTHON[..] };
        let package = peers.iter().chain(&NIQUESTS).find(|(name, _)| *name == client).map(|(_, package)| *package)?;
        self.absent.get(&format!("{language} {package}")).map(String::as_str)
    }

    /// Whether a client is measured in a run of this extent.
    pub(crate) fn is_wanted(client: &str, extent: Extent) -> bool {
        !extent.is_quick() || QUICK.contains(&client) || client == "callfluent" || client == "json"
    }

    /// A long-lived contender in Rust.
    pub(crate) fn rust_contender(&self, client: &str, base_url: &str) -> Command {
        let mut command = with_many_files(&self.rust_client);
        command.args([client, base_url]);
        command
    }

    /// A long-lived contender in Python, `awaited` or `waiting`.
    pub(crate) fn python_contender(&self, kind: &str, client: &str, base_url: &str) -> Command {
        let mut command = as_users_have_it(with_many_files(self.interpreter(client)));
        command.arg(root().join("benchmarks/python/contender.py")).args([kind, client, base_url]);
        command
    }

    /// A long-lived contender in Node.
    pub(crate) fn node_contender(&self, client: &str, base_url: &str) -> Command {
        let mut command = with_many_files("node");
        command.current_dir(&self.node).args(["contender.mjs", client, base_url]);
        command
    }

    /// A fresh interpreter with these arguments.
    pub(crate) fn fresh_python(&self, client: &str) -> Command {
        as_users_have_it(program(self.interpreter(client)))
    }

    /// A fresh Node in the folder with the packages.
    pub(crate) fn fresh_node(&self) -> Command {
        let mut command = program("node");
        command.current_dir(&self.node);
        command
    }

    fn interpreter(&self, client: &str) -> &Path {
        if client == "niquests" { &self.niquests } else { &self.python }
    }

    fn find_versions(&self, python: &[&str], niquests: &[&str], node: &[&str]) -> Vec<(String, String)> {
        let said = |command: &mut Command| {
            output(command).ok().map(|text| text.lines().next().unwrap_or_default().trim().to_owned())
        };
        let mut versions = vec![
            ("Rust".to_owned(), said(program("rustc").arg("--version"))),
            ("Python".to_owned(), said(program(&self.python).arg("--version"))),
            ("Node".to_owned(), said(program("node").arg("--version"))),
            ("curl".to_owned(), said(program("curl").arg("--version"))),
            ("callfluent".to_owned(), Some(env!("CARGO_PKG_VERSION").to_owned())),
            ("reqwest".to_owned(), locked("reqwest")),
        ];
        for (interpreter, packages) in [(&self.python, python), (&self.niquests, niquests)] {
            let script = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))";
            for package in packages {
                let version =
                    said(program(interpreter).args(["-c", script, package]).stderr(std::process::Stdio::null()));
                versions.push((format!("{package} (Python)"), version));
            }
        }
        for package in node {
            let manifest = self.node.join("node_modules").join(package).join("package.json");
            let version = fs::read_to_string(manifest).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
            let version = version.and_then(|manifest| Some(manifest.get("version")?.as_str()?.to_owned()));
            versions.push((format!("{package} (Node)"), version));
        }
        versions.into_iter().map(|(name, version)| (name, version.unwrap_or_else(|| "not there".into()))).collect()
    }
}

/// Without the variables of developers that make Python slower for them, or show it something else than users have.
fn as_users_have_it(mut command: Command) -> Command {
    for variable in ["PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH", "PYTHONDEVMODE"] {
        command.env_remove(variable);
    }
    command
}

/// The version of a package in the lock file.
fn locked(package: &str) -> Option<String> {
    let text = fs::read_to_string(root().join("Cargo.lock")).ok()?;
    let (_, after) = text.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(after.split_once('"')?.0.to_owned())
}

/// An environment with packages, each installed where it is not yet.
fn python_environment(name: &str, packages: &[&str], absent: &mut BTreeMap<String, String>) -> Result<PathBuf> {
    let folder = cache("bench").join(name);
    if !python::python(&folder).exists() {
        python::environment(&python::newest()?, &folder)?;
    }
    let there = output(program(python::python(&folder)).args([
        "-m",
        "pip",
        "list",
        "--format=freeze",
        "--disable-pip-version-check",
    ]))?;
    for package in packages {
        if there.lines().any(|line| line.split("==").next() == Some(package)) {
            continue;
        }
        // One by one, so that one that cannot be had does not keep the others away.
        if let Err(reason) =
            step(&format!("Python: {package}"), python::pip(&folder).args(["--prefer-binary", package]))
        {
            println!("   {reason}");
            absent.insert(format!("Python {package}"), "it cannot be installed".into());
        }
    }
    Ok(folder)
}

/// The folder for Node, with our packages, the others and the scripts.
fn node_folder(packages: &[&str], tarballs: &[PathBuf], absent: &mut BTreeMap<String, String>) -> Result<PathBuf> {
    let folder = cache("bench").join("node");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    if !folder.join("package.json").exists() {
        node::write_json(&folder.join("package.json"), &json!({ "private": true }))?;
    }
    for package in packages {
        if folder.join("node_modules").join(package).is_dir() {
            continue;
        }
        if let Err(reason) = npm_install(&format!("npm: {package}"), &folder, [package]) {
            println!("   {reason}");
            absent.insert(format!("Node {package}"), "it cannot be installed".into());
        }
    }
    // npm takes a tarball of the same name and version for the one that it has installed.
    let modules = folder.join("node_modules");
    let ours = fs::read_dir(&modules).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in
        ours.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("callfluent")))
    {
        fs::remove_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let _ = fs::remove_file(modules.join(".package-lock.json"));
    npm_install("npm: the tarballs", &folder, tarballs)?;
    node::copy_files(&root().join("benchmarks/node"), &folder)?;
    Ok(folder)
}

fn npm_install(title: &str, folder: &Path, packages: impl IntoIterator<Item = impl AsRef<std::ffi::OsStr>>) -> Result {
    step(
        title,
        node::npm(folder).args(["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"]).args(packages),
    )
}
