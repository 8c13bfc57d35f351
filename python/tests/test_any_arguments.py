"""Arbitrary strings, values and bytes as ids, headers, keys, queries, paths, arguments, options and
files: each is sent unchanged or rejected before sending. Only errors of the package are raised."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from unicodedata import category
from urllib.parse import parse_qsl, quote, unquote

import pytest
from arbitrary import BLANK, DOCUMENTS, NASTY, PLAIN, TEXT, VALUES, Called, arbitrary, calling
from conftest import method
from hypothesis import assume, example, given
from hypothesis import strategies as st
from server import KEY, Reply

from callfluent import CallFluent, CallFluentError, InvalidRequestError
from callfluent._callfluent import operations


@pytest.fixture(scope="module")
def called() -> Iterator[Called]:
    with calling(Reply.ok([])) as called:
        yield called


@arbitrary
@given(text=TEXT | NASTY, operation=st.sampled_from(["agents.get", "agents.delete", "calls.delete", "agents.list"]))
def test_any_string_as_an_id_is_one_path_segment_or_rejected(text: str, operation: str, called: Called) -> None:
    usual = called.sent(operation, 7)
    assert usual
    request = called.sent(operation, text)
    if request is None:
        assert text.strip() in ("", ".", "..") or any("\ud800" <= character <= "\udfff" for character in text)
        return
    expected, found = usual.target.split("/"), request.target.split("/")
    assert len(found) == len(expected) and set("?#\\") & set(request.target) == set()
    differing = [(was, now) for was, now in zip(expected, found, strict=True) if was != now]
    assert text == "7" or [("7", text)] == [(was, unquote(now, errors="strict")) for was, now in differing]


HEADER_NAMES = (
    st.sampled_from(["x-a", "authorization", "content-length", "transfer-encoding", "x a", "x:a"]) | TEXT | NASTY
)


@arbitrary
@given(name=HEADER_NAMES, value=TEXT | NASTY | PLAIN)
@example(name="X-Mixed", value="ä\x85\xa0")
@example(name="x-tab", value="\ta\tb ")
@example(name="x-half", value="\ud83d")
@example(name="x-\ud83d", value="half")
def test_any_header_is_sent_unchanged_or_rejected(name: str, value: str, called: Called) -> None:
    usual = called.sent("workspaces.list")
    assert usual
    for request in (
        called.sent("workspaces.list", extra_headers={name: value}),
        called.sent("request", "GET", "/user/get-profile", extra_headers={name: value}),
    ):
        if request is not None:
            assert request.headers == {**usual.headers, name.lower(): value.strip(BLANK)}
            assert request.body == b""


@arbitrary
@given(key=PLAIN | TEXT | NASTY)
def test_any_key_is_sent_unchanged_or_rejected_and_never_shown(key: str, called: Called) -> None:
    called.server.requests.clear()
    try:
        with CallFluent(key, base_url=called.server.base_url) as client:
            client.workspaces.list()
    except InvalidRequestError as error:
        assert called.server.requests == []
        assert len(key) < 6 or key not in f"{error!r} {error.field_errors}"
        return
    [request] = called.server.requests
    assert request.headers["authorization"] == f"Bearer {key.strip()}"
    assert len(key) < 6 or key not in repr(client)


@arbitrary
@given(query=st.dictionaries(PLAIN, PLAIN | st.integers(0, 2**64 - 1) | st.lists(PLAIN, max_size=3), max_size=4))
def test_any_query_is_sent_unchanged(query: dict[str, Any], called: Called) -> None:
    request = called.sent("request", "GET", "/user/get-profile", query=query)
    assert request and request.path == "/api/user/get-profile"
    pairs = parse_qsl(request.target.partition("?")[2], keep_blank_values=True, errors="strict")
    several = [(name, values if isinstance(values, list) else [values]) for name, values in query.items()]
    assert pairs == [(name, str(value)) for name, values in several for value in values]


@arbitrary
@given(path=TEXT | NASTY | st.text("./\\%?#:@a2e \r\n"), http_method=st.sampled_from(["GET", "POST", "DELETE"]) | TEXT)
@example(path="/\ud83d", http_method="GET")
@example(path="/a", http_method="\ud83d")
def test_any_path_stays_below_the_base_url_or_is_rejected(path: str, http_method: str, called: Called) -> None:
    request = called.sent("request", http_method, path)
    if request is not None:
        segments = [unquote(segment) for segment in request.path.split("/")]
        assert segments[:2] == ["", "api"] and not {".", ".."} & set(segments)
        assert request.headers["host"] in called.server.base_url and "x-injected" not in request.headers


@arbitrary
@given(value=DOCUMENTS)
def test_any_json_value_is_sent_unchanged(value: Any, called: Called) -> None:
    started = called.sent("calls.start", 1, "+15550001234", further=[value], extra_body={"more": [value]})
    assert started and (started.json()["further"], started.json()["more"]) == ([value], [value])
    requested = called.sent("request", "POST", "/elsewhere", [value])
    assert requested and requested.json() == [value]


@arbitrary
@given(data=st.data(), operation=st.sampled_from(sorted(operations())))
def test_any_arguments_of_any_operation_are_sent_or_rejected(
    data: st.DataObject, operation: str, called: Called
) -> None:
    parameters = inspect.signature(method(called.client, operation)).parameters.values()
    named = {
        parameter.name: data.draw(VALUES, parameter.name)
        for parameter in parameters
        if parameter.kind is not parameter.VAR_KEYWORD
        and (parameter.default is parameter.empty or data.draw(st.booleans()))
        # A short timeout would end the request before it is sent.
        and parameter.name not in ("timeout", "max_retries")
    }
    # A path in the files of an upload may be a folder.
    assume(not isinstance(named.get("files"), str))
    called.server.requests.clear()
    try:
        result = method(called.client, operation)(**named)
        if operation == "calls.list":
            result.items  # noqa: B018 - a page is fetched when it is looked at
    except CallFluentError as error:
        assert "defect" not in str(error), error


@arbitrary
@given(value=VALUES)
@example(value={"a": Decimal(10) ** 28})
@example(value={"a": [Decimal("1e999999999"), Decimal("-0e99"), Decimal("3.0")]})
def test_any_option_is_used_or_rejected(value: Any, called: Called) -> None:
    for name in ("timeout", "max_retries", "extra_headers", "extra_body"):
        try:
            called.client.with_options(**{name: value})
        except InvalidRequestError as error:
            assert name in str(error)
    for name in ("timeout", "max_concurrency", "requests_per_second", "default_headers", "proxy", "base_url", "strict"):
        try:
            CallFluent(KEY, **{name: value}).close()
        except InvalidRequestError as error:
            assert name in str(error)


@arbitrary
@given(
    name=TEXT | NASTY,
    content=st.binary() | TEXT,
    media_type=st.none() | st.just("text/plain; charset=utf-8") | TEXT | NASTY,
)
@example(name='a"\r\nx-injected: 1\r\n\r\nb', content=b"\r\n--", media_type=None)
@example(name="a.txt", content=b"", media_type="text/plain\r\nx-injected: 1")
def test_any_file_name_stays_inside_its_header_parameter(
    name: str, content: bytes | str, media_type: str | None, called: Called
) -> None:
    file = (name, content) if media_type is None else (name, content, media_type)
    request = called.sent("knowledge.upload_only", 1, [file])
    if request is None:
        return
    [(headers, sent)] = request.parts()
    assert sent == (content if isinstance(content, bytes) else content.encode())
    assert set(headers) <= {"content-disposition", "content-type"}
    # Only quotes, line ends and other control characters are escaped.
    written = "".join(quote(sign) if sign == '"' or category(sign) == "Cc" else sign for sign in name)
    written = written.replace("\\", "\\\\")
    assert headers["content-disposition"].partition('; filename="')[2] == f'{written}"'
    if media_type is not None:
        assert headers["content-type"] == media_type.strip(BLANK)
