"""The sync and the async client. They hold the native client and pass it to the resources."""

import os
import sys

from . import _callfluent, resources
from ._callfluent import NativeClient
from .forks import import_before_forks
from .introspection import described
from .options import environment
from .transport import AsyncTransport, SyncTransport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import annotations as types
    from .operation_hooks import OperationHooks
else:
    from .introspection import types

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True

if os.environ.get("CALLFLUENT_LOG"):
    from .logging import log_to_stderr

    log_to_stderr(os.environ["CALLFLUENT_LOG"])
import_before_forks()
_USER_AGENT = f"callfluent-python/{_callfluent.VERSION}"


class _Client:
    """The common part of both clients."""

    __slots__ = ("__weakref__", "_is_original", "_native", "_operation_hooks", "_resources", "_settings")
    _transport: "type[Any]" = SyncTransport

    def __init__(
        self,
        api_key: "str | None" = None,
        *,
        base_url: "str | None" = None,
        timeout: "float | types.timedelta | None" = None,
        connect_timeout: "float | types.timedelta | None" = None,
        queue_timeout: "float | types.timedelta | None" = None,
        max_retries: "int | None" = None,
        max_concurrency: "int | None" = None,
        requests_per_second: "float | None" = None,
        burst: "int | None" = None,
        default_headers: "types.Mapping[str, str] | None" = None,
        proxy: "str | None" = None,
        ca_bundle: "str | types.PathLike[str] | None" = None,
        client_certificate: "str | types.PathLike[str] | None" = None,
        validate: bool = True,
        allow_http: bool = False,
        strict: bool = False,
        offline: "bool | None" = None,
        hooks: "types.Sequence[types.Hooks] | None" = None,
    ) -> None:
        """Creates a client. Nothing is sent.

        Args:
            api_key: API key. Default: the environment variable `CALLFLUENT_API_KEY`.
            base_url: Base URL of all requests. Default: the environment variable
                `CALLFLUENT_BASE_URL`, or the API's own URL.
            timeout: Total timeout of a request in seconds, including retries. It begins when the
                request has its turn under `max_concurrency` and `requests_per_second`. Default: 60.
            connect_timeout: Connect timeout in seconds. Default: 10.
            queue_timeout: Maximum time in seconds that a request waits for its turn, including the
                wait for other changes of the same agent. Default: unlimited.
            max_retries: Maximum number of retries. Default: 2.
            max_concurrency: Maximum number of concurrent requests. Default: unlimited.
            requests_per_second: Maximum number of requests that start in a second. Default:
                unlimited.
            burst: Number of requests that may start at once, if `requests_per_second` is set. 1
                spaces requests evenly. Default: those of one second.
            default_headers: Headers of every request.
            proxy: URL of a proxy, with user name and password if it requires them. Schemes:
                `http`, `https`, `socks4`, `socks4a`, `socks5`, `socks5h` (the proxy resolves
                names). Default: the environment variables `HTTPS_PROXY` and `NO_PROXY`.
            ca_bundle: PEM file with certificates to trust in addition to the system's.
            client_certificate: PEM file with a client certificate, its chain and its private key,
                for servers that require one (mutual TLS).
            validate: Validate arguments before sending. Default: true.
            allow_http: Allow an `http://` base URL on another machine. The key is then sent
                unencrypted. Default: false.
            strict: Raise an error if a response differs from the documentation; for tests. Default:
                false.
            offline: Refuse every host except this machine, before a socket is opened; for tests.
                Default: the environment variable `CALLFLUENT_OFFLINE` (`1` or `0`), or the setting
                of the process, see `callfluent.sandbox.set_offline`.
            hooks: Hooks that run before and after each attempt of a request, in this order; see
                `callfluent.hooks`. Default: none.

        Raises:
            InvalidRequestError: An option is invalid; the error lists all of them.

        Example:
            >>> client = CallFluent("your-api-key", timeout=30)
        """
        self._native: NativeClient | None = None
        options: dict[str, Any] = {
            "base_url": base_url,
            "timeout": timeout,
            "connect_timeout": connect_timeout,
            "queue_timeout": queue_timeout,
            "max_retries": max_retries,
            "max_concurrency": max_concurrency,
            "requests_per_second": requests_per_second,
            "burst": burst,
            "default_headers": default_headers,
            "proxy": proxy,
            "ca_bundle": ca_bundle,
            "client_certificate": client_certificate,
            "validate": validate,
            "allow_http": allow_http,
            "strict": strict,
            "offline": offline,
        }
        runner = None
        self._operation_hooks: OperationHooks | None = None
        if hooks is not None:
            from .hooks import HookRunner

            runner = HookRunner(hooks, self._transport is AsyncTransport)
            self._operation_hooks = runner.operation_hooks()
        __tracebackhide__ = True
        try:
            native = NativeClient(api_key, options, environment(), _USER_AGENT, runner)
            if not native.has_certificates:
                from .certificates import use_certificates_of_packages

                if use_certificates_of_packages():
                    native = NativeClient(api_key, options, environment(), _USER_AGENT, runner)
        finally:
            # Error reports may show the variables of each frame.
            del api_key
        if default_headers is not None:
            options["default_headers"] = dict(default_headers)
        if hooks is not None:
            options["hooks"] = list(hooks)
        self._open(native, _Settings(options))
        self._is_original = True

    def _open(self, native: "NativeClient", settings: "_Settings") -> None:
        self._native = native
        # A client of `with_options` shares the connections of the original, which closes them.
        self._is_original = False
        self._settings = settings
        self._resources: dict[str, Any] = {}

    def _use(self) -> "NativeClient":
        if self._native is None:
            raise RuntimeError("the client is closed")
        return self._native

    def _resource(self, name: str) -> "Any":
        # Another thread may create it too; all must see the same one, whose methods tests replace.
        return self._resources.setdefault(name, self._resource_class(name)(self._transport_of(self._transport)))

    def _transport_of(self, kind: "type[Any]") -> "Any":
        """Returns a transport of this client."""
        hooks = self._operation_hooks
        if hooks is None:
            return kind(self._use)
        from .operation_hooks import observed

        return observed(kind)(self._use, hooks)

    @classmethod
    def _resource_class(cls, name: str) -> "Any":
        """Returns the class of a resource."""
        return getattr(resources, name)

    @property
    def base_url(self) -> str:
        """Base URL of all requests."""
        return self._use().base_url

    def _with_options(
        self,
        timeout: "Any" = None,
        max_retries: "Any" = None,
        extra_headers: "Any" = None,
        request_id: "Any" = None,
        extra_body: "Any" = None,
        queue_timeout: "Any" = None,
    ) -> "types.Self":
        options = {
            "timeout": timeout,
            "queue_timeout": queue_timeout,
            "max_retries": max_retries,
            "extra_headers": extra_headers,
            "request_id": request_id,
            "extra_body": extra_body,
        }
        native = self._use().with_options(options)
        for name in ("extra_headers", "extra_body"):
            # The user's mapping may not be picklable.
            options[name] = None if options[name] is None else dict(options[name])
        changed = object.__new__(type(self))
        changed._operation_hooks = self._operation_hooks
        changed._open(native, self._settings.changed(options))
        return changed

    @property
    def as_curl(self) -> "types.CurlCommands":
        """The same resources, whose methods return curl commands and send nothing.

        The commands are for a POSIX shell. The key is `$CALLFLUENT_API_KEY`, and headers that look
        like credentials are variables, too. Files in memory have the place of a file of that name.

        Example:
            >>> print(client.as_curl.agents.get(1002))
        """
        from .raw_response import CurlTransport
        from .request_views import CurlCommands

        transport = CurlTransport(self._use)
        return CurlCommands(lambda name: getattr(resources, name)(transport), transport)

    @described()
    def drift(self) -> "list[types.DriftEntry]":
        """Returns the differences between responses and the API's documentation.

        Returns:
            Path, kind, value and count of each difference.

        Example:
            >>> for entry in client.drift():
            ...     print(entry.path, entry.kind)
        """
        from .drift import DriftEntry

        return [DriftEntry(*entry) for entry in self._use().drift()]

    def __del__(self) -> None:
        # A client that lives until the program ends was not forgotten, and imports fail by then.
        warned = sys.flags.dev_mode and not sys.is_finalizing()
        if warned and getattr(self, "_is_original", False) and self._native is not None:
            import warnings

            warnings.warn(f"{self!r} was never closed", ResourceWarning, source=self, stacklevel=2)

    def __repr__(self) -> str:
        state = f"base_url={self._native.base_url!r}" if self._native else "closed"
        return f"{type(self).__name__}({state})"

    def __reduce__(self) -> "tuple[Any, ...]":
        # A key that was given is pickled. The process that unpickles reads a key of the environment
        # from its own.
        return (_restore, (type(self), self._use().given_key(), self._settings.options, self._settings.changes))

    def __copy__(self) -> "types.Self":
        return self._with_options()

    def __deepcopy__(self, memo: "dict[int, Any]") -> "types.Self":
        return self._with_options()


