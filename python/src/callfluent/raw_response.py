"""The raw response next to the parsed one, and the curl command of a request.

`client.with_raw_response` and `client.as_curl` have the resources of the client. The methods of the
first return a `RawResponse`, those of the second a string.
"""

from .options import request_options
from .transport import AsyncTransport, SyncTransport, _ListRequest, records_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Generic, TypeVar

    from ._callfluent import NativeClient, NativeUploadProgress
    from .options import RequestOptions

    T_co = TypeVar("T_co", covariant=True)

    class _Generic(Generic[T_co]):
        pass
else:
    T_co = None

    class _Generic:
        __slots__ = ()

        # The type of `list[int]`, without an import.
        __class_getitem__ = classmethod(type(list[int]))


__all__ = ["RawResponse"]

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True


class RawResponse(_Generic[T_co]):
    """A response with its parsed result. Nothing in it contains the API key.

    Example:
        >>> response = client.with_raw_response.agents.get(1002)
        >>> print(response.status_code, response.request_id, response.attempts)
        >>> print(response.parse().agent.name)
    """

    value: "T_co"
    """The parsed result, as the method returns it."""
    status_code: int
    """HTTP status."""
    headers: "dict[str, str]"
    """Headers by their names in lower case, without cookies and credentials."""
    text: str
    """Body of the response."""
    request_id: "str | None"
    """ID that the server gave the request."""
    attempts: int
    """Number of attempts to send the request. If a method sends several requests, as `agents.patch`
    does, the response is that of the last one."""
    method: str
    """HTTP method."""
    url: str
    """URL of the request."""

    __slots__ = ("attempts", "headers", "method", "request_id", "status_code", "text", "url", "value")

    def __init__(
        self,
        value: "T_co",
        status_code: int,
        headers: "dict[str, str]",
        text: str,
        request_id: "str | None",
        attempts: int,
        method: str,
        url: str,
    ) -> None:
        self.value = value
        self.status_code = status_code
        self.headers = headers
        self.text = text
        self.request_id = request_id
        self.attempts = attempts
        self.method = method
        self.url = url

    def parse(self) -> "T_co":
        """Returns the parsed result: `value`."""
        return self.value

    def __repr__(self) -> str:
        return f"RawResponse({self.method} {self.url}, status_code={self.status_code}, attempts={self.attempts})"


def unavailable(view: "Any", name: str) -> "Callable[..., Any]":
    """Returns what a method does that sends several requests, which have neither one response nor
    one command.

    Raises:
        AttributeError: The resource does not have such a method.
    """
    if name not in view._several:
        raise AttributeError(f"{type(view).__name__!r} object has no attribute {name!r}", name=name, obj=view)

    def unavailable_method(*_: object, **__: object) -> "Any":
        from .argument_checks import invalid_argument

        reason = "the method sends several requests; use the method for one request"
        raise invalid_argument(f"{view._name}.{name}", view._option, reason)

    return unavailable_method


def _with_records(operation: str, record_type: str, response: "RawResponse[Any]") -> "RawResponse[Any]":
    response.value = records_of(operation, record_type, response.value)
    return response


class RawTransport(SyncTransport):
    """Returns raw responses."""

    __slots__ = ()

    def __init__(self, native: "Callable[[], NativeClient]") -> None:
        super().__init__(lambda: native().with_raw_responses())

    def __call__(
        self,
        operation: str,
        arguments: "dict[str, Any]",
        record_type: str,
        files: "Any",
        options: "RequestOptions",
        record: "Any" = None,
        progress: "NativeUploadProgress | None" = None,
    ) -> "Any":
        __tracebackhide__ = True
        parts = super().__call__(operation, arguments, record_type, files, options, record, progress)
        return _with_records(operation, record_type, RawResponse(*parts))

    def pages(
        self,
        operation: str,
        arguments: "dict[str, Any]",
        record_type: str,
        files: "Any",
        options: "RequestOptions",
        progress: object = None,
    ) -> "Any":
        __tracebackhide__ = True
        from .pagination import Pages

        response = self(operation, arguments, record_type, files, options)
        request = _ListRequest(self, operation, arguments, record_type, options)
        # Without a position, the next page requests this one again.
        fetched: Any = (response.value, None)
        response.value = Pages(request, arguments.get("page"), fetched)
        return response

    def request(self, method: str, path: str, json: "Any", query: "Any", options: "RequestOptions") -> "Any":
        return RawResponse(*super().request(method, path, json, query, options))


class AsyncRawTransport(AsyncTransport):
    """Returns raw responses."""

    __slots__ = ()

    def __init__(self, native: "Callable[[], NativeClient]") -> None:
        super().__init__(lambda: native().with_raw_responses())

    async def __call__(
        self,
        operation: str,
        arguments: "dict[str, Any]",
        record_type: str,
        files: "Any",
        options: "RequestOptions",
        record: "Any" = None,
        progress: "NativeUploadProgress | None" = None,
    ) -> "Any":
        __tracebackhide__ = True
        parts = await super().__call__(operation, arguments, record_type, files, options, record, progress)
        return _with_records(operation, record_type, RawResponse(*parts))

    def pages(
        self,
        operation: str,
        arguments: "dict[str, Any]",
        record_type: str,
        files: "Any",
        options: "RequestOptions",
        progress: object = None,
    ) -> "Any":
        return self._page(operation, arguments, record_type, files, options)

    async def _page(
        self, operation: str, arguments: "dict[str, Any]", record_type: str, files: "Any", options: "RequestOptions"
    ) -> "Any":
        from .pagination import AsyncPage

        response = await self(operation, arguments, record_type, files, options)
        request: Any = _ListRequest(self, operation, arguments, record_type, options)
        fetched: Any = (response.value, None)
        response.value = AsyncPage(request, arguments.get("page") or 1, fetched)
        return response

    async def request(self, method: str, path: str, json: "Any", query: "Any", options: "RequestOptions") -> "Any":
        return RawResponse(*await super().request(method, path, json, query, options))


class CurlTransport(SyncTransport):
    """Returns curl commands, and sends nothing."""

    __slots__ = ()

    def __call__(
        self,
        operation: str,
        arguments: "dict[str, Any]",
        record_type: str,
        files: "Any",
        options: "RequestOptions",
        record: "Any" = None,
        progress: object = None,
    ) -> str:
        __tracebackhide__ = True
        return self._native().curl(operation, arguments, files, request_options(options), record)

    def upload(
        self,
        operation: str,
        arguments: "dict[str, Any]",
        record_type: str,
        files: "Any",
        options: "RequestOptions",
        progress: object,
    ) -> str:
        return self(operation, arguments, record_type, files, options)

    def pages(
        self,
        operation: str,
        arguments: "dict[str, Any]",
        record_type: str,
        files: "Any",
        options: "RequestOptions",
        progress: object = None,
    ) -> "Any":
        return self(operation, arguments, record_type, files, options)

    def request(self, method: str, path: str, json: "Any", query: "Any", options: "RequestOptions") -> str:
        return self._native().curl_request(method, path, json, query, request_options(options))
