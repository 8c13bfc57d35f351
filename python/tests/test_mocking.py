"""Tests of applications: replaced methods, and errors that a test creates."""

from __future__ import annotations

import pickle
from unittest import mock

import pytest
from server import KEY

import callfluent
from callfluent import APIError, CallFluent, CallFluentError, InvalidRequestError, NotFoundError, RateLimitError

ERRORS = [getattr(callfluent.errors, name) for name in callfluent.errors.__all__]


def test_the_core_names_every_class() -> None:
    # The base of all errors of requests has no name of its own.
    assert set(callfluent.errors.__all__) - {"APIError"} == set(callfluent._callfluent.ERROR_CLASSES)


def test_methods_of_a_resource_can_be_replaced_in_tests() -> None:
    with CallFluent(KEY) as client:
        with mock.patch.object(client.agents, "list", return_value=[]) as replaced:
            assert client.agents.list(1) == []
        replaced.assert_called_once_with(1)


def test_a_replaced_method_raises_a_created_error() -> None:
    error = RateLimitError("slow down", retry_after=1.5)
    with CallFluent(KEY) as client, mock.patch.object(client.agents, "get", side_effect=error):
        with pytest.raises(RateLimitError, match="slow down") as raised:
            client.agents.get(7)
        assert (raised.value.status_code, raised.value.retry_after, raised.value.message) == (429, 1.5, "slow down")


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_can_be_created_with_a_message(kind: type[CallFluentError]) -> None:
    error = kind("failed")
    assert (str(error), error.message, error.args) == ("failed", "failed", ("failed",))
    assert str(kind()) == ""
    assert type(pickle.loads(pickle.dumps(error))) is kind


@pytest.mark.parametrize("kind", [kind for kind in ERRORS if issubclass(kind, APIError)])
def test_every_api_error_has_all_attributes(kind: type[APIError]) -> None:
    fields = {
        "status_code": 418,
        "body": "{}",
        "headers": {"x-request-id": "abc"},
        "request_id": "abc",
        "method": "POST",
        "url": "https://api.example/agent",
        "attempts": 3,
        "retry_after": 2.0,
        "outcome_unknown": True,
        "field_errors": [("name", "is required")],
    }
    error = kind("failed", **fields)
    assert {name: getattr(error, name) for name in fields} == fields
    created = kind("failed")
    assert (created.body, created.attempts, created.outcome_unknown, created.field_errors) == (None, 0, False, ())


def test_the_status_of_a_created_error_follows_from_its_class() -> None:
    assert NotFoundError("gone").status_code == 404
    assert APIError("failed").status_code is None


def test_an_unknown_field_of_an_error_is_rejected() -> None:
    with pytest.raises(TypeError, match="NotFoundError has no field 'code'"):
        NotFoundError("gone", code=404)
    with pytest.raises(TypeError, match="has no field '_secret'"):
        NotFoundError("gone", _secret=1)
    with pytest.raises(TypeError, match="has no field 'status_code'"):
        InvalidRequestError("invalid", status_code=400)
