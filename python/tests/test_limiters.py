"""Limiters that processes share, and the hook that lets requests wait for them."""

from __future__ import annotations

import asyncio
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from processes import run
from server import KEY, Reply, Server

from callfluent import APITimeoutError, AsyncCallFluent, CallFluent, InvalidRequestError
from callfluent.hooks import Attempt, Hooks
from callfluent.limiters import AsyncSharedRate, FileLimiter, LocalLimiter, RedisLimiter, SharedRate, limiter_of


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    if find_spec("redis") is None:
        pytest.skip("one interpreter has the package redis")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            for _ in range(200):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.02)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


@pytest.fixture(params=["file", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "file":
        yield (tmp_path / "a rate").as_uri()
        return
    yield request.getfixturevalue("redis_url")
    from redis import Redis

    with Redis.from_url(request.getfixturevalue("redis_url")) as server:
        server.flushall()


class Counting:
    """A limiter that records what it was asked for."""

    def __init__(self, requests_per_second: float) -> None:
        self.requests_per_second = requests_per_second
        self.limiter = LocalLimiter(requests_per_second)
        self.asked: list[int] = []

    def acquire(self, permits: int) -> float:
        self.asked.append(permits)
        return self.limiter.acquire(permits)


class Times(Hooks):
    def __init__(self) -> None:
        self.times: list[float] = []

    def before_attempt(self, attempt: Attempt) -> None:
        self.times.append(time.monotonic())


def test_periods_follow_one_another(url: str) -> None:
    for limiter in (LocalLimiter(10), limiter_of(url, 10)):
        assert limiter.acquire(5) == 0
        assert 0.3 < limiter.acquire(1) <= 0.5
        assert 0.4 < limiter.acquire(20) <= 0.6
        assert 2.4 < limiter.acquire(1) <= 2.6


def test_a_period_that_is_over_delays_nobody(url: str) -> None:
    limiter = limiter_of(url, 100)
    assert limiter.acquire(1) == 0
    time.sleep(0.02)
    assert limiter.acquire(1) == 0


MANY = """
import sys
from callfluent.limiters import limiter_of

limiter = limiter_of(sys.argv[1], 10)
for _ in range(50):
    limiter.acquire(1)
"""


def test_processes_that_reserve_at_once_lose_nothing(url: str) -> None:
    begun = time.monotonic()
    children = [subprocess.Popen([sys.executable, "-c", MANY, url]) for _ in range(4)]
    assert [child.wait(30) for child in children] == [0] * 4
    # 200 periods of 0.1 seconds, the first of which began after the test did.
    delay = limiter_of(url, 10).acquire(1)
    assert 20 - (time.monotonic() - begun) <= delay <= 20


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_killed_process_does_not_keep_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "rate"
    code = (
        "import fcntl, sys, time; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_EX); "
        "print(flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    assert FileLimiter(path, 10).acquire(1) == 0


@pytest.mark.parametrize("content", ["empty", "short", "another boot"])
def test_an_unusable_file_delays_nobody(content: str, tmp_path: Path) -> None:
    path = tmp_path / "rate"
    ahead = time.monotonic() + 10_000
    path.write_bytes({"empty": b"", "short": b"abc", "another boot": FileLimiter._CONTENT.pack(ahead, ahead)}[content])
    limiter = FileLimiter(path, 10)
    assert limiter.acquire(1) == 0
    assert limiter.acquire(1) > 0


def test_a_key_of_redis_expires(redis_url: str) -> None:
    from redis import Redis

    with Redis.from_url(redis_url) as server:
        limiter = RedisLimiter(server, 1000, key="short")
        assert limiter.acquire(5) == 0
        assert 0 < server.pttl("short") <= 1010
        with pytest.raises(TypeError, match="pass the URL"):
            pickle.dumps(limiter)


def test_a_lease_grows_with_use() -> None:
    limiter = Counting(1000)
    rate = SharedRate(limiter)
    for _ in range(300):
        rate._leases.delay()
    assert limiter.asked == [1, 2, 4, 8, 16, 32, 64, 128, 256]


def test_a_slow_process_reserves_only_what_it_sends() -> None:
    limiter = Counting(1000)
    rate = SharedRate(limiter)
    for _ in range(10):
        rate._leases.delay()
        time.sleep(0.005)
    assert limiter.asked == [1] * 10


def test_a_lease_has_a_longest_period() -> None:
    limiter = Counting(100)
    rate = SharedRate(limiter, lease=0.1)
    for _ in range(100):
        rate._leases.delay()
    assert max(limiter.asked) == 10
    with pytest.raises(InvalidRequestError, match="lease"):
        SharedRate(limiter, lease=0)


def test_requests_wait_within_the_rate_of_all_processes(tmp_path: Path) -> None:
    code = """
        from callfluent import CallFluent
        from callfluent.limiters import FileLimiter, SharedRate
        from test_limiters import Times

        times = Times()
        with CallFluent(hooks=[SharedRate(FileLimiter("rate", 100), lease=0.1), times]) as client:
            for _ in range(20):
                client.workspaces.list()
        print(*times.times)
    """
    code = "\n".join(line.removeprefix("        ") for line in code.splitlines())
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "CALLFLUENT_API_KEY": KEY}
    with Server(Reply.ok([])) as server:
        environment["CALLFLUENT_BASE_URL"] = server.base_url
        children = [
            subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=tmp_path, stdout=subprocess.PIPE)
            for _ in range(3)
        ]
        printed = [child.communicate(timeout=60)[0] for child in children]
    times = sorted(float(time) for text in printed for time in text.split())
    assert len(times) == 60
    # A lease of 10, and 50 ms for threads that a busy machine wakes late.
    for first, begun in enumerate(times):
        for last in range(first, len(times)):
            assert last - first + 1 <= 100 * (times[last] - begun + 0.05) + 10


def test_each_attempt_waits() -> None:
    limiter = Counting(1000)
    with Server(Reply(503), Reply.ok([])) as server:
        client = CallFluent(KEY, base_url=server.base_url, hooks=[SharedRate(limiter)])
        client.workspaces.list()
        assert len(server.requests) == 2 and sum(limiter.asked) >= 2


def test_a_wait_before_a_request_is_not_part_of_its_timeout() -> None:
    limiter = LocalLimiter(2)
    rate = SharedRate(limiter)
    with Server(Reply.ok([])) as server:
        client = CallFluent(KEY, base_url=server.base_url, hooks=[rate], timeout=0.3, max_retries=0)
        assert limiter.acquire(2) == 0
        rate.wait()
        assert client.workspaces.list() == []


def test_an_async_client_waits_without_blocking_its_loop() -> None:
    async def use(server: Server) -> int:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticking = asyncio.create_task(tick())
        rate = AsyncSharedRate(LocalLimiter(10))
        async with AsyncCallFluent(KEY, base_url=server.base_url, hooks=[rate]) as client:
            begun = time.monotonic()
            await asyncio.gather(*(client.workspaces.list() for _ in range(4)))
            await rate.wait()
            assert time.monotonic() - begun >= 0.35
        ticking.cancel()
        return ticks

    with Server(Reply.ok([])) as server:
        assert asyncio.run(use(server)) > 5


class Broken:
    requests_per_second = 10.0

    def acquire(self, permits: int) -> float:
        raise ConnectionError("the limiter is down")


def test_a_limiter_that_fails_stops_no_request(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failures: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", failures.append)
    with Server(Reply.ok([])) as server, CallFluent(KEY, base_url=server.base_url, hooks=[SharedRate(Broken())]) as c:
        assert c.workspaces.list() == []
    assert [str(failure.exc_value) for failure in failures] == ["the limiter is down"]
    assert "ConnectionError: the limiter is down" in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="fork")
def test_a_fork_has_its_own_lease() -> None:
    done = run(
        """
        import os
        from callfluent.limiters import LocalLimiter, SharedRate

        limiter = LocalLimiter(1000)
        rate = SharedRate(limiter)
        for _ in range(20):
            rate._leases.delay()
        # Another thread could hold the lock while the process forks.
        rate._leases._lock.acquire()
        child = os.fork()
        if child == 0:
            before = limiter._free
            rate._leases.delay()
            os._exit(0 if limiter._free > before else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """,
        flags=(),
    )
    assert done.stdout.strip() == "0", done.stderr


def test_a_client_with_a_limiter_can_be_pickled(url: str) -> None:
    with Server(Reply.ok([])) as server:
        client = CallFluent(KEY, base_url=server.base_url, hooks=[SharedRate(limiter_of(url, 10), lease=0.5)])
        again = pickle.loads(pickle.dumps(client))
        assert again.workspaces.list() == []
        hook: Any = again._settings.options["hooks"][0]
        assert hook._leases.lease == 0.5 and hook._leases.limiter.acquire(1) > 0
    with pytest.raises(TypeError, match="belongs to one process"):
        pickle.dumps(SharedRate(LocalLimiter(1)))


def test_an_invalid_limiter_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for rate in (0, -1, float("inf"), "10"):
        with pytest.raises(InvalidRequestError, match="requests_per_second"):
            LocalLimiter(rate)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match="unknown scheme 'http'") as raised:
        limiter_of("http://user:pass-word@host/", 10)
    assert "pass-word" not in str(raised.value)
    with pytest.raises(InvalidRequestError, match="'RATE_URL' is not set"):
        limiter_of("env:RATE_URL", 10)
    monkeypatch.setenv("RATE_URL", "file:///tmp/a%20rate")
    assert limiter_of("env:RATE_URL", 10).path == Path("/tmp/a rate")  # type: ignore[attr-defined]


