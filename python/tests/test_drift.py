"""Responses that differ from the documentation: decoded, reported once, and errors if strict."""

from __future__ import annotations

import pytest
from conftest import Run
from server import KEY, Reply, Server
from test_client import AGENT

from callfluent import APIResponseError, CallFluent

# A required field is missing, and a value is not documented.
DIFFERENT = Reply.ok(
    [{"id": 1, **{name: value for name, value in AGENT.items() if name != "lang"}, "format": "sideways"}]
)


def test_missing_fields_and_unknown_values_are_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    with Server(DIFFERENT) as server, CallFluent(KEY, base_url=server.base_url) as client:
        for _ in range(3):
            [agent] = client.agents.list(1)
            assert (agent.format, agent.lang, agent.name) == ("sideways", None, AGENT["name"])
        found = {difference.path: difference for difference in client.drift()}
    assert (found["Agent.lang"].kind, found["Agent.lang"].count) == ("missing field", 3)
    assert (found["Agent.format"].kind, found["Agent.format"].value) == ("unknown value", "sideways")
    assert found["Agent.format"] == ("Agent.format", "unknown value", "sideways", 3)
    for path in ("Agent.lang", "Agent.format"):
        logged = [record for record in caplog.records if path in record.getMessage()]
        assert [record.levelname for record in logged] == ["WARNING"]


@pytest.mark.parametrize("path", ["lang", "format"])
def test_a_strict_client_raises_differences(call: Run, path: str) -> None:
    agent = {"id": 1, **AGENT}
    if path == "lang":
        del agent["lang"]
    else:
        agent["format"] = "sideways"
    with Server(Reply.ok([agent])) as server, pytest.raises(APIResponseError, match=f"Agent.{path}"):
        call(server, "agents.list", [1], {}, strict=True)
