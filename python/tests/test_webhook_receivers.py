"""The examples of webhook receivers, on real sockets: the sandbox posts to them after a call."""

from __future__ import annotations

import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import uvicorn

from callfluent import Webhook, webhooks
from callfluent.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[1] / "examples"


class Quiet(WSGIRequestHandler):
    """Logs nothing to standard error."""

    def log_message(self, format: str, *values: Any) -> None:
        pass


@contextmanager
def wsgi(app: Any) -> Iterator[int]:
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@contextmanager
def asgi(app: Any) -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def status_of(url: str, body: bytes) -> int:
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    ("example", "serve"),
    [("webhook_fastapi", asgi), ("webhook_flask", wsgi), ("webhook_django", wsgi)],
)
def test_the_sandbox_posts_to_a_receiver(
    example: str,
    serve: Callable[[Any], Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = webhooks.generate_secret()
    monkeypatch.setenv("CALLFLUENT_WEBHOOK_SECRET", secret)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    receiver = import_module(example)
    try:
        with serve(receiver.app) as port, Sandbox(demo=True) as sandbox, sandbox.client() as client:
            url = f"http://127.0.0.1:{port}/callfluent/{secret}"
            names = ("phone_number", "customer", "transcription")
            fields = [{"value": name, "label": name} for name in names]
            client.actions.create(1002, Webhook(name="hook", webhook_url=url, fields=fields))
            call = client.calls.start(1002, "+15551234567", customer="Ada")
            sandbox.finish(call.id)
            sent = [delivery for delivery in sandbox.webhooks() if delivery["url"] == url]
            assert [delivery["status"] for delivery in sent] == [200]
            assert sent[0]["body"]["customer"] == "Ada"
            assert status_of(url, b"[]") == 400
            assert status_of(f"http://127.0.0.1:{port}/callfluent/wrong", b"{}") == 401
        assert "+15551234567 Ada" in capsys.readouterr().out
    finally:
        sys.modules.pop(example, None)
