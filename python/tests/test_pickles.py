"""Pickling of clients, pages, and errors with their causes."""

from __future__ import annotations

import asyncio
import copy
import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from server import KEY, Reply, Server

from callfluent import APIConnectionError, AsyncCallFluent, CallFluent, CallFluentError
from callfluent.sandbox import Sandbox


def test_a_pickled_list_continues_at_its_page() -> None:
    with Sandbox(demo=True, page_size=10) as sandbox:
        client = sandbox.client()
        pages = client.calls.list(1001, page=2)
        unread = pickle.loads(pickle.dumps(pages))
        assert (unread.page, unread.items) == (2, pages.items)
        again = pickle.loads(pickle.dumps(pages))
        client.close()
        requests = len(sandbox.journal())
        assert again.items == pages.items
        assert len(sandbox.journal()) == requests, "the fetched page is pickled too"
        with sandbox.client() as other:
            assert len(list(pickle.loads(pickle.dumps(other.calls.list(1001))))) == 35

        async def run() -> None:
            async with sandbox.async_client() as client:
                pages = client.calls.list(1001)
                assert len([call async for call in pickle.loads(pickle.dumps(pages))]) == 35
                page = pickle.loads(pickle.dumps(await pages))
                following = await page.next_page()
                assert (page.page, len(page.items), following.page) == (1, 10, 2)

        asyncio.run(run())


def test_an_async_client_works_after_pickling_or_copying() -> None:
    async def run(server: Server) -> None:
        async with AsyncCallFluent(KEY, base_url=server.base_url).with_options(extra_headers={"x-a": "1"}) as client:
            for other in (pickle.loads(pickle.dumps(client)), copy.deepcopy(client), copy.copy(client)):
                async with other:
                    assert await other.workspaces.list() == []
            assert await client.workspaces.list() == []

    with Server(Reply.ok([])) as server:
        asyncio.run(run(server))
        assert [request.headers["x-a"] for request in server.requests] == ["1"] * 4


def broken() -> CallFluentError:
    with Server(Reply(close=True)) as server, pytest.raises(APIConnectionError) as raised:
        CallFluent(KEY, base_url=server.base_url).calls.hang_up(5)
    return raised.value


def test_an_error_keeps_its_cause() -> None:
    error = broken()
    again = pickle.loads(pickle.dumps(error))
    assert type(again.__cause__) is OSError and str(again.__cause__) == str(error.__cause__) != ""
    assert again.outcome_unknown and again.attempts == 1
    assert type(copy.copy(error).__cause__) is OSError


def test_a_cause_that_cannot_be_pickled_is_dropped() -> None:
    error = broken()
    error.__cause__ = ValueError(lambda: None)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.__cause__) == (str(error), None)


@pytest.mark.parametrize(
    "method", ["spawn", pytest.param("fork", marks=pytest.mark.skipif(os.name != "posix", reason=""))]
)
def test_a_process_pool_returns_errors_of_the_package(method: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    code = f"""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        from callfluent import CallFluent, InvalidRequestError, NotFoundError

        def work(agent_id):
            return CallFluent().agents.get(agent_id)

        if __name__ == "__main__":
            with ProcessPoolExecutor(1, multiprocessing.get_context({method!r})) as pool:
                error = pool.submit(work, 999_999).exception(30)
                assert type(error) is NotFoundError, repr(error)
                assert (error.status_code, error.method) == (404, "GET") and error.request_id
                error = pool.submit(work, "").exception(30)
                assert type(error) is InvalidRequestError and error.field_errors[0][0] == "agent_id"
    """
    program.write_text(textwrap.dedent(code))
    with Sandbox() as sandbox:
        environment = {"CALLFLUENT_API_KEY": sandbox.api_key, "CALLFLUENT_BASE_URL": sandbox.base_url}
        done = subprocess.run(
            [sys.executable, str(program)],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr


def test_an_unpickled_client_of_options_warns_of_nothing() -> None:
    code = """
import pickle
from callfluent import CallFluent
with CallFluent("key") as client:
    pickled = pickle.dumps(client.with_options(timeout=5).with_options(max_retries=1))
again = pickle.loads(pickled)
del again
"""
    ended = subprocess.run([sys.executable, "-X", "dev", "-c", code], capture_output=True, text=True, check=True)
    assert ended.stderr == ""
