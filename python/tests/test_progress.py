"""Progress of lists and uploads in both clients, and the places that it is shown in. `test_bulk`
has the progress of bulk operations, `test_notebooks` that in a notebook."""

from __future__ import annotations

import asyncio
import io
import pickle
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from callfluent import APIStatusError, AsyncCallFluent, CallFluent, InvalidRequestError, progress
from callfluent.sandbox import Sandbox

Use = Callable[[Any], Any]
CONTENT = b"x" * 32_000_000


@pytest.fixture(params=["sync", "async"])
def is_async(request: pytest.FixtureRequest) -> bool:
    return request.param == "async"


def use(sandbox: Sandbox, is_async: bool, used: Use, base_url: str | None = None) -> Any:
    """Uses a client. Awaits a result; collects the items of a list."""
    options: dict[str, Any] = {"base_url": base_url or sandbox.base_url, "max_retries": 0}
    if not is_async:
        with CallFluent(sandbox.api_key, **options) as client:
            result = used(client)
            return [*result] if hasattr(result, "pages") else result

    async def awaited() -> Any:
        async with AsyncCallFluent(sandbox.api_key, **options) as client:
            result = used(client)
            return [item async for item in result] if hasattr(result, "pages") else await result

    return asyncio.run(awaited())


@pytest.fixture
def agent(callfluent_sandbox: Sandbox) -> int:
    """Returns an agent with two pages of calls."""
    agent: int = callfluent_sandbox.add_agent()["id"]
    for _ in range(25):
        callfluent_sandbox.add_call(agent)
    return agent


class Bar:
    """A bar like that of tqdm."""

    made: list[Bar] = []

    def __init__(self, total: int | None, desc: str) -> None:
        self.total, self.desc, self.count, self.closed = total, desc, 0, False
        Bar.made.append(self)

    def update(self, count: int) -> None:
        self.count += count

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def bars() -> list[Bar]:
    Bar.made = []
    return Bar.made


def test_a_list_reports_the_items_of_each_page(
    is_async: bool, agent: int, callfluent_sandbox: Sandbox, bars: list[Bar]
) -> None:
    seen: list[tuple[int, int | None]] = []

    def report(completed: int, total: int | None) -> None:
        seen.append((completed, total))

    assert len(use(callfluent_sandbox, is_async, lambda client: client.calls.list(agent, progress=report))) == 25
    assert seen == [(0, None), (20, None), (25, None)]
    seen.clear()
    use(callfluent_sandbox, is_async, lambda client: client.calls.list(agent, progress=report).from_page(2))
    assert seen == [(0, None), (5, None)]
    use(callfluent_sandbox, is_async, lambda client: client.calls.list(agent, progress=Bar))
    (bar,) = bars
    assert (bar.total, bar.desc, bar.count, bar.closed) == (None, "calls.list", 25, True)


