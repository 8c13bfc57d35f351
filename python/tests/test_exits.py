"""Exit of programs with requests in flight: with the requested exit code, without a crash or
delay."""

from __future__ import annotations

import pytest
from processes import all_end_with
from server import Reply, Server

#: End of a program with requests in flight, and its expected exit code.
ENDS = {
    "the program is over": ("in_flight()", 0),
    "sys.exit": ("in_flight(); sys.exit(5)", 5),
    "os._exit": ("in_flight(); os._exit(6)", 6),
    "an exception": ("in_flight(); raise RuntimeError('uncaught')", 1),
    "sys.exit in a thread": (
        "in_flight()\nthread = threading.Thread(target=lambda: sys.exit(7)); thread.start(); thread.join()",
        0,
    ),
    "tasks of asyncio": (
        """
        async def main():
            other = AsyncCallFluent()
            tasks = [asyncio.create_task(other.workspaces.list()) for _ in range(20)]
            await asyncio.sleep(0.05)
        asyncio.run(main())
        """,
        0,
    ),
    "a loop that nobody closed": (
        """
        other = AsyncCallFluent()
        async def main():
            global tasks
            tasks = [asyncio.ensure_future(other.workspaces.list()) for _ in range(20)]
            await asyncio.sleep(0.05)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        sys.exit(8)
        """,
        8,
    ),
    "an exit handler that calls": (
        """
        import atexit
        def last():
            try:
                client.workspaces.list(timeout=0.05)
            except CallFluentError:
                pass
        atexit.register(last)
        in_flight()
        """,
        0,
    ),
}


@pytest.mark.parametrize("reply", [Reply(delay=60), Reply.ok([])], ids=["no response", "response at any moment"])
@pytest.mark.parametrize("name", ENDS)
def test_a_program_exits_correctly_with_requests_in_flight(name: str, reply: Reply) -> None:
    code, expected = ENDS[name]
    with Server(reply) as server:
        all_end_with(code, expected, server.base_url)


def test_a_program_ends_with_idle_unclosed_clients() -> None:
    code = """
        other = AsyncCallFluent()
        client.workspaces.list()
        asyncio.run(other.workspaces.list())
        sys.exit(4)
        """
    with Server(Reply.ok([])) as server:
        all_end_with(code, 4, server.base_url)
