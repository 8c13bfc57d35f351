"""Arbitrary bytes and arbitrary JSON as responses: each is decoded or an error of the package. The
values are those that Python's own parser decodes from the same bytes."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from arbitrary import PLAIN, Called, arbitrary, calling
from conftest import method
from hypothesis import example, given
from hypothesis import strategies as st
from server import KEY, Reply

from callfluent import APIError, APIResponseError, APIStatusError, AsyncCallFluent, Records

WIRE = Path(__file__).parents[2] / "tests" / "wire" / "requests.json"
#: Valid arguments of each operation.
ARGUMENTS = {vector["operation"]: vector for vector in json.loads(WIRE.read_text("utf-8"))}
#: Names of fields in responses.
KNOWN = [
    "id",
    "name",
    "agents",
    "agent",
    "files",
    "calls",
    "workspace_id",
    "status",
    "data",
    "msg",
    "total_calls",
    "numbers",
]


@pytest.fixture(scope="module")
def called() -> Iterator[Called]:
    with calling(Reply.ok([])) as called:
        yield called


@st.composite
def written(draw: st.DrawFn, deepest: int = 4) -> str:
    """Returns the JSON of a value in any valid form: duplicate names, and numbers of any length."""
    space = draw(st.sampled_from(["", " ", "\n\t"]))
    kind = draw(st.integers(0, 7 if deepest else 5))
    if kind < 2:
        return space + draw(st.sampled_from(["null", "true", "false", "0", "-1", "1.10", "-0", "1E2", "[]", "{}"]))
    if kind == 2:
        digits = st.text("0123456789", min_size=1, max_size=24)
        fraction = draw(st.just("") | digits.map(lambda digits: "." + digits))
        exponent = draw(st.just("") | st.integers(-400, 400).map(lambda power: f"e{power:+}"))
        return f"{space}{draw(st.sampled_from(['', '-']))}{int(draw(digits))}{fraction}{exponent}"
    if kind < 6:
        return space + name_or_text(draw)
    inner = written(deepest - 1)
    if kind == 6:
        return f"{space}[{','.join(draw(st.lists(inner, max_size=4)))}{space}]"
    fields = [f"{space}{name_or_text(draw)}:{draw(inner)}" for _ in range(draw(st.integers(0, 5)))]
    return f"{space}{{{','.join(fields)}{space}}}"


def name_or_text(draw: st.DrawFn) -> str:
    text = json.dumps(draw(st.sampled_from(KNOWN) | PLAIN), ensure_ascii=draw(st.booleans()))
    return draw(st.just(text) | st.sampled_from(['"\\ud83d"', '"\\ud83d\\ude00"', '"\\u0000\\/"']))


def held(value: Any) -> Any:
    """Returns the value with integers beyond 64 bits as strings, as in all languages."""
    if isinstance(value, dict):
        return {name: held(item) for name, item in value.items()}
    if isinstance(value, list):
        return [held(item) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return value


def same(one: Any, other: Any) -> bool:
    """Returns true if two values are equal and have the same type."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def is_common(text: str) -> bool:
    """Returns true if every parser accepts it: no infinite number and no lone surrogate, not even
    in duplicate fields."""
    try:
        pairs = json.loads(text, object_pairs_hook=list)
        json.dumps(pairs, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return True


@arbitrary
@given(text=written())
@example(text="123456789012345678901234567890")
@example(text="1e400")
@example(text='{"a":1,"a":{"b":-9223372036854775809}}')
def test_any_json_decodes_as_in_python_or_is_an_error(text: str, called: Called) -> None:
    called.server.script = [Reply(200, f"[{text}]".encode(), {"content-type": "application/json"})]
    try:
        found = called.client.request("GET", "/user/get-profile")
    except APIResponseError:
        assert not is_common(text)
        return
    assert same(found, held([json.loads(text)])), (found, text)


@arbitrary
@given(fields=st.dictionaries(PLAIN.map(lambda name: f"x-{name}"), written(), max_size=4), known=written())
@example(fields={"x-a": '[[1.10,"\\ud83d"]]'}, known="null")
def test_undocumented_fields_decode_as_in_python(fields: dict[str, str], known: str, called: Called) -> None:
    documented = {"id": known, "name": known}
    pairs = [f"{json.dumps(name)}:{value}" for name, value in {**documented, **fields}.items()]
    body = f'{{"status":true,"data":[{{{",".join(pairs)}}}]}}'
    called.server.script = [Reply(200, body.encode(), {"content-type": "application/json"})]
    [record] = called.client.workspaces.list()
    kept = record.to_dict()
    for name, value in fields.items():
        # A value that some parsers reject is kept as its JSON.
        assert same(kept[name], held(json.loads(value)) if is_common(value) else value.strip()), (kept[name], value)
        assert same(record[name], kept[name])
    assert (record.id, record.name) == (kept.get("id"), kept.get("name"))
    again = pickle.loads(pickle.dumps(record))
    assert again == record and repr(again) == repr(record)
    assert record._repr_html_()


@arbitrary
@given(
    operation=st.sampled_from(sorted(ARGUMENTS)),
    body=st.binary(max_size=64) | written().map(str.encode) | written().map(lambda data: f'{{"data":{data}}}'.encode()),
    media_type=st.sampled_from(["application/json", "text/html", "application/json; charset=latin-1", ""]),
    status=st.sampled_from([200, 201, 204, 400, 404, 422, 429, 500]),
)
@example(operation="agents.get", body=b'{"data":{"\\ud800":1,"x":2}}', media_type="application/json", status=200)
def test_any_response_is_decoded_or_an_error_of_the_package(
    operation: str, body: bytes, media_type: str, status: int, called: Called
) -> None:
    # A response with the status 204 has no body.
    called.server.script = [Reply(status, b"" if status == 204 else body, {"content-type": media_type})]
    vector = ARGUMENTS[operation]
    named = dict(vector["arguments"])
    if operation.startswith("knowledge.upload"):
        named["files"] = [("a.txt", b"a")]
    try:
        result = method(called.client, operation)(**named)
        items = result.items if operation == "calls.list" else result
    except APIError as error:
        assert "defect" not in str(error) and KEY not in f"{error!r}{vars(error)}"
        assert isinstance(error, APIStatusError if status >= 400 else (APIResponseError, APIStatusError)), error
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), again.body) == (type(error), str(error), error.body)
        return
    assert status < 300
    repr(items)
    for record in items if isinstance(items, (list, Records)) else [items]:
        if hasattr(record, "to_dict"):
            json.dumps(record.to_dict(), ensure_ascii=False, allow_nan=False).encode()


@arbitrary
@given(bodies=st.lists(st.binary(max_size=32) | written().map(str.encode), min_size=1, max_size=6))
def test_any_concurrent_responses_are_decoded_or_errors(bodies: list[bytes], called: Called) -> None:
    called.server.script = [Reply(200, body, {"content-type": "application/json"}) for body in bodies]

    async def run() -> list[Any]:
        async with AsyncCallFluent(KEY, base_url=called.server.base_url, max_retries=0) as client:
            calls = (client.request("GET", "/user/get-profile") for _ in bodies)
            return await asyncio.gather(*calls, return_exceptions=True)

    for result in asyncio.run(run()):
        assert not isinstance(result, BaseException) or isinstance(result, APIError), result
