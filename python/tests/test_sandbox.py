"""The sandbox in tests of applications: scripted responses, settings, shutdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from callfluent import RateLimitError
from callfluent.sandbox import Sandbox


def test_a_scripted_response_goes_to_matching_requests() -> None:
    with Sandbox() as sandbox, sandbox.client(max_retries=0) as client:
        sandbox.respond(operation="workspaces.list", status=429, body={"status": False}, headers={"x-request-id": "r"})
        with pytest.raises(RateLimitError) as raised:
            client.workspaces.list()
        assert raised.value.request_id == "r"
        assert len(client.workspaces.list()) == 1


def test_none_is_the_json_body_null(callfluent_sandbox: Sandbox) -> None:
    callfluent_sandbox.respond(body=None)
    assert callfluent_sandbox.client().request("GET", "/workspace/get-all") is None
    assert callfluent_sandbox.journal()[0]["scripted"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 99}, "status: must be an integer from 200 to 599, but is 99"),
        ({"times": 0}, "times: must be an integer of at least 1, but is 0"),
        ({"times": "often"}, r"times: must be an integer of at least 1, but is \"often\""),
        ({"operation": "agents.lst"}, r"operation: unknown operation \"agents.lst\"; did you mean `agents.list`\?"),
        ({"operation": "phoneNumbers.list"}, r"did you mean `phone_numbers.list`\?"),
        ({"body": {}, "body_text": ""}, "body_text: not allowed together with"),
        ({"operation": "agents.list"}, "nothing to do: set status, body, headers, delay_ms or disconnect"),
    ],
)
def test_an_invalid_scripted_response_is_a_value_error(answer: dict[str, Any], said: str) -> None:
    with Sandbox() as sandbox:
        with pytest.raises(ValueError, match=said):
            sandbox.respond(**answer)
        with pytest.raises(ValueError, match="rate: must be a number from 0 to 1, but is 2"):
            sandbox.faults(2)
        with pytest.raises(TypeError, match="operaton"):
            sandbox.respond(operaton="agents.get")  # type: ignore[call-arg]


def test_agents_and_calls_are_added_without_requests() -> None:
    with Sandbox(page_size=2) as sandbox, sandbox.client() as client:
        agent = sandbox.add_agent(name="Sales", format="outbound", workspace_id=1)
        assert client.agents.get(agent["id"]).agent.name == "Sales"
        calls = [sandbox.add_call(agent["id"])["id"] for _ in range(3)]
        newest = sandbox.add_call(agent["id"], status="no-answer", phone_number="+442079460958")
        assert (newest["status"], newest["phone_number"]) == ("no-answer", "+442079460958")
        assert [call.id for call in client.calls.list(agent["id"])] == [newest["id"], *reversed(calls)]
        with pytest.raises(ValueError, match=r"durration: unknown field; did you mean `duration`\?"):
            sandbox.add_call(agent["id"], durration=5)
        assert {entry["operation"] for entry in sandbox.journal()} == {"agents.get", "calls.list"}


def test_invalid_settings_are_value_errors() -> None:
    with pytest.raises(ValueError, match="port: expected a port from 0 to 65535, got 99999"):
        Sandbox(port=99999)
    with pytest.raises(ValueError, match='seed: expected an integer of at least 0, got the string "x"'):
        Sandbox(seed="x")  # type: ignore[arg-type]


def test_repr_shows_the_address_or_that_it_is_closed() -> None:
    sandbox = Sandbox()
    assert repr(sandbox) == f"Sandbox(base_url={sandbox.base_url!r})"
    sandbox.close()
    sandbox.close()
    assert repr(sandbox) == "Sandbox(closed)"
    for use in (
        sandbox.client,
        sandbox.async_client,
        sandbox.journal,
        sandbox.reset,
        sandbox.respond,
        sandbox.add_agent,
    ):
        with pytest.raises(RuntimeError, match="the sandbox is closed"):
            use()


def test_a_sandbox_is_empty_without_demo_data(callfluent_sandbox: Sandbox) -> None:
    client = callfluent_sandbox.client()
    assert client.agents.list(client.workspaces.list()[0].id) == []
    with Sandbox(demo=True) as sandbox:
        assert len(sandbox.client().agents.list(1)) > 0


def test_the_test_in_the_readme_passes(callfluent_sandbox: Sandbox) -> None:
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    example = text.rpartition("```python\n")[2].partition("```")[0]
    space: dict[str, Any] = {}
    exec(example, space)
    [test] = [value for name, value in space.items() if name.startswith("test_")]
    test(callfluent_sandbox)


def test_a_sandbox_is_controlled_without_sockets_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the control of the sandbox opens no socket")

    with Sandbox(demo=True) as sandbox, sandbox.client() as client:
        monkeypatch.setattr("socket.socket", refuse)
        monkeypatch.setattr("socket.create_connection", refuse)
        monkeypatch.setattr("urllib.request.urlopen", refuse)
        sandbox.respond(operation="workspaces.list", status=503, times=1, headers={"retry-after": "0"})
        assert len(client.workspaces.list()) == 2
        assert [entry["status"] for entry in sandbox.journal()] == [503, 200]
        assert sandbox.add_agent()["id"] > 1000
        sandbox.reset()
        assert sandbox.journal() == []
