"""The first request of a process without a free file descriptor: it is an error of the package with
its cause, and the next request works."""

from __future__ import annotations

import subprocess
import sys

import pytest
from server import KEY, Reply, Server

pytest.importorskip("resource")

PROGRAM = """
import asyncio, resource, sys
from callfluent import APIConnectionError, AsyncCallFluent, CallFluent
import callfluent.logging, callfluent.models, callfluent.options  # loaded by the first request otherwise

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

def use_up():
    files = []
    try:
        while True:
            files.append(open("/dev/null"))
    except OSError:
        return files

def failing(request):
    try:
        request()
    except APIConnectionError as error:
        assert "too many open files" in str(error).lower(), error
        assert not error.outcome_unknown
    else:
        sys.exit("the request succeeded")

key, base_url = sys.argv[1:]
client = CallFluent(key, base_url=base_url, max_retries=0)
client.agents  # loads what requests need
async def main():
    other = AsyncCallFluent(key, base_url=base_url, max_retries=0)
    other.agents
    files = use_up()
    try:
        await other.agents.list(1)
    except APIConnectionError as error:
        assert "too many open files" in str(error).lower(), error
    else:
        sys.exit("the async request succeeded")
    files.clear()
    assert len(await other.agents.list(1)) == 0

files = use_up()
failing(lambda: client.agents.list(1))
files.clear()
assert len(client.agents.list(1)) == 0
asyncio.run(main())
print("done")
"""


def test_a_request_without_a_descriptor_is_an_error_not_kept() -> None:
    with Server(Reply.ok([])) as server:
        result = subprocess.run(
            [sys.executable, "-c", PROGRAM, KEY, server.base_url], capture_output=True, text=True, timeout=60
        )
        assert (result.returncode, result.stdout) == (0, "done\n"), result.stderr
        assert len(server.requests) == 2
