//! The files of an export. Calls are appended to a hidden JSONL file. A second hidden file has the
//! position. A run that finds both cuts the first one to the size in the position and continues, so
//! that no call is lost or written twice. At the end, the JSONL file becomes the file of the user,
//! or is converted to it.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::memchr2;
use serde_json::{Map, Value};

use super::csv;
use super::known_calls::KnownCalls;
use super::masks::Masks;
use super::position::{Position, Request, decoded, read_object};
use super::request::{ExportFormat, ExportProgress, ExportRequest, OPERATION, keep_first};
use crate::durable_file::{check_replaceable, in_use, is_at, lock, replace, sync_folder};
use crate::error::{Error, FileError, RequestTarget, Result};
use crate::id::Id;
use crate::json::find_field;
use crate::pagination::{FIRST_PAGE, Paginator, id_of, record_key};
use crate::schema::Naming;

/// Bytes between two positions on the disk. A position is written after a sync of the calls.
const CHECKPOINT: u64 = 1 << 20;
/// Pages that are read again when an export continues: calls that were deleted meanwhile move
/// others to earlier pages.
const PAGES_AGAIN: u32 = 2;

/// A page that was fetched.
pub(super) struct ExportPage {
    pub(super) number: u32,
    pub(super) records: Vec<Arc<str>>,
    /// Hashes of items that are not records.
    pub(super) invalid: Vec<u64>,
}

/// The open files of an export, or of the rest of one that an earlier run began.
#[derive(Debug)]
pub(super) struct ExportFiles {
    paths: Paths,
    /// Locked. `None` after the end.
    file: Option<File>,
    /// Size of the file of calls. What is behind the size in the position on the disk is not safe.
    written: u64,
    /// True if the position on the disk is behind.
    is_behind: bool,
    position: Position,
    /// Position in the list of the current agent; `None` before its first page.
    paginator: Option<Paginator>,
    /// Calls of the current agent that an earlier run wrote.
    known: KnownCalls,
    masks: Masks,
    naming: Naming,
}

/// The paths of an export.
#[derive(Debug, Clone)]
pub(super) struct Paths {
    /// The file of the user.
    pub(super) target: PathBuf,
    /// The file of calls.
    pub(super) part: PathBuf,
    position: PathBuf,
    /// The file into which calls are converted.
    pub(super) converted: PathBuf,
    since: Option<PathBuf>,
}

impl Paths {
    pub(super) fn new(target: &Path, since: Option<&Path>) -> Self {
        let hidden = |suffix: &str| {
            let mut name = std::ffi::OsString::from(".");
            name.push(target.file_name().unwrap_or_default());
            name.push(suffix);
            target.with_file_name(name)
        };
        Self {
            target: target.to_owned(),
            part: hidden(".part"),
            position: hidden(".position"),
            converted: hidden(".converted"),
            since: since.map(Path::to_owned),
        }
    }
}

/// Returns the error of a file.
pub(super) fn cannot(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::File(Box::new(FileError::new(OPERATION, action, path, source)))
}

impl ExportFiles {
    /// Opens the files of an export, or those of an earlier run of the same export.
    pub(super) fn open(request: &ExportRequest, paths: Paths, server: &str, naming: Naming) -> Result<Self> {
        let since = match &paths.since {
            Some(path) => read(path, "since")?.unwrap_or_default(),
            None => Map::new(),
        };
        if let Some(path) = &paths.since {
            check_replaceable(path).map_err(cannot("write beside", path))?;
        }
        if paths.converted.is_dir() {
            let reason = format!("needs the file {}, which is a folder; remove it", paths.converted.display());
            return Err(Error::invalid(OPERATION, "path", reason));
        }
        let masks = request.masks();
        let identity = Request {
            server: server.to_owned(),
            names: if naming == Naming::Camel { "camelCase" } else { "snake_case" }.to_owned(),
            agents: request.agents.as_ref().map(|agents| agents.iter().map(Id::to_string).collect()),
            workspace: request.workspace.as_ref().map(Id::to_string),
            masks: masks.iter().map(|mask| mask.name().to_owned()).collect(),
            since,
        };
        let file = open_locked(&paths.part)?;
        let size = file.metadata().map_err(cannot("read", &paths.part))?.len();
        let earlier: Option<Position> = read(&paths.position, "path")?.and_then(decoded);
        let position = earlier
            .filter(|earlier| earlier.continues(&identity, size))
            .unwrap_or_else(|| Position::new(identity, request.agents.clone()));
        // The position of the last sync is all that counts.
        file.set_len(position.size).map_err(cannot("truncate", &paths.part))?;
        Ok(Self {
            paths,
            file: Some(file),
            written: position.size,
            is_behind: false,
            position,
            paginator: None,
            known: KnownCalls::default(),
            masks: Masks::new(&masks),
            naming,
        })
    }

