"""The shared vectors of every operation: requests, decoded responses, invalid arguments and error
responses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from server import Reply, Server

import callfluent
from callfluent import Records, _callfluent
from callfluent.records import Record, RecordList

VECTORS = Path(__file__).parents[2] / "tests" / "wire"


def vectors(name: str) -> list[Any]:
    return [
        pytest.param(vector, id=vector["name"]) for vector in json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    ]


def arguments(vector: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    named = dict(vector["arguments"])
    files = []
    for file in vector.get("attachments", []):
        content = file["text"].encode()
        typed = file["content_type"] is not None
        files.append((file["name"], content, file["content_type"]) if typed else (file["name"], content))
    if files:
        named["files"] = files
    if "extra_body" in vector:
        named["extra_body"] = vector["extra_body"]
    return [], named


def plain(result: Any, vector: dict[str, Any]) -> Any:
    if vector["operation"] == "calls.list":
        return {"items": [plain(item, {"operation": ""}) for item in result.items], "page": result.page}
    if isinstance(result, (list, Records)):
        return [plain(item, vector) for item in result]
    return result.to_dict() if isinstance(result, (Record, RecordList)) else result


def to_reply(response: dict[str, Any]) -> Reply:
    text = response.get("body_text")
    status = response["status"]
    return Reply.json(response["body"], status) if text is None else Reply(status, text.encode())


def without(value: Any, names: list[str]) -> Any:
    if isinstance(value, dict):
        return {name: without(item, names) for name, item in value.items() if name not in names}
    return [without(item, names) for item in value] if isinstance(value, list) else value


def parsed_fields(body: Any) -> Any:
    if isinstance(body, dict):
        return {
            name: json.loads(value) if name == "fields" and isinstance(value, str) else parsed_fields(value)
            for name, value in body.items()
        }
    return body


@pytest.mark.parametrize("vector", vectors("requests"))
def test_an_operation_sends_and_decodes_what_is_documented(vector: dict[str, Any], call: Run) -> None:
    positional, named = arguments(vector)
    wanted = vector["request"]
    before, after = vector.get("requests_before", []), vector.get("requests_after", [])
    for response in vector["responses"]:
        script = [*response.get("before", []), response, *response.get("after", [])]
        with Server(*(to_reply(each) for each in script)) as server:
            result = call(server, vector["operation"], positional, named)
            requests = list(server.requests)
        sent = requests.pop(len(before))
        assert [{"method": other.method, "path": other.path} for other in requests] == before + after
        assert (sent.method, sent.path, sent.query) == (wanted["method"], wanted["path"], wanted["query"])
        for name, value in wanted["headers"].items():
            assert sent.headers[name].partition(";")[0] == value.partition(";")[0], name
        assert not set(sent.headers) & set(wanted.get("absent_headers", []))
        if wanted.get("multipart"):
            parts = sent.parts()
            assert len(parts) == len(wanted["multipart"])
            for (headers, content), part in zip(parts, wanted["multipart"], strict=True):
                assert f'name="{part["field"]}"' in headers["content-disposition"]
                assert f'filename="{part["filename"]}"' in headers["content-disposition"]
                assert content == part["text"].encode()
        elif wanted["body"] is None:
            assert sent.body == b""
        else:
            assert parsed_fields(sent.json()) == parsed_fields(wanted["body"])
            assert b'"fields":[' not in sent.body
        dropped = vector.get("not_compared", [])
        assert without(plain(result, vector), dropped) == without(vector["result"], dropped), response["shape"]


@pytest.mark.parametrize("vector", vectors("invalid_arguments"))
def test_invalid_arguments_are_rejected_with_all_errors(vector: dict[str, Any], call: Run) -> None:
    positional, named = arguments(vector)
    with Server(Reply.ok([])) as server:
        try:
            call(server, vector["operation"], positional, named)
        except TypeError as error:
            # The interpreter reports a missing positional argument.
            assert "required positional argument" in str(error)
            return
        except callfluent.InvalidRequestError as error:
            assert not any(absent in f"{error!r} {error}" for absent in vector.get("absent", []))
            found = {field: reason.lower() for field, reason in error.field_errors}
        assert server.requests == []
    assert set(found) == {field_error["field"] for field_error in vector["field_errors"]}
    for field_error in vector["field_errors"]:
        assert field_error["contains"].lower() in found[field_error["field"]]


@pytest.mark.parametrize("vector", vectors("errors"))
def test_an_error_response_becomes_its_exception(vector: dict[str, Any], call: Run) -> None:
    response = vector["response"]
    body = response["body_text"] if "body_text" in response else json.dumps(response["body"])
    positional, named = arguments(vector)
    options = {"max_retries": vector["max_retries"]} if "max_retries" in vector else {}
    with Server(Reply(response["status"], body.encode(), response["headers"])) as server:
        with pytest.raises(callfluent.APIError) as raised:
            call(server, vector["operation"], positional, named, **options)
    error = raised.value
    assert type(error).__name__ == vector["error"]
    assert not any(absent in f"{error!r} {error} {vars(error)}" for absent in vector.get("absent", []))
    assert vector.get("message", "") in error.message
    assert error.status_code == response["status"]
    assert error.attempts == 1
    assert [list(field_error) for field_error in error.field_errors] == vector.get("field_errors", [])
    assert error.headers is not None and vector.get("headers", {}).items() <= error.headers.items()
    if "retry_after" in vector:
        assert error.retry_after == vector["retry_after"]
    if "outcome_unknown" in vector:
        assert error.outcome_unknown == vector["outcome_unknown"]


def test_every_operation_has_a_method_in_both_clients() -> None:
    for operation in _callfluent.operations():
        resource, _, verb = operation.partition(".")
        for client in (callfluent.CallFluent("test-key"), callfluent.AsyncCallFluent("test-key")):
            found = getattr(getattr(client, resource), verb)
            assert found.__doc__ and "Endpoint:" in found.__doc__, operation


def test_every_operation_has_a_vector() -> None:
    covered = {vector.values[0]["operation"] for vector in vectors("requests")}
    assert set(_callfluent.operations()) - covered == {"agents.patch"}
