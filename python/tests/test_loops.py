"""Event loops other than those of `asyncio.run`: anyio works on asyncio; trio raises an error with
the remedy."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
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
def test_trio_raises_an_error_with_the_remedy(use: Use, backend: str) -> None:
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


def test_anyio_on_asyncio_runs_and_cancels_requests() -> None:
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


def test_trio_can_use_the_sync_client_in_a_thread() -> None:
    from callfluent import CallFluent

    with Server(Reply.ok([])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        assert trio.run(trio.to_thread.run_sync, client.workspaces.list) == []


def test_many_threads_create_and_close_loops_concurrently() -> None:
    """Makes threads switch as often as possible, to find races."""
    failures: list[BaseException] = []

    async def main(client: AsyncCallFluent) -> None:
        assert [await client.workspaces.list() for _ in range(2)] == [[], []]

    def work(client: AsyncCallFluent) -> None:
        try:
            for _ in range(15):
                asyncio.run(main(client))
        except BaseException as failure:
            failures.append(failure)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with Server(Reply.ok([])) as server:
            client = AsyncCallFluent(KEY, base_url=server.base_url)
            threads = [threading.Thread(target=work, args=(client,)) for _ in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(interval)
    gc.collect()
    assert failures == []


def test_every_use_of_a_closed_client_raises() -> None:
    async def main() -> None:
        with Server(Reply.ok([])) as server:
            client = AsyncCallFluent(KEY, base_url=server.base_url)
            assert await client.workspaces.list() == []
            await client.close()
            await client.close()
            uses: list[Use] = [*USES.values(), lambda client: client.with_options(timeout=1).workspaces.list()]
            for use in uses:
                with pytest.raises(RuntimeError, match="the client is closed"):
                    await use(client)
            assert repr(client) == "AsyncCallFluent(closed)"
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                pages = client.calls.list(1)
            with pytest.raises(RuntimeError, match="the client is closed"):
                await pages
            assert len(server.requests) == 1

    asyncio.run(main())


def test_an_unawaited_page_raises_an_error_with_the_remedy() -> None:
    pages = AsyncCallFluent(KEY).calls.list(1)
    for name in ("items", "next_page"):
        with pytest.raises(AttributeError, match="await the list to get a page.*async for"):
            getattr(pages, name)
    with pytest.raises(AttributeError, match="no attribute 'itmes'"):
        _ = pages.itmes  # type: ignore[attr-defined]