def test_a_limiter_of_the_other_client_is_an_error() -> None:
    with pytest.raises(InvalidRequestError, match="hooks: SharedRate blocks the event loop .* use AsyncSharedRate"):
        AsyncCallFluent(KEY, hooks=[SharedRate(LocalLimiter(10))])
    with pytest.raises(InvalidRequestError, match="hooks: AsyncSharedRate limits nothing .* use SharedRate"):
        CallFluent(KEY, hooks=[AsyncSharedRate(LocalLimiter(10))])


def test_a_request_without_time_for_its_wait_fails_at_once() -> None:
    with Server(Reply.ok([])) as server:
        limiter = LocalLimiter(0.5)
        client = CallFluent(KEY, base_url=server.base_url, hooks=[SharedRate(limiter)], timeout=1)
        client.workspaces.list()
        begun = time.monotonic()
        for _ in range(3):
            with pytest.raises(APITimeoutError, match="the hooks before attempt 1 need longer"):
                client.workspaces.list()
        assert time.monotonic() - begun < 0.5
        # Those that failed have taken nothing of the rate.
        client.workspaces.list(timeout=30)
        assert 1 < time.monotonic() - begun < 2.5
        assert len(server.requests) == 2


def test_an_async_request_without_time_fails_at_once() -> None:
    async def main(server: Server) -> None:
        rate = AsyncSharedRate(LocalLimiter(0.5))
        client = AsyncCallFluent(KEY, base_url=server.base_url, hooks=[rate], timeout=1)
        await client.workspaces.list()
        begun = time.monotonic()
        for _ in range(3):
            with pytest.raises(APITimeoutError, match="the hooks before attempt 1 need longer"):
                await client.workspaces.list()
        assert time.monotonic() - begun < 0.5
        await client.workspaces.list(timeout=30)
        assert 1 < time.monotonic() - begun < 2.5

    with Server(Reply.ok([])) as server:
        asyncio.run(main(server))
        assert len(server.requests) == 2
