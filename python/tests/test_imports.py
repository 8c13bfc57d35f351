"""Imports: none happens after a request was sent. An import can fail, for example without free file
descriptors, and the phone call would be lost that the request has started."""

from __future__ import annotations

import sys

import pytest
from processes import run

PROGRAM = """
import os, socket, sys, threading
from callfluent import AsyncCallFluent, CallFluent, CallFluentError

sent = threading.Event()
imported = []

class Importer:
    def find_spec(self, name, *_):
        if sent.is_set() and threading.current_thread() is threading.main_thread():
            imported.append(name)
            raise OSError(24, "Too many open files")

listener = socket.create_server(("127.0.0.1", 0))

def serve():
    while True:
        connection, _ = listener.accept()
        with connection:
            received = b""
            while b"\\r\\n\\r\\n" not in received:
                received += connection.recv(65536)
            head, _, body = received.partition(b"\\r\\n\\r\\n")
            length = [line for line in head.lower().split(b"\\r\\n") if line.startswith(b"content-length:")]
            missing = int(length[0].split(b":")[1]) - len(body) if length else 0
            while missing > 0:
                missing -= len(connection.recv(65536))
            sent.set()
            connection.sendall(RESPONSE)

def response(status, body):
    lines = [f"HTTP/1.1 {status} Status", "content-type: application/json", f"content-length: {len(body)}"]
    return "\\r\\n".join([*lines, "connection: close", "", body]).encode()

threading.Thread(target=serve, daemon=True).start()
OPTIONS = {
    "api_key": "key",
    "base_url": "http://127.0.0.1:%d/api" % listener.getsockname()[1],
    "max_retries": 0,
    "timeout": 20,
}
"""
SYNC = """
sys.meta_path.insert(0, Importer())
client = CallFluent(**OPTIONS)
try:
    USE
except CallFluentError as error:
    outcome = type(error).__name__
assert sent.is_set()
assert imported == [], imported
print(outcome)
"""
ASYNC = """
import asyncio

async def main():
    global outcome
    client = AsyncCallFluent(**OPTIONS)
    try:
        USE
    except CallFluentError as error:
        outcome = type(error).__name__

sys.meta_path.insert(0, Importer())
loop = asyncio.new_event_loop()
loop.run_until_complete(main())
assert sent.is_set()
assert imported == [], imported
print(outcome)
"""
AGENT = '{"status": true, "data": {"agent": {"id": 7, "name": "Ann", "surprise": 1}}}'
#: Response, use of a client, and the outcome.
CASES = {
    "a call": (
        'response(200, \'{"status": true, "data": {"id": 5}}\')',
        "calls.start(7, '+15551234567')",
        "StartedCall",
    ),
    "a record": (f"response(200, {AGENT!r})", "agents.get(7)", "AgentDetails"),
    "a list": ('response(200, \'{"status": true, "data": [{"id": 5}]}\')', "agents.list(1)", "Records"),
    "an error response": ('response(404, \'{"status": false, "msg": "none"}\')', "agents.get(7)", "NotFoundError"),
    "a rate limit": ("response(429, '{\"status\": false}')", "calls.start(7, '+15551234567')", "RateLimitError"),
    "invalid JSON": ("response(200, '{')", "agents.get(7)", "APIResponseError"),
    "a lost connection": ("b''", "calls.start(7, '+15551234567')", "APIConnectionError"),
}
#: Configurations of logging.
LOGGING = {"silent": "", "logging": "import logging; logging.basicConfig(level='DEBUG')\n"}


@pytest.mark.parametrize("logging", LOGGING)
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_nothing_is_imported_after_a_request_was_sent(kind: str, name: str, logging: str) -> None:
    response, use, expected = CASES[name]
    template = SYNC if kind == "sync" else ASYNC
    wait = "" if kind == "sync" else "await "
    code = template.replace("USE", f"outcome = type({wait}client.{use}).__name__")
    done = run(f"{PROGRAM}\nRESPONSE = {response}\n{LOGGING[logging]}{code}", flags=())
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == expected, done.stderr


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_nothing_is_imported_between_pages(kind: str) -> None:
    if kind == "sync":
        code = SYNC.replace("USE", "outcome = len(list(client.calls.list(7)))")
    else:
        code = ASYNC.replace("USE", "outcome = len([call async for call in client.calls.list(7)])")
    response = 'response(200, \'{"status": true, "data": [{"id": 5}]}\')'
    done = run(f"{PROGRAM}\nRESPONSE = {response}\n{code}", flags=())
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "1"


SUBINTERPRETER = """
import callfluent
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
interpreters.run_string(interpreters.create(), '''
try:
    import callfluent
except ImportError as error:
    print(error)
''')
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the interpreter checks it since Python 3.12")
def test_a_second_interpreter_gets_a_clear_import_error() -> None:
    done = run(SUBINTERPRETER, flags=())
    assert done.returncode == 0, done.stderr
    assert "does not support loading in subinterpreters" in done.stdout
