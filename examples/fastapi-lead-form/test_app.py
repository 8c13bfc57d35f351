"""Tests of the lead form. The sandbox is the CallFluent API; nothing leaves this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from app import app, lifespan
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
    """The application with its agent."""
    with running() as site:
        yield site


@contextmanager
def running() -> Iterator[httpx.Client]:
    """Runs the application on a free port: the webhook needs a real address."""
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


def test_nobody_picks_up(callfluent_sandbox: Sandbox, agent: int, site: httpx.Client) -> None:
    add_webhook(callfluent_sandbox, agent, f"{site.base_url}/webhooks/s3cret")
    callfluent_sandbox.script_call(phone_number=NUMBER, outcome="no_answer")
    site.post("/leads", data={"name": "Ada", "phone_number": NUMBER})
    callfluent_sandbox.advance(30)  # seconds
    assert callfluent_sandbox.webhooks() == []
    assert site.get(f"/leads/{NUMBER}").status_code == 404


def test_the_result_of_an_inbound_call_arrives(callfluent_sandbox: Sandbox, site: httpx.Client) -> None:
    reception = callfluent_sandbox.add_agent(name="Reception")
    add_webhook(callfluent_sandbox, reception["id"], f"{site.base_url}/webhooks/s3cret")
    call = callfluent_sandbox.receive_call(reception, phone_number=NUMBER, custom_fields={"name": "Ada"})
    callfluent_sandbox.finish(call, transcript="Caller: Hello.")
    assert site.get(f"/leads/{NUMBER}").json()["transcription"] == "Caller: Hello."


def test_earlier_calls_are_counted(callfluent_sandbox: Sandbox, agent: int, site: httpx.Client) -> None:
    before = callfluent_sandbox.snapshot()
    callfluent_sandbox.add_call(agent)
    callfluent_sandbox.add_call(agent, outcome="busy", status="busy")
    assert site.get("/stats").json() == {"agent": "Sales", "calls": 2}
    callfluent_sandbox.restore(before)
    assert site.get("/stats").json() == {"agent": "Sales", "calls": 0}


def test_a_short_rate_limit_goes_unnoticed(callfluent_sandbox: Sandbox, site: httpx.Client) -> None:
    callfluent_sandbox.respond(operation="agents.get", status=429, retry_after=0, times=1)
    assert site.get("/stats").status_code == 200
    callfluent_sandbox.assert_requested("agents.get", times=2)


def test_random_faults_go_unnoticed(callfluent_sandbox: Sandbox, site: httpx.Client) -> None:
    callfluent_sandbox.respond(operation="agents.get", disconnect="in_body", probability=0.4, seed=7)
    assert [site.get("/stats").status_code for _ in range(5)] == [200] * 5
    assert len(callfluent_sandbox.requests("agents.get")) > 5


def test_a_missing_permission_is_reported(callfluent_sandbox: Sandbox, site: httpx.Client) -> None:
    callfluent_sandbox.set_permission(1, False)
    assert site.get("/stats").status_code == 503


def test_a_recorded_account_is_replayed(
    callfluent_sandbox: Sandbox, agent: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded, target = tmp_path / "calls.jsonl", callfluent_sandbox.base_url  # in place of the real API
    with Sandbox(record=recorded, target=target, api_key=callfluent_sandbox.api_key) as recorder:
        recorder.client().calls.start(agent, NUMBER, name="Ada")
        recorder.client().agents.get(agent)
    assert NUMBER not in recorded.read_text()
    with Sandbox(replay=recorded) as sandbox:
        monkeypatch.setenv("CALLFLUENT_BASE_URL", sandbox.base_url)
        with running() as site:
            assert site.post("/leads", data={"name": "Ada", "phone_number": NUMBER}).status_code == 202
            assert site.get("/stats").json() == {"agent": "Sales", "calls": 1}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
@pytest.mark.usefixtures("callfluent_demo_sandbox")
async def test_the_application_runs_in_the_loop_of_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_ID", "1002")
    transport = httpx.ASGITransport(app)
    async with lifespan(app), httpx.AsyncClient(transport=transport, base_url="http://site") as site:
        assert (await site.get("/stats")).json() == {"agent": "Service reminders", "calls": 5}
