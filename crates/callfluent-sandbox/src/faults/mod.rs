//! Servers that misbehave on real sockets, for tests of what a client does when the server or the network fails. They know
//! HTTP, TLS and proxies and nothing of the API.
//!
//! `step` says what a server does with one request, `server` listens and records, `http1` and `http2` speak, `answer` makes
//! the bytes. `scenario` reads a list of scenarios, and `host` opens for each what it needs and answers what was seen.

mod answer;
mod certificates;
mod host;
mod http1;
mod http2;
mod key;
mod proxy;
mod record;
mod request;
mod scenario;
mod server;
mod step;

pub use host::Host;
pub use key::{KEY, REMNANT};
pub use record::{Recorded, Records};
pub use scenario::{Certificate, ProxySetup, Scenario, Tls};
pub use server::Server;
pub use step::{Fault, Step};
