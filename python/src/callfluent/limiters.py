"""Limiters: one rate limit for the processes of a cluster, or for all programs that share a key.

    from callfluent import CallFluent
    from callfluent.limiters import FileLimiter, SharedRate

    limiter = FileLimiter("/tmp/callfluent.rate", requests_per_second=10)
    client = CallFluent(hooks=[SharedRate(limiter)])

A limiter has one method, `acquire`. `SharedRate` asks it for leases of several requests, so that
most requests cost nothing.
"""

from __future__ import annotations

import asyncio
import os
import struct
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from .argument_checks import invalid_value, kind_of
from .errors import InvalidRequestError
from .hooks import Attempt, Hooks
from .open_attempt import TooLate

if TYPE_CHECKING:
    from collections.abc import Awaitable

__all__ = ["AsyncSharedRate", "FileLimiter", "Limiter", "LocalLimiter", "RedisLimiter", "SharedRate", "limiter_of"]


class Limiter(Protocol):
    """A rate limit that several processes share. Any class with this method and this attribute is
    one."""

    requests_per_second: float
    """The rate of all processes together."""

    def acquire(self, permits: int) -> float:
        """Reserves the next free period for some requests.

        Args:
            permits: Number of requests, at least 1. The period lasts
                `permits / requests_per_second` seconds.

        Returns:
            Seconds until the period begins, 0 if it begins now. Requests that are not sent in the
            period are lost, so a process that ends holds nothing back.
        """
        ...


def _checked(requests_per_second: float) -> float:
    if not isinstance(requests_per_second, (int, float)) or not 0 < requests_per_second < float("inf"):
        raise InvalidRequestError(f"limiter: requests_per_second: must be above 0, got {requests_per_second!r}")
    return float(requests_per_second)


class LocalLimiter:
    """A limiter in memory: for the threads of a process, and as an actor of Dask or Ray.

    Args:
        requests_per_second: Rate of all requests together.

    Raises:
        InvalidRequestError: The rate is not above 0.

    Example:
        >>> limiter = LocalLimiter(10)
        >>> client = CallFluent(hooks=[SharedRate(limiter)])
    """

    requests_per_second: float
    """Rate of all requests together."""

    def __init__(self, requests_per_second: float) -> None:
        self.requests_per_second = _checked(requests_per_second)
        self._free = 0.0
        self._lock = threading.Lock()

    def acquire(self, permits: int) -> float:
        """Reserves the next free period; see `Limiter.acquire`."""
        with self._lock:
            now = time.monotonic()
            start = max(now, self._free)
            self._free = start + permits / self.requests_per_second
        return start - now

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a LocalLimiter belongs to one process: use FileLimiter, RedisLimiter or an actor")


class FileLimiter:
    """A limiter for the processes of one machine. A locked file holds the end of the last period.

    Args:
        path: File on a local disk. It is created. All processes name the same one.
        requests_per_second: Rate of all processes together. All give the same one.

    Raises:
        InvalidRequestError: The rate is not above 0.

    Example:
        >>> limiter = FileLimiter("callfluent.rate", requests_per_second=10)
        >>> client = CallFluent(hooks=[SharedRate(limiter)])
    """

    path: Path
    """The file, as an absolute path."""
    requests_per_second: float
    """Rate of all processes together."""

    # The time of the last change, and the end of the last period, on the clock of the machine.
    _CONTENT = struct.Struct("<dd")

    def __init__(self, path: str | os.PathLike[str], requests_per_second: float) -> None:
        if not isinstance(path, (str, os.PathLike)):
            raise invalid_value("limiter", "path", f"expected a path, got {kind_of(path)}")
        self.path = Path(path).absolute()
        self.requests_per_second = _checked(requests_per_second)

    def acquire(self, permits: int) -> float:
        """Reserves the next free period; see `Limiter.acquire`."""
        # Opened each time: a lock belongs to an open file, and threads must exclude each other.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        file = os.open(self.path, flags, 0o666)
        try:
            # The lock ends with the descriptor, even if the process is killed.
            _lock(file)
            content = os.read(file, self._CONTENT.size)
            now = time.monotonic()
            changed, free = self._CONTENT.unpack(content) if len(content) == self._CONTENT.size else (now, now)
            # A change in the future was made before the machine was restarted.
            start = max(now, free) if changed <= now else now
            os.lseek(file, 0, os.SEEK_SET)
            os.write(file, self._CONTENT.pack(now, start + permits / self.requests_per_second))
            return start - now
        finally:
            os.close(file)


