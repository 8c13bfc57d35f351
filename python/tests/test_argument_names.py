"""Argument names and omitted values: nothing is dropped or sent under a misspelled name."""

from __future__ import annotations

import ast
import inspect
import json
from collections import UserDict, UserString
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field
from server import KEY, Reply, Server

from callfluent import ActionRecord, CallFluent, InvalidRequestError, SendSms, _callfluent, options, resources

AGENT = {
    "id": 5,
    "workspace_id": 1,
    "format": "inbound",
    "timezone": "UTC+00:00",
    "name": "a",
    "lang": "en",
    "voice": "alloy",
    "agent_type": "sales",
    "background": "b",
    "goal": "g",
    "tone": "t",
    "instructions": "i",
}


def rejected(use: Any) -> dict[str, str]:
    """Returns the invalid fields of a request that was not sent."""
    with Server(Reply.ok({})) as server, CallFluent(KEY, base_url=server.base_url) as client:
        with pytest.raises(InvalidRequestError) as raised:
            use(client)
        assert server.requests == []
    return dict(raised.value.field_errors)


def sent(use: Any, response: Any = None) -> Any:
    """Returns the JSON body of the only request."""
    with Server(Reply.ok(response or {})) as server, CallFluent(KEY, base_url=server.base_url) as client:
        use(client)
        [request] = server.requests
        return request.json()


def test_a_misspelled_name_is_rejected_with_the_nearest_one() -> None:
    found = rejected(lambda client: client.agents.patch(5, instrctions="Be kind.", time_out=3))
    assert "did you mean instructions?" in found["instrctions"]
    assert "did you mean timeout?" in found["time_out"]
    action: Any = SendSms
    found = rejected(lambda client: client.actions.create(5, action(name="n", instruction="i", contents="c")))
    assert "did you mean content?" in found["contents"] and "required" in found["content"]


def test_an_undocumented_field_goes_through_extra_body() -> None:
    assert "extra_body" in rejected(lambda client: client.agents.patch(5, crm_tag=1))["crm_tag"]
    body = sent(lambda client: client.custom_fields.create(5, "n", "l", extra_body={"crm_tag": 1}), [{"id": 1}])
    assert '"crm_tag": 1' in json.dumps(body)


def test_none_is_rejected_rather_than_dropped() -> None:
    found = rejected(lambda client: client.agents.patch(5, tone="Calm", welcome_msg=None))
    assert list(found) == ["welcome_msg"] and "omit the field" in found["welcome_msg"]
    found = rejected(lambda client: client.calls.start(5, "+15550001234", name=None))
    assert list(found) == ["name"]


def test_an_ellipsis_is_an_omitted_argument() -> None:
    assert sent(lambda client: client.calls.start(5, "+15550001234", name=...)) == {"phone_number": "+15550001234"}


def test_custom_fields_can_have_any_name() -> None:
    def start(client: CallFluent) -> None:
        client.calls.start(5, "+15550001234", company="A", custom_fields={"name": "Ada", "timeout": 3})

    assert sent(start) == {"phone_number": "+15550001234", "company": "A", "name": "Ada", "timeout": 3}
    found = rejected(lambda client: client.calls.start(5, "+15550001234", name="A", custom_fields={"name": "B"}))
    assert found == {"custom_fields.name": "is given twice"}
    assert "did you mean timeout?" in rejected(lambda client: client.calls.start(5, "+1555", time_out=3))["time_out"]


def test_names_close_to_arguments_are_sent_in_custom_fields_only() -> None:
    close = {"check_field": True, "customfields": 1, "agentid": 2, "headers": "x", "validate": "y"}
    found = rejected(lambda client: client.calls.start(5, "+15550001234", **close))
    assert set(found) == set(close)
    assert all("pass a custom field of this name in custom_fields" in reason for reason in found.values())
    assert "did you mean extra_headers?" in found["headers"]
    body = sent(lambda client: client.calls.start(5, "+15550001234", custom_fields=close))
    assert body == {"phone_number": "+15550001234", **close}
    other = {"agent_name": "Ada", "phone": "1", "phone_number_2": "2", "company": "C", "time": "noon"}
    body = sent(lambda client: client.calls.start(5, "+15550001234", **other))
    assert body == {"phone_number": "+15550001234", **other}


