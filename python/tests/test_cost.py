"""Cost of the package: limits that hold on a busy machine; `pytest -s` prints the figures."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading

import pytest
from processes import run
from server import KEY, Reply, Server

from callfluent import AsyncCallFluent, CallFluent
from callfluent.sandbox import Sandbox

MEASURE = """
import sys

def resident():
    with open("/proc/self/statm") as figures:
        return int(figures.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def private():
    # Without the pages of files: how many of them are loaded depends on the kernel.
    with open("/proc/self/statm") as figures:
        _, resident, shared, *_ = map(int, figures.read().split())
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")

import os
before = resident()
private_before = private()
"""
ON_LINUX = pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is asked for as on Linux")


def measured(code: str, **environment: str) -> list[float]:
    """Returns the figures that a program prints. It runs as users' programs do."""
    done = run(MEASURE + code, flags=(), **environment)
    assert done.returncode == 0, done.stderr
    return [float(figure) for figure in done.stdout.split()]


def test_the_import_loads_only_its_own_modules() -> None:
    done = run(
        "import sys; before = set(sys.modules); import callfluent; print(*(set(sys.modules) - before))", flags=()
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.partition(".")[0] != "callfluent"} == set()
    later = {"drift", "files", "logging", "models", "pagination", "pytest_plugin", "sandbox"}
    assert {f"callfluent.{name}" for name in later} & loaded == set()


# Modules that take longer to load than the whole package, or that import such modules.
HEAVY = {
    "asyncio",
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "inspect",
    "json",
    "logging",
    "re",
    "socket",
    "typing",
}


def test_a_request_loads_no_slow_modules() -> None:
    code = """
    import sys
    from callfluent import CallFluent
    before = set(sys.modules)
    with CallFluent() as client:
        agent = next(agent for agent in client.agents.list(1))
        assert len(client.calls.list(agent.id).items) > 0
    print(*(set(sys.modules) - before))
    """
    with Sandbox(demo=True) as sandbox:
        done = run(code, flags=(), CALLFLUENT_API_KEY=sandbox.api_key, CALLFLUENT_BASE_URL=sandbox.base_url)
    assert done.returncode == 0, done.stderr
    assert HEAVY & set(done.stdout.split()) == set()


@ON_LINUX
def test_another_client_costs_little_time_and_memory() -> None:
    [time, memory] = measured(
        """
import time
from callfluent import CallFluent

first = CallFluent("some-key", base_url="https://api.callfluent.ai/api")
clients, times, before = [], [], resident()
for _ in range(1_000):
    started = time.thread_time()
    clients.append(CallFluent("some-key", base_url="https://api.callfluent.ai/api"))
    times.append(time.thread_time() - started)
# Processor time of the first quartile: the tests of another version run at the same time.
print(sorted(times)[250], (resident() - before) / 1_000)
"""
    )
    print(f"a further client: {time * 1e6:.0f} us, {memory:.0f} bytes")
    assert time < 200e-6
    assert memory < 20 * 1024


@ON_LINUX
def test_the_package_takes_a_few_megabytes() -> None:
    """The first client reads the certificates of the machine, which can be many."""
    [imported, with_client] = measured(
        """
import callfluent
imported = private()
client = callfluent.CallFluent("some-key")
print(imported - private_before, private() - private_before)
"""
    )
    print(f"memory: {imported / 1024:.0f} KiB by the import, {with_client / 1024:.0f} KiB with the first client")
    assert imported < 4 * 1024 * 1024
    assert with_client < 8 * 1024 * 1024


def blocks() -> int:
    """Returns the memory allocated by Python, which is the same on every machine."""
    gc.collect()
    return sys.getallocatedblocks()


def test_a_page_of_a_thousand_records_builds_no_values() -> None:
    calls = [
        {"id": number, **{f"field {name}": f"{name} of {number}" for name in range(20)}} for number in range(1_000)
    ]
    body = json.dumps({"status": True, "data": calls})
    with Server(Reply.json(json.loads(body))) as server, CallFluent(KEY, base_url=server.base_url) as client:
        client.calls.list(7, page=1).items  # noqa: B018 - a page is fetched when it is looked at
        before = blocks()
        items = client.calls.list(7, page=1).items
        held = blocks() - before
        assert [item.id for item in (items[0], items[999])] == [0, 999]
    before = blocks()
    parsed = json.loads(body)
    plain = blocks() - before
    print(f"a page of {len(items)} records: {held} blocks; parsed by json: {plain}")
    assert len(items) == len(parsed["data"]) == 1_000
    assert held < 5 * len(items) < 20 * len(items) < plain


def test_a_thousand_concurrent_requests_add_no_thread() -> None:
    async def main(base_url: str) -> None:
        async with AsyncCallFluent(KEY, base_url=base_url, max_concurrency=100) as client:
            await client.workspaces.list()
            before = threads()
            calls = [asyncio.ensure_future(client.workspaces.list()) for _ in range(1_000)]
            await asyncio.sleep(0)
            during = threads()
            assert [len(found) for found in await asyncio.gather(*calls)] == [1] * 1_000
            # Threads of earlier tests can end meanwhile.
            assert max(during, threads()) <= before

    with Sandbox(api_key=KEY) as sandbox:
        asyncio.run(main(sandbox.base_url))
        assert len(sandbox.journal()) == 1_001


def threads() -> int:
    """Returns the number of threads; without `/proc`, the number of Python threads."""
    return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else threading.active_count()
