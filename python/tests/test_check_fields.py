"""Custom fields of a phone call that are checked before it is started."""

from __future__ import annotations

import pytest
from conftest import Run
from server import Reply, Server

from callfluent import InvalidRequestError

AGENT = {"id": 7, "custom_fields": [{"id": "a", "name": "first_name"}, {"id": "b", "name": "email"}]}


def test_an_unknown_custom_field_is_found_before_the_call(call: Run) -> None:
    with Server(Reply.ok({"agent": AGENT}), Reply.ok({"id": 5})) as server:
        with pytest.raises(InvalidRequestError) as raised:
            call(server, "calls.start", [7, "+15550001234"], {"frist_name": "Ada", "check_fields": True})
        assert [request.method for request in server.requests] == ["GET"]
    [(field, reason)] = raised.value.field_errors
    assert field == "frist_name" and "did you mean first_name?" in reason


def test_known_custom_fields_are_sent_after_the_check(call: Run) -> None:
    fields = {"email": "ada@example.com"}
    with Server(Reply.ok({"agent": AGENT}), Reply.ok({"id": 5})) as server:
        given = {"first_name": "Ada", "custom_fields": fields, "check_fields": True}
        assert call(server, "calls.start", [7, "+15550001234"], given).id == 5
        assert server.requests[1].json() == {"phone_number": "+15550001234", "first_name": "Ada", **fields}


@pytest.mark.parametrize("given", [{}, {"check_fields": False, "other": 1}, {"other": 1}])
def test_nothing_is_read_without_a_check(call: Run, given: dict[str, object]) -> None:
    with Server(Reply.ok({"id": 5})) as server:
        call(server, "calls.start", [7, "+15550001234"], given)
        [request] = server.requests
        assert "check_fields" not in request.json()


def test_fields_that_the_server_does_not_report_are_an_error(call: Run) -> None:
    with Server(Reply.ok({"agent": {"id": 7}})) as server:
        with pytest.raises(InvalidRequestError, match="does not report the custom fields of agent 7.*likely_fields"):
            call(server, "calls.start", [7, "+15550001234"], {"name": "Ada", "check_fields": True})
        assert len(server.requests) == 1


def test_invalid_arguments_are_reported_before_anything_is_read(call: Run) -> None:
    with Server(Reply.ok({})) as server:
        with pytest.raises(InvalidRequestError, match="phone_number"):
            call(server, "calls.start", [7, "12"], {"name": "Ada", "check_fields": True})
        with pytest.raises(InvalidRequestError, match="check_fields: expected a boolean"):
            call(server, "calls.start", [7, "+15550001234"], {"name": "Ada", "check_fields": "yes"})
        assert server.requests == []
