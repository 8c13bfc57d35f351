"""The examples of Dask and Ray, run as programs, and what a task of Dask contains."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from callfluent.engines import CallReader, chunks
from callfluent.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[1] / "examples" / "engines"


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(demo=True) as sandbox:
        monkeypatch.setenv("CALLFLUENT_BASE_URL", sandbox.base_url)
        monkeypatch.setenv("CALLFLUENT_API_KEY", sandbox.api_key)
        yield sandbox


@pytest.mark.parametrize(("engine", "program"), [("distributed", "dask_calls.py"), ("ray", "ray_calls.py")])
def test_an_example_reads_all_calls_of_a_workspace(engine: str, program: str, sandbox: Sandbox) -> None:
    if find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed")
    command = [sys.executable, str(EXAMPLES / program), "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, env={**os.environ})
    assert done.returncode == 0, done.stderr
    numbers = [int(word.strip("{},:")) for word in done.stdout.split() if word.strip("{},:").isdecimal()]
    with sandbox.client() as client:
        for agent in client.agents.list(1):
            count = len(list(client.calls.list(agent.id)))
            assert (agent.id, count) in zip(numbers, numbers[1:], strict=False), done.stdout
    assert sandbox.api_key not in done.stdout + done.stderr


def test_the_key_is_not_in_the_tasks_of_dask(sandbox: Sandbox) -> None:
    dask = pytest.importorskip("dask.dataframe", reason="one interpreter has the engines")
    from distributed.protocol.pickle import dumps

    reader = CallReader().discovered([1001])
    frame = dask.from_map(reader.to_pandas, chunks([1001, 1002], 1), meta=reader.empty())
    assert len(frame.compute(scheduler="sync")) == 40
    graph = frame.optimize().__dask_graph__()
    pickled = dumps(graph)
    assert b"CallReader" in pickled and sandbox.api_key.encode() not in pickled
    assert sandbox.api_key not in repr(dict(graph)) + frame.expr.tree_repr()
