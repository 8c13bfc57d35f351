"""Accepted argument types, and the errors of invalid ones."""

from __future__ import annotations

import asyncio
import enum
import uuid
from collections import OrderedDict, UserDict, deque
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from server import KEY, Reply, Server

from callfluent import ActionRecord, AsyncCallFluent, CallFluent, InvalidRequestError, Webhook
from callfluent.sandbox import Sandbox


class Number:
    """An integer of another library, such as numpy."""

    def __index__(self) -> int:
        return 7


class Array:
    """Numbers of another library, with methods that convert them to Python's own."""

    dtype = "int64"

    def tolist(self) -> list[int]:
        return [1, 2]


class Way(enum.Enum):
    OUTBOUND = "outbound"


UUID = uuid.UUID("12345678-1234-5678-1234-567812345678")
VALUES: list[tuple[Any, Any]] = [
    (Number(), 7),
    (Array(), [1, 2]),
    (Way.OUTBOUND, "outbound"),
    (UUID, str(UUID)),
    (Decimal("2.5"), 2.5),
    (Decimal("3"), 3),
    (MappingProxyType({"a": 1}), {"a": 1}),
    (UserDict({"a": {"b": Number()}}), {"a": {"b": 7}}),
    (OrderedDict(a=1), {"a": 1}),
    ((number for number in range(3)), [0, 1, 2]),
    (deque(["a"]), ["a"]),
    ({"a": 1}.values(), [1]),
    (bytearray(b"png"), "cG5n"),
]


@pytest.mark.parametrize(("given", "sent"), VALUES, ids=[type(value).__name__ for value, _ in VALUES])
def test_values_of_other_types_are_converted(given: Any, sent: Any) -> None:
    with Server(Reply.ok({})) as server, CallFluent(KEY, base_url=server.base_url) as client:
        client.calls.start(1, "+15550001234", further=given)
        assert server.requests[0].json()["further"] == sent