def _lock(file: int) -> None:
    if os.name == "nt":
        import msvcrt

        # It waits for ten seconds; longer waits mean that a process holds the lock.
        msvcrt.locking(file, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)


class RedisLimiter:
    """A limiter for several machines. A script in Redis holds the end of the last period.

    Args:
        redis: A client of the package `redis`, or a URL such as `redis://host:6379/0`. Pickles
            contain the URL; a limiter with a client cannot be pickled.
        requests_per_second: Rate of all processes together. All give the same one.
        key: Key in Redis. It expires when the last period is over.

    Raises:
        InvalidRequestError: The rate is not above 0.
        ImportError: `redis` is a URL, and the package is not installed.

    Example:
        >>> limiter = RedisLimiter("redis://localhost:6379/0", requests_per_second=10)
        >>> client = CallFluent(hooks=[SharedRate(limiter)])
    """

    requests_per_second: float
    """Rate of all processes together."""

    # The clock of the server is the same for all machines. Numbers are passed as strings because
    # Redis makes integers of others.
    _SCRIPT = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local start = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local free = start + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.6f', free), 'PX', math.ceil((free - now) * 1000) + 1000)
return string.format('%.6f', start - now)
"""

    def __init__(self, redis: Any, requests_per_second: float, *, key: str = "callfluent:rate") -> None:
        self.requests_per_second = _checked(requests_per_second)
        self._url = redis if isinstance(redis, str) else None
        self._redis = _redis_client(redis) if isinstance(redis, str) else redis
        self._key = key

    def acquire(self, permits: int) -> float:
        """Reserves the next free period; see `Limiter.acquire`."""
        length = f"{permits / self.requests_per_second:.9f}"
        return max(0.0, float(self._redis.eval(self._SCRIPT, 1, self._key, length)))

    def __reduce__(self) -> tuple[Any, ...]:
        if self._url is None:
            raise TypeError("a RedisLimiter with a client cannot be pickled: pass the URL of the server")
        return (_redis_limiter, (self._url, self.requests_per_second, self._key))


def _redis_limiter(url: str, requests_per_second: float, key: str) -> RedisLimiter:
    return RedisLimiter(url, requests_per_second, key=key)


def _redis_client(url: str) -> Any:
    from importlib import import_module

    try:
        package = import_module("redis")
    except ImportError as error:
        raise ImportError("a RedisLimiter needs redis: pip install redis", name="redis") from error
    return package.Redis.from_url(url)


def limiter_of(url: str, requests_per_second: float) -> Limiter:
    """Returns the limiter that a URL names, for the options of an engine.

    Args:
        url: `file:///tmp/callfluent.rate`, `redis://host:6379/0` or `rediss://...`. `env:NAME`
            takes the URL from an environment variable of the process, for a URL with a password.
        requests_per_second: Rate of all processes together.

    Raises:
        InvalidRequestError: The scheme is unknown, or the variable is not set.

    Example:
        >>> limiter = limiter_of("file:///tmp/callfluent.rate", 10)
    """
    if not isinstance(url, str):
        raise invalid_value("limiter", "url", f"expected a string, got {kind_of(url)}")
    if url.startswith("env:"):
        name = url.removeprefix("env:")
        if name not in os.environ:
            raise InvalidRequestError(f"limiter: the environment variable {name!r} is not set; set it on each worker")
        url = os.environ[name]
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path:
        from urllib.request import url2pathname

        path = url2pathname(parts.path) if os.name == "nt" else unquote(parts.path)
        return FileLimiter(path, requests_per_second)
    if parts.scheme in ("redis", "rediss", "unix"):
        return RedisLimiter(url, requests_per_second)
    # The URL can have a password.
    raise InvalidRequestError(
        f"limiter: unknown scheme {parts.scheme!r}; use file:///path, redis://host:6379/0 or env:NAME"
    )


def check_limiter(subject: str, limiter: object) -> None:
    """Rejects an object without the parts of `Limiter`."""
    if not hasattr(limiter, "acquire") or not hasattr(limiter, "requests_per_second"):
        reason = f"expected an object with acquire and requests_per_second, got {kind_of(limiter)}"
        raise invalid_value(subject, "limiter", reason)


class _Leases:
    """Requests of a process within the periods that its limiter reserves.

    In a period, requests are spaced as the rate demands, and late ones may catch up. So in any
    period of `t` seconds, all processes send at most `t * requests_per_second` requests and those
    of one lease. A lease doubles if it was used before its end. Otherwise it shrinks to what was
    used.
    """

    def __init__(self, limiter: Limiter, lease: float) -> None:
        check_limiter("limiter", limiter)
        if not 0 < lease <= 60:
            raise InvalidRequestError(f"limiter: lease: must be above 0 and at most 60 seconds, got {lease!r}")
        self.limiter = limiter
        self.lease = lease
        self._most = max(1, int(limiter.requests_per_second * lease))
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._permits = self._used = 0
        self._start = self._end = 0.0

    def delay(self, takes: bool = True, time_left: float | None = None) -> float:
        """Returns the seconds until the next request may be sent, and takes it. A request without
        so much time takes nothing, so that another one gets its turn.

        Raises:
            TooLate: The delay is longer than the time that is left.
        """
        if self._process != os.getpid():
            # A fork shares neither the lease nor a lock that another thread held.
            self._begin()
        with self._lock:
            now = time.monotonic()
            is_over = now >= self._end
            if self._used == self._permits or is_over:
                wanted = self._used if is_over else 2 * self._used
                permits = min(max(1, wanted), self._most)
                self._start = now + self.limiter.acquire(permits)
                self._end = self._start + permits / self.limiter.requests_per_second
                self._permits, self._used = permits, 0
            delay = max(0.0, self._start + self._used / self.limiter.requests_per_second - now)
            if time_left is not None and delay >= time_left:
                raise TooLate
            self._used += takes
        return delay

    def is_at_hand(self) -> bool:
        """Returns true if the next request needs no new lease."""
        return self._process == os.getpid() and self._used < self._permits and time.monotonic() < self._end


class _Rate(Hooks):
    def __init__(self, limiter: Limiter, *, lease: float = 1.0) -> None:
        self._leases = _Leases(limiter, lease)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rate, (type(self), self._leases.limiter, self._leases.lease))


def _rate(kind: Any, limiter: Limiter, lease: float) -> Any:
    return kind(limiter, lease=lease)


class SharedRate(_Rate):
    """A hook that lets the requests of a client wait for a limiter, each attempt and each page.

    The wait counts for the timeout of a request. If it would be longer than the time that is left,
    the request fails at once with `APITimeoutError` and takes nothing of the rate. Call `wait`
    before a request to wait outside of its timeout. If the limiter fails, the request is sent, and
    the logger `callfluent` gets a warning.
    Tables fetch pages without hooks: give their client `requests_per_second`.

    Args:
        limiter: The limiter that the processes share.
        lease: Longest period in seconds that is reserved at once. Default: 1.

    Raises:
        InvalidRequestError: The lease is not above 0, or above 60 seconds.

    Example:
        >>> client = CallFluent(hooks=[SharedRate(FileLimiter("callfluent.rate", 10))])
    """

    _remedy_in_async = "blocks the event loop of AsyncCallFluent; use AsyncSharedRate"

    def before_attempt(self, attempt: Attempt) -> None:
        """Waits until the attempt may be sent."""
        delay = self._leases.delay(time_left=attempt._time_left)
        if delay > 0:
            time.sleep(delay)

    def wait(self) -> None:
        """Waits until a request may be sent, outside of its timeout."""
        delay = self._leases.delay(takes=False)
        if delay > 0:
            time.sleep(delay)


class AsyncSharedRate(_Rate):
    """The hook of an async client; see `SharedRate`. The event loop does not wait.

    Args:
        limiter: The limiter that the processes share.
        lease: Longest period in seconds that is reserved at once. Default: 1.

    Example:
        >>> client = AsyncCallFluent(hooks=[AsyncSharedRate(FileLimiter("callfluent.rate", 10))])
    """

    _remedy_in_sync = "limits nothing in CallFluent, which runs no coroutine functions; use SharedRate"

    def before_attempt(self, attempt: Attempt) -> Awaitable[None]:
        """Waits until the attempt may be sent."""
        return self._wait(True, attempt._time_left)

    async def wait(self) -> None:
        """Waits until a request may be sent, outside of its timeout."""
        await self._wait(False, None)

    async def _wait(self, takes: bool, time_left: float | None) -> None:
        leases = self._leases
        if leases.is_at_hand():
            delay = leases.delay(takes, time_left)
        else:
            # A limiter can block, for example on the network.
            delay = await asyncio.to_thread(leases.delay, takes, time_left)
        if delay > 0:
            await asyncio.sleep(delay)