    /// Returns whether the agents of the workspace have to be listed first.
    pub(super) fn needs_agents(&self) -> bool {
        self.position.agents.is_none()
    }

    /// Sets the agents whose calls are exported.
    pub(super) fn set_agents(&mut self, mut agents: Vec<Id>) {
        keep_first(&mut agents);
        self.position.agents = Some(agents);
    }

    /// Returns whether there is something to [`flush`](Self::flush).
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind
    }

    pub(super) fn progress(&self) -> ExportProgress {
        ExportProgress {
            calls: self.position.calls,
            agents: self.position.agent,
            total_agents: self.position.agents.as_ref().map_or(0, Vec::len),
        }
    }

    /// Returns the agent and the page to fetch next; `None` if all calls are written.
    pub(super) fn next_page(&mut self) -> Result<Option<(Id, u32)>> {
        loop {
            let position = &mut self.position;
            let Some(agent) = position.agents.as_ref().and_then(|agents| agents.get(position.agent)) else {
                return Ok(None);
            };
            let paginator = match &mut self.paginator {
                Some(paginator) => paginator,
                None => {
                    if let Some(file) = &self.file {
                        let known = KnownCalls::read(file, position.start, self.written);
                        self.known = known.map_err(cannot("read", &self.paths.part))?;
                    }
                    let first = position.page.saturating_sub(PAGES_AGAIN).max(FIRST_PAGE);
                    self.paginator.insert(Paginator::with_bounded_memory(first))
                }
            };
            if let Some(page) = paginator.next_page() {
                paginator.check_end(RequestTarget::default)?;
                return Ok(Some((agent.clone(), page)));
            }
            self.paginator = None;
            position.agent += 1;
            position.page = FIRST_PAGE;
            position.start = self.written;
            self.is_behind = true;
        }
    }

    /// Appends the calls of a page. A page that was written before is ignored.
    pub(super) fn append(&mut self, page: &ExportPage) -> Result<()> {
        let position = &self.position;
        let agent = position.agents.as_ref().and_then(|agents| agents.get(position.agent));
        let (Some(agent), Some(paginator)) = (agent, &self.paginator) else {
            return Ok(());
        };
        if paginator.next_page() != Some(page.number) {
            return Ok(());
        }
        let is_first_page_again = paginator.is_at_first_page_again();
        let mut paginator = paginator.clone();
        let keys: Vec<_> = page.records.iter().map(|record| record_key(record)).collect();
        let has_ids = keys.is_empty() || page.records.iter().any(|record| id_of(record).is_some());
        let is_new = paginator.add_page(&keys, &page.invalid, has_ids).unwrap_or_default();
        if is_first_page_again {
            self.paginator = Some(paginator);
            return Ok(());
        }

        let name = agent.to_string();
        let mark = position.request.since.get(&name).and_then(Value::as_i64);
        let mut highest = position.marks.get(&name).copied().or(mark);
        let agent = serde_json::to_string(agent).unwrap_or_default();
        let mut lines = String::new();
        let mut calls = 0;
        for (record, is_new) in page.records.iter().zip(is_new) {
            if let Some(id) = number(record) {
                if mark.is_some_and(|mark| id <= mark) {
                    continue;
                }
                highest = highest.max(Some(id));
            }
            if !is_new {
                continue;
            }
            let line = self.line(record, &agent);
            if self.known.contains(&line) {
                continue;
            }
            lines.push_str(&line);
            lines.push('\n');
            calls += 1;
        }
        self.write(lines.as_bytes())?;
        let position = &mut self.position;
        if let Some(highest) = highest {
            position.marks.insert(name, highest);
        }
        position.calls += calls;
        position.page = page.number.saturating_add(1);
        self.paginator = Some(paginator);
        self.is_behind = true;
        if self.written - self.position.size >= CHECKPOINT { self.flush() } else { Ok(()) }
    }

    /// Returns the line of a call.
    fn line(&self, record: &str, agent: &str) -> String {
        let agent_id = self.naming.convert("agent_id");
        let mut line = self.masks.apply(record).into_owned();
        if find_field(record, &agent_id).is_none() && line.ends_with('}') {
            line.pop();
            if !line.ends_with('{') {
                line.push(',');
            }
            // Writing to a string cannot fail.
            let _ = write!(line, "\"{agent_id}\":{agent}}}");
        }
        // Between values, a server may break lines.
        if memchr2(b'\n', b'\r', line.as_bytes()).is_some() { line.replace(['\n', '\r'], " ") } else { line }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        // An earlier write may have been incomplete.
        let written = file.seek(SeekFrom::Start(self.written)).and_then(|_| file.write_all(bytes));
        written.map_err(cannot("write", &self.paths.part))?;
        self.written += u64::try_from(bytes.len()).unwrap_or_default();
        Ok(())
    }

    /// Writes the calls and then the position to the disk.
    pub(super) fn flush(&mut self) -> Result<()> {
        let Some(file) = self.file.as_ref().filter(|_| self.is_behind) else {
            return Ok(());
        };
        file.sync_data().map_err(cannot("write", &self.paths.part))?;
        self.position.size = self.written;
        let content = serde_json::to_vec(&self.position).unwrap_or_default();
        replace(&self.paths.position, &content).map_err(cannot("write", &self.paths.position))?;
        self.is_behind = false;
        Ok(())
    }

    /// Writes all calls to the disk, so that they can be converted.
    pub(super) fn complete(&mut self) -> Result<()> {
        self.flush()?;
        // Windows locks a file against all other readers.
        match &self.file {
            Some(file) if cfg!(windows) => file.unlock().map_err(cannot("unlock", &self.paths.part)),
            _ => Ok(()),
        }
    }

    /// Makes the file of the user, and updates the file of the highest IDs. The caller has
    /// converted the calls to a Parquet file.
    pub(super) fn finish(&mut self, format: ExportFormat) -> Result<()> {
        self.flush()?;
        let Paths { target, part, position, converted, since } = &self.paths;
        let finished = match format {
            ExportFormat::Jsonl => part,
            ExportFormat::Csv => {
                let first = ["id", &self.naming.convert("agent_id")];
                csv::write(part, converted, &first).map_err(cannot("write", converted))?;
                converted
            }
            ExportFormat::Parquet => converted,
        };
        // Some systems do not rename an open file.
        self.file = None;
        std::fs::rename(finished, target).map_err(cannot("rename", finished))?;
        sync_folder(target).map_err(cannot("sync the folder of", target))?;
        for leftover in [position, part] {
            match std::fs::remove_file(leftover) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot("remove", leftover)(error)),
                _ => {}
            }
        }
        // The last step: if one before it fails, the next run makes the same file again.
        if let Some(since) = since {
            let mut marks = self.position.request.since.clone();
            marks.extend(self.position.marks.iter().map(|(agent, mark)| (agent.clone(), Value::from(*mark))));
            let content = serde_json::to_vec(&marks).unwrap_or_default();
            replace(since, &content).map_err(cannot("write", since))?;
        }
        Ok(())
    }
}

