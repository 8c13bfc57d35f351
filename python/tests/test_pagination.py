"""Lists of several pages: lists that change meanwhile, errors between pages, next pages."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest
from server import KEY, Reply, Server

from callfluent import AsyncCallFluent, CallFluent, InternalServerError, InvalidRequestError


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


def test_new_calls_that_make_pages_repeat_do_not_end_the_list() -> None:
    script = replies([5, 4], [5, 4], [5, 4], [9, 8], [3, 2], [])
    with Server(*script) as server, CallFluent(KEY, base_url=server.base_url) as client:
        assert [call.id for call in client.calls.list(7)] == [5, 4, 3, 2]


def test_a_server_that_ignores_the_page_ends_the_list() -> None:
    with Server(*replies([2, 1])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        assert [call.id for call in client.calls.list(7)] == [2, 1]
        assert len(server.requests) == 4
        assert client.calls.list(7).next_page() is None


def after_an_error() -> Server:
    return Server(*replies([5, 4]), Reply(status=500), *replies([4, 3], []))


def pages_of(server: Server) -> list[str]:
    return [request.query.get("page", "1") for request in server.requests]


def test_a_page_can_be_requested_again_after_an_error() -> None:
    with after_an_error() as server, CallFluent(KEY, base_url=server.base_url, max_retries=0) as client:
        pages = client.calls.list(7)
        seen = []
        with pytest.raises(InternalServerError):
            for call in pages:
                seen.append(call.id)
        assert seen == [5, 4]
        following = pages.next_page()
        assert following is not None and following.page == 2
        assert [call.id for call in following] == [3]
        assert pages_of(server) == ["1", "2", "2", "3"]
        # The requested page was kept, and it still has its position.
        assert [call.id for call in pages.items] == [5, 4]


def test_an_async_page_can_be_requested_again_after_an_error() -> None:
    async def run() -> None:
        with after_an_error() as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url, max_retries=0) as client:
                page = await client.calls.list(7)
                with pytest.raises(InternalServerError):
                    await page.next_page()
                following = await page.next_page()
                assert following is not None and following.page == 2
                assert [call.id for call in following] == [3]
                assert await following.next_page() is None
                assert pages_of(server) == ["1", "2", "2", "3"]

    asyncio.run(run())


def test_an_error_ends_an_async_iteration() -> None:
    async def run() -> list[Any]:
        seen = []
        with after_an_error() as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url, max_retries=0) as client:
                with pytest.raises(InternalServerError):
                    async for call in client.calls.list(7):
                        seen.append(call.id)
        return seen

    assert asyncio.run(run()) == [5, 4]


def test_iteration_starts_at_the_requested_page() -> None:
    with Server(*replies([3], [2], [])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        assert [call.id for call in client.calls.list(7, page=4)] == [3, 2]
        assert pages_of(server) == ["4", "5", "6"]


def test_an_empty_page_has_no_next_page() -> None:
    with Server(*replies([])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        pages = client.calls.list(7)
        assert pages.next_page() is None and pages.next_page() is None
        assert (list(pages), len(server.requests)) == ([], 1)


def test_invalid_arguments_are_reported_on_first_use() -> None:
    with CallFluent(KEY) as client:
        pages = client.calls.list("", page=0)
        with pytest.raises(InvalidRequestError) as raised:
            pages.next_page()
        assert {name for name, _ in raised.value.field_errors} == {"agent_id", "page"}


def test_closing_the_client_ends_a_list() -> None:
    with Server(*replies([5, 4], [3])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        calls = iter(client.calls.list(7))
        assert [next(calls).id, next(calls).id] == [5, 4]
        client.close()
        with pytest.raises(RuntimeError, match="closed"):
            next(calls)
        assert len(server.requests) == 1


def test_canceling_a_page_leaves_the_list_usable() -> None:
    async def run() -> None:
        slow = Reply.ok([{"id": 3}])
        slow.delay = 5
        with Server(*replies([5, 4]), slow, *replies([3])) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                page = await client.calls.list(7)
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(page.next_page(), 0.2)
                following = await page.next_page()
                assert following is not None and [call.id for call in following] == [3]

    asyncio.run(run())


def test_a_list_resumes_at_the_page_that_failed() -> None:
    with after_an_error() as server, CallFluent(KEY, base_url=server.base_url, max_retries=0) as client:
        calls = client.calls.list(7)
        seen = []
        with pytest.raises(InternalServerError):
            for call in calls:
                seen.append(call.id)
        seen += [call.id for call in calls.resume()]
        assert seen == [5, 4, 3]
        assert pages_of(server) == ["1", "2", "2", "3"]


def test_an_async_list_resumes_at_the_page_that_failed() -> None:
    async def run() -> None:
        with after_an_error() as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url, max_retries=0) as client:
                calls = client.calls.list(7)
                seen = []
                with pytest.raises(InternalServerError):
                    async for call in calls:
                        seen.append(call.id)
                seen += [call.id async for call in calls.resume()]
                assert seen == [5, 4, 3]
                assert pages_of(server) == ["1", "2", "2", "3"]

    asyncio.run(run())


def test_resume_continues_after_the_last_item_of_a_loop() -> None:
    pages = replies([5, 4, 3], [2, 1], [])
    with Server(*pages) as server, CallFluent(KEY, base_url=server.base_url) as client:
        calls = client.calls.list(7)
        seen = []
        with pytest.raises(ZeroDivisionError):
            for call in calls:
                seen.append(call.id)
                raise ZeroDivisionError
        assert pickle.loads(pickle.dumps(calls)).page == 1
        for call in calls.resume():
            seen.append(call.id)
            break
        seen += [call.id for call in calls.resume()]
        assert seen == [5, 4, 3, 2, 1]
        assert pages_of(server) == ["1", "2", "3"]

    async def run() -> list[Any]:
        seen = []
        with Server(*pages) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                calls = client.calls.list(7)
                with pytest.raises(ZeroDivisionError):
                    async for call in calls:
                        seen.append(call.id)
                        raise ZeroDivisionError
                assert pickle.loads(pickle.dumps(calls)).page == 1
                async for call in calls.resume():
                    seen.append(call.id)
                    break
                seen += [call.id async for call in calls.resume()]
                assert pages_of(server) == ["1", "2", "3"]
        return seen

    assert asyncio.run(run()) == [5, 4, 3, 2, 1]


def test_resume_continues_after_the_last_page_of_a_loop() -> None:
    pages = replies([5, 4], [3], [])
    with Server(*pages) as server, CallFluent(KEY, base_url=server.base_url) as client:
        calls = client.calls.list(7)
        for _ in calls:
            break
        # A new iteration forgets the rest of the one before.
        for page in calls.pages():
            assert [call.id for call in page.items] == [5, 4]
            break
        assert [call.id for call in calls.resume()] == [3]

    async def run() -> list[Any]:
        with Server(*pages, *pages) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                calls = client.calls.list(7)
                async for page in calls.pages():
                    assert [call.id for call in page.items] == [5, 4]
                    break
                return [call.id async for call in calls.resume()]

    assert asyncio.run(run()) == [3]


def test_a_list_resumes_if_its_first_page_failed() -> None:
    first = Reply(status=500)
    with Server(first, *replies([2], [])) as server, CallFluent(KEY, base_url=server.base_url, max_retries=0) as client:
        calls = client.calls.list(7)
        with pytest.raises(InternalServerError):
            list(calls)
        assert [call.id for call in calls.resume()] == [2]


def test_pages_are_iterated_from_any_page() -> None:
    pages = replies([3, 2], [1], [])
    with Server(*pages) as server, CallFluent(KEY, base_url=server.base_url) as client:
        found = [(page.page, len(page.items)) for page in client.calls.list(7).from_page(30).pages()]
        assert found == [(30, 2), (31, 1)]
        assert pages_of(server) == ["30", "31", "32"]

    async def run() -> list[tuple[int, int]]:
        with Server(*pages) as server:
            async with AsyncCallFluent(KEY, base_url=server.base_url) as client:
                return [(page.page, len(page.items)) async for page in client.calls.list(7).from_page(30).pages()]

    assert asyncio.run(run()) == [(30, 2), (31, 1)]


def test_a_whole_float_is_a_page_number() -> None:
    page: Any = 3.0
    with Server(*replies([2], [1], [])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        assert [call.id for call in client.calls.list(7, page=page)] == [2, 1]
        assert [float(page) for page in pages_of(server)] == [3, 4, 5]
