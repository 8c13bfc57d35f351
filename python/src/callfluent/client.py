"""The clients: one that waits, one that is awaited. They hold the core's client and hand it to the resources."""

import os
import sys

from . import _callfluent, errors, resources
from ._callfluent import NativeClient
from .transport import AsyncTransport, SyncTransport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta
    from types import TracebackType
    from typing import Any, TypedDict

    from typing_extensions import Self

    from .drift import DriftEntry

    class ClientOptions(TypedDict, total=False):
        """What a client takes beside its key and base URL."""

        timeout: float | timedelta | None
        connect_timeout: float | timedelta | None
        max_retries: int | None
        max_concurrency: int | None
        requests_per_second: float | None
        default_headers: Mapping[str, str] | None
        proxy: str | None
        ca_bundle: str | os.PathLike[str] | None
        validate: bool
        allow_http: bool
        strict: bool


_callfluent.set_error_factory(errors.make)
if os.environ.get("CALLFLUENT_LOG"):
    from .logging import turn_on

    turn_on(os.environ["CALLFLUENT_LOG"])
_USER_AGENT = f"callfluent-python/{_callfluent.VERSION}"


class _Client:
    """What both clients have in common."""

    __slots__ = ("__weakref__", "_core", "_made", "_resources", "_settings")
    _caller: "type[Any]" = SyncTransport

    def __init__(
        self,
        api_key: "str | None" = None,
        *,
        base_url: "str | None" = None,
        timeout: "float | timedelta | None" = None,
        connect_timeout: "float | timedelta | None" = None,
        max_retries: "int | None" = None,
        max_concurrency: "int | None" = None,
        requests_per_second: "float | None" = None,
        default_headers: "Mapping[str, str] | None" = None,
        proxy: "str | None" = None,
        ca_bundle: "str | os.PathLike[str] | None" = None,
        validate: bool = True,
        allow_http: bool = False,
        strict: bool = False,
    ) -> None:
        """Makes a client; nothing is sent.

        Args:
            api_key: The API key. By default that of CALLFLUENT_API_KEY.
            base_url: The URL that all paths are below. By default that of CALLFLUENT_BASE_URL, or the API's own.
            timeout: How long a whole call may take, in seconds, with all its attempts and the waits between them. 60 by default.
            connect_timeout: How long making a connection may take, in seconds. 10 by default.
            max_retries: How often a call is tried again, where that is harmless. 2 by default.
            max_concurrency: How many requests may be under way at once. No limit by default.
            requests_per_second: How many requests may start in a second. No limit by default.
            default_headers: Headers for every request.
            proxy: The URL of a proxy. By default that of HTTPS_PROXY; NO_PROXY is respected.
            ca_bundle: A PEM file with certificates to trust beside those of the machine.
            validate: Whether arguments are checked before anything is sent.
            allow_http: Whether the base URL may be http:// on another machine than this one.
            strict: Whether an answer that differs from the documentation is an error; for tests.

        Raises:
            InvalidRequestError: With everything that cannot be used.
        """
        self._core: NativeClient | None = None
        settings: dict[str, Any] = {
            "base_url": base_url,
            "timeout": timeout,
            "connect_timeout": connect_timeout,
            "max_retries": max_retries,
            "max_concurrency": max_concurrency,
            "requests_per_second": requests_per_second,
            "default_headers": default_headers,
            "proxy": proxy,
            "ca_bundle": ca_bundle,
            "validate": validate,
            "allow_http": allow_http,
            "strict": strict,
        }
        try:
            core = NativeClient(api_key, settings, _USER_AGENT)
        finally:
            # What shows a failure may show the variables of each frame.
            del api_key
        if default_headers is not None:
            settings["default_headers"] = dict(default_headers)
        self._open(core, _Settings(settings))
        self._made = True

    def _open(self, core: "NativeClient", settings: "_Settings") -> None:
        self._core = core
        # A client with other options shares the connections of the one that it came from, which closes them.
        self._made = False
        self._settings = settings
        self._resources: dict[str, Any] = {}

    def _use(self) -> "NativeClient":
        if self._core is None:
            raise RuntimeError("the client is closed")
        return self._core

    def _resource(self, kind: "Any") -> "Any":
        name = kind.__name__
        if name not in self._resources:
            self._resources[name] = kind(self._caller(self._use))
        return self._resources[name]

    @property
    def base_url(self) -> str:
        """The URL that all paths are below."""
        return self._use().base_url

    def _with_options(
        self, timeout: "Any" = None, max_retries: "Any" = None, extra_headers: "Any" = None, extra_body: "Any" = None
    ) -> "Self":
        options = {
            "timeout": timeout,
            "max_retries": max_retries,
            "extra_headers": extra_headers,
            "extra_body": extra_body,
        }
        core = self._use().with_options(options)
        for name in ("extra_headers", "extra_body"):
            # A copy of the user's, which can be pickled whatever theirs is.
            options[name] = None if options[name] is None else dict(options[name])
        changed = object.__new__(type(self))
        changed._open(core, self._settings.changed(options))
        return changed

    def drift(self) -> "list[DriftEntry]":
        """Where the answers differed from the API's documentation: path, kind, value and count of each difference."""
        from .drift import DriftEntry

        return [DriftEntry(*found) for found in self._use().drift()]

    def __del__(self) -> None:
        # One that lives until the program ends was not forgotten, and nothing can be imported by then.
        told = sys.flags.dev_mode and not sys.is_finalizing()
        if told and getattr(self, "_made", False) and self._core is not None:
            import warnings

            warnings.warn(f"{self!r} was never closed", ResourceWarning, source=self, stacklevel=2)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(base_url={self._core.base_url!r})"
            if self._core
            else f"{type(self).__name__}(closed)"
        )

    def __reduce__(self) -> "tuple[Any, ...]":
        # A key that was given goes along; one from the environment is that of the process which unpickles.
        return (_restore, (type(self), self._use().given_key(), self._settings.values, self._settings.options))

    def __copy__(self) -> "Self":
        return self._with_options()

    def __deepcopy__(self, memo: "dict[int, Any]") -> "Self":
        return self._with_options()


