//! Phone calls: the endpoints, the call history as pages and streams, the wait for the end of a
//! call, the watch for new calls, and the export. `waiter.rs` and `watcher.rs` have the loops.

#[cfg(feature = "blocking")]
pub(super) mod blocking_pages;
mod changes;
mod composite_methods;
mod endpoints;
mod export;
mod field_check;
mod history;
mod order;
mod pages;
mod poll_schedule;
mod state;
mod streams;
mod waiter;
mod watch;
mod watcher;

pub(crate) use composite_methods::{COMPOSITE_METHODS, EXPORT, WAIT, WATCH};
pub use endpoints::Calls;
#[cfg(feature = "blocking")]
pub(super) use endpoints::blocking;
pub(super) use endpoints::{LIST, START};
pub use export::CallExport;
pub(crate) use export::EXPORTED_LISTS;
pub(crate) use history::CallHistory;
pub use pages::Page;
pub(super) use pages::Position;
pub use streams::{CallStream, PageStream};
pub(crate) use waiter::CallWaiter;
pub use waiter::WaitOptions;
#[cfg(feature = "blocking")]
pub use watch::CallWatchIterator;
pub use watch::{CallWait, CallWatch};
pub(crate) use watcher::CallWatcher;
pub use watcher::WatchOptions;
