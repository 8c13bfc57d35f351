//! Builds the benchmark programs and this client's packages, installs the peers, and starts each
//! client. The peers and their versions are in `benchmarks/python/requirements*.txt` and
//! `benchmarks/node/package.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;
use serde_json::Value;

use super::process::{Figures, Process, start_server, with_many_files};
use crate::process::{Result, build, cache, output, program, root, step};
use crate::{node, package, python};

/// Peers of a quick run, beside this client and what the standard libraries have.
const QUICK: [&str; 5] = ["aiohttp", "orjson", "pandas", "pyarrow", "undici"];
const QUICK_CLIENTS: [&str; 7] = ["callfluent", "hooks", "reqwest", "reqwest-sync", "nothing", "json", "curl"];

/// Clients and rounds of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Every client, release builds, three passes of 12 minutes.
    Full,
    /// A few clients and one short round, to check that everything runs.
    Quick,
}

impl Extent {
    pub(super) fn pick<T>(self, full: T, quick: T) -> T {
        if self == Self::Quick { quick } else { full }
    }
}

/// Everything that is installed, and the running server.
pub(super) struct Setup {
    pub(super) extent: Extent,
    addresses: BTreeMap<String, String>,
    _server: Process,
    rust_client: PathBuf,
    wheel: PathBuf,
    tarballs: Vec<PathBuf>,
    python: PathBuf,
    niquests: PathBuf,
    node: PathBuf,
}

impl Setup {
    pub(super) fn new(extent: Extent) -> Result<Self> {
        // A test gives the quick build the features of `cargo test --workspace`, so that both share
        // the dependencies.
        let quick = "--workspace --bin bench-server --bin bench-client --test layers";
        let arguments = extent.pick("--release --package callfluent-bench", quick);
        let [server, rust_client] = build("benchmark programs", arguments, ["bench-server", "bench-client"])?;
        let (wheel, tarballs) = match extent {
            Extent::Full => {
                let wheel = python::build_wheel("release")?;
                let tarballs = node::build_tarballs()?;
                let mut packages = tarballs.clone();
                packages.push(wheel.clone());
                package::smaller(&packages)?;
                (wheel, tarballs)
            }
            Extent::Quick => (
                python::standing_wheel().map_or_else(|| python::build_wheel("dev"), Ok)?,
                node::standing_tarballs().map_or_else(node::build_tarballs_for_tests, Ok)?,
            ),
        };
        let python = python_environment("python", "requirements.txt", extent)?;
        step("Python: the wheel", python::uv(&python)?.args(["--reinstall", "--no-deps"]).arg(&wheel))?;
        // It replaces urllib3, so requests and others cannot share its environment.
        let niquests = python_environment("python-niquests", "requirements-niquests.txt", extent)?;
        let node = node_folder(&tarballs, extent)?;
        let (server, addresses) = start_server(with_many_files(server), &cache("bench"))?;
        write_certificates()?;
        let (python, niquests) = (python::python(&python), python::python(&niquests));
        Ok(Self { extent, addresses, _server: server, rust_client, wheel, tarballs, python, niquests, node })
    }

    pub(super) fn wants(&self, client: &str) -> bool {
        let (_, name) = language_and_name(client);
        self.extent == Extent::Full
            || QUICK.contains(&name)
            || QUICK_CLIENTS.contains(&name)
            || self.package(client).is_some()
    }

    /// An address of the server.
    pub(super) fn address(&self, server: &str) -> Result<&str> {
        Ok(self.addresses.get(server).ok_or_else(|| format!("the server has no address {server:?}"))?)
    }

    /// Starts a process that takes orders.
    pub(super) fn start(&self, client: &str, server: &str) -> Result<Process> {
        let mut command = match language_and_name(client) {
            ("Rust", name) => {
                let mut command = with_many_files(&self.rust_client);
                command.arg(name);
                command
            }
            _ => self.script(client, "client")?,
        };
        trust(&mut command, server);
        command.arg(self.address(server)?);
        let (process, first_line) = Process::start(command)?;
        super::process::figures(&first_line)?;
        Ok(process)
    }

    /// A process that measures one thing once.
    pub(super) fn fresh(&self, client: &str, what: &str, server: &str) -> Result<Command> {
        let mut command = self.script(client, "fresh")?;
        trust(&mut command, server);
        command.args([self.address(server)?, what]);
        match what {
            "upload" => drop(command.arg(self.upload_file()?)),
            // Each agent has 20,000 calls.
            "export" | "frame" => drop(command.arg(self.extent.pick("50", "1"))),
            "short-export" => drop(command.arg(self.extent.pick("5", "1"))),
            _ => {}
        }
        Ok(command)
    }

    /// A process that imports the package, or nothing, and ends.
    pub(super) fn import(&self, client: &str) -> Command {
        let (language, name) = language_and_name(client);
        let mut command = if language == "Node" { program("node") } else { as_users_have_it(program(&self.python)) };
        let script = match (language, name) {
            (_, "nothing") => "0",
            ("Node", _) => "require('callfluent')",
            _ => "import callfluent",
        };
        command.current_dir(&self.node).args([if language == "Node" { "--eval" } else { "-c" }, script]);
        command
    }

    /// A file of zeros, which takes no space on disk.
    pub(super) fn upload_file(&self) -> Result<PathBuf> {
        let path = cache("bench/upload.bin");
        fs::File::create(&path)?.set_len(self.extent.pick(1 << 30, 1 << 26))?;
        Ok(path)
    }

