"""Exports of the call history: the file equals `calls.list`, and a run continues an earlier one."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scale import length
from server import KEY, Reply, Server

from callfluent import APIError, AsyncCallFluent, CallFluent, InvalidRequestError, NotFoundError
from callfluent.sandbox import Sandbox

AGENTS = [1001, 1002]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(demo=True, page_size=10) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[CallFluent]:
    sandbox.clear_responses()
    with sandbox.client(max_retries=0) as client:
        yield client


def listed(client: CallFluent, agents: list[int] = AGENTS) -> list[dict[str, Any]]:
    return [{"agent_id": agent, **call.to_dict()} for agent in agents for call in client.calls.list(agent)]


def exported(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_jsonl_equals_the_lists_call_by_call(client: CallFluent, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    result = client.calls.export(path, agent_ids=AGENTS)
    wanted = listed(client)
    assert exported(path) == wanted and len(wanted) > 20
    assert result == (path, len(wanted), 2) and os.listdir(tmp_path) == ["calls.jsonl"]


def test_csv_has_a_column_for_each_field(client: CallFluent, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    client.calls.export(path, agent_ids=AGENTS)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wanted = listed(client)
    assert len(rows) == len(wanted) and list(rows[0])[:2] == ["id", "agent_id"]
    for row, call in zip(rows, wanted, strict=True):
        for name, value in call.items():
            if isinstance(value, (bool, dict, list)):
                assert json.loads(row[name]) == value
            else:
                assert row[name] == ("" if value is None else str(value))


@pytest.mark.parametrize("writer", ["pyarrow", "duckdb", "polars"])
def test_parquet_equals_the_table_of_the_lists(
    client: CallFluent, tmp_path: Path, writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(writer, reason="installed for the newest Python only")
    from pyarrow import parquet

    path = tmp_path / "calls.parquet"
    with monkeypatch.context() as patch:
        for other in ["pyarrow", "duckdb", "polars"]:
            if other != writer and not (writer == "polars" and other == "pyarrow"):
                patch.setitem(sys.modules, other, None)
            elif other != writer:
                patch.setattr("importlib.import_module", _only(writer))
        client.calls.export(path, agent_ids=AGENTS)
    rows, wanted = parquet.read_table(path).to_pylist(), listed(client)
    assert [(row["id"], row["agent_id"]) for row in rows] == [(call["id"], call["agent_id"]) for call in wanted]
    for row, call in zip(rows, wanted, strict=True):
        assert row["duration"] == call["duration"] and row["status"] == call["status"]
        assert row["started_at"].isoformat().replace("+00:00", "Z") == call["started_at"]


def _only(package: str) -> Any:
    from importlib import import_module

    def imported(name: str, *rest: str) -> Any:
        if name in ("pyarrow", "duckdb", "polars") and name != package:
            raise ImportError(name)
        return import_module(name, *rest)

    return imported


def test_a_parquet_file_has_given_columns(client: CallFluent, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="installed for the newest Python only")
    path = tmp_path / "calls.parquet"
    client.calls.export(path, agent_ids=1001, columns={"duration": "float64"})
    assert parquet.read_schema(path).names == ["id", "agent_id", "duration", "extra"]


def test_a_canceled_export_stops_its_conversion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="installed for the newest Python only")
    written: list[threading.Thread] = []
    begun, canceled = threading.Event(), threading.Event()

    class Writer(parquet.ParquetWriter):  # type: ignore[misc]
        def write_batch(self, batch: Any) -> None:
            written.append(threading.current_thread())
            begun.set()
            canceled.wait(20)
            super().write_batch(batch)

    monkeypatch.setattr(parquet, "ParquetWriter", Writer)
    path = tmp_path / "calls.parquet"

    async def run(server: Server) -> None:
        async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
            export = asyncio.ensure_future(client.calls.export(path, agent_ids=7))
            while not begun.is_set():
                await asyncio.sleep(0.01)
            export.cancel()
            await asyncio.sleep(0)
            canceled.set()
            with pytest.raises(asyncio.CancelledError):
                await export
            monkeypatch.undo()
            # The thread has ended, so the same export can write the file.
            await client.calls.export(path, agent_ids=7)

    # Several batches: one has about 2 MB.
    calls = Reply.ok([{"id": number, "text": "x" * 100_000} for number in range(100)])
    with Server(calls, Reply.ok([]), calls, Reply.ok([])) as server:
        asyncio.run(run(server))
    assert len(written) == 1
    assert parquet.read_table(path).num_rows == 100


def test_a_missing_parquet_package_is_found_before_sending(
    sandbox: Sandbox, client: CallFluent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = len(sandbox.journal())
    monkeypatch.setattr("importlib.import_module", _only(""))
    with pytest.raises(ImportError, match="a Parquet file needs pyarrow, duckdb or polars: pip install pyarrow"):
        client.calls.export(tmp_path / "calls.parquet", agent_ids=1001)
    assert len(sandbox.journal()) == requests and os.listdir(tmp_path) == []


def test_a_workspace_is_all_its_agents(client: CallFluent, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    result = client.calls.export(path, workspace_id=1)
    agents = [agent.id for agent in client.agents.list(1)]
    assert exported(path) == listed(client, agents) and result.agents == len(agents)


def test_the_async_client_writes_the_same_file(sandbox: Sandbox, client: CallFluent, tmp_path: Path) -> None:
    async def run() -> None:
        async with sandbox.async_client() as client:
            await client.calls.export(tmp_path / "async.jsonl", workspace_id=1)

    asyncio.run(run())
    client.calls.export(tmp_path / "sync.jsonl", workspace_id=1)
    assert (tmp_path / "async.jsonl").read_bytes() == (tmp_path / "sync.jsonl").read_bytes()


def test_an_export_continues_after_an_error(sandbox: Sandbox, client: CallFluent, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_text("the file of yesterday")
    sandbox.respond(operation="calls.list", status=500, after=5, times=1)
    with pytest.raises(APIError):
        client.calls.export(path, agent_ids=AGENTS)
    assert path.read_text() == "the file of yesterday"
    sandbox.clear_journal()
    client.calls.export(path, agent_ids=AGENTS)
    pages = [entry["arguments"]["agent_id"] for entry in sandbox.journal()]
    assert str(AGENTS[0]) not in map(str, pages), "the first agent was finished"
    assert exported(path) == listed(client) and os.listdir(tmp_path) == ["calls.jsonl"]


def test_an_export_that_wrote_no_call_leaves_no_file(client: CallFluent, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        client.calls.export(tmp_path / "calls.jsonl", agent_ids=[99_999])
    assert list(tmp_path.iterdir()) == []


def test_other_arguments_start_a_new_export(sandbox: Sandbox, client: CallFluent, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    sandbox.respond(operation="calls.list", status=500, after=5, times=1)
    with pytest.raises(APIError):
        client.calls.export(path, agent_ids=AGENTS)
    client.calls.export(path, agent_ids=AGENTS[::-1])
    assert exported(path) == listed(client, AGENTS[::-1])


def test_an_export_continues_after_its_process_was_killed(sandbox: Sandbox, client: CallFluent, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    program = f"""
        from callfluent import CallFluent
        CallFluent({sandbox.api_key!r}, base_url={sandbox.base_url!r}).calls.export({str(path)!r}, agent_ids={AGENTS})
    """
    wanted = listed(client)
    for kill_at in (2, 4, 6):
        sandbox.clear_journal()
        sandbox.respond(operation="calls.list", delay_ms=60_000, after=kill_at - 1, times=1)
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
        end = time.monotonic() + 60
        while len(sandbox.journal()) < kill_at - 1 and time.monotonic() < end:
            time.sleep(0.02)
        # The page before is written as soon as the next one is requested.
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        sandbox.clear_responses()
        assert not path.exists()
    assert json.loads((tmp_path / ".calls.jsonl.position").read_bytes())["calls"] > 0
    client.calls.export(path, agent_ids=AGENTS)
    assert exported(path) == wanted and os.listdir(tmp_path) == ["calls.jsonl"]


def pages(*ids: list[int]) -> list[Reply]:
    return [Reply.ok([{"id": number} for number in page]) for page in ids]


def test_calls_that_move_between_two_runs_are_written_once(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    script = [*pages([9, 8], [7, 6], [5, 4]), Reply(500, b"{}")]
    with Server(*script) as server, CallFluent(KEY, base_url=server.base_url, max_retries=0) as client:
        with pytest.raises(APIError):
            client.calls.export(path, agent_ids=7)
        # Two new calls move all others by a page; the run begins at page 2.
        server.script = pages([9, 8], [7, 6], [5, 4], [3, 2], [])
        client.calls.export(path, agent_ids=7)
    assert [call["id"] for call in exported(path)] == [9, 8, 7, 6, 5, 4, 3, 2]


def test_calls_that_move_to_the_next_page_are_written_once(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    script = pages([9, 8], [8, 7], [7, 6], [6, 5], [5], [])
    with Server(*script) as server, CallFluent(KEY, base_url=server.base_url) as client:
        client.calls.export(path, agent_ids=7)
    assert [call["id"] for call in exported(path)] == [9, 8, 7, 6, 5]


def test_the_next_night_exports_only_new_calls(tmp_path: Path) -> None:
    marks = tmp_path / "calls.since"
    with Server(*pages([2, 1], [])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        client.calls.export(tmp_path / "one.jsonl", agent_ids=7, since=marks)
        server.script = pages([4, 3], [2, 1], [])
        client.calls.export(tmp_path / "two.jsonl", agent_ids=7, since=marks)
        server.script = pages([4, 3], [2, 1], [])
        assert client.calls.export(tmp_path / "three.jsonl", agent_ids=7, since=marks).calls == 0
    assert [call["id"] for call in exported(tmp_path / "one.jsonl")] == [2, 1]
    assert [call["id"] for call in exported(tmp_path / "two.jsonl")] == [4, 3]
    assert exported(tmp_path / "three.jsonl") == [] and json.loads(marks.read_bytes()) == {"7": 4}


EXPORTS = Path(__file__).parents[2] / "tests" / "exports"
MASKS = json.loads((EXPORTS / "masks.json").read_text("utf-8"))


@pytest.mark.parametrize("case", MASKS, ids=lambda case: case["name"])
def test_masks_are_those_of_the_shared_cases(tmp_path: Path, case: dict[str, Any]) -> None:
    path = tmp_path / "calls.jsonl"
    replies = [Reply.ok([case["call"]]), Reply.ok([])]
    with Server(*replies) as server, CallFluent(KEY, base_url=server.base_url) as client:
        client.calls.export(path, agent_ids=7, mask=case["masks"])
    assert exported(path) == [case["masked"] | {"agent_id": 7}]


RESUME = json.loads((Path(__file__).parents[2] / "tests" / "exports" / "resume.json").read_text("utf-8"))


@pytest.mark.parametrize("case", RESUME["cases"], ids=lambda case: case["names"])
def test_a_run_continues_the_shared_positions_of_its_names(tmp_path: Path, case: dict[str, Any]) -> None:
    continues = case["names"] == "snake_case"
    listed = [*RESUME["pages"]["7"][1 if continues else 0 :], *RESUME["pages"]["8"]]
    with Server(*pages(*listed)) as server, CallFluent(KEY, base_url=server.base_url) as client:
        case["position"]["request"]["server"] = server.base_url
        (tmp_path / ".calls.jsonl.position").write_text(json.dumps(case["position"]))
        (tmp_path / ".calls.jsonl.part").write_text(case["part"])
        client.calls.export(tmp_path / "calls.jsonl", agent_ids=RESUME["agents"])
        assert len(server.requests) == len(listed)
    rows = exported(tmp_path / "calls.jsonl")
    assert [call["id"] for call in rows] == RESUME["ids"]
    assert sum("kept" in call for call in rows) == (6 if continues else 0)


def test_progress_has_the_numbers_of_agents(client: CallFluent, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    client.calls.export(
        tmp_path / "calls.jsonl", agent_ids=AGENTS, progress=lambda agents, total: seen.append((agents, total))
    )
    assert seen[0] == (0, 2) and seen[-1] == (2, 2) and seen == sorted(seen)


def test_a_file_that_cannot_be_written_is_an_error_of_the_system(client: CallFluent, tmp_path: Path) -> None:
    (tmp_path / ".calls.jsonl.part").mkdir()
    with pytest.raises(OSError, match="calls.export: cannot open .*") as raised:
        client.calls.export(tmp_path / "calls.jsonl", agent_ids=1001)
    assert raised.value.errno and raised.value.filename == str(tmp_path / ".calls.jsonl.part")


INVALID: dict[str, tuple[dict[str, Any], str]] = {
    "both": ({"agent_ids": 1, "workspace_id": 1}, "agent_ids: pass agent_ids or workspace_id, not both"),
    "bytes": ({"agent_ids": b"1"}, "agent_ids: expected IDs in a list, got bytes"),
    "number": ({"agent_ids": 1.5}, "agent_ids: expected IDs, got 1.5"),
    "workspaces": ({"workspace_id": [1]}, "workspace_id: expected IDs, got [1]"),
    "close mask": ({"agent_ids": 1, "mask": ["phoneNumbers"]}, 'got "phoneNumbers"; did you mean phone_numbers?'),
    "mask": ({"agent_ids": 1, "mask": "names"}, 'mask: expected phone_numbers or transcripts, got "names"'),
    "no mask": (
        {"agent_ids": 1, "mask": None},
        "mask: expected phone_numbers or transcripts, or a list of them, got N",
    ),
    "since": ({"agent_ids": 1, "since": 5}, "since: expected a path, got 5"),
    "columns": ({"agent_ids": 1, "columns": {"a": "int64"}}, "columns: only Parquet files have typed columns"),
    "names": (
        {"agent_ids": 1, "format": "parquet", "columns": ["a"]},
        "columns: expected a mapping of names to types, such as",
    ),
    "type": ({"agent_ids": 1, "format": "parquet", "columns": {"a": "decimal"}}, 'unknown column type "decimal"'),
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_arguments_are_errors(client: CallFluent, tmp_path: Path, name: str) -> None:
    arguments, message = INVALID[name]
    if arguments.get("format") == "parquet":
        pytest.importorskip("pyarrow", reason="installed for the newest Python only")
    with pytest.raises(InvalidRequestError) as raised:
        client.calls.export(tmp_path / "calls.jsonl", **arguments)
    assert message in str(raised.value) and os.listdir(tmp_path) == []
    with pytest.raises(InvalidRequestError, match="path: expected a path, got 5"):
        client.calls.export(5, agent_ids=1)  # type: ignore[arg-type]


LATE: list[dict[str, Any]] = json.loads((EXPORTS / "invalid.json").read_text("utf-8"))


@pytest.mark.parametrize("case", LATE, ids=[case["name"] for case in LATE])
def test_what_would_fail_at_the_end_is_found_before_sending(tmp_path: Path, case: dict[str, Any]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("no JSON")
    arguments = dict(case["arguments"])
    path = tmp_path / arguments.pop("path")
    if "since" in arguments:
        arguments["since"] = tmp_path / arguments["since"]
    kind = OSError if "file_error" in case else InvalidRequestError
    with Server(Reply.ok([])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        with pytest.raises(kind) as raised:
            client.calls.export(path, **arguments)
        assert server.requests == []
    expected = case.get("file_error") or f"{case['field']}: "
    assert expected in str(raised.value) and case.get("contains", "") in str(raised.value)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


SERVER = """
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