def test_the_core_knows_every_option() -> None:
    of_request, of_client = set(_callfluent.REQUEST_OPTIONS), set(_callfluent.CLIENT_OPTIONS)
    client = inspect.signature(CallFluent.__init__).parameters.keys() - {"self"}
    assert client - of_request == of_client
    assert of_request <= inspect.signature(resources.CallsResource.start).parameters.keys()
    nodes = ast.walk(ast.parse(inspect.getsource(options)))
    classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
    names = [statement.target.id for statement in classes["ClientOptions"].body if isinstance(statement, ast.AnnAssign)]
    assert set(names) == client - {"api_key", "base_url"}


def test_closed_lists_and_empty_text_are_checked_before_sending() -> None:
    found = rejected(lambda client: client.agents.patch(5, format="foo"))
    assert found == {"format": 'expected one of outbound, inbound, got "foo"'}
    found = rejected(lambda client: client.agents.patch(5, instructions=""))
    assert found["instructions"].startswith("must not be empty: it is required")
    with Server(Reply.ok({"id": 1})) as server, CallFluent(KEY, base_url=server.base_url, validate=False) as client:
        client.workspaces.create("")
        assert server.requests[0].json() == {"name": ""}


def test_a_record_that_is_passed_whole_goes_back_unchanged() -> None:
    with Server(Reply.ok({"agent": {**AGENT, "crm_tag": "vip"}}), Reply.ok(AGENT)) as server:
        with CallFluent(KEY, base_url=server.base_url) as client:
            agent = client.agents.get(5).agent
            client.agents.update(5, agent, tone="x")
        body = server.requests[1].json()
    body = body.get("Payload", body)
    assert body["crm_tag"] == "vip" and body["tone"] == "x" and body["name"] == "a" and "id" not in body


def test_an_action_of_a_response_can_be_sent_back() -> None:
    action = ActionRecord(
        id=3, agent_id=5, action_type="sms", name="n", instruction="i", content="c", priority=2, subject=None
    )
    body = sent(lambda client: client.actions.update(3, action))
    body = body.get("payload", body)
    assert body == {"actionType": "sms", "name": "n", "instruction": "i", "content": "c", "priority": 2}


class Lead(BaseModel):
    name: str
    company_name: str = Field(alias="companyName")
    note: str | None = None


@dataclass
class Point:
    x: int


class Lazy:
    """A lazy string, such as a translation: it has the methods of a string and is not one."""

    def __str__(self) -> str:
        return "Hallo"

    def __iter__(self) -> Any:
        return iter("Hallo")

    def encode(self) -> bytes:
        return b"Hallo"

    def upper(self) -> str:
        return "HALLO"


VALUES = [
    (Lead(name="Ada", companyName="A"), {"name": "Ada", "companyName": "A"}),
    (Point(1), {"x": 1}),
    (UserDict({"a": 1}), {"a": 1}),
    (UserString("text"), "text"),
    (Lazy(), "Hallo"),
    ([Lazy(), Decimal("1.5")], ["Hallo", 1.5]),
    (Decimal(3), 3),
]


@pytest.mark.parametrize(("value", "expected"), VALUES)
def test_values_of_other_libraries_are_sent_as_json(value: Any, expected: Any) -> None:
    assert sent(lambda client: client.calls.start(5, "+15550001234", further=value))["further"] == expected
    body = sent(lambda client: client.calls.start(5, "+15550001234", extra_body={"further": [value]}))
    assert body["further"] == [expected]


@pytest.mark.parametrize("value", [Path("x.png"), Decimal("0.12345678901234567890"), {"a": [Path("x")]}, object()])
def test_a_value_that_cannot_be_sent_exactly_is_rejected(value: Any) -> None:
    [(field, _)] = rejected(lambda client: client.calls.start(5, "+15550001234", further=value)).items()
    assert field.startswith("further")


def test_a_float_without_a_fraction_is_an_id() -> None:
    with Server(Reply.ok({"agent": AGENT})) as server, CallFluent(KEY, base_url=server.base_url) as client:
        client.agents.get(1002.0)  # type: ignore[arg-type]
        assert server.requests[0].path.endswith("/1002")
    assert "agent_id" in rejected(lambda client: client.agents.get(1002.5))
