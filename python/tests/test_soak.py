"""Long use leaks nothing: after many requests and many clients, a process holds the same resources
as near the beginning. Each use has a process of its own, because memory of other tests moves."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import pytest
from scale import Holdings, length

from callfluent.sandbox import Sandbox

REQUESTS = length(5_000, 200_000)
CLIENTS = length(100, 2_000)
AT_ONCE = 32


def sync_requests(sandbox: Sandbox, count: int) -> None:
    """Requests of one client from many threads."""
    with sandbox.client() as client:

        def run() -> None:
            for _ in range(count // 8):
                client.workspaces.list()

        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def async_requests(sandbox: Sandbox, count: int) -> None:
    """Concurrent requests of one client."""

    async def run() -> None:
        async with sandbox.async_client() as client:

            async def some() -> None:
                for _ in range(count // AT_ONCE):
                    await client.workspaces.list()

            await asyncio.gather(*(some() for _ in range(AT_ONCE)))

    asyncio.run(run())


def clients(sandbox: Sandbox, count: int) -> None:
    """Sync and async clients, each with its own event loop."""

    async def run() -> None:
        async with sandbox.async_client() as client:
            await client.workspaces.list()

    for _ in range(count):
        with sandbox.client() as client:
            client.workspaces.list()
        asyncio.run(run())


def holdings(use: Callable[[Sandbox, int], None], count: int) -> tuple[Holdings, Holdings]:
    """Returns the resources after a tenth of the use, and after all of it."""
    with Sandbox(journal_limit=100) as sandbox:
        use(sandbox, count // 10)
        early = Holdings.settled()
        use(sandbox, count - count // 10)
        return early, Holdings.settled()


@pytest.mark.parametrize(
    ("use", "count"),
    [(sync_requests, REQUESTS), (async_requests, REQUESTS), (clients, CLIENTS)],
    ids=["sync", "async", "clients"],
)
def test_long_use_leaks_no_memory_threads_or_descriptors(
    use: Callable[[Sandbox, int], None], count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        early, late = process.submit(holdings, use, count).result()
    with capsys.disabled():
        print(f"\nsoak, Python, {count} {use.__name__}: after a tenth {early}, at the end {late}")
    late.assert_no_more_than(early)
