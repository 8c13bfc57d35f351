"""The life of calls in the sandbox: clock, scripts, inbound calls, webhooks."""

from __future__ import annotations

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from callfluent import CallFluent, InvalidRequestError
from callfluent.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


class Receiver(HTTPServer):
    """A webhook receiver of this process."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[Any] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.01,))
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


def add_webhook(client: CallFluent, agent: dict[str, Any], url: str) -> None:
    client.actions.create(
        agent["id"],
        {
            "action_type": "webhook",
            "name": "hook",
            "webhook_url": url,
            "fields": [{"value": name, "label": name} for name in ("name", "phone_number", "transcription", "city")],
        },
    )


def test_a_started_call_rings_is_in_progress_and_ends(callfluent_sandbox: Sandbox) -> None:
    sandbox = callfluent_sandbox
    agent = sandbox.add_agent(format="outbound")
    with CallFluent() as client:
        call = client.calls.start(agent["id"], "+14155550123", name="Ada")
        before = sandbox.now
        statuses = []
        for seconds in (0, 5, 59, 1):
            sandbox.advance(seconds)
            statuses.append(client.calls.list(agent["id"], page=1).items[0].to_dict()["status"])
    assert statuses == ["ringing", "in-progress", "in-progress", "completed"]
    assert sandbox.now == before + 65 + 4
    ended = next(iter(sandbox.client().calls.list(agent["id"]))).to_dict()
    assert (ended["id"], ended["duration"]) == (call.id, 60)
    assert "Hello Ada" in ended["transcript"]


@pytest.mark.callfluent_sandbox(seconds_per_poll=30)
def test_polls_move_calls_if_the_setting_is_on(callfluent_sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox = callfluent_sandbox
    agent = sandbox.add_agent(format="outbound")
    with CallFluent() as client:
        add_webhook(client, agent, receiver.url)
        call = client.calls.start(agent["id"], "+14155550123")
        before = sandbox.now
        ended = client.calls.wait(agent["id"], call.id, timeout=60, min_interval=0.005)
    assert (ended["status"], ended["duration"]) == ("completed", 60)
    # Three polls, and one second for each request.
    assert sandbox.now == before + 3 * 30 + 3
    assert len(sandbox.webhooks()) == len(receiver.bodies) == 1


def test_the_webhook_of_an_agent_receives_a_call(callfluent_sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox = callfluent_sandbox
    agent = sandbox.add_agent()
    with CallFluent() as client:
        add_webhook(client, agent, receiver.url)
    call = sandbox.receive_call(agent, phone_number="+442079460958", custom_fields={"name": "Ada"})
    ended = sandbox.finish(call, duration=42, transcript="Agent: Hello.")
    assert ended["duration"] == 42
    expected = {"name": "Ada", "phone_number": "+442079460958", "transcription": "Agent: Hello.", "city": ""}
    assert receiver.bodies == [expected]
    [delivery] = sandbox.webhooks()
    assert (delivery["status"], delivery["body"], delivery["call_id"]) == (204, expected, call["id"])


@pytest.mark.parametrize("wait", ["finish", "advance", "webhooks"])
def test_waiting_for_webhooks_does_not_block_the_loop(callfluent_sandbox: Sandbox, wait: str) -> None:
    async def run() -> list[bytes]:
        received = []

        async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            received.append(await reader.readuntil(b"}"))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(receive, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        agent = callfluent_sandbox.add_agent()
        add_webhook(callfluent_sandbox.client(), agent, f"http://127.0.0.1:{port}/")
        call = callfluent_sandbox.receive_call(agent)
        if wait == "finish":
            assert (await callfluent_sandbox.async_finish(call, duration=42))["duration"] == 42
        elif wait == "advance":
            before = callfluent_sandbox.now
            assert await callfluent_sandbox.async_advance(90) == before + 90
        else:
            callfluent_sandbox.finish(call)
            await callfluent_sandbox.async_webhooks()
        server.close()
        return list(received)

    assert len(asyncio.run(run())) == 1
    [delivery] = callfluent_sandbox.webhooks()
    assert delivery["status"] == 200


def test_ids_are_numbers_or_strings(callfluent_sandbox: Sandbox) -> None:
    agent = callfluent_sandbox.add_agent()
    call = callfluent_sandbox.receive_call(str(agent["id"]))
    assert callfluent_sandbox.finish(str(call["id"]))["status"] == "completed"
    callfluent_sandbox.set_permission("1", False)
    with pytest.raises(ValueError, match="call: expected an ID, or an object with an ID, got 'x7'"):
        callfluent_sandbox.finish("x7")


def test_unknown_fields_of_an_agent_are_rejected(callfluent_sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="formt: unknown field; did you mean `format`"):
        callfluent_sandbox.add_agent(formt="outbound")
    with pytest.raises(ValueError, match='drop_fields: "nonsense" is an unknown field; known: workspace_id,'):
        Sandbox(drop_fields=["nonsense"])


def test_the_requests_of_one_operation_have_their_arguments(callfluent_sandbox: Sandbox) -> None:
    client = callfluent_sandbox.client()
    client.workspaces.list()
    client.phone_numbers.list(1, "outbound")
    [request] = callfluent_sandbox.requests("phone_numbers.list")
    assert request["arguments"] == {"workspace_id": 1, "agent_type": "outbound"}
    assert callfluent_sandbox.requests("agents.create") == []
    with pytest.raises(ValueError, match="did you mean `agents.create`"):
        callfluent_sandbox.requests("agents.craete")


def test_scripts_decide_outcomes_by_number(callfluent_sandbox: Sandbox) -> None:
    sandbox = callfluent_sandbox
    agent = sandbox.add_agent(format="outbound")
    sandbox.script_call(outcome="random", seed=7)
    sandbox.script_call(phone_number="+14155550101", outcome="busy")
    client = sandbox.client()
    busy = sandbox.finish(client.calls.start(agent["id"], "+14155550101"))
    assert (busy["status"], busy["duration"]) == ("busy", 0)
    with pytest.raises(ValueError, match=r"outcom: unknown field; did you mean `outcome`\?"):
        sandbox.receive_call(sandbox.add_agent(), outcom="busy")
    with pytest.raises(ValueError, match="has ended: it is busy"):
        sandbox.finish(busy)


def test_a_seed_repeats_random_outcomes(callfluent_sandbox: Sandbox) -> None:
    def outcomes(seed: int) -> list[str]:
        callfluent_sandbox.reset()
        agent = callfluent_sandbox.add_agent()
        callfluent_sandbox.script_call(outcome="random", seed=seed)
        return [callfluent_sandbox.finish(callfluent_sandbox.receive_call(agent))["outcome"] for _ in range(20)]

    first = outcomes(7)
    assert outcomes(7) == first
    assert outcomes(8) != first
    assert "completed" in first


@pytest.mark.callfluent_sandbox(likely_fields=True)
def test_a_recorded_call_has_transcript_and_recording(callfluent_sandbox: Sandbox) -> None:
    agent = callfluent_sandbox.add_agent(call_recording=True)
    call = callfluent_sandbox.finish(callfluent_sandbox.receive_call(agent))
    [listed] = callfluent_sandbox.client().calls.list(agent["id"])
    assert listed.to_dict()["recording_url"].endswith(f"{call['id']}.mp3")
    assert listed.to_dict()["transcript"].startswith("Agent: ")


def test_an_agent_uses_an_added_number(callfluent_sandbox: Sandbox) -> None:
    number = callfluent_sandbox.add_phone_number("+13125550142")
    assert (number["number"], number["type"]) == ("+13125550142", "twilio")
    agent = callfluent_sandbox.add_agent(format="outbound", phone_number="+13125550142")
    listed = callfluent_sandbox.client().phone_numbers.list(1, "outbound")
    assert listed.in_use is not None and agent["phone_number"] in listed.in_use
    assert callfluent_sandbox.add_phone_number(verified=True)["type"] == "verified"
    with pytest.raises(ValueError, match="phone_number: .* is already a number of workspace 1"):
        callfluent_sandbox.add_phone_number("+13125550142")


@pytest.mark.parametrize("value", [None, {}, "x", 1.5, -1, True, object()])
def test_wrong_ids_are_errors_of_the_package(callfluent_sandbox: Sandbox, value: Any) -> None:
    with pytest.raises(InvalidRequestError, match="call: expected an ID, or an object with an ID, got "):
        callfluent_sandbox.finish(value)
    with pytest.raises(InvalidRequestError, match="agent: expected an ID"):
        callfluent_sandbox.add_call(value)
