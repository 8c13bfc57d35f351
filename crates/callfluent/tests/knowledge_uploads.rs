//! Uploads that return their files: the requests that list the files never decide about the upload,
//! and nothing is uploaded twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::time::{Duration, Instant};

use callfluent::{CallFluent, Error, KnowledgeFile, List};
use callfluent_sandbox::Sandbox;
use futures_util::future::join_all;
use serde_json::{Value, json};
use support::{Reply, Server};

fn details(files: Value) -> Reply {
    Reply::ok(
        json!({ "agent": { "id": 7, "name": "Front desk" }, "files": files, "totalCalls": 0, "averageDuration": 0 }),
    )
}

fn uploaded() -> Reply {
    Reply::ok(json!([{ "id": 7, "name": "Front desk" }]))
}

async fn upload(client: &CallFluent) -> callfluent::Result<List<KnowledgeFile>> {
    client.knowledge().upload(7, [("a.txt", "content")]).await
}

fn methods(server: &Server) -> Vec<String> {
    server.recorded().iter().map(|request| request.method.clone()).collect()
}

fn client(sandbox: &Sandbox) -> CallFluent {
    CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap()
}

async fn demo() -> Sandbox {
    Sandbox::builder().demo(true).start().await.unwrap()
}

#[tokio::test]
async fn a_list_that_never_comes_does_not_fail_the_upload() {
    let at_first = [Reply::silence(), uploaded()];
    let at_last = [details(json!([])), uploaded(), Reply::silence()];
    for (script, requests) in [(at_first.to_vec(), vec!["GET", "PUT"]), (at_last.to_vec(), vec!["GET", "PUT", "GET"])] {
        let server = Server::start(script).await;
        let client = server.builder().timeout(Duration::from_millis(400)).max_retries(0).build().unwrap();
        let started = Instant::now();
        assert_eq!(upload(&client).await.unwrap().len(), 0);
        assert!(started.elapsed() >= Duration::from_millis(390), "the list was not waited for");
        assert_eq!(methods(&server), requests);
    }
}

#[tokio::test]
async fn a_slow_list_takes_no_time_of_the_upload() {
    // The three responses take longer than the timeout, and each of them half as long.
    let slow = |reply: Reply| reply.byte_every(Duration::from_millis(4));
    let server = Server::start([slow(details(json!([])))]).await;
    let started = Instant::now();
    server.client().agents().get(7).await.unwrap();
    let timeout = started.elapsed() * 2;
    let server = Server::start([slow(details(json!([]))), slow(uploaded()), slow(details(json!([{ "id": 3 }])))]).await;
    let client = server.builder().timeout(timeout).max_retries(0).build().unwrap();
    assert_eq!(upload(&client).await.unwrap()[0].id, "3");
}

#[tokio::test]
async fn a_list_is_retried() {
    let busy = || Reply::status(503).header("retry-after-ms", "1");
    let script =
        [busy(), details(json!([{ "id": 1 }])), uploaded(), busy(), details(json!([{ "id": 1 }, { "id": 2 }]))];
    let server = Server::start(script).await;
    let files = upload(&server.client()).await.unwrap();
    assert_eq!(files.iter().map(|file| file.id.to_string()).collect::<Vec<_>>(), ["2"]);
    assert_eq!(methods(&server), ["GET", "GET", "PUT", "GET", "GET"]);
}

#[tokio::test]
async fn nothing_is_uploaded_twice_if_the_outcome_is_unknown() {
    for lost in [Reply::close(), Reply::status(500)] {
        let server = Server::start([details(json!([])), lost, details(json!([{ "id": 1 }]))]).await;
        let error = upload(&server.client()).await.unwrap_err();
        assert!(error.outcome_unknown(), "{error}");
        assert!(error.to_string().contains("check the files of agents.get before you upload them again"), "{error}");
        assert_eq!(methods(&server), ["GET", "PUT"]);
    }
}

#[tokio::test]
async fn an_error_response_to_the_upload_is_its_error() {
    let server = Server::start([Reply::status(404)]).await;
    let error = upload(&server.client()).await.unwrap_err();
    assert!(matches!(error, Error::NotFound(_)), "{error}");
    assert_eq!(error.context().unwrap().method, "PUT");
    assert_eq!(methods(&server), ["GET", "PUT"]);
}