def test_ids_and_documented_values_can_be_of_other_types() -> None:
    with Server(Reply.ok([])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        client.agents.list(Number())  # type: ignore[arg-type]
        client.phone_numbers.list(Decimal(1), Way.OUTBOUND)  # type: ignore[arg-type]
        assert server.requests[0].path.endswith("/7")
        assert "outbound" in server.requests[1].target


WRONG: list[tuple[Any, str, str]] = [
    (date(2026, 1, 1), "further", "cannot be a date: pass a string, such as its isoformat()"),
    (datetime(2026, 1, 1), "further", "cannot be a datetime: pass a string, such as its isoformat()"),
    (object(), "further", "cannot be an object"),
    (float("inf"), "further", "a number must be finite"),
    (Decimal("NaN"), "further", "a number must be finite"),
    ([{"a": [None, object()]}], "further[0].a[1]", "cannot be an object"),
    ({1: 2}, "further", "the keys of a dict must be strings"),
]


@pytest.mark.parametrize(("given", "field", "reason"), WRONG, ids=[reason for _, _, reason in WRONG])
def test_an_unsupported_value_is_reported_with_its_path(given: Any, field: str, reason: str) -> None:
    with CallFluent(KEY) as client, pytest.raises(InvalidRequestError) as raised:
        client.calls.start(1, "+15550001234", further=given)
    assert raised.value.field_errors == [(field, reason)]


def test_times_of_numpy_are_rejected_as_those_of_python() -> None:
    numpy = pytest.importorskip("numpy", reason="installed for the newest Python only")
    times = [numpy.datetime64("2026-01-01", "ns"), numpy.array(["2026-01-01"], "M8[ns]"), numpy.timedelta64(1, "ns")]
    for given in times:
        with CallFluent(KEY) as client, pytest.raises(InvalidRequestError) as raised:
            client.calls.start(1, "+15550001234", further=given)
        reason = f"cannot be a {given.dtype}: pass a string, such as str(value)"
        assert raised.value.field_errors == [("further", reason)]


def test_an_error_that_an_argument_raises_is_raised() -> None:
    def broken() -> Any:
        yield 1
        raise KeyError("mine")

    with CallFluent(KEY) as client, pytest.raises(KeyError, match="mine"):
        client.calls.start(1, "+15550001234", further=broken())


class Interrupted:
    """Raises `KeyboardInterrupt` in `__index__`."""

    def __float__(self) -> float:
        raise KeyboardInterrupt


class InterruptedWithin:
    """Raises `KeyboardInterrupt` in `keys`."""

    def __iter__(self) -> Any:
        raise KeyboardInterrupt


INTERRUPTED: list[Callable[[CallFluent], object]] = [
    lambda client: client.calls.start(1, "+15550001234", further=Interrupted()),
    lambda client: client.workspaces.list(timeout=Interrupted()),  # type: ignore[arg-type]
    lambda client: client.knowledge.upload(1, InterruptedWithin()),  # type: ignore[arg-type]
    lambda client: client.request("GET", "/user/get-profile", query=InterruptedWithin()),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("use", INTERRUPTED, ids=["an argument", "an option", "files", "a query"])
def test_an_interrupt_during_conversion_is_raised(
    use: Callable[[CallFluent], object],
) -> None:
    with CallFluent(KEY) as client, pytest.raises(KeyboardInterrupt):
        use(client)


def test_all_invalid_arguments_are_reported_together() -> None:
    call: Callable[[CallFluent], object] = lambda client: client.calls.hang_up(  # noqa: E731
        object(),  # type: ignore[arg-type]
        timeout="60",  # type: ignore[arg-type]
        max_retries=-1,
        extra_headers={"x-count": 5, "x-fine": "a"},  # type: ignore[dict-item]
        extra_body={"a": object()},
    )
    with CallFluent(KEY) as client, pytest.raises(InvalidRequestError) as raised:
        call(client)
    assert raised.value.field_errors == [
        ("call_id", "cannot be an object"),
        ("timeout", 'expected seconds as a number, got the string "60"'),
        ("max_retries", "expected an integer of at least 0, got -1"),
        ("extra_headers", 'the header "x-count" must be a string, got an int'),
        ("extra_body.a", "cannot be an object"),
    ]
    assert str(raised.value).startswith(
        "calls.hang_up: invalid arguments (not sent): call_id: cannot be an object; timeout: "
    )


def test_all_invalid_client_options_are_reported_together() -> None:
    with pytest.raises(InvalidRequestError) as raised:
        CallFluent(KEY, timeout="60", max_retries="many", base_url="http://example.com")  # type: ignore[arg-type]
    errors = dict(raised.value.field_errors)
    assert errors["timeout"] == 'expected seconds as a number, got the string "60"'
    assert errors["max_retries"] == 'expected an integer of at least 0, got the string "many"'
    assert "allow_http" in errors["base_url"]
    with pytest.raises(InvalidRequestError) as raised:
        CallFluent(b"key")  # type: ignore[arg-type]
    assert raised.value.field_errors == [("api_key", "expected a string, got bytes")]
    with pytest.raises(InvalidRequestError) as raised:
        CallFluent(KEY).workspaces.list(extra_headers={"authorization": "other"})
    assert raised.value.field_errors == [("extra_headers", '"authorization" is set from the API key')]
    with pytest.raises(InvalidRequestError, match="invalid request options: timeout"):
        CallFluent(KEY).with_options(timeout=-1)


def test_a_client_certificate_is_the_path_of_a_pem_file(tmp_path: Path) -> None:
    file = tmp_path / "client.pem"
    file.write_text("no certificate")
    for path in (file, str(file), tmp_path / "missing.pem"):
        with pytest.raises(InvalidRequestError, match="PEM private key") as raised:
            CallFluent(KEY, client_certificate=path)
        assert [field for field, _ in raised.value.field_errors] == ["client_certificate"]
    with pytest.raises(InvalidRequestError, match="client_certificate: expected a path, got 7"):
        CallFluent(KEY, client_certificate=7)  # type: ignore[arg-type]


def test_timedelta_and_any_mapping_are_accepted() -> None:
    with Server(Reply(delay=5)) as server, CallFluent(KEY, base_url=server.base_url) as client:
        with pytest.raises(TimeoutError):
            client.workspaces.list(timeout=timedelta(seconds=0.1))
    mapping = MappingProxyType({"x-a": "1"})
    with Server(Reply.ok([])) as server:
        client = CallFluent(KEY, base_url=server.base_url, default_headers=UserDict({"x-all": "a"}))
        client.calls.hang_up(5, extra_headers=mapping, extra_body=UserDict({"trace": (1, 2)}))
        client.with_options(extra_headers=mapping, extra_body=mapping).calls.hang_up(5)
        first, second = server.requests
        assert (first.headers["x-all"], first.headers["x-a"], second.headers["x-a"]) == ("a", "1", "1")
        assert (first.json()["trace"], second.json()["x-a"]) == ([1, 2], "1")


QUERIES: list[Any] = [
    {"page": 2, "deep": True, "text": "a b", "none": None, "many": [1, "2"]},
    UserDict({"page": 2, "deep": True, "text": "a b", "many": (1, 2)}),
    [("page", 2), ("deep", True), ("text", "a b"), ("many", 1), ("many", 2)],
]


@pytest.mark.parametrize("query", QUERIES, ids=["dict", "mapping", "pairs"])
def test_a_query_accepts_numbers_and_booleans(query: Any) -> None:
    with Server(Reply.ok([])) as server:
        CallFluent(KEY, base_url=server.base_url).request("GET", "/user/get-profile", query=query)
        asyncio.run(AsyncCallFluent(KEY, base_url=server.base_url).request("GET", "/user/get-profile", query=query))
        for request in server.requests:
            assert request.target.endswith("?page=2&deep=true&text=a+b&many=1&many=2")


def test_an_invalid_query_is_rejected() -> None:
    for query in ({"page": object()}, {"page": {"a": 1}}, 5, "page=2", [1]):
        with pytest.raises(InvalidRequestError) as raised:
            CallFluent(KEY).request("GET", "/user/get-profile", query=query)  # type: ignore[arg-type]
        assert raised.value.field_errors[0][0] in ("query", "query.page")


def test_an_action_of_a_response_can_be_changed_and_sent() -> None:
    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        fields = ({"value": name, "label": name} for name in ["a", "b"])
        hook = Webhook(name="n", webhook_url="https://example.com/", fields=fields)
        record = client.actions.create(client.agents.list(1)[0].id, hook)
        assert type(record) is ActionRecord
        updated = client.actions.update(record.id, record.replace(name="z"))
        assert (updated.id, updated.name, len(updated.fields or [])) == (record.id, "z", 2)
        sent = sandbox.journal()[-1]["body"]
        assert sent["name"] == "z" and not {"id", "agent_id"} & set(sent)


def test_a_dict_that_changes_during_conversion_is_sent() -> None:
    with Server(Reply.ok([])) as server:
        client = CallFluent(KEY, base_url=server.base_url)

        class Adds(dict[str, Any]):
            """Adds to the dict that contains it, while it is converted."""

            def __init__(self, target: dict[str, Any]) -> None:
                self.target = target

            def to_dict(self) -> dict[str, Any]:
                return {}

        class Converted:
            def __init__(self, target: dict[Any, Any]) -> None:
                self.target = target

            def to_dict(self) -> dict[str, Any]:
                self.target[f"new{len(self.target)}"] = 1
                return {}

            def __float__(self) -> float:
                self.target[f"new{len(self.target)}"] = 1
                return 1.0

        body: dict[str, Any] = {}
        body.update(first=Converted(body), second=2)
        client.request("POST", "/x", json=body)
        assert server.requests[-1].json() == {"first": {}, "second": 2}
        fields: dict[str, Any] = {}
        fields.update(first=Converted(fields), second=2)
        client.calls.start(1, "+15551234567", custom_fields=fields)
        assert server.requests[-1].json()["second"] == 2
        query: dict[str, Any] = {}
        query.update(first=Converted(query), second=2)
        with pytest.raises(InvalidRequestError):
            client.request("GET", "/x", query=query)
        row: dict[Any, Any] = {}
        row.update(name=Converted(row), second="2")
        with pytest.raises(InvalidRequestError):
            client.agents.create_many_from_rows([row])
