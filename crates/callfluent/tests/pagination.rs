//! Paged lists: all calls arrive although new ones shift the pages, and the list always ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::pedantic)]

mod support;

use std::collections::BTreeSet;

use callfluent::bindings::{Pages, schema::Naming};
use callfluent::{Call, CallFluent, CallStartParams, Error, Id};
use callfluent_sandbox::Sandbox;
use futures_util::TryStreamExt as _;
use serde_json::{Map, Value, json};
use support::{Reply, Server};

/// An outbound agent of the sandbox's demo data.
const AGENT: u32 = 1002;

async fn sandbox(page_size: usize) -> (Sandbox, CallFluent) {
    let sandbox = Sandbox::builder().demo(true).page_size(page_size).start().await.unwrap();
    let client = CallFluent::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build().unwrap();
    (sandbox, client)
}

async fn start_calls(client: &CallFluent, count: usize) {
    for _ in 0..count {
        client.calls().start(AGENT, &CallStartParams::to("+15550001234")).await.unwrap();
    }
}

fn ids<'a>(calls: impl IntoIterator<Item = &'a Call>) -> Vec<Id> {
    calls.into_iter().map(|call| call.id.clone()).collect()
}

fn pages(client: &CallFluent, arguments: Value) -> Pages {
    let arguments: Map<_, _> = serde_json::from_value(arguments).unwrap();
    Pages::new(client.clone(), "calls.list", arguments, Naming::Snake).unwrap()
}

/// Returns the ids of the next page.
async fn next(pages: &mut Pages) -> Option<Vec<i64>> {
    let page = pages.next().await.unwrap()?.into_value();
    Some(page.as_array().unwrap().iter().map(|call| call["id"].as_i64().unwrap()).collect())
}

#[tokio::test]
async fn a_reason_in_place_of_a_page_is_not_the_end() {
    let page = Reply::ok(json!([{ "id": 1 }]));
    let limited = Reply::json(200, &json!({ "status": true, "message": "Too many attempts" }));
    let server = Server::start([page, limited]).await;
    let mut calls = server.client().calls().list_all(7);
    assert_eq!(calls.next().await.unwrap().unwrap().id, 1);
    let error = calls.next().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("Too many attempts"), "{error}");
}

#[tokio::test]
async fn new_calls_between_pages_do_not_hide_older_ones() {
    let (_sandbox, client) = sandbox(2).await;
    start_calls(&client, 5).await;
    let before: Vec<_> = client.calls().list_all(AGENT).try_collect().await.unwrap();

    let mut calls = client.calls().list_all(AGENT);
    let first = calls.try_next().await.unwrap().unwrap();
    start_calls(&client, 2).await;
    let rest: Vec<_> = calls.try_collect().await.unwrap();
    let streamed = ids([&first].into_iter().chain(&rest));
    assert!(ids(&before).iter().all(|id| streamed.contains(id)), "{before:?} {streamed:?}");
    assert_eq!(streamed.iter().collect::<BTreeSet<_>>().len(), streamed.len(), "a call came twice: {streamed:?}");
}

#[tokio::test]
async fn next_page_skips_a_page_without_new_calls() {
    let (_sandbox, client) = sandbox(2).await;
    start_calls(&client, 5).await;
    let mut page = client.calls().list(AGENT, 1).await.unwrap();
    let mut seen = ids(&page.items);
    start_calls(&client, 2).await;
    let mut numbers = vec![page.page];
    while let Some(next) = page.next_page().await.unwrap() {
        seen.extend(ids(&next.items));
        numbers.push(next.page);
        page = next;
    }
    assert_eq!(numbers[..2], [1, 3], "page 2 contains the calls of page 1");
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "a call came twice: {seen:?}");
    let all: Vec<_> = client.calls().list_all(AGENT).try_collect().await.unwrap();
    assert_eq!(seen.len(), all.len() - 2, "only the two new calls are missing");
}

