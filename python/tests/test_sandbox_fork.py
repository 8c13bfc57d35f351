"""A sandbox in a forked process, which has a copy that nothing serves."""

from __future__ import annotations

import os

import pytest
from processes import run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")

FORKED = """
import os, signal, warnings
from callfluent.sandbox import Sandbox

warnings.simplefilter("ignore")
sandbox = Sandbox()
agent = sandbox.add_agent(format="outbound")

def in_child(function):
    process = os.fork()
    if process == 0:
        signal.alarm(20)
        try:
            print(function(), flush=True)
        except RuntimeError as error:
            print(error, flush=True)
        os._exit(0)
    assert os.waitpid(process, 0)[1] == 0
"""


def test_methods_report_the_process_of_the_sandbox() -> None:
    program = (
        FORKED
        + """
for method in (
    lambda: sandbox.assert_requested("calls.start", times=0),
    lambda: sandbox.journal(),
    lambda: sandbox.add_agent(),
    lambda: sandbox.advance(5),
    lambda: sandbox.webhooks(),
    lambda: sandbox.snapshot(),
):
    in_child(method)
print(os.getpid())
"""
    )
    *errors, process = run(program).stdout.splitlines()
    expected = f"this sandbox runs in process {process}; in a forked process, start another one, or use its control_url"
    assert errors == [expected] * 6


def test_a_client_in_a_forked_process_reaches_the_sandbox() -> None:
    program = (
        FORKED
        + """
in_child(lambda: sandbox.client().calls.start(agent["id"], "+14155550123").agent_id == agent["id"])
in_child(lambda: Sandbox().add_agent()["id"])
in_child(lambda: sandbox.close())
sandbox.assert_requested("calls.start", times=1)
print("one call")
"""
    )
    assert run(program).stdout.splitlines()[1:] == ["1001", "None", "one call"]


def test_a_forked_process_does_not_keep_the_port() -> None:
    program = (
        FORKED
        + """
import socket
process = os.fork()
if process == 0:
    signal.pause()
host, port = sandbox.base_url.removeprefix("http://").removesuffix("/api").split(":")
sandbox.close()
try:
    socket.create_connection((host, int(port)), 5)
except ConnectionRefusedError:
    print("refused")
Sandbox(port=int(port)).close()
os.kill(process, signal.SIGKILL)
os.waitpid(process, 0)
"""
    )
    done = run(program)
    assert (done.stdout, done.returncode) == ("refused\n", 0), done.stderr
