"""Notebooks in a real kernel: display, progress, `await` in a cell, interrupts, and the example
notebooks. The newest Python has the packages."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from callfluent.sandbox import Sandbox

pytestmark = pytest.mark.skipif(find_spec("ipykernel") is None, reason="installed for the newest Python only")

NOTEBOOKS = sorted((Path(__file__).parents[2] / "examples/notebooks").glob("*.ipynb"))
TIMEOUT = 60


class Kernel:
    """A running kernel."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        from jupyter_client.manager import start_new_kernel

        self.manager, self.client = start_new_kernel(startup_timeout=TIMEOUT, cwd=str(folder), env=environment)

    def run(self, code: str) -> list[dict[str, Any]]:
        """Runs a cell. Returns the content of its messages, with their types."""
        return self.messages(self.client.execute(code))

    def messages(self, cell: str) -> list[dict[str, Any]]:
        """Returns the messages of a cell until its end."""
        found: list[dict[str, Any]] = []
        while not found or found[-1].get("execution_state") != "idle":
            message = self.client.get_iopub_msg(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") == cell:
                found.append({"type": message["msg_type"], **message["content"]})
        return found

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(demo=True) as sandbox:
        yield sandbox


@pytest.fixture
def environment(tmp_path: Path, sandbox: Sandbox) -> dict[str, str]:
    # The kernel's own files go to a folder of the test.
    own = {"IPYTHONDIR": str(tmp_path / "ipython"), "JUPYTER_PLATFORM_DIRS": "1"}
    keys = {"CALLFLUENT_BASE_URL": sandbox.base_url, "CALLFLUENT_API_KEY": sandbox.api_key, "CALLFLUENT_OFFLINE": "1"}
    return {**os.environ, **own, **keys}


@pytest.fixture
def kernel(tmp_path: Path, environment: dict[str, str]) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path, environment)
    yield kernel
    kernel.close()


def of_type(messages: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    return [message for message in messages if message["type"] in kinds]


def test_both_clients_work_in_a_running_kernel(kernel: Kernel) -> None:
    setup = "from callfluent import AsyncCallFluent, CallFluent\nclient, other = CallFluent(), AsyncCallFluent()"
    assert not of_type(kernel.run(setup), "error", "stream")
    for cell in (
        "client.agents.get(1002)",
        "await other.agents.get(1002)",
        "import asyncio\n(await asyncio.gather(other.agents.get(1002), other.workspaces.list()))[0]",
        "page = await other.calls.list(1001)\nclient.agents.get(1002)",
    ):
        (result,) = of_type(kernel.run(cell), "execute_result", "error", "stream")
        assert "<strong>Service reminders</strong>" in result["data"]["text/html"], result
        assert result["data"]["text/plain"].startswith("AgentDetails(")
    (result,) = of_type(kernel.run("[call.id async for call in other.calls.list(1001)]"), "execute_result", "error")
    assert len(json.loads(result["data"]["text/plain"])) == 35


PROGRESS = """
client.agents.get_many([1001, 1002, 1003], progress=True)
client.calls.export("calls.jsonl", agent_ids=[1001, 1002], progress=True)
[*client.calls.list(1001, progress=True)]
client.knowledge.upload(1002, ("a.txt", b"x" * 3000), progress=True)
[call async for call in other.calls.list(1001, progress=True)]
await other.knowledge.upload(1002, ("a.txt", b"x" * 3000), progress=True)
None
"""


def test_a_notebook_shows_a_bar_that_ends_as_text(kernel: Kernel) -> None:
    kernel.run("from callfluent import AsyncCallFluent, CallFluent\nclient, other = CallFluent(), AsyncCallFluent()")
    messages = kernel.run(PROGRESS)
    assert not of_type(messages, "error", "stream")
    shown: dict[str, list[dict[str, str]]] = {}
    for message in of_type(messages, "display_data", "update_display_data"):
        shown.setdefault(message["transient"]["display_id"], []).append(message["data"])
    assert len(shown) == 6
    for bundles in shown.values():
        assert "<progress" in bundles[0]["text/html"] and "<label>" in bundles[0]["text/html"]
        # The saved notebook has the last one.
        assert [*bundles[-1]] == ["text/plain"]
    texts = [bundles[-1]["text/plain"] for bundles in shown.values()]
    upload, calls = "knowledge.upload: 3.0 of 3.0 kB", "calls.list: 35 items"
    assert texts[:2] == ["agents.get_many: 3 of 3", "calls.export: 2 of 2"]
    assert texts[2:] == [calls, upload, calls, upload]


class SilentServer:
    """Receives requests, and never responds."""

    def __init__(self) -> None:
        self.received = threading.Event()
        self.closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/api"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(10_000)
                self.received.set()
                while connection.recv(10_000):
                    pass
                self.closed.set()

    def close(self) -> None:
        self._listener.close()


CELLS = {"sync": "client.agents.list(1)", "async": "await other.agents.list(1)"}


def test_interrupting_a_cell_ends_the_request(kernel: Kernel) -> None:
    setup = "from callfluent import AsyncCallFluent, CallFluent\noptions = {'base_url': '%s', 'timeout': 600}\n"
    for cell in CELLS.values():
        server = SilentServer()
        kernel.run(
            setup % server.base_url + "client, other = CallFluent(**options), AsyncCallFluent(**options)",
        )
        running = kernel.client.execute(cell)
        assert server.received.wait(TIMEOUT)
        interrupted = time.monotonic()
        kernel.manager.interrupt_kernel()
        (error,) = of_type(kernel.messages(running), "error")
        assert error["ename"] in ("KeyboardInterrupt", "CancelledError")
        assert server.closed.wait(TIMEOUT), "the connection is still open"
        assert time.monotonic() - interrupted < 10
        server.close()
        # The kernel goes on, and so do its clients.
        kernel.run("client, other = CallFluent(), AsyncCallFluent()")
        (result,) = of_type(kernel.run("len(client.agents.list(1)), len(await other.agents.list(1))"), "execute_result")
        assert result["data"]["text/plain"] == "(3, 3)"


# Texts in the outputs of the example notebooks.
EXPECTED = {
    "call-analytics": ["45 calls", "Calls of each day", "image/png", "calls.list_many: 3 of 3"],
    "change-prompts": ["agents.patch_many: 50 of 50", "50 agents would change", "50 agents changed", "50 restored"],
    "compare-agents": ["instructions", "Service reminders", "completed"],
}


def test_each_example_notebook_is_tested() -> None:
    assert [path.stem for path in NOTEBOOKS] == sorted(EXPECTED)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_an_example_notebook_runs(
    path: Path, tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import nbformat
    from nbclient import NotebookClient

    for name in ("IPYTHONDIR", "JUPYTER_PLATFORM_DIRS"):
        monkeypatch.setenv(name, environment[name])
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells), "outputs are not committed"
    NotebookClient(
        notebook, timeout=TIMEOUT, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    assert sum("text/html" in output.get("data", {}) for output in outputs) >= 2
    for text in EXPECTED[path.stem]:
        assert any(text in json.dumps(output) for output in outputs), text
