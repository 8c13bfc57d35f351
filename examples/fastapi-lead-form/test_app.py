"""Tests of the lead form. The sandbox is the CallFluent API; nothing leaves this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from app import app
from callfluent.sandbox import Sandbox

NUMBER = "+14155550123"


@pytest.fixture
def agent(callfluent_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> int:
    """The agent that calls visitors."""
    agent = callfluent_sandbox.add_agent(name="Sales", format="outbound")
    monkeypatch.setenv("AGENT_ID", str(agent["id"]))
    monkeypatch.setenv("WEBHOOK_SECRET", "s3cret")
    return int(agent["id"])


@pytest.fixture
def site(agent: int) -> Iterator[httpx.Client]:
    """The application, running on a free port: the webhook needs a real address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", trust_env=False) as client:
        yield client
    server.should_exit = True
    thread.join()


def add_webhook(sandbox: Sandbox, agent: int, url: str) -> None:
    names = ("name", "phone_number", "transcription")
    action = {
        "action_type": "webhook",
        "name": "Send the call",
        "webhook_url": url,
        "fields": [{"value": name, "label": name} for name in names],
    }
    sandbox.client().actions.create(agent, action)


def test_a_lead_is_called_and_the_result_arrives(callfluent_sandbox: Sandbox, agent: int, site: httpx.Client) -> None:
    add_webhook(callfluent_sandbox, agent, f"{site.base_url}/webhooks/s3cret")
    response = site.post("/leads", data={"name": "Ada", "phone_number": "+1 (415) 555-0123"})
    assert (response.status_code, response.json()) == (202, {"state": "calling"})
    callfluent_sandbox.assert_requested("calls.start", phone_number=NUMBER, name="Ada")
    assert site.get(f"/leads/{NUMBER}").status_code == 404
    [call] = callfluent_sandbox.client().calls.list(agent)
    callfluent_sandbox.finish(call, transcript="Agent: Hello Ada.")
    expected = {"name": "Ada", "phone_number": NUMBER, "transcription": "Agent: Hello Ada."}
    assert site.get(f"/leads/{NUMBER}").json() == expected


def test_a_webhook_without_the_secret_is_rejected(site: httpx.Client) -> None:
    assert site.post("/webhooks/guess", json={"phone_number": NUMBER}).status_code == 404


def test_an_invalid_number_is_reported_and_not_called(callfluent_sandbox: Sandbox, site: httpx.Client) -> None:
    response = site.post("/leads", data={"name": "Ada", "phone_number": "555-0123"})
    assert response.status_code == 422
    assert "phone_number" in response.json()["detail"]
    callfluent_sandbox.assert_requested("calls.start", times=0)


def test_a_lost_response_never_causes_a_second_call(
    callfluent_sandbox: Sandbox, agent: int, site: httpx.Client
) -> None:
    callfluent_sandbox.respond(operation="calls.start", disconnect="reset", process_first=True)
    response = site.post("/leads", data={"name": "Ada", "phone_number": NUMBER})
    assert response.json() == {"state": "unknown"}
    callfluent_sandbox.assert_requested("calls.start", times=1)
    assert len(list(callfluent_sandbox.client().calls.list(agent))) == 1


def test_an_outage_is_reported(callfluent_sandbox: Sandbox, site: httpx.Client) -> None:
    callfluent_sandbox.set_key_revoked()
    response = site.post("/leads", data={"name": "Ada", "phone_number": NUMBER})
    assert response.status_code == 503
