"""Record and replay with the sandbox of the package. A second sandbox is the real server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from callfluent import BadRequestError, CallFluent
from callfluent.sandbox import Sandbox, set_offline

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = "+14155550123"


def session(client: CallFluent, agent_id: int) -> tuple[str, list[str | None]]:
    client.calls.start(agent_id, NUMBER, name="Ada")
    return client.agents.get(agent_id).agent.name, [call.phone_number for call in client.calls.list(agent_id)]


def test_a_recorded_session_is_replayed_without_the_server(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    with Sandbox(api_key="real-key") as real:
        agent = real.add_agent(name="Sales", format="outbound")
        with Sandbox(record=file, target=real.base_url, api_key="real-key") as recorder:
            recorded = session(recorder.client(), agent["id"])
            recorder.assert_requested("calls.start", phone_number=NUMBER, times=1)
    assert recorded == ("Sales", [NUMBER])
    text = file.read_text()
    assert "4155550123" not in text
    assert "real-key" not in text
    with Sandbox(replay=file) as sandbox:
        assert session(sandbox.client(), agent["id"]) == recorded
        with pytest.raises(BadRequestError, match=r"nearest recorded requests: 1 POST .* \(body\.name: recorded"):
            sandbox.client().calls.start(agent["id"], NUMBER, name="Grace")


def test_the_key_of_the_environment_is_recorded_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLFLUENT_API_KEY", "real-key")
    with Sandbox(api_key="real-key") as real, Sandbox(record=str(tmp_path / "a"), target=real.base_url) as recorder:
        assert recorder.client().agents.list(1) == []


def test_invalid_settings_are_reported(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="record needs target"):
        Sandbox(record=tmp_path / "a")
    with pytest.raises(ValueError, match="replay: expected a path"):
        Sandbox(replay=7)  # type: ignore[arg-type]
    with pytest.raises(OSError, match="recorded exchanges"):
        Sandbox(replay=tmp_path / "missing")


@pytest.mark.parametrize("how", ["1", "True", "process"])
def test_an_offline_process_records_this_machine_only(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "process":
        set_offline(True)
    else:
        monkeypatch.setenv("CALLFLUENT_OFFLINE", how)
    with pytest.raises(ValueError, match="target https://api.callfluent.test/api: offline mode"):
        Sandbox(record=tmp_path / "a", target="https://api.callfluent.test/api")
    assert not (tmp_path / "a").exists()
    with Sandbox() as real, Sandbox(record=tmp_path / "a", target=real.base_url):
        pass
    monkeypatch.setenv("CALLFLUENT_OFFLINE", "off")
    with Sandbox(record=tmp_path / "b", target="https://api.callfluent.test/api"):
        pass
    monkeypatch.setenv("CALLFLUENT_OFFLINE", "offf")
    with pytest.raises(ValueError, match="CALLFLUENT_OFFLINE must be 1 or 0"):
        Sandbox(record=tmp_path / "c", target="https://api.callfluent.test/api")
    # Nothing else depends on the variable.
    with Sandbox():
        pass
