//! The journal of a bulk operation: JSON lines that are only appended. A request that is not
//! idempotent is recorded, and synced to the disk, before it is sent. So a run after a crash knows
//! which requests may have been processed, and does not repeat them.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;
use super::operation::BulkOperation;
use super::options::Resolution;
use crate::durable_file::{in_use, lock, sync_folder};
use crate::id::Id;
use crate::operation::Idempotency;

const FORMAT: &str = "callfluent bulk operation";
const VERSION: u32 = 1;

/// The first line.
#[derive(Serialize, Deserialize, PartialEq)]
struct Header {
    journal: String,
    version: u32,
    operation: String,
    server: String,
}

impl Header {
    fn new(operation: &str, server: &str) -> Self {
        Self { journal: FORMAT.into(), version: VERSION, operation: operation.into(), server: server.into() }
    }

    /// Returns what to do if a line is damaged. Without the line, its request would be repeated.
    fn remedy_for_damage(&self) -> &'static str {
        if self.operation.starts_with("calls.") {
            "repair the line; without it, a person can be called twice: check the call history before you move the \
             file away"
        } else {
            "repair the line; without it, a request can be repeated: check what was processed before you move the file \
             away"
        }
    }
}

/// A line about an item.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) id: Id,
    pub(crate) state: State,
    /// Hash of the request.
    pub(crate) request: String,
    /// Hash of the phone number that the request dials. Journals of earlier versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<String>,
    /// Hash of the path, which contains the agent. Journals of earlier versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    pub(crate) time: String,
    /// Status and body of the response, if the ID of the created object is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// The latest decision about this item, in this line or an earlier one.
    #[serde(skip)]
    pub(crate) decision: Option<Resolution>,
}

/// State of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// The request is about to be sent. Without a later line, its outcome is unknown.
    Sending,
    Done,
    /// The request failed. The server did not process it, or it is safe to repeat it.
    Failed,
    /// The request failed, and the server may have processed it.
    Unknown,
    /// The user decided that the item is done.
    ResolvedDone,
    /// The user decided that the item is to be repeated.
    ResolvedRepeat,
}

impl State {
    fn decision(self) -> Option<Resolution> {
        match self {
            Self::ResolvedDone => Some(Resolution::Done),
            Self::ResolvedRepeat => Some(Resolution::Repeat),
            _ => None,
        }
    }
}

impl Entry {
    pub(crate) fn new(id: &Id, state: State, fingerprint: &Fingerprint) -> Self {
        let time = httpdate::fmt_http_date(SystemTime::now());
        let Fingerprint { request, number, path } = fingerprint.clone();
        let (id, decision) = (id.clone(), state.decision());
        Self { id, state, request, number, path, time, status: None, body: None, error: None, decision }
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint { request: self.request.clone(), number: self.number.clone(), path: self.path.clone() }
    }

    /// Returns whether the server may have processed the item, without a known result.
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self.state, State::Sending | State::Unknown)
    }

    /// Returns whether the item is not processed again: it is done, or its outcome is unknown and
    /// repeating it is not safe.
    pub(crate) fn counts(&self, operation: &BulkOperation) -> bool {
        let is_repeatable = operation.item.idempotency == Idempotency::Idempotent;
        self.is_done() || (self.is_unknown() && !is_repeatable)
    }

    /// Returns whether the item needs nothing more.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.state, State::Done | State::ResolvedDone)
    }
}

/// A journal that is open and locked.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    /// The kind and message of the first failure. Later lines would follow an incomplete one.
    failure: Mutex<Option<(io::ErrorKind, String)>>,
}

/// The latest entry of each item.
pub(crate) type Entries = HashMap<Id, Entry>;