# Not as a decorator: jedi would not find the parameters.
described()(_Client.__init__)


class _Settings:
    """Options that a client was created with, for pickling. The native client keeps the key."""

    __slots__ = ("changes", "options")

    def __init__(self, options: "dict[str, Any]", changes: "tuple[dict[str, Any], ...]" = ()) -> None:
        self.options = options
        self.changes = changes

    def changed(self, changes: "dict[str, Any]") -> "_Settings":
        return _Settings(self.options, (*self.changes, changes))

    def __repr__(self) -> str:
        return "_Settings(...)"


def _restore(kind: "Any", key: "str | None", options: "dict[str, Any]", changes: "tuple[dict[str, Any], ...]") -> "Any":
    try:
        client = kind(key, **options)
    finally:
        del key
    for change in changes:
        # Nobody can close it: only the last one is returned.
        client._is_original = False
        client = client._with_options(**change)
    return client


# `_Client` first: jedi takes the constructor of the first base.
class CallFluent(_Client, resources.Resources):
    """Sync client of the CallFluent API. It is thread-safe and works after a fork."""

    __slots__ = ()

    def _request(self, method: str, path: str, json: "Any", query: "Any", options: "Any") -> "Any":
        return self._transport_of(SyncTransport).request(method, path, json, query, options)

    @property
    def with_raw_response(self) -> "types.RawResponses":
        """The same resources, whose methods return the raw response next to the parsed result.

        Example:
            >>> response = client.with_raw_response.agents.get(1002)
            >>> print(response.status_code, response.parse().agent.name)
        """
        from .raw_response import RawTransport
        from .request_views import RawResponses

        transport = self._transport_of(RawTransport)
        return RawResponses(lambda name: getattr(resources, name)(transport), transport)

    def close(self) -> None:
        """Closes the connections. The client cannot be used afterwards."""
        self._native = None

    def __enter__(self) -> "types.Self":
        return self

    def __exit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", trace: "types.TracebackType | None"
    ) -> None:
        self.close()


