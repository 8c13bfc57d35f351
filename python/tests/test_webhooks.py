"""Webhooks by the vectors that all languages share, generated secrets, and what parsing accepts."""

from __future__ import annotations

import asyncio
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from callfluent import webhooks
from callfluent.webhooks import WebhookError, WebhookPayload

VECTORS = json.loads((Path(__file__).parents[2] / "tests" / "wire" / "webhooks.json").read_text("utf-8"))


def named(vectors: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(vector, id=vector["name"]) for vector in vectors]


def body(vector: dict[str, Any]) -> bytes:
    return vector["body"].encode() if "body" in vector else bytes.fromhex(vector["body_hex"])


@pytest.mark.parametrize("vector", named([vector for vector in VECTORS if "result" in vector]))
def test_a_body_is_parsed(vector: dict[str, Any]) -> None:
    for given in (body(vector), bytearray(body(vector)), memoryview(body(vector)), vector["body"]):
        assert webhooks.parse(given).to_dict() == vector["result"]
    parsed = json.loads(vector["body"].removeprefix("\ufeff"))
    assert webhooks.parse(parsed).to_dict() == vector["result"]


@pytest.mark.parametrize("vector", named([vector for vector in VECTORS if "error" in vector]))
def test_an_invalid_body_is_rejected_with_a_status(vector: dict[str, Any]) -> None:
    for given in [body(vector), *([vector["body"]] if "body" in vector else [])]:
        with pytest.raises(WebhookError) as raised:
            webhooks.parse(given)
        assert raised.value.status == vector["error"]["status"]
        assert vector["error"]["contains"] in raised.value.message


@pytest.mark.parametrize("vector", named([vector for vector in VECTORS if "accepted" in vector]))
def test_secrets_are_compared(vector: dict[str, Any]) -> None:
    if vector["accepted"]:
        webhooks.verify_secret(vector["given"], vector["expected"])
    else:
        with pytest.raises(WebhookError) as raised:
            webhooks.verify_secret(vector["given"], vector["expected"])
        assert raised.value.status == 401 and vector["expected"] not in str(raised.value)


def test_a_request_without_a_secret_is_rejected() -> None:
    with pytest.raises(WebhookError):
        webhooks.verify_secret(None, "s3cret")
    with pytest.raises(ValueError, match="expected secret is empty"):
        webhooks.verify_secret("", "")
    with pytest.raises(ValueError, match="the expected secret is empty"):
        webhooks.verify_secret("s", None)  # type: ignore[arg-type]
    for given in (b"s3cret", ["s3cret"], 5):
        with pytest.raises(WebhookError, match="the secret of the webhook is wrong"):
            webhooks.verify_secret(given, "s3cret")  # type: ignore[arg-type]


def test_generated_secrets_differ_and_fit_in_a_url() -> None:
    secrets = {webhooks.generate_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(secret) == 43 and secret.replace("-", "").replace("_", "").isalnum() for secret in secrets)


def test_fields_are_attributes() -> None:
    payload = webhooks.parse({"name": "Ada", "city": "Paris"})
    assert (payload.name, payload.city, payload["city"], payload.email) == ("Ada", "Paris", "Paris", None)
    assert "Ada" in repr(payload) and pickle.loads(pickle.dumps(payload)) == payload
    assert isinstance(payload, WebhookPayload)
    with pytest.raises(AttributeError):
        _ = payload.country


def test_other_objects_are_mistakes_of_the_program() -> None:
    async def read() -> bytes:
        return b"{}"

    coroutine = read()
    with pytest.raises(TypeError, match="await the body"):
        webhooks.parse(coroutine)  # type: ignore[arg-type]
    assert asyncio.run(coroutine) == b"{}"


def test_deep_nesting_is_an_invalid_body() -> None:
    with pytest.raises(WebhookError, match="not valid JSON"):
        webhooks.parse('{"a":' + "[" * 200_000)
