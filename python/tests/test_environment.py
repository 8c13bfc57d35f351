"""Environment variables: a client uses `os.environ`, which tests replace, and never the environment
of the process."""

from __future__ import annotations

import pytest
from processes import run
from server import Reply, Server

#: Ways in which tests replace `os.environ`. The first leaves the environment of the process as it
#: is.
PATCHES = {
    "another mapping": "mock.patch.object(os, 'environ', values)",
    "changed entries": "mock.patch.dict(os.environ, values, clear=True)",
}
PROGRAM = """
import asyncio, os
from unittest import mock
from callfluent import APIConnectionError, AsyncCallFluent, CallFluent, InvalidRequestError

def use(**options):
    with CallFluent(allow_http=True, max_retries=0, timeout=10, **options) as client:
        client.workspaces.list()

async def use_async(**options):
    async with AsyncCallFluent(allow_http=True, max_retries=0, timeout=10, **options) as client:
        await client.workspaces.list()
"""


def requests_to(production: Server, code: str, patch: str, **values: str) -> None:
    """Runs code with patched variables in a process whose environment is that of production."""
    code = f"{PROGRAM}\nvalues = {values!r}\nwith {PATCHES[patch]}:\n    {code}"
    done = run(
        code,
        CALLFLUENT_API_KEY="production-key",
        CALLFLUENT_BASE_URL=production.base_url,
        HTTP_PROXY=production.base_url,
        ALL_PROXY=production.base_url,
        NO_PROXY="",
    )
    assert done.returncode == 0, done.stderr
    assert production.requests == []


@pytest.mark.parametrize("patch", PATCHES)
@pytest.mark.parametrize("use", ["use()", "asyncio.run(use_async())"], ids=["sync", "async"])
def test_a_client_uses_the_patched_key_and_base_url(use: str, patch: str) -> None:
    with Server(Reply.ok([])) as production, Server(Reply.ok([])) as test:
        requests_to(production, use, patch, CALLFLUENT_API_KEY="patched-key", CALLFLUENT_BASE_URL=test.base_url)
        assert [request.headers["authorization"] for request in test.requests] == ["Bearer patched-key"]


@pytest.mark.parametrize("patch", PATCHES)
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_client_uses_the_patched_proxy(variable: str, patch: str) -> None:
    with Server(Reply.ok([])) as production, Server(Reply.ok([])) as test:
        values = {variable: test.base_url.removesuffix("/api")}
        code = "use(api_key='key', base_url='http://api.callfluent.test/api')"
        requests_to(production, code, patch, **values)
        assert [request.target for request in test.requests] == ["http://api.callfluent.test/api/workspace/get-all"]


@pytest.mark.parametrize("patch", PATCHES)
def test_a_removed_key_is_missing(patch: str) -> None:
    code = """
    try:
        use()
    except InvalidRequestError as error:
        assert [field for field, _ in error.field_errors] == ["api_key"], error
    else:
        raise AssertionError
    """
    with Server(Reply.ok([])) as production:
        requests_to(production, code.strip(), patch)


@pytest.mark.parametrize("patch", PATCHES)
@pytest.mark.parametrize("values", [{}, {"NO_PROXY": "callfluent.test"}], ids=["no proxy", "NO_PROXY"])
def test_a_removed_proxy_is_not_used(values: dict[str, str], patch: str) -> None:
    code = """
    try:
        use(api_key="key", base_url="http://api.callfluent.test:9/api")
    except APIConnectionError as error:
        assert "could not resolve" in str(error) or "could not connect" in str(error), error
        assert "proxy" not in str(error), error
    else:
        raise AssertionError
    """
    with Server(Reply.ok([])) as production:
        requests_to(production, code.strip(), patch, **values)
