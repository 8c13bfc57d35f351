//! Files to upload: from a path or an open file (both are streamed), from bytes, or from a stream.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use mime_guess::Mime;

use super::ByteStream;
use super::file_stream::{FileContent, OpenFile};
use crate::error::{FieldError, FieldErrors, Result};

/// Size of the chunks of content in memory whose progress is reported.
const CHUNK: usize = 256 * 1024;

/// A file to upload.
///
/// ```no_run
/// use callfluent::Attachment;
///
/// let from_disk = Attachment::path("prices.pdf");
/// let prices = "Small: 10, large: 20";
/// let from_memory = Attachment::bytes("prices.txt", prices).content_type("text/plain");
/// ```
pub struct Attachment {
    name: String,
    content_type: Option<String>,
    content: Content,
    progress: Option<Progress>,
}

/// Receives the number of bytes of a file that were read for the connection.
type Progress = Arc<dyn Fn(u64) + Send + Sync>;

enum Content {
    Path(PathBuf),
    File(OpenFile),
    Bytes(Bytes),
    /// Can be read once, so a request with a stream is never retried.
    Stream(Mutex<Option<ByteStream>>, Option<u64>),
}

impl Attachment {
    /// A file on disk. Its name is the last part of the path. It is opened when it is sent.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Self { name: name.unwrap_or_default(), content_type: None, content: Content::Path(path), progress: None }
    }

    /// An open file, from the position `start` to its current end. It is read while it is sent, and
    /// again for a retry. The file's own position does not change, except on Windows.
    ///
    /// # Errors
    /// If it is not a regular file. A pipe, for example, is a `stream`.
    pub fn file(name: impl Into<String>, file: File, start: u64) -> std::io::Result<Self> {
        Ok(Self {
            name: name.into(),
            content_type: None,
            content: Content::File(OpenFile::new(file, start)?),
            progress: None,
        })
    }

    /// A file in memory.
    pub fn bytes(name: impl Into<String>, content: impl Into<Bytes>) -> Self {
        Self { name: name.into(), content_type: None, content: Content::Bytes(content.into()), progress: None }
    }

    /// A stream that is read while it is sent, with its length in bytes if it is known. It cannot
    /// be read twice, so the upload is not retried. If the stream has another length, the upload
    /// fails with [`Error::InvalidRequest`](crate::Error::InvalidRequest).
    pub fn stream<S>(name: impl Into<String>, stream: S, length: Option<u64>) -> Self
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    {
        Self {
            name: name.into(),
            content_type: None,
            content: Content::Stream(Mutex::new(Some(Box::pin(stream))), length),
            progress: None,
        }
    }

    /// Sets the file name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the media type, e.g. `application/pdf`. Default: derived from the file name extension.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }
}

impl Attachment {
    /// Reports the number of bytes of this file that were read for the connection. It begins again
    /// with each attempt. The function runs on a thread of the runtime and must not block.
    #[doc(hidden)]
    #[must_use]
    pub fn on_progress(mut self, report: impl Fn(u64) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(report));
        self
    }

    /// Returns the length in bytes, if it is known before the file is sent.
    #[doc(hidden)]
    pub fn length(&self) -> Option<u64> {
        match &self.content {
            Content::Path(path) => content_of(path).ok().map(|content| content.length()),
            Content::File(file) => file.content().ok().map(|content| content.length()),
            Content::Bytes(bytes) => Some(bytes.len() as u64),
            Content::Stream(_, length) => *length,
        }
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Attachment").field("name", &self.name).finish_non_exhaustive()
    }
}

impl From<PathBuf> for Attachment {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

/// Returns the file on disk with this path.
impl From<&str> for Attachment {
    fn from(path: &str) -> Self {
        Self::path(path)
    }
}

impl From<&Path> for Attachment {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

impl<N: Into<String>, B: Into<Bytes>> From<(N, B)> for Attachment {
    fn from((name, content): (N, B)) -> Self {
        Self::bytes(name, content)
    }
}

/// A file as it is sent.
pub(crate) struct FilePart {
    /// Without characters that end a quoted string or a header.
    pub(crate) file_name: String,
    pub(crate) media_type: String,
    pub(crate) content: ByteStream,
    /// Length in bytes, if it is known.
    pub(crate) length: Option<u64>,
}

/// A file that is not opened.
pub(crate) struct FileDescription {
    pub(crate) file_name: String,
    pub(crate) media_type: String,
    /// Path of the file, or its name if it is not on disk.
    pub(crate) source: String,
}

/// Files that were checked and can be sent.
#[derive(Debug)]
pub(crate) struct Files(Vec<Attachment>);

/// Checks that every file can be read and has a valid name and media type.
pub(crate) fn open_files(operation: &str, attachments: Vec<Attachment>) -> Result<Files> {
    let mut errors = Vec::new();
    for (index, attachment) in attachments.iter().enumerate() {
        let mut add = |reason: String| errors.push(FieldError::new(format!("files[{index}]"), reason));
        if let Content::Path(path) = &attachment.content {
            match std::fs::metadata(path) {
                Ok(metadata) if metadata.is_dir() => {
                    add(format!("{} is a folder", path.display()));
                }
                Ok(metadata) if !metadata.is_file() => {
                    add(format!("{} is not a regular file; read it and pass its content", path.display()));
                }
                // Permissions are known only after opening.
                Ok(_) => {
                    if let Err(error) = File::open(path) {
                        add(cannot_be_read(path, &error));
                    }
                }
                Err(error) => add(cannot_be_read(path, &error)),
            }
        }
        if attachment.name.trim().is_empty() {
            add("has no name; pass a pair of name and content".into());
        }
        if attachment.content_type.as_ref().is_some_and(|text| text.parse::<Mime>().is_err()) {
            add("has an invalid content type (expected e.g. text/plain)".into());
        }
    }
    FieldErrors::new(operation, errors).into_result()?;
    Ok(Files(attachments))
}

impl Files {
    /// Returns whether the files can be read a second time.
    pub(crate) fn can_be_sent_again(&self) -> bool {
        !self.0.iter().any(|attachment| matches!(attachment.content, Content::Stream(..)))
    }

