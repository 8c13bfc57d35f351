"""`python -m callfluent.sandbox` in a shell: address, responses, shutdown."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from callfluent import CallFluent

SANDBOX = [sys.executable, "-X", "dev", "-m", "callfluent.sandbox"]


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as on Unix")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=["interrupted", "terminated"])
@pytest.mark.parametrize("used", [True, False], ids=["after a call", "at once"])
def test_the_command_prints_its_address_and_stops_quickly(ending: signal.Signals, used: bool) -> None:
    program = subprocess.Popen(
        [*SANDBOX, "--port", "0", "--demo", "--api-key", "my-key"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # As in a terminal: programs that a shell starts in the background ignore interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert program.stdout is not None and program.stderr is not None
        # The first lines are written together.
        lines = os.read(program.stdout.fileno(), 4096).decode()
        found = re.search(r"^export CALLFLUENT_BASE_URL=(\S+)\nexport CALLFLUENT_API_KEY=(\S+)\n", lines, re.M)
        assert found, lines
        if used:
            # An open connection must not keep the program running.
            client = CallFluent(found[2], base_url=found[1])
            assert len(client.workspaces.list()) == 2
        started = time.monotonic()
        program.send_signal(ending)
        assert program.wait(10) == 0
        assert time.monotonic() - started < 1
        assert (program.stdout.read(), program.stderr.read()) == ("", "")
    finally:
        program.kill()
        program.communicate()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SANDBOX, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_the_help_lists_only_options_that_work() -> None:
    listed = re.findall(r"^  --(\S+)(?: ([A-Z]+))? ", run("--help").stdout, re.M)
    names = [name for name, _ in listed]
    assert {"record", "seconds-per-poll"} <= {*names} and "data-dir" not in names
    # `--help` ends the command after it has read the options before it.
    arguments = [argument for name, value in listed for argument in (f"--{name}", "1") if argument != "1" or value]
    arguments = [argument for argument in arguments if argument not in ("--help", "--version")]
    tried = run(*arguments, "--help")
    assert tried.returncode == 0, tried.stderr
    assert run("--data-dir", "here").returncode == 2


def test_help_and_invalid_arguments_have_usual_exit_codes() -> None:
    asked = run("--help")
    assert asked.returncode == 0 and "--workspace-limit" in asked.stdout
    wrong = run("--prot", "1")
    assert wrong.returncode == 2 and "--prot" in wrong.stderr
