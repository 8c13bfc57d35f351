"""Arguments of a wrong type are errors of the package: they name the argument and what it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callfluent import AsyncCallFluent, CallFluent, InvalidRequestError, webhooks
from callfluent.engines import CallReader, chunks
from callfluent.limiters import FileLimiter, SharedRate, limiter_of
from callfluent.sandbox import Sandbox, set_offline
from callfluent.tables import table


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(demo=True) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[CallFluent]:
    sandbox.clear_journal()
    with sandbox.client() as client:
        yield client


Use = Callable[[Any], Any]
# Before anything is sent.
REQUESTS: list[tuple[Use, str]] = [
    (lambda client: client.calls.wait(1002, 50052, ended="text"), "calls.wait: ended: expected a function, got a str"),
    (lambda client: client.calls.wait(1002, 50052, ended=5), "calls.wait: ended: expected a function, got an int"),
    (lambda client: client.calls.list(1, progress="bar"), "calls.list: progress: expected True, a function"),
    (lambda client: client.agents.get(1, timeout=True), "agents.get: timeout: expected seconds as a number, got True"),
    (lambda client: client.agents.get(1, max_retries=True), "max_retries: expected an integer of at least 0, got True"),
    (lambda client: client.request(5, "/user"), "request: method: expected a string, got 5"),
    (lambda client: client.request("GET", None), "request: path: expected a string, got None"),
    (lambda client: client.as_curl.request("GET", ["x"]), "request: path: expected a string, got a list"),
]


@pytest.mark.parametrize(("use", "expected"), REQUESTS, ids=[expected for _, expected in REQUESTS])
def test_a_wrong_type_is_an_error_before_sending(client: CallFluent, sandbox: Sandbox, use: Use, expected: str) -> None:
    def check(used: Use) -> None:
        with pytest.raises(InvalidRequestError) as raised:
            used(client)
        assert expected in str(raised.value).replace(" invalid arguments (not sent):", "")
        assert raised.value.field_errors

    check(use)

    async def use_async() -> None:
        async with AsyncCallFluent(sandbox.api_key, base_url=sandbox.base_url) as client:
            result = use(client)
            if hasattr(result, "__await__"):
                await result

    if "as_curl" not in expected and "list" not in expected:
        check(lambda _: asyncio.run(use_async()))
    assert sandbox.journal() == []


@pytest.mark.parametrize("hooks", ["text", 5, {"a": 1}, object()])
def test_hooks_must_be_a_list(hooks: Any) -> None:
    with pytest.raises(InvalidRequestError, match="hooks: expected a list of hooks, got an? "):
        CallFluent("key", hooks=hooks)


COLUMNS: list[tuple[Any, str]] = [
    (["duration"], "columns: expected a mapping of names to types, such as .*, got a list"),
    ("duration", "columns: expected a mapping of names to types, such as .*, got a str"),
    (5, "columns: expected a mapping of names to types, such as .*, got an int"),
    ({5: "int64"}, "columns: the name of a column must be a string, got an int"),
    ({"duration": None}, "columns: the type of the column 'duration' must be a string such as .*, got None"),
]


@pytest.mark.parametrize(("columns", "expected"), COLUMNS)
def test_columns_must_be_names_with_types(
    client: CallFluent, sandbox: Sandbox, tmp_path: Path, columns: Any, expected: str
) -> None:
    agents = client.agents.list(1)
    sandbox.clear_journal()
    with pytest.raises(InvalidRequestError, match=expected):
        table(agents, columns)
    with pytest.raises(InvalidRequestError, match=expected):
        CallReader(columns=columns)
    with pytest.raises(InvalidRequestError, match=expected):
        client.calls.export(tmp_path / "calls.parquet", agent_ids=1001, columns=columns)
    assert list(tmp_path.iterdir()) == sandbox.journal() == []


@pytest.mark.parametrize("records", [5, None, "text", ["a"], {"a": 1}, object()])
def test_a_table_needs_records(records: Any) -> None:
    with pytest.raises(InvalidRequestError, match="table: records: expected "):
        table(records)


@pytest.mark.parametrize("view", ["as_curl", "with_raw_response"])
def test_methods_with_several_requests_have_no_view(client: CallFluent, sandbox: Sandbox, view: str) -> None:
    resources: Any = getattr(client, view)
    for resource, method in [
        ("calls", "start_many"),
        ("calls", "wait"),
        ("calls", "export"),
        ("agents", "create_many_from_rows"),
    ]:
        with pytest.raises(InvalidRequestError) as raised:
            getattr(getattr(resources, resource), method)(1, {})
        reason = "the method sends several requests; use the method for one request"
        assert str(raised.value) == f"{resource}.{method}: invalid arguments (not sent): {view}: {reason}"
    with pytest.raises(AttributeError, match="has no attribute 'startt'"):
        _ = resources.calls.startt
    assert sandbox.journal() == []


READERS: list[tuple[Callable[[], Any], str]] = [
    (lambda: chunks(None), "agent_ids: expected IDs in a list, or an ID, got None"),  # type: ignore[arg-type]
    (lambda: chunks([1], size="x"), "size: expected an integer of at least 1, got a str"),  # type: ignore[arg-type]
    (lambda: [*CallReader().rows(1.5)], "agent_ids: expected IDs in a list, or an ID, got a float"),  # type: ignore[arg-type]
    (lambda: [*CallReader().rows([], after=[5])], "after: expected a mapping"),  # type: ignore[arg-type]
    (lambda: [*CallReader().batches([], between="x")], "between: expected a mapping"),  # type: ignore[arg-type]
    (lambda: CallReader(limiter=5), "limiter: expected an object with acquire"),  # type: ignore[arg-type]
    (lambda: CallReader(requests_per_second=5, workers="x"), "workers: expected a number"),  # type: ignore[arg-type]
    (lambda: SharedRate(5), "limiter: expected an object with acquire"),  # type: ignore[arg-type]
    (lambda: FileLimiter(5, 1), "path: expected a path, got an int"),  # type: ignore[arg-type]
    (lambda: limiter_of(5, 1), "url: expected a string, got an int"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("use", "expected"), READERS, ids=[expected for _, expected in READERS])
def test_readers_and_limiters_name_a_wrong_argument(use: Callable[[], Any], expected: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        use()
    assert expected in str(raised.value)


def test_a_series_of_pandas_is_a_list_of_ids(client: CallFluent, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    ids = pandas.Series([1001, 1002])
    assert chunks(ids, size=ids[0] - 1000) == [[1001], [1002]]
    assert client.calls.export(tmp_path / "calls.jsonl", agent_ids=ids).agents == 2


SANDBOX: list[tuple[Use, str]] = [
    (lambda sandbox: Sandbox(drop_fields=5), "drop_fields: expected a list of strings, got an int"),  # type: ignore[arg-type]
    (lambda sandbox: sandbox.add_call(None), "expected an ID, or an object with an ID, got None"),
    (lambda sandbox: sandbox.finish({"a": 1}), "expected an ID, or an object with an ID, got a dict"),
    (lambda sandbox: sandbox.advance(b"x"), "advance: cannot be sent as JSON, got bytes"),
    (lambda sandbox: sandbox.respond(headers=[5]), "headers: expected a mapping, got a list"),
    (lambda sandbox: sandbox.script_call(custom_fields=5), "custom_fields: expected a mapping, got an int"),
    (lambda sandbox: sandbox.restore(5), "snapshot: expected the result of snapshot(), got an int"),
    (lambda sandbox: set_offline("no"), "set_offline: expected True or False, got a str"),  # type: ignore[arg-type]
    (lambda sandbox: webhooks.verify_secret(5, "x"), "given: expected a string, got an int"),  # type: ignore[arg-type]
    (lambda sandbox: webhooks.verify_secret("x", b"x"), "expected: expected a string, got bytes"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("use", "expected"), SANDBOX, ids=[expected for _, expected in SANDBOX])
def test_the_sandbox_names_a_wrong_argument(sandbox: Sandbox, use: Use, expected: str) -> None:
    with pytest.raises(ValueError) as raised:
        use(sandbox)
    assert expected in str(raised.value)