    pub(super) fn package_size(&self, name: &str) -> Result<Figures> {
        let path = self.package(name).ok_or("it was not built")?;
        #[allow(clippy::cast_precision_loss)]
        let bytes = fs::metadata(path)?.len() as f64;
        Ok(Figures::from([("bytes".into(), bytes)]))
    }

    /// The versions of everything that was measured.
    pub(super) fn versions(&self) -> Result<Vec<String>> {
        let mut versions = vec![format!("callfluent {}", env!("CARGO_PKG_VERSION"))];
        for command in [Path::new("rustc"), &self.python, Path::new("node"), Path::new("curl")] {
            let name = command.file_name().unwrap_or_default().display();
            // Others print what they were built with, too.
            let version = output(program(command).arg("--version"))?;
            let version = version.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
            versions.push(if version.starts_with('v') { format!("{name} {version}") } else { version });
        }
        versions.extend(requirements("requirements.txt", self.extent)?);
        versions.extend(requirements("requirements-niquests.txt", self.extent)?);
        let manifest: Value = serde_json::from_str(&fs::read_to_string(self.node.join("package.json"))?)?;
        let peers = manifest.get("dependencies").and_then(Value::as_object).into_iter().flatten();
        let peers = peers.filter(|(name, _)| !name.starts_with("callfluent"));
        versions.extend(peers.map(|(name, version)| format!("{name}@{}", version.as_str().unwrap_or_default())));
        Ok(versions)
    }

    fn script(&self, client: &str, script: &str) -> Result<Command> {
        let (language, name) = language_and_name(client);
        let kind = match language {
            "Node" => {
                let mut command = with_many_files("node");
                command.current_dir(&self.node).arg(format!("{script}.mjs")).arg(name);
                return Ok(command);
            }
            "Python, sync" => "sync_clients",
            "Python, async" => "async_clients",
            _ => return Err(format!("{client} is not a client").into()),
        };
        let python = if name == "niquests" { &self.niquests } else { &self.python };
        let mut command = as_users_have_it(with_many_files(python));
        command.arg(root().join(format!("benchmarks/python/{script}.py"))).arg(format!("{kind}.{name}"));
        Ok(command)
    }

    fn package(&self, name: &str) -> Option<&Path> {
        match name {
            "wheel" => Some(&self.wheel),
            "npm package" => self.tarballs.first().map(PathBuf::as_path),
            "npm package of the platform" => self.tarballs.get(1).map(PathBuf::as_path),
            _ => None,
        }
    }
}

fn language_and_name(client: &str) -> (&str, &str) {
    client.split_once(": ").unwrap_or(("", client))
}

/// The certificates of the system with the authority of the benchmark server.
fn certificates() -> PathBuf {
    cache("bench/certificates.pem")
}

fn write_certificates() -> Result {
    let system = fs::read("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
    Ok(fs::write(certificates(), [system, fs::read(cache("bench/authority.pem"))?].concat())?)
}

/// Makes a client trust the server. Only with TLS: reading certificates takes time.
fn trust(command: &mut Command, server: &str) {
    if server.starts_with("tls") {
        for variable in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
            command.env(variable, certificates());
        }
        command.env("NODE_EXTRA_CA_CERTS", cache("bench/authority.pem"));
    }
}

/// Without the variables of developers that slow Python down or show it other files than users
/// have.
fn as_users_have_it(mut command: Command) -> Command {
    for variable in ["PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH", "PYTHONDEVMODE"] {
        command.env_remove(variable);
    }
    command
}

fn requirements(file: &str, extent: Extent) -> Result<Vec<String>> {
    let text = fs::read_to_string(root().join("benchmarks/python").join(file))?;
    let wanted = |line: &&str| {
        let name = line.split("==").next().unwrap_or_default();
        !line.starts_with('#') && (extent == Extent::Full || QUICK.contains(&name))
    };
    Ok(text.lines().filter(wanted).map(str::to_owned).collect())
}

fn python_environment(name: &str, file: &str, extent: Extent) -> Result<PathBuf> {
    let folder = cache("bench").join(name);
    if !python::python(&folder).exists() {
        python::environment(&python::newest()?, &folder)?;
    }
    let requirements = requirements(file, extent)?;
    if !requirements.is_empty() {
        step("Python: peers", python::uv(&folder)?.args(requirements))?;
    }
    Ok(folder)
}

/// The folder for Node: the scripts, the peers and this client's tarballs.
fn node_folder(tarballs: &[PathBuf], extent: Extent) -> Result<PathBuf> {
    let folder = cache("bench/node");
    // npm keeps an installed tarball if the new one has the same name and version.
    let installed = fs::read_dir(folder.join("node_modules")).into_iter().flatten().flatten();
    for package in installed.filter(|entry| entry.file_name().to_string_lossy().starts_with("callfluent")) {
        fs::remove_dir_all(package.path())?;
    }
    let _ = fs::remove_file(folder.join("node_modules/.package-lock.json"));
    node::copy_files(&root().join("benchmarks/node"), &folder)?;
    let mut manifest: Value = serde_json::from_str(&fs::read_to_string(folder.join("package.json"))?)?;
    if let Some(peers) = manifest.get_mut("dependencies").and_then(Value::as_object_mut) {
        peers.retain(|name, _| extent == Extent::Full || QUICK.contains(&name.as_str()));
    }
    fs::write(folder.join("package.json"), manifest.to_string())?;
    let registry = node::Registry::start(tarballs)?;
    let mut install = node::npm(&folder);
    install.args(["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock", "--no-save"]);
    install.arg(registry.argument()).args(tarballs);
    step("npm: peers and the tarballs", &mut install)?;
    Ok(folder)
}
