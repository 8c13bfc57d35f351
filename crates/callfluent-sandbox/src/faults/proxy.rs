//! A proxy that leads every request and every tunnel to one server, whatever name was asked for, with credentials or without.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::record::{Recorded, Records};
use super::request::Reader;
use super::scenario::ProxySetup;

const DENIED: &str = "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"proxy\"\r\n\
    content-length: 0\r\nconnection: close\r\n\r\n";

/// A running proxy; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    pub(crate) records: Arc<Records>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens, and leads to a server.
    pub(crate) async fn start(setup: ProxySetup, to: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let records = Arc::new(Records::default());
        let noted = Arc::clone(&records);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (setup, records) = (setup.clone(), Arc::clone(&noted));
                drop(tokio::spawn(async move {
                    let connection = records.opened();
                    let _ = serve(socket, &setup, to, &records).await;
                    records.ended(connection, false);
                }));
            }
        });
        Ok(Self { address, records, task })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut client: TcpStream, setup: &ProxySetup, to: SocketAddr, records: &Records) -> io::Result<()> {
    let mut reader = Reader::default();
    let Some(request) = reader.head(&mut client).await? else {
        return Ok(());
    };
    records.begun(request.clone());
    if let Some(status) = setup.answers {
        let page = "<html>The proxy cannot reach the server</html>";
        let head = format!(
            "HTTP/1.1 {status} Status\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            page.len()
        );
        return client.write_all([&head, page].concat().as_bytes()).await;
    }
    if !setup.credentials.as_ref().is_none_or(|credentials| has(&request, credentials)) {
        return client.write_all(DENIED.as_bytes()).await;
    }
    let mut server = TcpStream::connect(to).await?;
    if request.method == "CONNECT" {
        client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
    } else {
        server.write_all(forwarded(&request).as_bytes()).await?;
        let mut body = Vec::new();
        reader.body(&mut client, &request.headers, |piece| body.extend_from_slice(piece)).await?;
        server.write_all(&body).await?;
    }
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

fn has(request: &Recorded, credentials: &str) -> bool {
    let wanted = format!("Basic {}", BASE64_STANDARD.encode(credentials));
    request.headers.get("proxy-authorization") == Some(&wanted)
}

/// The head as the server is to see it: the path in place of the whole URL, and nothing that was for the proxy.
fn forwarded(request: &Recorded) -> String {
    let path = url::Url::parse(&request.target).map_or_else(
        |_| request.target.clone(),
        |url| url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())),
    );
    let mut head = format!("{} {path} HTTP/1.1\r\n", request.method);
    for (name, value) in request.headers.iter().filter(|(name, _)| !name.starts_with("proxy-")) {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    head
}
