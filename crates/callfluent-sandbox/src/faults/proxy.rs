//! A proxy that forwards all requests and tunnels to one server, regardless of the requested host.
//! It optionally requires credentials and optionally uses TLS.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy, copy_bidirectional, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::certificates::Handshake;
use super::recording::{RecordedRequest, Records};
use super::request_reader::RequestReader;
use super::scenario::ProxySetup;

const DENIED: &str = "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"proxy\"\r\n\
    content-length: 0\r\nconnection: close\r\n\r\n";

/// A running proxy. It stops when dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    pub(crate) records: Arc<Records>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy for a server.
    pub(crate) async fn start(setup: ProxySetup, to: SocketAddr, tls: Option<Handshake>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let records = Arc::new(Records::default());
        let recording = Arc::clone(&records);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (setup, tls, records) = (setup.clone(), tls.clone(), Arc::clone(&recording));
                drop(tokio::spawn(async move {
                    let connection = records.connection_opened();
                    match tls {
                        None => drop(serve(socket, &setup, to, &records).await),
                        Some(tls) => {
                            // An error means that the client rejected the certificate.
                            if let Ok(stream) = TlsAcceptor::from(tls.config).accept(socket).await {
                                drop(serve(stream, &setup, to, &records).await);
                            }
                        }
                    }
                    records.connection_closed(connection, false);
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

async fn serve<W: AsyncRead + AsyncWrite + Unpin + Send>(
    mut client: W,
    setup: &ProxySetup,
    to: SocketAddr,
    records: &Records,
) -> io::Result<()> {
    let mut reader = RequestReader::default();
    let Some(request) = reader.head(&mut client).await? else {
        return Ok(());
    };
    let index = records.request_received(request.clone());
    if let Some(status) = setup.status {
        let page = "<html>The proxy cannot reach the server</html>";
        let head = format!(
            "HTTP/1.1 {status} Status\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            page.len()
        );
        client.write_all([&head, page].concat().as_bytes()).await?;
        return client.shutdown().await;
    }
    if !setup.credentials.as_ref().is_none_or(|credentials| has_credentials(&request, credentials)) {
        client.write_all(DENIED.as_bytes()).await?;
        return client.shutdown().await;
    }
    let mut server = TcpStream::connect(to).await?;
    if request.method == "CONNECT" {
        client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
        return tunnel(client, server, |chunk| records.body_received(index, chunk)).await;
    }
    server.write_all(forwarded_head(&request).as_bytes()).await?;
    let mut body = Vec::new();
    reader.body(&mut client, &request.headers, |chunk| body.extend_from_slice(chunk)).await?;
    records.body_received(index, &body);
    server.write_all(&body).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// Forwards bytes in both directions. Bytes from the client are recorded, because they must not
/// contain the key unencrypted.
async fn tunnel<W: AsyncRead + AsyncWrite + Unpin + Send>(
    client: W,
    mut server: TcpStream,
    record: impl Fn(&[u8]),
) -> io::Result<()> {
    let (mut from_client, mut to_client) = split(client);
    let (mut from_server, mut to_server) = server.split();
    let up = async {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let count = from_client.read(&mut buffer).await?;
            let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else {
                return to_server.shutdown().await;
            };
            record(chunk);
            to_server.write_all(chunk).await?;
        }
    };
    let down = async {
        copy(&mut from_server, &mut to_client).await?;
        to_client.shutdown().await
    };
    tokio::try_join!(up, down)?;
    Ok(())
}

fn has_credentials(request: &RecordedRequest, credentials: &str) -> bool {
    let wanted = format!("Basic {}", BASE64_STANDARD.encode(credentials));
    request.headers.get("proxy-authorization") == Some(&wanted)
}

/// Returns the head for the server: with the path instead of the URL, without proxy headers.
fn forwarded_head(request: &RecordedRequest) -> String {
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
