"""Runs an operation through the sync and the async client."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from server import KEY, Server

from callfluent import AsyncCallFluent, CallFluent

Run = Callable[..., Any]


def method(client: CallFluent | AsyncCallFluent, operation: str) -> Any:
    resource, _, verb = operation.partition(".")
    return getattr(getattr(client, resource), verb)


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
