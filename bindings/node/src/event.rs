//! The kinds of events that the queue of an environment holds.

/// Kind of an event, as its number in the JSON.
#[derive(Clone, Copy)]
pub(crate) enum Event {
    /// A request succeeded.
    Response = 0,
    /// A request failed.
    Failure = 1,
    /// A log record of a client.
    Log = 2,
    /// An upload wants the next chunk of its stream.
    Wanted = 3,
    /// An upload needs no more of its stream.
    Done = 4,
    /// There are more events in the next text.
    More = 5,
    /// A chunk of the list that is the response of a request.
    Chunk = 6,
    /// An upload has read some bytes of a file.
    Progress = 7,
    /// An attempt of a request waits for its hooks.
    BeforeAttempt = 8,
    /// An attempt of a request has ended.
    AfterAttempt = 9,
}
