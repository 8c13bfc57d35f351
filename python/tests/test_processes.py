"""Forks, multiprocessing and threads with requests in flight."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from processes import IN_FLIGHT, all_end_with
from scale import length
from server import KEY, Reply, Server

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
