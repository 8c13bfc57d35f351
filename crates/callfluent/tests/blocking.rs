//! The blocking client, without a runtime.
#![cfg(feature = "blocking")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

use callfluent::blocking::CallFluent;
use callfluent::{AgentPatchParams, CallStartParams, ClientBuilder, Error};
use callfluent_sandbox::Sandbox;

fn sandbox() -> (Sandbox, CallFluent) {
    let sandbox = Sandbox::builder().demo(true).start_blocking().unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    (sandbox, client.build().unwrap())
}

#[test]
fn requests_complete_before_the_method_returns() {
    let (_sandbox, client) = sandbox();
    let agents = client.agents().list(1).unwrap();
    assert!(!agents.is_empty());
    let result = client.agents().patch(1002, &AgentPatchParams::builder().tone("Warm").build()).unwrap();
    assert_eq!(result.agent.tone.as_deref(), Some("Warm"));
    let call = client.calls().start(1002, &CallStartParams::to("+15550001234")).unwrap();
    client.calls().hang_up(&call.id).unwrap();
    let profile = client.request("GET", "/user/profile", None, &[]).unwrap();
    assert!(profile.is_object());
    let error = client.with_options(|options| options.max_retries(0)).agents().get(99_999).unwrap_err();
    assert!(matches!(error, Error::NotFound(_)), "{error}");
}

#[test]
fn all_pages_are_an_iterator() {
    let (_sandbox, client) = sandbox();
    let all: Vec<_> = client.calls().list_all(1001).map(|call| call.unwrap().id).collect();
    let (mut paged, mut page) = (Vec::new(), Some(client.calls().list(1001, 1).unwrap()));
    while let Some(this) = page {
        paged.extend(this.items.iter().map(|call| call.id.clone()));
        page = this.next_page().unwrap();
    }
    assert!(!all.is_empty());
    assert_eq!(all, paged);
    let errors: Vec<_> = client.calls().list_all(99_999).collect();
    assert!(matches!(&errors[..], [Err(Error::NotFound(_))]), "{errors:?}");
}

#[test]
fn clones_work_in_several_threads_and_on_blocking_threads() {
    let (_sandbox, client) = sandbox();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let client = client.clone();
            scope.spawn(move || client.agents().get(1002).unwrap());
        }
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let task = runtime.spawn_blocking(move || client.agents().get(1002).unwrap().agent.id);
    assert_eq!(runtime.block_on(task).unwrap(), 1002);
}

#[test]
fn a_builder_builds_the_client_of_its_kind() {
    let options = |builder: ClientBuilder| builder.api_key("k").base_url("http://127.0.0.1:1/api");
    let blocking: CallFluent = options(callfluent::CallFluent::builder()).build_blocking().unwrap();
    let client: callfluent::CallFluent = options(callfluent::CallFluent::builder()).build().unwrap();
    assert_eq!((blocking.base_url(), client.base_url()), ("http://127.0.0.1:1/api", "http://127.0.0.1:1/api"));
}

#[test]
fn a_blocking_method_in_async_code_panics_with_the_remedy() {
    let (_sandbox, client) = sandbox();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for use_in_async in [
        |client: &CallFluent| drop(client.agents().get(1002)),
        |client: &CallFluent| drop(client.agents().get_many([1002]).wait()),
        |client: &CallFluent| drop(client.calls().list_all(1001).next()),
    ] {
        let client = client.clone();
        let panic = runtime.block_on(runtime.spawn(async move { use_in_async(&client) })).unwrap_err().into_panic();
        let text = panic.downcast_ref::<&str>().copied().unwrap_or_default();
        assert!(text.starts_with("a blocking method was called in async code"), "{text}");
        assert!(text.contains("tokio::task::spawn_blocking"), "{text}");
    }
    assert_eq!(client.agents().get(1002).unwrap().agent.id, 1002);
}