    /// Returns the files as a command line names them.
    pub(crate) fn descriptions(&self) -> impl Iterator<Item = FileDescription> {
        self.0.iter().map(|attachment| FileDescription {
            file_name: safe_file_name(&attachment.name),
            media_type: attachment.content_type.clone().unwrap_or_else(|| media_type(&attachment.name).to_owned()),
            source: match &attachment.content {
                Content::Path(path) => path.to_string_lossy().into_owned(),
                Content::File(_) | Content::Bytes(_) | Content::Stream(..) => attachment.name.clone(),
            },
        })
    }

    /// Returns the files for one attempt.
    pub(crate) async fn parts(&self) -> std::io::Result<Vec<FilePart>> {
        let mut parts = Vec::with_capacity(self.0.len());
        for attachment in &self.0 {
            parts.push(attachment.part().await?);
        }
        Ok(parts)
    }
}

impl Attachment {
    async fn part(&self) -> std::io::Result<FilePart> {
        let (content, length): (ByteStream, _) = match &self.content {
            Content::Path(path) => {
                let path = path.clone();
                let open = move || {
                    content_of(&path).map_err(|error| std::io::Error::new(error.kind(), cannot_be_read(&path, &error)))
                };
                self.file_content(open).await?
            }
            Content::File(file) => {
                let file = file.clone();
                self.file_content(move || file.content()).await?
            }
            Content::Bytes(bytes) => self.held(bytes),
            Content::Stream(stream, length) => {
                let taken = stream.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
                (taken.ok_or_else(|| std::io::Error::other("the stream was already read"))?, *length)
            }
        };
        let media_type = match &self.content_type {
            Some(given) => given.parse::<Mime>().map_err(std::io::Error::other)?.to_string(),
            None => media_type(&self.name).to_owned(),
        };
        let content = match self.progress.clone() {
            Some(report) => observed(content, report),
            None => content,
        };
        Ok(FilePart { file_name: safe_file_name(&self.name), media_type, content, length })
    }

    /// Returns the content of a file, which a function opens that may block, and its length.
    async fn file_content(
        &self,
        open: impl FnOnce() -> std::io::Result<FileContent> + Send + 'static,
    ) -> std::io::Result<(ByteStream, Option<u64>)> {
        Ok(match tokio::task::spawn_blocking(open).await.map_err(std::io::Error::other)?? {
            FileContent::Small(bytes) => self.held(&bytes),
            FileContent::Large(file) => (Box::pin(file.stream()), Some(file.length())),
        })
    }

    /// Returns content in memory, and its length.
    fn held(&self, bytes: &Bytes) -> (ByteStream, Option<u64>) {
        (Box::pin(self.chunks_of(bytes)), Some(bytes.len() as u64))
    }

    /// Returns content in memory. It is divided only if its progress is reported.
    fn chunks_of(&self, bytes: &Bytes) -> impl Stream<Item = std::io::Result<Bytes>> + Send + use<> {
        let size = if self.progress.is_some() { CHUNK } else { usize::MAX };
        stream::unfold(bytes.clone(), move |mut rest| async move {
            let chunk = rest.split_to(size.min(rest.len()));
            (!chunk.is_empty()).then(|| (Ok(chunk), rest))
        })
    }
}

/// Reports the bytes of a stream.
fn observed(content: ByteStream, report: Progress) -> ByteStream {
    let mut sent = 0;
    Box::pin(content.inspect(move |chunk| {
        if let Ok(chunk) = chunk {
            sent += chunk.len() as u64;
            report(sent);
        }
    }))
}

/// Opens a file, and reads it if it is small.
fn content_of(path: &Path) -> std::io::Result<FileContent> {
    OpenFile::new(File::open(path)?, 0)?.content()
}

fn cannot_be_read(path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be read: {error}", path.display())
}

/// Returns the media type of a file name extension.
fn media_type(name: &str) -> &'static str {
    mime_guess::from_path(name).first_raw().unwrap_or("application/octet-stream")
}

/// Percent-encodes the characters of a name that could end it or begin another header, as browsers
/// do.
fn safe_file_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for character in name.chars() {
        if character == '"' || character.is_control() {
            safe.extend(percent_encoding::utf8_percent_encode(
                character.encode_utf8(&mut [0; 4]),
                percent_encoding::NON_ALPHANUMERIC,
            ));
        } else {
            safe.push(character);
        }
    }
    safe
}