class AsyncCallFluent(_Client, resources.AsyncResources):
    """Async client of the CallFluent API, for asyncio. It can be used from several event loops."""

    __slots__ = ()
    _transport = AsyncTransport

    @classmethod
    def _resource_class(cls, name: str) -> "Any":
        from . import _async_resources

        return getattr(_async_resources, f"Async{name}")

    async def _request(self, method: str, path: str, json: "Any", query: "Any", options: "Any") -> "Any":
        return await self._transport_of(AsyncTransport).request(method, path, json, query, options)

    @property
    def with_raw_response(self) -> "types.AsyncRawResponses":
        """The same resources, whose methods return the raw response next to the parsed result.

        Example:
            >>> response = await client.with_raw_response.agents.get(1002)
            >>> print(response.status_code, response.parse().agent.name)
        """
        from .raw_response import AsyncRawTransport
        from .request_views import AsyncRawResponses

        transport = self._transport_of(AsyncRawTransport)
        return AsyncRawResponses(lambda name: self._resource_class(name)(transport), transport)

    async def close(self) -> None:
        """Closes the connections. The client cannot be used afterwards."""
        self._native = None

    async def __aenter__(self) -> "types.Self":
        return self

    async def __aexit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", trace: "types.TracebackType | None"
    ) -> None:
        await self.close()
