"""Child processes, for tests that cannot run inside the test process: one program that runs to its
end, and many programs, several at a time, with requests in flight."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scale import length
from server import KEY

DEVELOPMENT = ("-X", "dev")
#: Number of runs of a program that must exit correctly.
RUNS = length(10, 300)
#: Number of concurrent programs: a busy machine shows more races than an idle one.
AT_ONCE = 4
#: Timeout of a program that hangs, in seconds.
HUNG = 30

IN_FLIGHT = """
import asyncio, multiprocessing, os, sys, threading, time
from callfluent import AsyncCallFluent, CallFluent, CallFluentError

client = CallFluent()

def send_forever():
    while True:
        try:
            client.workspaces.list()
        except CallFluentError:
            time.sleep(0.01)

def in_flight(count=4):
    for _ in range(count):
        threading.Thread(target=send_forever, daemon=True).start()
    time.sleep(0.05)
"""


def run(code: str, flags: tuple[str, ...] = DEVELOPMENT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a program, by default in development mode. A hang is a failure."""
    return subprocess.run(
        [sys.executable, *flags, "-c", textwrap.dedent(code)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def started(code: str | Path, base_url: str) -> subprocess.Popen[str]:
    """Starts a program that can have requests in flight, in its own session. A program in a file
    runs unchanged."""
    program = [str(code)] if isinstance(code, Path) else ["-c", IN_FLIGHT + textwrap.dedent(code)]
    return subprocess.Popen(
        [sys.executable, *program],
        env={**os.environ, "CALLFLUENT_API_KEY": KEY, "CALLFLUENT_BASE_URL": base_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Returns the exit code of a program, and its standard error."""
    try:
        _, errors = process.communicate(timeout=HUNG)
    except subprocess.TimeoutExpired:
        # Its children hold its pipes, so they are killed too.
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.communicate()
        return -999, "it hung"
    return process.returncode, errors


def repeated(run: Callable[[int], tuple[int, str]], runs: int = RUNS) -> Iterator[tuple[int, str]]:
    """Runs a function many times, several at a time. No run may end by a panic or a crash."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for returned, errors in pool.map(run, range(runs)):
            assert "panicked" not in errors and "Fatal" not in errors, errors
            yield returned, errors


def all_end_with(code: str | Path, expected: int, base_url: str, runs: int = RUNS) -> None:
    """Runs a program repeatedly, and expects the exit code each time."""
    for returned, errors in repeated(lambda _: ended(started(code, base_url)), runs):
        assert returned == expected, f"{returned}\n{errors}"