#[tokio::test]
async fn any_response_that_does_not_reject_the_upload_is_a_success() {
    let bodies = [json!({ "status": true, "data": "ok" }), json!({ "status": true }), json!({ "data": { "id": 7 } })];
    for body in bodies {
        let server = Server::start([details(json!([])), Reply::json(200, &body), details(json!([{ "id": 1 }]))]).await;
        assert_eq!(upload(&server.client()).await.unwrap()[0].id, 1, "{body}");
    }
    let full = json!({ "status": false, "msg": "The storage is full" });
    for reply in [Reply::json(200, &full), Reply::text(200, "text/html", "<p>Sign in to the network</p>")] {
        let server = Server::start([details(json!([])), reply]).await;
        upload(&server.client()).await.unwrap_err();
        assert_eq!(methods(&server), ["GET", "PUT"]);
    }
}

#[tokio::test]
async fn invalid_files_are_reported_before_files_are_listed() {
    let server = Server::start([details(json!([]))]).await;
    let client = server.client();
    let error = client.knowledge().upload(7, ["no-such-file.pdf"]).await.unwrap_err();
    assert!(error.to_string().starts_with("knowledge.upload: invalid arguments (not sent): files[0]"), "{error}");
    let error = client.knowledge().upload(7, Vec::<(&str, &str)>::new()).await.unwrap_err();
    assert!(error.to_string().contains("files: is required"), "{error}");
    let error = client.knowledge().upload("", [("a.txt", "a")]).await.unwrap_err();
    assert!(error.to_string().contains("agent_id: is empty"), "{error}");
    assert!(server.recorded().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_uploads_to_one_agent_return_their_own_files() {
    let sandbox = demo().await;
    let client = client(&sandbox);
    let before = client.agents().get(1001).await.unwrap().files.len();
    let uploads = (0..8).map(|number| {
        let client = client.with_options(|options| options);
        // Files of the same name are two files.
        let files = vec![(format!("{number}.txt"), "a"), (format!("{number}.txt"), "b")];
        async move { (number, client.knowledge().upload(1001, files).await.unwrap()) }
    });
    for (number, files) in join_all(uploads).await {
        let names: Vec<_> = files.iter().filter_map(|file| file.get::<String>("name")).collect();
        assert_eq!(names, [format!("{number}.txt"), format!("{number}.txt")]);
    }
    assert_eq!(client.agents().get(1001).await.unwrap().files.len(), before + 16);
}

#[tokio::test]
async fn an_upload_does_not_wait_for_one_to_another_agent() {
    let upload_of = |id: u64| [details(json!([])), uploaded(), details(json!([{ "id": id }]))];
    let server = Server::start([vec![Reply::silence()], upload_of(2).into(), upload_of(3).into()].concat()).await;
    let client = server.client();
    let hanging = tokio::spawn({
        let client = client.clone();
        async move { client.knowledge().upload(8, [("a.txt", "a")]).await }
    });
    while server.recorded().is_empty() {
        tokio::task::yield_now().await;
    }
    let error = client
        .with_options(|options| options.queue_timeout(Duration::from_millis(20)))
        .knowledge()
        .upload(8, [("a.txt", "a")])
        .await
        .unwrap_err();
    assert!(error.to_string().contains("timed out after 0.02 s before sending (other uploads to agent 8)"), "{error}");
    assert!(error.context().unwrap().url.ends_with("/agent/knowledge/8"), "{error}");
    assert!(!error.outcome_unknown(), "{error}");
    assert_eq!(upload(&client).await.unwrap().len(), 1);
    // A canceled upload gives its turn away.
    hanging.abort();
    assert!(hanging.await.unwrap_err().is_cancelled());
    assert_eq!(client.knowledge().upload(8, [("a.txt", "a")]).await.unwrap()[0].id, "3");
}

#[tokio::test]
async fn an_upload_only_is_one_request() {
    let sandbox = demo().await;
    let client = client(&sandbox);
    let agents = client.knowledge().upload_only(1001, [("a.txt", "a")]).await.unwrap();
    assert!(agents.iter().any(|agent| agent.id == 1001), "{agents:?}");
    assert_eq!(sandbox.journal().len(), 1);
}
