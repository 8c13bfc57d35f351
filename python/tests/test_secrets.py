"""The API key appears in its header only. These tests search everything that Python can print, log,
trace, pickle or show of the package."""

from __future__ import annotations

import asyncio
import copy
import gc
import io
import logging
import os
import pickle
import pprint
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from server import Reply, Server

import callfluent
from callfluent import AsyncCallFluent, CallFluent, CallFluentError

CANARY = "cf_canary_4f1d9b7e2a"


def refused(status: int, message: str = "no") -> Reply:
    """A server that repeats the key wherever it can."""
    return Reply.json({"status": False, "msg": f"{message}: {CANARY}", "hint": [CANARY]}, status, x_echo=CANARY)


REPLIES = {
    "BadRequestError": refused(400),
    "LimitReachedError": refused(400, "limit reached"),
    "AuthenticationError": refused(401),
    "PermissionDeniedError": refused(403),
    "NotFoundError": refused(404),
    "ConflictError": refused(409),
    "UnprocessableEntityError": refused(422),
    "RateLimitError": refused(429),
    "InternalServerError": refused(500),
    "APIStatusError": refused(200),
    "APIResponseError": Reply(200, f"<p>{CANARY}".encode(), {"content-type": "text/html"}),
    "APIConnectionError": Reply(close=True),
    "APITimeoutError": Reply(delay=10),
}


def attempt(server: Server, asynchronous: bool, call: Callable[[Any], Any]) -> None:
    options: dict[str, Any] = {"base_url": server.base_url, "max_retries": 0, "timeout": 0.3}
    if not asynchronous:
        call(CallFluent(CANARY, **options))
        return

    async def run() -> None:
        await call(AsyncCallFluent(CANARY, **options))

    asyncio.run(run())


def shown(error: BaseException) -> str:
    """Returns everything that can be shown of an error, with the local variables of the package's
    frames."""
    own = str(Path(callfluent.__file__).parent)
    texts = [
        str(error),
        repr(error),
        repr(error.__dict__),
        repr(error.args),
        repr(pickle.dumps(error)),
        repr(dir(error)),
    ]
    texts += traceback.format_exception(error)
    frame = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename.startswith(own):
            texts.append(repr(frame.tb_frame.f_locals))
        frame = frame.tb_next
    for cause in (error.__cause__, error.__context__):
        if cause is not None:
            texts.append(shown(cause))
    return "\n".join(texts)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("kind", REPLIES)
def test_no_kind_of_error_shows_the_key(kind: str, asynchronous: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with Server(REPLIES[kind]) as server, pytest.raises(CallFluentError) as raised:
        attempt(server, asynchronous, lambda client: client.agents.list(1))
    assert type(raised.value).__name__ == kind
    assert CANARY not in shown(raised.value)
    # A request that times out has no completed attempt.
    assert "GET" in caplog.text or kind == "APITimeoutError"
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    "wrong", [{"base_url": "no url"}, {"timeout": -1}, {"proxy": "::"}, {"ca_bundle": "missing.pem"}]
)
def test_an_invalid_client_shows_no_key(wrong: dict[str, Any]) -> None:
    for kind in (CallFluent, AsyncCallFluent):
        with pytest.raises(CallFluentError) as raised:
            kind(CANARY, **wrong)
        assert CANARY not in shown(raised.value)
    with pytest.raises(CallFluentError) as raised:
        CallFluent(f"{CANARY}\n{CANARY}")
    assert CANARY not in shown(raised.value)


def parts(value: object) -> Iterator[object]:
    """Yields everything that can be reached from a client by its attributes."""
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name):
                yield getattr(value, name)
    yield from getattr(value, "__dict__", {}).values()