/// A run that ends early keeps what it has written.
impl Drop for ExportFiles {
    fn drop(&mut self) {
        // Without it, the next run fetches a few pages again.
        let _ = self.flush();
        // An export that failed before its first page, as that of an unknown agent, leaves no file.
        // It is removed before the lock is released, so that no other run has begun with it.
        if self.file.is_some() && self.written == 0 && !self.paths.position.exists() {
            let _ = std::fs::remove_file(&self.paths.part);
        }
    }
}

/// Opens and locks the file of calls. Only the owner of the lock may cut the file.
fn open_locked(part: &Path) -> Result<File> {
    loop {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(part).map_err(cannot("open", part))?;
        match lock(&file) {
            // Between both steps, another run may have finished or removed the file, and a third
            // one may have begun. To write to this file would change what the first one has made.
            Ok(()) if is_at(&file, part).map_err(cannot("read", part))? => return Ok(file),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::invalid(OPERATION, "path", in_use(part))),
            Err(TryLockError::Error(error)) => return Err(cannot("lock", part)(error)),
        }
    }
}

/// Returns the ID of a call as a number, if it is one.
fn number(record: &str) -> Option<i64> {
    let id = id_of(record)?;
    let digits = id.strip_prefix('"').and_then(|id| id.strip_suffix('"')).unwrap_or(id);
    // Node gets integers beyond its numbers as strings.
    digits.parse().ok().filter(|number: &i64| number.to_string() == digits)
}

fn read(path: &Path, argument: &str) -> Result<Option<Map<String, Value>>> {
    read_object(path).map_err(|error| {
        if error.kind() == io::ErrorKind::InvalidData || error.kind() == io::ErrorKind::UnexpectedEof {
            let reason = match argument {
                "since" => {
                    format!("{} does not contain the highest IDs of an export; pass another file", path.display())
                }
                _ => format!("{} is not a position of an export; remove it", path.display()),
            };
            return Error::invalid(OPERATION, argument, reason);
        }
        cannot("read", path)(error)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_that_was_replaced_before_its_lock_is_not_used() {
        let part = std::env::temp_dir().join(format!("callfluent-replaced-{}", std::process::id()));
        let first = open_locked(&part).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| open_locked(&part).unwrap());
            std::thread::sleep(Duration::from_millis(60));
            // The first run ends with a renamed file, and another run begins and ends.
            let finished = part.with_extension("finished");
            std::fs::rename(&part, &finished).unwrap();
            std::fs::write(&part, "").unwrap();
            drop(first);
            let second = second.join().unwrap();
            assert!(is_at(&second, &part).unwrap() && !is_at(&second, &finished).unwrap());
            std::fs::remove_file(finished).unwrap();
        });
        std::fs::remove_file(part).unwrap();
    }
}
