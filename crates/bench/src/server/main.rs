//! A server with fixed responses and as little work per request as possible: the benchmarks measure
//! its clients. `bench-server FOLDER` writes the certificate of its authority into the folder,
//! prints its addresses as a line of JSON, and exits when its standard input ends.

mod responses;
mod secure;

use std::convert::Infallible;
use std::error::Error;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use responses::Responses;

/// Responses to paths below this one have a delay, as those of a server at a distance.
const DISTANT: &str = "/distant";
const DELAY: Duration = Duration::from_millis(20);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let responses = Arc::new(Responses::new());
    let certificate = folder.join("authority.pem");
    let tls = secure::Tls::new(&certificate)?;
    // One thread: a second one would take a processor from the clients.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let plain = listen(None, Arc::clone(&responses)).await?;
        let secure = listen(Some(tls.acceptor(&[b"http/1.1"])?), Arc::clone(&responses)).await?;
        let http2 = listen(Some(tls.acceptor(&[b"h2", b"http/1.1"])?), responses).await?;
        let addresses = json!({
            "plain": format!("http://127.0.0.1:{plain}"),
            "distant": format!("http://127.0.0.1:{plain}{DISTANT}"),
            "tls": format!("https://localhost:{secure}"),
            "tls_http2": format!("https://localhost:{http2}"),
        });
        println!("{addresses}");
        std::future::pending().await
    })
}

/// Accepts connections in the background. Returns the port.
async fn listen(tls: Option<TlsAcceptor>, responses: Arc<Responses>) -> Result<u16, Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let responses = Arc::clone(&responses);
            match tls.clone() {
                None => drop(tokio::spawn(serve(stream, responses))),
                Some(tls) => drop(tokio::spawn(async move {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, responses).await;
                    }
                })),
            }
        }
    });
    Ok(port)
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, responses: Arc<Responses>) {
    let service = service_fn(move |request| respond(request, Arc::clone(&responses)));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().header_read_timeout(None).max_buf_size(1024 * 1024);
    builder.http2().max_concurrent_streams(1_000);
    // A client may close its connection at any time.
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(request: Request<Incoming>, responses: Arc<Responses>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path();
    let distant = path.strip_prefix(DISTANT);
    let body = responses.to(distant.unwrap_or(path), request.uri().query());
    if distant.is_some() {
        tokio::time::sleep(DELAY).await;
    }
    // Uploads are received and discarded.
    let mut incoming = request.into_body();
    while let Some(Ok(_)) = incoming.frame().await {}
    let mut response = Response::new(Full::default());
    match body {
        Some(body) => *response.body_mut() = Full::new(body),
        None => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