@pytest.mark.parametrize("kind", [CallFluent, AsyncCallFluent])
def test_nothing_reachable_from_a_client_shows_the_key(kind: type[Any]) -> None:
    client = kind(CANARY, base_url="http://127.0.0.1:1/api", proxy=None)
    texts = []
    for value in [client, client.with_options(timeout=1), copy.copy(client), copy.deepcopy(client)]:
        for part in [value, value.agents, value.calls, *parts(value)]:
            texts += [repr(part), str(part), f"{part}", pprint.pformat(part), repr(dir(part))]
            texts += [repr(inner) for inner in parts(part)]
    # Only this method returns the key, for pickling.
    assert not any(CANARY in repr(found) for found in gc.get_referents(client) if not callable(found))
    assert CANARY not in "".join(texts)
    with pytest.raises(TypeError):
        vars(client)
    closed = kind(CANARY)
    if kind is CallFluent:
        closed.close()
    assert CANARY not in repr(closed)


def test_pickles_do_not_contain_a_key_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CALLFLUENT_API_KEY", CANARY)
    for kind in (CallFluent, AsyncCallFluent):
        client = kind()
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            for value in (client, client.with_options(timeout=3), [client]):
                assert CANARY.encode() not in pickle.dumps(value, protocol)
        assert CANARY not in repr(client.__reduce__())


def test_the_output_of_a_failing_program_shows_no_key() -> None:
    code = """
        import faulthandler, logging, os, sys, warnings
        faulthandler.enable()
        logging.basicConfig(level="DEBUG")
        warnings.simplefilter("always")
        from callfluent import CallFluent
        client = CallFluent(os.environ["CALLFLUENT_API_KEY"])
        print(client, [client], {"client": client}, client.agents)
        client.agents.list(1)
    """
    environment = {**os.environ, "CALLFLUENT_API_KEY": CANARY, "CALLFLUENT_LOG": "debug", "RUST_BACKTRACE": "full"}
    with Server(refused(401)) as server:
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", textwrap.dedent(code)],
            env={**environment, "CALLFLUENT_BASE_URL": server.base_url},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert "AuthenticationError" in done.stderr and "DEBUG" in done.stderr and "ignored" not in done.stderr, done.stderr
    assert CANARY not in done.stdout + done.stderr


def test_no_log_record_of_any_logger_contains_the_key() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    try:
        for reply in (Reply.ok([{"id": 1, CANARY: CANARY}]), refused(503), Reply(close=True)):
            with Server(reply) as server:
                for asynchronous in (False, True):
                    try:
                        attempt(server, asynchronous, lambda client: client.agents.list(CANARY))
                    except CallFluentError:
                        pass
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert "request method=GET" in written.getvalue()
    assert CANARY not in written.getvalue()


OLD_PASSWORD, NEW_PASSWORD = "old 4f1d/9b7e", 'new "4f1d" \u00fc'


def echoes(status: int) -> Reply:
    """A server that repeats the passwords wherever it can."""
    sent = {"oldPass": OLD_PASSWORD, "newPass": [NEW_PASSWORD]}
    return Reply.json({"status": False, "msg": f"{OLD_PASSWORD} is not {NEW_PASSWORD}", "sent": sent}, status)


ECHOES = {**{str(status): echoes(status) for status in (200, 400, 401, 403, 404, 409, 422, 429, 500)}}
ECHOES |= {
    "html": Reply(200, f"<p>{OLD_PASSWORD} {NEW_PASSWORD}".encode(), {"content-type": "text/html"}),
    "closed": Reply(close=True),
    "timeout": Reply(delay=10),
    "success": Reply.json({"status": True, "data": {"oldPass": OLD_PASSWORD, NEW_PASSWORD: 1}}),
}


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("reply", ECHOES)
def test_no_output_contains_a_password(reply: str, asynchronous: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    clients: list[Any] = []

    def reset(client: Any) -> Any:
        clients.append(client)
        return client.user.reset_password(OLD_PASSWORD, NEW_PASSWORD)

    texts = ""
    with Server(ECHOES[reply]) as server:
        try:
            attempt(server, asynchronous, reset)
        except CallFluentError as error:
            texts = "".join(
                [str(error), repr(error), repr(error.__dict__), repr(error.args), repr(pickle.dumps(error))]
            )
            texts += "".join(traceback.format_exception(error))
        else:
            assert reply == "success"
        assert server.requests[0].json() == {"data": {"oldPass": OLD_PASSWORD, "newPass": NEW_PASSWORD}}
    texts += caplog.text + repr(clients) + repr(clients[0].drift())
    assert "4f1d" not in texts, texts