#[tokio::test]
async fn a_call_is_known_by_its_id_beside_any_other_name() {
    let call = |id: u32, state: &str| json!({ "id": id, "say \"hi\"": 1, "C:\\": 2, "\u{1}": 3, "state": state });
    let replies = [Reply::ok(json!([call(2, "ringing")])), Reply::ok(json!([call(2, "busy"), call(1, "busy")]))];
    let server = Server::start(replies.into_iter().chain([Reply::ok(json!([]))])).await;
    let mut pages = pages(&server.client(), json!({ "agent_id": 7 }));
    assert_eq!(next(&mut pages).await, Some(vec![2]));
    assert_eq!(next(&mut pages).await, Some(vec![1]));
    assert_eq!(next(&mut pages).await, None);
}

#[tokio::test]
async fn any_kept_page_continues_as_it_did_before() {
    let page = |ids: [u32; 2]| Reply::ok(json!([{ "id": ids[0] }, { "id": ids[1] }]));
    let rest = [page([6, 5]), page([5, 4]), Reply::status(400), page([3, 2]), page([5, 4]), page([4, 3])];
    let server = Server::start(rest).await;
    let first = server.client().calls().list(7, 1).await.unwrap();
    let second = first.next_page().await.unwrap().unwrap();
    second.next_page().await.unwrap_err();
    let third = second.next_page().await.unwrap().unwrap();
    assert_eq!((ids(&second.items), ids(&third.items)), (vec![4.into()], vec![3.into(), 2.into()]));
    let again = first.next_page().await.unwrap().unwrap();
    assert_eq!(ids(&again.items), [4]);
    assert_eq!(ids(&again.next_page().await.unwrap().unwrap().items), [3]);
}

#[tokio::test]
async fn pages_of_the_bindings_follow_the_same_rule() {
    let (_sandbox, client) = sandbox(2).await;
    start_calls(&client, 5).await;
    let mut pages = pages(&client, json!({ "agent_id": AGENT }));
    let mut seen = next(&mut pages).await.unwrap();
    let mut again = pages.clone();
    start_calls(&client, 2).await;
    while let Some(page) = next(&mut pages).await {
        seen.extend(page);
    }
    assert!(pages.is_at_end());
    let all: Vec<_> = client.calls().list_all(AGENT).try_collect().await.unwrap();
    assert_eq!(seen.len(), all.len() - 2);
    assert_eq!(
        (again.page(), next(&mut again).await.unwrap().len(), again.page()),
        (1, 2, 3),
        "a clone is independent"
    );
}

#[tokio::test]
async fn a_server_that_ignores_the_page_ends_after_four_requests() {
    let same = json!([{ "id": 1 }, { "id": 2 }, { "no": "id" }]);
    let server = Server::start([Reply::ok(same)]).await;
    let client = server.client();
    let calls: Vec<_> = client.calls().list_all(7).try_collect().await.unwrap();
    assert_eq!((calls.len(), server.recorded().len()), (3, 4));
    let page = client.calls().list(7, 1).await.unwrap();
    assert!(page.next_page().await.unwrap().is_none());
    assert_eq!(server.recorded().len(), 8);
    let mut pages = pages(&client, json!({ "agent_id": 7 }));
    assert_eq!(pages.next().await.unwrap().unwrap().into_records().unwrap().len(), 3);
    assert!(pages.next().await.unwrap().is_none());
    assert_eq!(server.recorded().len(), 12);
}

