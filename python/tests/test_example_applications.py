"""The example application with FastAPI, and other HTTP clients, against the sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import requests

from callfluent.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_fastapi_example_passes_its_tests(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "fastapi-lead-form", tmp_path / "app")
    command = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "13 passed" in result.stdout


NUMBER = "+14155550123"


def test_requests_starts_a_call(callfluent_sandbox: Sandbox) -> None:
    agent = callfluent_sandbox.add_agent(format="outbound")
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {os.environ['CALLFLUENT_API_KEY']}"
        url = f"{os.environ['CALLFLUENT_BASE_URL']}/call-api/make-call/{agent['id']}"
        response = session.post(url, json={"phone_number": NUMBER})
    assert response.json()["data"]["status"] == "ringing"
    callfluent_sandbox.assert_requested("calls.start", agent_id=agent["id"], phone_number=NUMBER)


def test_httpx_lists_calls(callfluent_sandbox: Sandbox) -> None:
    agent = callfluent_sandbox.add_agent()
    call = callfluent_sandbox.finish(callfluent_sandbox.receive_call(agent))
    headers = {"Authorization": f"Bearer {os.environ['CALLFLUENT_API_KEY']}"}
    response = httpx.get(
        f"{os.environ['CALLFLUENT_BASE_URL']}/agent/{agent['id']}/calls?page=1", headers=headers, trust_env=False
    )
    assert response.json() == {"status": True, "data": [call]}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_moves_the_clock_and_reads_the_journal(callfluent_sandbox: Sandbox) -> None:
    agent = callfluent_sandbox.add_agent()
    callfluent_sandbox.receive_call(agent)

    def curl(*arguments: str) -> str:
        command = ["curl", "--silent", "--show-error", "--fail", "--noproxy", "*", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    curl(f"{callfluent_sandbox.control_url}/clock", "--data", '{"advance": 100}')
    key = f"Authorization: Bearer {callfluent_sandbox.api_key}"
    assert '"status":"completed"' in curl("-H", key, f"{callfluent_sandbox.base_url}/agent/{agent['id']}/calls")
    assert '"operation":"calls.list"' in curl(f"{callfluent_sandbox.control_url}/journal")
