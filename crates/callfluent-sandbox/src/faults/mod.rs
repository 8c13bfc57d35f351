//! Faulty servers on real sockets, for tests of clients when the server or the network fails. They
//! implement HTTP, TLS and proxies, and are independent of the API.
//!
//! A `step` describes the response to one request. `server` listens and records; `http1` and
//! `http2` implement the protocols; `encoded_response` generates bytes. `scenario` decodes a list
//! of scenarios, and `fault_server` starts the servers of each and serves the recordings.

mod canary_key;
mod certificates;
mod encoded_response;
mod fault_server;
mod http1;
mod http2;
mod proxy;
mod recording;
mod request_reader;
mod scenario;
mod server;
mod server_state;
mod step;

pub use canary_key::{KEY, KEY_FRAGMENT};
pub use fault_server::FaultServer;
pub use recording::{RecordedRequest, Records};
pub use scenario::{Certificate, ProxySetup, Scenario, Tls};
pub use server::Server;
pub use step::{Fault, Step};