class _Settings:
    """What a client was made from, for pickling; the core keeps the key."""

    __slots__ = ("options", "values")

    def __init__(self, values: "dict[str, Any]", options: "tuple[dict[str, Any], ...]" = ()) -> None:
        self.values = values
        self.options = options

    def changed(self, options: "dict[str, Any]") -> "_Settings":
        return _Settings(self.values, (*self.options, options))

    def __repr__(self) -> str:
        return "_Settings(...)"


def _restore(kind: "Any", key: "str | None", values: "dict[str, Any]", options: "tuple[dict[str, Any], ...]") -> "Any":
    try:
        client = kind(key, **values)
    finally:
        del key
    for changes in options:
        client = client._with_options(**changes)
    return client


class CallFluent(resources.Resources, _Client):
    """A client of the CallFluent API; see its arguments."""

    __slots__ = ()

    def _request(self, method: str, path: str, json: "Any", query: "Any", options: "Any") -> "Any":
        return SyncTransport(self._use).request(method, path, json, query, options)

    def close(self) -> None:
        """Lets go of the connections. The client cannot be used afterwards."""
        self._core = None

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        self.close()


class AsyncCallFluent(resources.AsyncResources, _Client):
    """A client of the CallFluent API whose methods are awaited; see its arguments."""

    __slots__ = ()
    _caller = AsyncTransport

    async def _request(self, method: str, path: str, json: "Any", query: "Any", options: "Any") -> "Any":
        return await AsyncTransport(self._use).request(method, path, json, query, options)

    async def close(self) -> None:
        """Lets go of the connections. The client cannot be used afterwards."""
        self._core = None

    async def __aenter__(self) -> "Self":
        return self

    async def __aexit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        await self.close()