#[tokio::test]
async fn new_calls_that_make_pages_repeat_do_not_end_the_list() {
    let page = |ids: &[u32]| Reply::ok(ids.iter().map(|id| json!({ "id": id })).collect());
    // Two calls start between the first page and the second one, and two before the third one.
    let script = || [&[5, 4][..], &[5, 4], &[5, 4], &[9, 8], &[3, 2], &[1], &[]].map(page);
    let server = Server::start(script()).await;
    let calls: Vec<_> = server.client().calls().list_all(7).try_collect().await.unwrap();
    assert_eq!(ids(&calls), [5, 4, 3, 2, 1].map(Id::from));
    let recorded = server.recorded();
    let requested = recorded.iter().map(|request| request.target.split_once("page=").map_or("1", |(_, page)| page));
    assert_eq!(requested.collect::<Vec<_>>(), ["1", "2", "3", "1", "4", "5", "6"]);

    let server = Server::start(script()).await;
    let mut pages = pages(&server.client(), json!({ "agent_id": 7 }));
    let mut seen = Vec::new();
    while let Some(page) = next(&mut pages).await {
        seen.extend(page);
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn a_page_of_invalid_items_is_not_the_end() {
    let script = || [json!([{ "id": 1 }]), json!([5, "x"]), json!([{ "id": 2 }]), json!([])].map(Reply::ok);
    let server = Server::start(script()).await;
    let calls: Vec<_> = server.client().calls().list_all(7).try_collect().await.unwrap();
    assert_eq!(ids(&calls), [Id::from(1), Id::from(2)]);

    let server = Server::start(script()).await;
    let mut pages = pages(&server.client(), json!({ "agent_id": 7 }));
    let mut numbers = Vec::new();
    while let Some(page) = next(&mut pages).await {
        numbers.push((pages.page(), page));
    }
    assert_eq!(numbers, [(1, vec![1]), (2, vec![]), (3, vec![2])]);
}

#[tokio::test]
async fn an_empty_first_page_is_the_end_without_another_request() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    let client = server.client();
    let page = client.calls().list(7, 3).await.unwrap();
    assert!(page.items.is_empty() && page.next_page().await.unwrap().is_none());
    let mut pages = pages(&client, json!({ "agent_id": 7, "page": 3 }));
    assert_eq!((next(&mut pages).await, pages.page(), next(&mut pages).await), (Some(vec![]), 3, None));
    assert_eq!(server.recorded().len(), 2);
}

#[tokio::test]
async fn an_error_does_not_lose_the_position() {
    let server = Server::start([
        Reply::ok(json!([{ "id": 2 }])),
        Reply::status(404),
        Reply::ok(json!([{ "id": 1 }])),
        Reply::ok(json!([])),
    ])
    .await;
    let mut pages = pages(&server.client(), json!({ "agent_id": 7 }));
    assert_eq!(next(&mut pages).await, Some(vec![2]));
    assert!(matches!(pages.next().await, Err(Error::NotFound(_))));
    assert_eq!(next(&mut pages).await, Some(vec![1]));
    assert_eq!(next(&mut pages).await, None);
    let targets: Vec<_> = server.recorded().iter().map(|request| request.target.clone()).collect();
    let path = "/api/agent/7/calls";
    assert_eq!(targets, [path, &format!("{path}?page=2"), &format!("{path}?page=2"), &format!("{path}?page=3")]);
}

#[tokio::test]
async fn pages_of_an_operation_without_pages_are_rejected() {
    let server = Server::start([Reply::ok(json!([]))]).await;
    for operation in ["agents.list", "agents.lst"] {
        let error = Pages::new(server.client(), operation, Map::new(), Naming::Snake).unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{operation}: {error}");
    }
    let mut invalid = pages(&server.client(), json!({ "agent_id": 7, "page": 0 }));
    assert!(invalid.next().await.unwrap_err().to_string().contains("page: must be at least 1, got 0"));
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn a_stream_resumes_at_the_page_that_failed() {
    let page = |ids: &[u32]| Reply::ok(ids.iter().map(|id| json!({ "id": id })).collect());
    let server = Server::start([page(&[3, 2]), Reply::status(500), page(&[2, 1]), page(&[])]).await;
    let client = server.client();
    let mut calls = client.calls().list_all(7);
    assert_eq!(calls.next().await.unwrap().unwrap().id, 3);
    assert_eq!(calls.next().await.unwrap().unwrap().id, 2);
    assert!(matches!(calls.next().await, Some(Err(Error::InternalServer(_)))));
    assert!(calls.next().await.is_none(), "a stream ends with an error");
    assert_eq!(calls.page(), Some(2));
    calls.resume();
    let rest: Vec<_> = calls.try_collect().await.unwrap();
    assert_eq!(ids(&rest), [Id::from(1)]);
    assert_eq!(server.recorded().len(), 4);
}

#[tokio::test]
async fn pages_are_streamed_from_any_page() {
    let page = |ids: &[u32]| Reply::ok(ids.iter().map(|id| json!({ "id": id })).collect());
    let server = Server::start([page(&[3, 2]), page(&[1]), page(&[])]).await;
    let client = server.client();
    let pages: Vec<_> = client.calls().list_pages(7).from_page(30).try_collect().await.unwrap();
    let found: Vec<_> = pages.iter().map(|page| (page.page, page.items.len())).collect();
    assert_eq!(found, [(30, 2), (31, 1)]);
    assert!(server.recorded()[0].target.ends_with("?page=30"));
}
