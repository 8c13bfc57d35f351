"""Forks, multiprocessing and threads with requests in flight."""

from __future__ import annotations

import os
import threading
import time
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from processes import IN_FLIGHT, all_end_with, ended, started
from scale import length
from server import KEY, Reply, Request, Server

from callfluent import CallFluent

fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")


@fork
@pytest.mark.parametrize("reply", [Reply.ok([]), Reply(200, b'{"data": []}', delay=0.02)], ids=["quick", "slow"])
def test_a_child_forked_with_requests_in_flight_sends_requests(reply: Reply) -> None:
    # The client is used once before the fork: an import that runs in another thread during a fork
    # stays locked in the child.
    code = """
        client.workspaces.list()
        in_flight()
        async def send_async():
            return await AsyncCallFluent().workspaces.list()
        for _ in range(3):
            child = os.fork()
            if child == 0:
                assert client.workspaces.list(timeout=20) == []
                assert asyncio.run(send_async()) == []
                grandchild = os.fork()
                if grandchild == 0:
                    assert client.workspaces.list(timeout=20) == []
                    os._exit(0)
                os._exit(os.waitpid(grandchild, 0)[1])
            assert os.waitpid(child, 0)[1] == 0
        assert client.workspaces.list() == []
        os._exit(0)  # Other tests check the exit.
    """
    with Server(reply) as server:
        all_end_with(code, 0, server.base_url)


@pytest.mark.parametrize("method", [pytest.param("fork", marks=fork), "spawn", pytest.param("forkserver", marks=fork)])
def test_multiprocessing_workers_use_the_client(method: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    code = f"""
def work(shared):
    return len(shared.workspaces.list(timeout=20)) + len(client.workspaces.list(timeout=20))

if __name__ == "__main__":
    client.workspaces.list()
    in_flight()
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        assert pool.map(work, [client] * 4) == [0] * 4
    assert client.workspaces.list() == []
    os._exit(0)
"""
    program.write_text(IN_FLIGHT + code)
    with Server(Reply.ok([])) as server:
        all_end_with(program, 0, server.base_url, length(4, 300))


def test_sixty_four_threads_share_a_client() -> None:
    with Server(Reply.ok([{"id": 1, "name": "a"}])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        found: list[int] = []
        each = length(20, 300)

        def run() -> None:
            found.extend(len(client.workspaces.list()) for _ in range(each))

        threads = [threading.Thread(target=run) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert found == [1] * (64 * each)


@fork
def test_children_of_a_fork_retry_at_different_times() -> None:
    code = """
        client.request("GET", "/parent")
        children = []
        for number in range(3):
            child = os.fork()
            if child == 0:
                try:
                    client.request("GET", f"/child{number}", max_retries=3, timeout=30)
                except CallFluentError:
                    os._exit(0)
            children.append(child)
        for child in children:
            assert os.waitpid(child, 0)[1] == 0
    """
    times: dict[str, list[float]] = {}

    class Timed(list[Request]):
        def append(self, request: Request) -> None:
            times.setdefault(request.path, []).append(time.monotonic())
            super().append(request)

    with Server(Reply(502)) as server:
        server.requests = Timed()
        server.script = [Reply(502), Reply.ok([]), Reply(502)]
        assert ended(started(code, server.base_url))[0] == 0
    del times["/api/parent"]
    delays = [[later - earlier for earlier, later in pairwise(each)] for each in times.values()]
    assert [len(each) for each in delays] == [3, 3, 3]
    for first, second in combinations(delays, 2):
        # With the same random numbers, all delays would be equal, except for the load.
        assert max(abs(a - b) for a, b in zip(first, second, strict=True)) > 0.03, delays


@fork
def test_a_fork_waits_for_an_import_of_another_thread() -> None:
    code = """
        import importlib.machinery

        importing, released = threading.Event(), threading.Event()

        class Slow(importlib.machinery.PathFinder):
            @classmethod
            def find_spec(cls, name, path=None, target=None):
                spec = super().find_spec(name, path, target)
                if name == "callfluent.record_sequence":
                    importing.set()
                    assert released.wait(10)
                return spec

        # It imports everything except the records.
        client.request("GET", "/first")
        sys.meta_path.insert(0, Slow)
        thread = threading.Thread(target=client.workspaces.list)
        thread.start()
        assert importing.wait(10)
        threading.Timer(0.3, released.set).start()
        child = os.fork()
        if child == 0:
            client.workspaces.list(timeout=10)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        thread.join()
    """
    with Server(Reply.ok([])) as server:
        all_end_with(code, 0, server.base_url, runs=1)