CALLS, SIZE = int(sys.argv[1]), 1000
FILLER = "words of a caller and of an agent " * 8

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def do_GET(self):
        page = int(parse_qs(urlparse(self.path).query).get("page", ["1"])[0])
        ids = range((page - 1) * SIZE + 1, min(page * SIZE, CALLS) + 1)
        calls = ",".join(f'{{"id":{n},"duration":{n % 600},"status":"ended","transcript":"{FILLER}"}}' for n in ids)
        body = f'{{"status":true,"data":[{calls}]}}'.encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""
EXPORT = """
import os, sys
from callfluent import CallFluent
if sys.argv[2].endswith("parquet"):
    import pyarrow.parquet

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024

client = CallFluent("key", base_url=sys.argv[1])
len(client.calls.list(7, page=1).items)
before = peak()
print(client.calls.export(sys.argv[2], agent_ids=7).calls, peak() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the memory of a process from /proc")
@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_memory_does_not_grow_with_the_number_of_calls(tmp_path: Path, format: str) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow", reason="installed for the newest Python only")
    calls = length(30_000, 1_000_000)
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(calls)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = f"http://127.0.0.1:{server.stdout.readline().strip()}/api"
        done = subprocess.run(
            [sys.executable, "-c", EXPORT, address, str(tmp_path / f"calls.{format}")],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        server.kill()
        server.wait()
    assert done.returncode == 0, done.stderr
    count, megabytes = done.stdout.split()
    print(f"{format}: {count} calls, {float(megabytes):.0f} MB")
    assert int(count) == calls and float(megabytes) <= 60
