"""Strategies for property tests, and a client that serves all examples of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conftest import method
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from scale import FULL, length
from server import KEY, Reply, Request, Server

from callfluent import APIError, CallFluent, InvalidRequestError

# The same examples in each short run, others in each long one.
arbitrary = settings(
    max_examples=length(100, 2_000),
    derandomize=not FULL,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

TEXT = st.text(st.characters(exclude_categories=()))
NASTY = st.sampled_from(
    [
        "",
        ".",
        "..",
        "../admin?x=1",
        "a/b",
        "%2e%2e",
        "a%2Fb",
        "a?b#c",
        "\\..\\a",
        "a\r\nx-injected: 1",
        "\r\n\r\nGET / HTTP/1.1",
    ]
)
#: White space that HTTP removes around a value.
BLANK = " \t"
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
#: Values that JSON and every language can represent.
PLAIN = st.text()
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | NUMBERS | PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
    max_leaves=12,
)
#: Other values that a user may pass.
ODDITIES = (
    st.binary(max_size=8)
    | st.binary(max_size=8).map(bytearray)
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.dates()
    | st.datetimes()
    | st.timedeltas()
    | st.uuids()
    | st.complex_numbers()
    | st.sets(st.integers(), max_size=3)
    | st.builds(object)
    | TEXT
)
VALUES = st.recursive(
    DOCUMENTS | ODDITIES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(TEXT | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)


class Called:
    """A client and its server, for all examples of a test."""

    def __init__(self, server: Server, client: CallFluent) -> None:
        self.server = server
        self.client = client

    def sent(self, operation: str, *positional: Any, **named: Any) -> Request | None:
        """Returns the single request, or nothing if the arguments were rejected."""
        self.server.requests.clear()
        try:
            target = self.client.request if operation == "request" else method(self.client, operation)
            result = target(*positional, **named)
            if operation == "calls.list":
                result.items  # noqa: B018 - a page is fetched on first use
        except InvalidRequestError as error:
            assert error.field_errors and self.server.requests == []
            return None
        except APIError:
            # This test checks the request only.
            pass
        [request] = self.server.requests
        return request


@contextmanager
def calling(*script: Reply) -> Iterator[Called]:
    with Server(*script) as server, CallFluent(KEY, base_url=server.base_url, timeout=10, max_retries=0) as client:
        yield Called(server, client)