impl Journal {
    /// Opens a journal, or creates it, and locks it until it is dropped. Returns the latest entry
    /// of each item.
    ///
    /// # Errors
    /// A reason, if the file cannot be used.
    pub(crate) fn open(path: &Path, operation: &str, server: &str) -> Result<(Self, Entries), String> {
        let cannot = |what: &'static str| {
            let path = path.display();
            move |error: io::Error| format!("cannot {what} {path}: {error}")
        };
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(cannot("open"))?;
        if !file.metadata().map_err(cannot("read"))?.is_file() {
            return Err(format!("{} is not a file", path.display()));
        }
        match lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(path)),
            Err(TryLockError::Error(error)) => return Err(cannot("lock")(error)),
        }
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(cannot("read"))?;
        let header = Header::new(operation, server);
        let (entries, complete) = parse(&content, &header).map_err(|reason| format!("{} {reason}", path.display()))?;
        // A crash left the last line incomplete: it had not been synced, so nothing followed it.
        if complete < content.len() {
            file.set_len(u64::try_from(complete).unwrap_or_default()).map_err(cannot("truncate"))?;
        }
        let journal = Self { file, failure: Mutex::default() };
        if complete == 0 {
            journal.write(&header, true).map_err(cannot("write"))?;
            sync_folder(path).map_err(cannot("sync the folder of"))?;
        }
        Ok((journal, entries))
    }

    /// Returns the entries of a journal without locking, creating or changing it.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub(crate) fn read(path: &Path, operation: &str, server: &str) -> Result<Entries, String> {
        if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(format!("{} is not a file", path.display()));
        }
        let content = match std::fs::read(path) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Entries::new()),
            Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
        };
        let parsed = parse(&content, &Header::new(operation, server));
        parsed.map(|(entries, _)| entries).map_err(|reason| format!("{} {reason}", path.display()))
    }

    /// Appends an entry.
    ///
    /// # Errors
    /// The file cannot be written. Then no later entry is written either.
    pub(crate) fn append(&self, entry: &Entry) -> io::Result<()> {
        self.write(entry, false)
    }

    /// Appends an entry, which is on the disk when this returns.
    ///
    /// # Errors
    /// Those of [`append`](Self::append).
    pub(crate) fn append_synced(&self, entry: &Entry) -> io::Result<()> {
        self.write(entry, true)
    }

    /// Syncs all entries to the disk.
    ///
    /// # Errors
    /// Those of the file.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write(&self, line: &impl Serialize, sync: bool) -> io::Result<()> {
        let mut text = serde_json::to_string(line).map_err(io::Error::other)?;
        text.push('\n');
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((kind, message)) = &*failure {
            return Err(io::Error::new(*kind, message.clone()));
        }
        let written = (&self.file).write_all(text.as_bytes());
        // Requests in flight sync at the same time, and the file system does it once for all.
        drop(failure);
        let written = written.and_then(|()| if sync { self.sync() } else { Ok(()) });
        if let Err(error) = &written {
            let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            failure.get_or_insert((error.kind(), error.to_string()));
        }
        written
    }
}

/// Decodes the complete lines. Returns the entries, and the length of these lines.
fn parse(content: &[u8], header: &Header) -> Result<(Entries, usize), String> {
    const NO_JOURNAL: &str = "is not a journal of this version; use another file";
    let complete = memchr::memrchr(b'\n', content).map_or(0, |end| end + 1);
    let (lines, rest) = content.split_at_checked(complete).unwrap_or((content, &[]));
    let mut lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).enumerate();
    let Some((_, first)) = lines.next() else {
        // The file of another program must not be truncated.
        let expected = serde_json::to_vec(header).unwrap_or_default();
        return if expected.starts_with(rest) { Ok((Entries::new(), complete)) } else { Err(NO_JOURNAL.to_owned()) };
    };
    match serde_json::from_slice::<Header>(first) {
        Ok(found) if found == *header => {}
        Ok(found) if found.journal == FORMAT && found.version == VERSION => {
            return Err(format!(
                "is the journal of {} on {}, not of {} on {}; use another file",
                found.operation, found.server, header.operation, header.server
            ));
        }
        _ => return Err(NO_JOURNAL.to_owned()),
    }
    let mut entries = Entries::new();
    for (index, line) in lines {
        let mut entry: Entry = serde_json::from_slice(line)
            .map_err(|error| format!("is damaged at line {}: {error}; {}", index + 1, header.remedy_for_damage()))?;
        let earlier = entries.get(&entry.id).and_then(|earlier: &Entry| earlier.decision);
        entry.decision = entry.state.decision().or(earlier);
        entries.insert(entry.id.clone(), entry);
    }
    Ok((entries, complete))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn after_a_failed_write_nothing_is_written() {
        let path = std::env::temp_dir().join(format!("callfluent-journal-{}", std::process::id()));
        std::fs::write(&path, "").unwrap();
        // A file that is only read stands for a full disk.
        let journal = Journal { file: File::open(&path).unwrap(), failure: Mutex::default() };
        let entry = Entry::new(&Id::from("lead-1"), State::Sending, &Fingerprint::default());
        let first = journal.append_synced(&entry).unwrap_err();
        let second =
            Journal { file: File::create(&path).unwrap(), failure: journal.failure }.append_synced(&entry).unwrap_err();
        assert_eq!(first.to_string(), second.to_string());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        std::fs::remove_file(&path).unwrap();
    }
}
