"""A stateful local sandbox of the CallFluent API, for tests and demos. It never calls anybody.

    with Sandbox() as sandbox:
        client = sandbox.client()

From a shell: `python -m callfluent.sandbox --port 4010 --demo`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._callfluent import run_sandbox
from ._callfluent import set_offline as _set_offline
from .argument_checks import is_list_like, kind_of
from .client import AsyncCallFluent, CallFluent
from .sandbox_calls import SandboxCalls
from .sandbox_faults import SandboxFaults
from .sandbox_journal import SandboxJournal, Snapshot

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .options import ClientOptions


__all__ = ["Sandbox", "Snapshot", "set_offline"]


def set_offline(offline: bool) -> bool:
    """Sets whether the clients of this process refuse every host except this machine.

    It holds for requests from now on, also for those of clients that already exist. The pytest
    plugin of this package sets it for all tests. Call it in the setup of other test runners. A
    client that sets the option `offline` itself, or that was created with the environment variable
    `CALLFLUENT_OFFLINE`, keeps its own setting.

    Args:
        offline: True refuses, False allows.

    Returns:
        The previous setting, at first False.
    """
    if not isinstance(offline, bool):
        raise ValueError(f"set_offline: expected True or False, got {kind_of(offline)}")
    return _set_offline(offline)


def _fields(drop_fields: Any) -> list[Any]:
    if isinstance(drop_fields, str):
        return [drop_fields]
    if not is_list_like(drop_fields):
        raise ValueError(f"drop_fields: expected a list of strings, got {kind_of(drop_fields)}")
    return list(drop_fields)


class Sandbox(SandboxCalls, SandboxFaults, SandboxJournal):
    """A running sandbox. It stops when it is closed.

    Args:
        port: Port on 127.0.0.1. Default: a free one.
        demo: Starts with two workspaces, six agents and sixty calls. Default: one workspace
            without agents.
        seed: Seed of IDs, UUIDs and demo data. Default: 0.
        clock: Start of the sandbox's clock, in seconds since 1970. Each request advances it by one
            second, which changes timestamps but no call.
        api_key: API key that requests must have.
        page_size: Number of calls per page. Default: 20.
        seconds_per_poll: Seconds by which each request for the first page of a call history moves
            the clock, as `advance` does. Calls then end while code waits for them. Default: 0.
        agent_limit: Maximum number of agents. Default: 100.
        workspace_limit: Maximum number of workspaces. Default: 5.
        journal_limit: Maximum number of journal entries. Default: 10,000.
        likely_fields: Adds likely but undocumented fields to responses, such as `created_at`.
        drop_fields: Fields that updates of agents silently ignore.
        record: File for the exchanges with the server `target`, to which requests are forwarded.
            Phone numbers and secrets that are recognized are replaced. `api_key` defaults to the
            environment variable `CALLFLUENT_API_KEY`.
        target: Base URL of the server to record, such as `https://api.callfluent.ai/api`. In
            offline mode, only servers on this machine are recorded.
        replay: File of recorded exchanges. Equal requests get the recorded responses, and nothing
            is sent to another server.

    Raises:
        ValueError: A setting is invalid.
        OSError: The port is in use, or a file is missing or invalid.
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
        seconds_per_poll: int | None = None,
        agent_limit: int | None = None,
        workspace_limit: int | None = None,
        journal_limit: int | None = None,
        likely_fields: bool = False,
        drop_fields: Sequence[str] = (),
        record: str | os.PathLike[str] | None = None,
        target: str | None = None,
        replay: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(
            {
                "offline_variable": os.environ.get("CALLFLUENT_OFFLINE", ""),
                "port": port,
                "demo": demo,
                "seed": seed,
                "clock": clock,
                "api_key": api_key,
                "page_size": page_size,
                "seconds_per_poll": seconds_per_poll,
                "agent_limit": agent_limit,
                "workspace_limit": workspace_limit,
                "journal_limit": journal_limit,
                "likely_fields": likely_fields,
                "drop_fields": _fields(drop_fields),
                "record": record,
                "target": target,
                "replay": replay,
            }
        )

    def client(self, **options: Unpack[ClientOptions]) -> CallFluent:
        """Returns a sync client of this sandbox, with the usual options of a client."""
        return CallFluent(self.api_key, base_url=self._address(), **options)

    def async_client(self, **options: Unpack[ClientOptions]) -> AsyncCallFluent:
        """Returns an async client of this sandbox, with the usual options of a client."""
        return AsyncCallFluent(self.api_key, base_url=self._address(), **options)

    def __repr__(self) -> str:
        return f"Sandbox(base_url={self.base_url!r})" if self._open else "Sandbox(closed)"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


if __name__ == "__main__":
    import signal

    # The program handles Ctrl+C; Python would print a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise SystemExit(run_sandbox(sys.argv[1:]))
