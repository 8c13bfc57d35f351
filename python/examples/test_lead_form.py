"""Tests of the lead form. The sandbox takes the place of the API, so nobody is called."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from lead_form import app

from callfluent.sandbox import Sandbox

LEAD = {"name": "Ada", "phone_number": "+1 (555) 000-1234"}


@pytest.fixture
def form(callfluent_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The form, with a client of the sandbox and an agent that can call."""
    agent = callfluent_sandbox.add_agent(format="outbound")
    monkeypatch.setenv("AGENT_ID", str(agent["id"]))
    monkeypatch.setenv("CALLFLUENT_BASE_URL", callfluent_sandbox.base_url)
    monkeypatch.setenv("CALLFLUENT_API_KEY", callfluent_sandbox.api_key)
    with TestClient(app) as client:
        yield client


def test_a_lead_is_called(form: TestClient, callfluent_sandbox: Sandbox) -> None:
    response = form.post("/leads", json=LEAD)
    assert response.status_code == 202 and response.json()["is_certain"]
    [entry] = callfluent_sandbox.journal()
    assert entry["operation"] == "calls.start"
    assert entry["body"] == {"phone_number": "+15550001234", "name": "Ada"}


def test_a_wrong_number_is_named(form: TestClient, callfluent_sandbox: Sandbox) -> None:
    response = form.post("/leads", json={**LEAD, "phone_number": "0155"})
    assert response.status_code == 422
    assert response.json()["detail"][0]["field"] == "phone_number"
    assert callfluent_sandbox.journal() == []


def test_a_lead_is_not_called_twice(form: TestClient, callfluent_sandbox: Sandbox) -> None:
    callfluent_sandbox.respond(operation="calls.start", process_first=True, disconnect="before_response")
    response = form.post("/leads", json=LEAD)
    assert response.status_code == 202 and not response.json()["is_certain"]
    assert len(callfluent_sandbox.journal()) == 1


def test_a_busy_server_is_reported(form: TestClient, callfluent_sandbox: Sandbox) -> None:
    callfluent_sandbox.respond(operation="calls.start", status=429, headers={"retry-after": "0"}, times=10)
    assert form.post("/leads", json=LEAD).status_code == 503
