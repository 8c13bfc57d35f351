"""Lists of several pages that change while a client fetches them."""

from __future__ import annotations

import asyncio
from unittest import mock

from server import KEY, Reply, Server

from callfluent import AsyncCallFluent, CallFluent


def replies(*pages: list[int]) -> list[Reply]:
    return [Reply.ok([{"id": number} for number in page]) for page in pages]


def test_new_calls_between_pages_do_not_end_the_list() -> None:
    # Two calls began after the first page was fetched, so the second page repeats it.
    pages = replies([5, 4], [5, 4], [3, 2], [1], [])
    with Server(*pages) as server, CallFluent(KEY, base_url=server.base_url) as client:
        assert [call.id for call in client.calls.list(7)] == [5, 4, 3, 2, 1]
        assert len(server.requests) == 5

    async def run() -> list[int]:
        with Server(*pages) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                return [call.id async for call in client.calls.list(7)]

    assert asyncio.run(run()) == [5, 4, 3, 2, 1]


def test_next_page_skips_a_page_without_new_calls() -> None:
    with Server(*replies([5, 4], [5, 4], [3])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        following = client.calls.list(7).next_page()
        assert following is not None and [call.id for call in following.items] == [3]


def test_a_server_that_ignores_the_page_ends_the_list() -> None:
    with Server(*replies([2, 1])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        assert [call.id for call in client.calls.list(7)] == [2, 1]
        assert len(server.requests) == 3
        assert client.calls.list(7).next_page() is None


def test_methods_of_a_resource_can_be_replaced_in_tests() -> None:
    with CallFluent(KEY) as client:
        with mock.patch.object(client.agents, "list", return_value=[]) as replaced:
            assert client.agents.list(1) == []
        replaced.assert_called_once_with(1)


def test_cancelling_calls_start_reports_an_unknown_outcome() -> None:
    async def run(operation: str) -> BaseException:
        with Server(Reply(delay=5)) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                use = client.calls.start(5, "+15550001234") if operation == "start" else client.agents.list(1)
                task = asyncio.ensure_future(use)
                await asyncio.sleep(0.2)
                task.cancel()
                try:
                    await task
                except asyncio.CancelledError as error:
                    return error
        raise AssertionError

    assert getattr(asyncio.run(run("start")), "outcome_unknown", False)
    assert not getattr(asyncio.run(run("list")), "outcome_unknown", False)
