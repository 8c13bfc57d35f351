"""Readers of call history for the tasks of engines."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
from server import KEY, Reply, Server

from callfluent import InvalidRequestError
from callfluent.engines import CallReader, chunks
from callfluent.limiters import FileLimiter
from callfluent.sandbox import Sandbox

COLUMNS: Any = {"duration": "float64", "status": "string", "started_at": "timestamp", "custom_fields": "json"}


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(demo=True, page_size=10) as sandbox:
        monkeypatch.setenv("CALLFLUENT_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("CALLFLUENT_API_KEY", sandbox.api_key)
        yield sandbox


def test_chunks_have_each_agent_once() -> None:
    assert chunks([1, 2, 3, 2, 1], size=2) == [[1, 2], [3]]
    assert chunks([], size=2) == []
    assert chunks("1001") == [["1001"]]
    with pytest.raises(InvalidRequestError, match="size"):
        chunks([1], size=0)


def test_rows_are_the_calls_of_the_lists(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        agents = [1001, 1002, 1003]
        wanted = [{"agent_id": agent, **call.to_dict()} for agent in agents for call in client.calls.list(agent)]
    reader = CallReader()
    assert reader.agents_of(1) == agents
    assert list(reader.rows(agents)) == wanted and len(wanted) > 40


def test_processes_read_with_the_key_of_their_environment(sandbox: Sandbox) -> None:
    reader = CallReader(columns=COLUMNS, requests_per_second=1000, workers=2)
    assert sandbox.api_key.encode() not in pickle.dumps(reader)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = [*pool.map(_ids, [reader] * 3, chunks([1001, 1002, 1003], 1))]
    with sandbox.client() as client:
        assert found == [[call.id for call in client.calls.list(agent)] for agent in (1001, 1002, 1003)]


def _ids(reader: CallReader, agents: list[int | str]) -> list[int]:
    return [row["id"] for row in reader.rows(agents)]


def test_tables_have_the_given_columns(sandbox: Sandbox) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="one interpreter has the readers of tables")
    reader = CallReader(columns=COLUMNS)
    rows = reader.to_arrow([1001, 1002])
    rows.validate(full=True)
    assert rows.column_names == ["id", "agent_id", *COLUMNS, "extra"]
    assert rows["id"].to_pylist() == [row["id"] for row in reader.rows([1001, 1002])]
    assert set(rows["agent_id"].to_pylist()) == {1001, 1002}
    assert reader.to_arrow([]).schema == rows.schema == reader.arrow_schema()
    frame = reader.to_pandas([1001])
    assert frame.dtypes.equals(reader.empty().dtypes) and len(frame) == 35
    found = CallReader().discovered([1003, 1001])
    assert found.columns["duration"] == "float64" and found.columns["custom_fields"] == "json"
    assert found.to_arrow([1001]).num_rows == 35
    assert all(isinstance(batch, pyarrow.RecordBatch) for batch in found.batches([1001]))
    assert [*CallReader().discovered([]).columns] == ["id", "agent_id", "extra"]


def test_only_new_calls_are_read_from_the_first_pages(sandbox: Sandbox) -> None:
    reader = CallReader()
    ids = sorted(row["id"] for row in reader.rows([1001]))
    before = len(sandbox.requests("calls.list"))
    new = [row["id"] for row in reader.rows([1001], after={1001: ids[-4]})]
    assert sorted(new) == ids[-3:]
    assert len(sandbox.requests("calls.list")) - before == 1, "the sandbox lists the newest call first"
    assert reader.highest_id(1001) == ids[-1]
    assert len(sandbox.requests("calls.list")) - before == 2


def test_new_calls_are_found_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLFLUENT_API_KEY", KEY)
    pages = [Reply.ok([{"id": identifier} for identifier in page]) for page in ([1, 2], [9, 3], [5], [])]
    with Server(*pages) as server:
        reader = CallReader(base_url=server.base_url)
        assert [row["id"] for row in reader.rows([7], after={7: 2})] == [9, 3, 5]
    with Server(*pages) as server:
        assert CallReader(base_url=server.base_url).highest_id(7) == 9
    with Server(Reply.ok([{"id": "a"}])) as server, pytest.raises(InvalidRequestError, match="integer IDs, got 'a'"):
        CallReader(base_url=server.base_url).highest_id(7)
    with Server(Reply.ok([])) as server:
        assert CallReader(base_url=server.base_url).highest_id(7) is None


def test_a_worker_has_its_share_of_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLFLUENT_API_KEY", KEY)
    client = CallReader(requests_per_second=10, workers=4)._client()
    assert client._settings.options["requests_per_second"] == 2.5
    # Another task of the process must not begin with a new second.
    assert CallReader(requests_per_second=10, workers=4, columns=COLUMNS)._client() is client
    assert CallReader(requests_per_second=10, workers=5)._client() is not client


def test_pages_wait_for_the_limiter(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("CALLFLUENT_API_KEY", KEY)
    pages = [Reply.ok([{"id": identifier}]) for identifier in (1, 2, 3)]
    limiter = (tmp_path / "rate").as_uri()
    with Server(*pages, Reply.ok([])) as server:
        reader = CallReader(base_url=server.base_url, requests_per_second=20, limiter=limiter)
        assert len(list(reader.rows([7]))) == 3
        again = pickle.loads(pickle.dumps(reader))
        assert again._client() is reader._client()
        hook: Any = reader._client()._settings.options["hooks"][0]
        assert hook._leases.limiter.acquire(1) > 0, "the requests used it"
    # Copies of a limiter of the user are one limiter.
    own = CallReader(limiter=FileLimiter(tmp_path / "own", 5))
    assert pickle.loads(pickle.dumps(own))._client() is own._client() is not reader._client()


def test_invalid_options_are_reported_before_tasks_start() -> None:
    with pytest.raises(InvalidRequestError, match="workers: missing"):
        CallReader(requests_per_second=10)
    with pytest.raises(InvalidRequestError, match="requests_per_second: missing"):
        CallReader(limiter="file:///tmp/rate")
    with pytest.raises(InvalidRequestError, match="the limiter has its own"):
        CallReader(limiter=FileLimiter("rate", 5), requests_per_second=5)
    with pytest.raises(InvalidRequestError, match="unknown types text"):
        CallReader(columns={"name": "text"})  # type: ignore[dict-item]
