"""Other ways to run coroutines than `asyncio.run`: anyio works on asyncio; trio is refused with words that help."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
import trio
from server import KEY, Reply, Server

from callfluent import AsyncCallFluent

Use = Callable[[AsyncCallFluent], Awaitable[Any]]


async def go_through(client: AsyncCallFluent) -> None:
    async for _ in client.calls.list(1):
        pass


async def first_page(client: AsyncCallFluent) -> None:
    await client.calls.list(1)


USES: dict[str, Use] = {
    "a call": lambda client: client.workspaces.list(),
    "pages": go_through,
    "a page": first_page,
    "a request": lambda client: client.request("GET", "/user/get-profile"),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("backend", ["trio", "anyio"])
def test_trio_is_told_to_use_asyncio_or_the_client_that_waits(use: Use, backend: str) -> None:
    async def main() -> None:
        with Server(Reply.ok([])) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                with pytest.raises(RuntimeError, match="needs asyncio.*or use CallFluent"):
                    await use(client)
            assert server.requests == []

    if backend == "trio":
        trio.run(main)
    else:
        anyio.run(main, backend="trio")


def test_anyio_on_asyncio_runs_calls_at_once_and_ends_those_it_cancels() -> None:
    async def main() -> None:
        with Server(Reply.ok([{"id": 1, "name": "a"}])) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                found: list[int] = []

                async def one() -> None:
                    found.append(len(await client.workspaces.list()))

                async with anyio.create_task_group() as group:
                    for _ in range(50):
                        group.start_soon(one)
                assert found == [1] * 50
        with Server(Reply(delay=5)) as slow:
            async with AsyncCallFluent(KEY, base_url=slow.base_url) as client:
                with anyio.move_on_after(0.2) as scope:
                    await client.workspaces.list()
                assert scope.cancelled_caught
                await anyio.sleep(0.2)
            assert slow.abandoned == 1

    anyio.run(main, backend="asyncio")


def test_trio_may_wait_in_a_thread() -> None:
    from callfluent import CallFluent

    with Server(Reply.ok([])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        assert trio.run(trio.to_thread.run_sync, client.workspaces.list) == []
