"""A local CallFluent API with a memory, for tests and demos that call nobody.

    with Sandbox() as sandbox:
        client = sandbox.client()

From a shell: `python -m callfluent.sandbox --port 4010 --demo`.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from ._callfluent import NativeSandbox, run_sandbox
from .client import AsyncCallFluent, CallFluent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Literal

    from typing_extensions import Self, Unpack

    from .options import ClientOptions


class Sandbox:
    """A running sandbox; it ends when it is closed.

    Args:
        port: The port on 127.0.0.1. By default a free one.
        demo: Whether to begin with two workspaces, six agents and sixty calls.
        seed: Where ids begin, and what UUIDs and demo data are made from.
        clock: When the sandbox's time begins, in seconds since 1970.
        api_key: The key that requests must carry.
        page_size: How many calls a page has. 20 by default.
        agent_limit: How many agents the account may have. 100 by default.
        workspace_limit: How many workspaces the account may have. 5 by default.
        journal_limit: How many entries the journal keeps. 10,000 by default.
        likely_fields: Whether answers also have fields that are not documented but likely, such as `created_at`.
        drop_fields: LazyRecord that updates of agents silently leave as they are.

    Raises:
        ValueError: Where a setting cannot be used, such as a port that there is not.
        OSError: Where the port is taken.
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        demo: bool = False,
        seed: int | None = None,
        clock: int | None = None,
        api_key: str | None = None,
        page_size: int | None = None,
        agent_limit: int | None = None,
        workspace_limit: int | None = None,
        journal_limit: int | None = None,
        likely_fields: bool = False,
        drop_fields: Sequence[str] = (),
    ) -> None:
        self._open = True
        self._native = NativeSandbox(
            {
                "port": port,
                "demo": demo,
                "seed": seed,
                "clock": clock,
                "api_key": api_key,
                "page_size": page_size,
                "agent_limit": agent_limit,
                "workspace_limit": workspace_limit,
                "journal_limit": journal_limit,
                "likely_fields": likely_fields,
                "drop_fields": [drop_fields] if isinstance(drop_fields, str) else list(drop_fields),
            }
        )

    @property
    def base_url(self) -> str:
        """The URL that clients take."""
        return self._native.base_url

    @property
    def api_key(self) -> str:
        """The key that requests must carry."""
        return self._native.api_key

    def client(self, **options: Unpack[ClientOptions]) -> CallFluent:
        """A client of this sandbox, with the options of any client."""
        return CallFluent(self.api_key, base_url=self._address(), **options)

    def async_client(self, **options: Unpack[ClientOptions]) -> AsyncCallFluent:
        """A client of this sandbox whose methods are awaited, with the options of any client."""
        return AsyncCallFluent(self.api_key, base_url=self._address(), **options)

    def journal(self) -> list[dict[str, Any]]:
        """What was received and answered since the start, oldest first."""
        entries: list[dict[str, Any]] = self._control("GET", "/journal")["entries"]
        return entries

    def respond(
        self,
        *,
        operation: str | None = None,
        path_contains: str | None = None,
        times: int | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        body_text: str | None = None,
        delay_ms: int | None = None,
        process_first: bool | None = None,
        disconnect: Literal["before_response", "in_body"] | None = None,
    ) -> None:
        """Queues an answer for the next requests.

        Args:
            operation: Only for requests to this operation, such as `agents.create`.
            path_contains: Only for requests whose path contains this text.
            times: For how many requests. One by default.
            status: The HTTP status, from 200 to 599.
            headers: Headers, which replace those that the sandbox would set.
            body: The body, as values that JSON has.
            body_text: The body, as it is.
            delay_ms: How long to wait before answering, in milliseconds.
            process_first: Whether the request is carried out all the same.
            disconnect: Closes the connection instead of responding (`before_response`) or in the
                middle of the response body (`in_body`).

        Raises:
            ValueError: With everything that cannot be used.
        """
        answer = {
            "operation": operation,
            "path_contains": path_contains,
            "times": times,
            "status": status,
            "headers": None if headers is None else dict(headers),
            "body": body,
            "body_text": body_text,
            "delay_ms": delay_ms,
            "process_first": process_first,
            "disconnect": disconnect,
        }
        self._control("POST", "/respond", {name: value for name, value in answer.items() if value is not None})

    def faults(self, rate: float, *, seed: int = 0) -> None:
        """From now on, strikes this share of all requests (from 0 to 1) with random faults: connections that close without
        an answer or in the middle of it, 429, 500, 503 and 504, answers that come late. Some strike before the request is
        carried out and some after; the journal tells which. The seed repeats them. A share of 0 ends them.

        Raises:
            ValueError: Where the share or the seed cannot be used.
        """
        self._control("POST", "/faults", {"rate": rate, "seed": seed})

    def reset(self) -> None:
        """Puts everything back to how it was at the start."""
        self._control("POST", "/reset")

    def close(self) -> None:
        """Ends the sandbox and waits until it is gone."""
        self._open = False
        self._native.close()

    def __repr__(self) -> str:
        return f"Sandbox(base_url={self.base_url!r})" if self._open else "Sandbox(closed)"

    def _address(self) -> str:
        if not self._open:
            raise RuntimeError("the sandbox is closed")
        return self.base_url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        self._address()
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._native.control_url + path, data=data, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request) as response:
                return json.load(response)
        except urllib.error.HTTPError as refused:
            with refused:
                raise ValueError(_reasons(refused.read())) from None


def _reasons(body: bytes) -> str:
    """What the sandbox says is wrong, or all of its answer where that is no list of problems."""
    text = body.decode("utf-8", "replace")
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text


if __name__ == "__main__":
    import signal

    # The program ends by itself; Python would add a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise SystemExit(run_sandbox(sys.argv[1:]))
