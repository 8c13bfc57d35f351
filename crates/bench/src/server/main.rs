//! A server with fixed responses and as little work per request as possible: the benchmarks measure
//! its clients. Prints its address, and exits when its standard input ends.

mod responses;

use std::convert::Infallible;
use std::error::Error;
use std::io::Read as _;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use responses::Responses;

fn main() -> Result<(), Box<dyn Error>> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let responses = Arc::new(Responses::new());
    // One thread: a second one would take a processor from the clients.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("http://{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(serve(stream, Arc::clone(&responses)));
        }
    })
}

async fn serve(stream: TcpStream, responses: Arc<Responses>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| respond(request, &responses));
    // A client may close its connection at any time.
    let _ = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(1024 * 1024)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(request: Request<Incoming>, responses: &Responses) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = responses.to(request.uri().path(), request.uri().query());
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