def test_a_log_has_a_line_at_the_end(
    is_async: bool, agent: int, callfluent_sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    use(callfluent_sandbox, is_async, lambda client: client.calls.list(agent, progress=True))
    assert capsys.readouterr().err == "calls.list: 25 items\n"
    use(callfluent_sandbox, is_async, lambda client: client.calls.list(agent, progress=False))
    assert capsys.readouterr().err == ""


def test_a_log_has_a_line_in_each_interval(
    agent: int, callfluent_sandbox: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert progress._Lines.interval == 10
    monkeypatch.setattr(progress._Lines, "interval", 0.0)
    use(callfluent_sandbox, False, lambda client: client.calls.list(agent, progress=True))
    assert capsys.readouterr().err == "calls.list: 20 items\ncalls.list: 25 items\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("variables", [{}, {"CI": "1"}, {"TERM": "dumb"}], ids=["terminal", "CI", "dumb terminal"])
def test_a_terminal_has_one_line_that_is_written_again(
    variables: dict[str, str], agent: int, callfluent_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.std", None)
    monkeypatch.setattr(progress._Terminal, "interval", 0.0)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    use(callfluent_sandbox, False, lambda client: client.calls.list(agent, progress=True))
    lines = "calls.list: 25 items\n" if variables else "\rcalls.list: 20 items\rcalls.list: 25 items\n"
    assert stream.getvalue() == lines


def test_a_terminal_has_the_bar_of_tqdm(
    agent: int, callfluent_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tqdm", reason="installed for the newest Python only")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    use(callfluent_sandbox, False, lambda client: client.calls.list(agent, progress=True))
    assert "calls.list: 25it" in stream.getvalue()
    use(callfluent_sandbox, False, lambda client: client.knowledge.upload(agent, ("a.txt", b"x" * 2000), progress=True))
    assert "knowledge.upload: 100%" in stream.getvalue() and "2.00k/2.00k" in stream.getvalue()


def test_a_closed_stream_does_not_end_a_list(
    agent: int, callfluent_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    assert len(use(callfluent_sandbox, False, lambda client: client.calls.list(agent, progress=True))) == 25


def test_an_iteration_that_ends_early_is_stopped(
    is_async: bool, agent: int, callfluent_sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    callfluent_sandbox.respond(operation="calls.list", after=1, status=500, times=1)
    with pytest.raises(APIStatusError):
        use(callfluent_sandbox, is_async, lambda client: client.calls.list(agent, progress=True))
    assert capsys.readouterr().err == "calls.list: 20 items, stopped\n"
    with callfluent_sandbox.client() as client:
        calls = client.calls.list(agent, progress=True)
        for _ in calls:
            break
    assert capsys.readouterr().err == "calls.list: 20 items, stopped\n"


def test_a_table_and_a_copy_of_a_list_are_complete(agent: int, callfluent_sandbox: Sandbox, bars: list[Bar]) -> None:
    with callfluent_sandbox.client() as client:
        calls = client.calls.list(agent, progress=Bar)
        assert len(calls.to_dicts()) == 25 and bars[-1].count == 25
        copied = pickle.loads(pickle.dumps(calls))
        assert len([*copied]) == 25 and len(bars) == 1
        pyarrow = pytest.importorskip("pyarrow", reason="installed for the newest Python only")
        assert pyarrow.table(calls).num_rows == 25 and bars[-1].count == 25 and len(bars) == 2


def test_a_value_of_another_type_is_reported_before_a_request(
    is_async: bool, agent: int, callfluent_sandbox: Sandbox
) -> None:
    wrong: Any = 5
    requests = len(callfluent_sandbox.journal())
    uses: list[Use] = [
        lambda client: client.calls.list(agent, progress=wrong),
        lambda client: client.knowledge.upload(agent, ("a.txt", b"a"), progress=wrong),
    ]
    for used in uses:
        with pytest.raises(InvalidRequestError, match="progress: expected True, a function or a class") as error:
            use(callfluent_sandbox, is_async, used)
        assert [field for field, _ in error.value.field_errors] == ["progress"]
    assert len(callfluent_sandbox.journal()) == requests


def test_an_upload_reports_the_bytes_of_all_files(
    is_async: bool, agent: int, callfluent_sandbox: Sandbox, bars: list[Bar], capsys: pytest.CaptureFixture[str]
) -> None:
    files = [("a.txt", b"a" * 1500), ("b.txt", "b" * 500)]
    seen: list[tuple[int, int]] = []

    def report(completed: int, total: int) -> None:
        seen.append((completed, total))

    uploaded = use(callfluent_sandbox, is_async, lambda client: client.knowledge.upload(agent, files, progress=report))
    assert len(uploaded) == 2
    assert seen[0] == (0, 2000) and seen[-1] == (2000, 2000) and seen == sorted({*seen})
    use(callfluent_sandbox, is_async, lambda client: client.knowledge.upload_only(agent, files, progress=Bar))
    (bar,) = bars
    assert (bar.total, bar.desc, bar.count, bar.closed) == (2000, "knowledge.upload_only", 2000, True)
    use(callfluent_sandbox, is_async, lambda client: client.knowledge.upload(agent, files, progress=True))
    assert capsys.readouterr().err == "knowledge.upload: 2.0 of 2.0 kB\n"
    raw = use(
        callfluent_sandbox,
        is_async,
        lambda client: client.with_raw_response.knowledge.upload_only(agent, files, progress=Bar),
    )
    assert raw.status_code == 200 and bars[-1].count == 2000


def test_sizes_have_units() -> None:
    amounts = [progress._amount(completed, total, "bytes") for completed, total in [(7, 900), (1_500, None)]]
    assert amounts == ["7 of 900 bytes", "1.5 kB"]
    assert progress._amount(400_000, 2_000_000_000, "bytes") == "0.0 of 2.0 GB"
    assert progress._amount(3, None, "items") == "3 items" and progress._amount(3, 5, "items") == "3 of 5"


class SlowServer:
    """Reads the first bytes of an upload, and the rest when it may."""

    def __init__(self) -> None:
        self.may_read = threading.Event()
        self.received = 0
        self.ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/api"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(1000)
            head, _, body = head.partition(b"\r\n\r\n")
            (length,) = (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            self.received = len(body)
            self.may_read.wait(30)
            while self.received < int(length.split(b":")[1]):
                part = connection.recv(1 << 20)
                if not part:
                    break
                self.received += len(part)
            else:
                body = b'{"status": true, "data": []}'
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        self.ended.set()

    def close(self) -> None:
        self.may_read.set()
        self._listener.close()


@pytest.fixture
def slow_server() -> Iterator[SlowServer]:
    server = SlowServer()
    yield server
    server.close()


def test_an_upload_reports_while_it_runs(is_async: bool, callfluent_sandbox: Sandbox, slow_server: SlowServer) -> None:
    seen: list[int] = []
    threads = set()

    def report(completed: int, total: int) -> None:
        assert total == len(CONTENT)
        threads.add(threading.current_thread())
        seen.append(completed)
        if 0 < completed < total:
            slow_server.may_read.set()

    upload: Use = lambda client: client.knowledge.upload_only(1, ("a.txt", CONTENT), progress=report)  # noqa: E731
    use(callfluent_sandbox, is_async, upload, slow_server.base_url)
    # Without a report in the middle, the server would read nothing more.
    assert len(seen) >= 3 and seen[0] == 0 and seen[-1] == len(CONTENT) and seen == sorted({*seen})
    assert threads == {threading.main_thread()}


def test_an_error_of_the_function_cancels_the_upload(
    is_async: bool, callfluent_sandbox: Sandbox, slow_server: SlowServer
) -> None:
    def report(completed: int, total: int) -> None:
        if completed:
            raise ZeroDivisionError

    upload: Use = lambda client: client.knowledge.upload_only(1, ("a.txt", CONTENT), progress=report)  # noqa: E731
    with pytest.raises(ZeroDivisionError):
        use(callfluent_sandbox, is_async, upload, slow_server.base_url)
    slow_server.may_read.set()
    assert slow_server.ended.wait(10) and slow_server.received < len(CONTENT)


def test_an_error_of_the_function_at_the_start_sends_nothing(
    is_async: bool, agent: int, callfluent_sandbox: Sandbox
) -> None:
    requests = len(callfluent_sandbox.journal())
    upload: Use = lambda client: client.knowledge.upload(agent, ("a.txt", b"a"), progress=lambda *_: 1 / 0)  # noqa: E731
    with pytest.raises(ZeroDivisionError):
        use(callfluent_sandbox, is_async, upload)
    assert len(callfluent_sandbox.journal()) == requests
