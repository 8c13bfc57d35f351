"""Runs an operation through the sync and the async client."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable
from typing import Any

import pytest
from server import KEY, Server

from callfluent import AsyncCallFluent, CallFluent
from callfluent.sandbox import set_offline

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def online() -> None:
    """Some tests use host names that a proxy resolves. Each test begins without the offline mode
    that the plugin of the package sets, and that examples of the documentation set again."""
    set_offline(False)


def method(client: CallFluent | AsyncCallFluent, operation: str) -> Any:
    resource, _, verb = operation.partition(".")
    return getattr(getattr(client, resource), verb)


def is_outcome_unknown(error: BaseException | None) -> bool:
    """Returns true if an error reports an unknown outcome. Before Python 3.11, asyncio replaces the
    error of a canceled task with a new one, whose context is the original."""
    original = (
        error
        if sys.version_info >= (3, 11) or hasattr(error, "outcome_unknown")
        else getattr(error, "__context__", None)
    )
    return getattr(original, "outcome_unknown", False) is True


def call_sync(server: Server, operation: str, positional: list[Any], named: dict[str, Any], **options: Any) -> Any:
    with CallFluent(KEY, base_url=server.base_url, **options) as client:
        result = method(client, operation)(*positional, **named)
        if operation == "calls.list":
            result.items  # noqa: B018 - a page is fetched on first use
        return result


def call_async(server: Server, operation: str, positional: list[Any], named: dict[str, Any], **options: Any) -> Any:
    async def run() -> Any:
        async with AsyncCallFluent(KEY, base_url=server.base_url, **options) as client:
            return await method(client, operation)(*positional, **named)

    return asyncio.run(run())


@pytest.fixture(params=[call_sync, call_async], ids=["sync", "async"])
def call(request: pytest.FixtureRequest) -> Run:
    """Runs an operation with a new client against a server."""
    assert inspect.isfunction(request.param)
    return request.param
