"""Hooks: code of the user that runs before and after each attempt of a request.

    from callfluent import CallFluent
    from callfluent.hooks import Attempt, Hooks

    class Timing(Hooks):
        def after_attempt(self, attempt: Attempt) -> None:
            print(attempt.operation, attempt.status_code, attempt.duration)

    client = CallFluent(hooks=[Timing()])

A hook that raises an exception does not change its request. The exception goes to
`sys.unraisablehook`, and the logger `callfluent` gets a warning.
"""

from .errors import InvalidRequestError
from .open_attempt import OpenAttempt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable
    from typing import Any

    from ._callfluent import HookReply
    from .operation_hooks import OperationHooks

__all__ = ["Attempt", "Hooks"]


class Attempt:
    """An attempt of a request, as hooks see it. Nothing in it contains the API key.

    Both methods of a hook get the same object, which can be a key of a dictionary.

    Example:
        >>> class Tenant(Hooks):
        ...     def before_attempt(self, attempt):
        ...         attempt.headers["X-Tenant"] = "bakery"
    """

    operation: str
    """Operation, such as `agents.get`. Requests by path have the name `request`."""
    method: str
    """HTTP method."""
    url: str
    """URL. Values of the query are replaced by `REDACTED`, except `page`."""
    path: str
    """Path of the URL."""
    url_template: "str | None"
    """Template of the path, such as `/api/agent/get-one/{agentId}`. All requests of an operation
    have the same, so that metrics can group them. `None` for requests by path."""
    number: int
    """Number of the attempt, counted from 1."""
    client_request_id: "str | None"
    """ID that the caller gave the request with the option `request_id`."""
    headers: "dict[str, str]"
    """Headers to add to this attempt. `Authorization` cannot be replaced."""
    status_code: "int | None" = None
    """HTTP status, if a response arrived. Set after the attempt."""
    error: "str | None" = None
    """Class of the error without a usable response, such as `APIConnectionError`, or `canceled`.
    `None` for an error response: its status shows it. Set after the attempt."""
    duration: "float | None" = None
    """Seconds from sending the attempt to its end. Set after the attempt."""
    request_id: "str | None" = None
    """ID that the server gave the request. Set after the attempt."""
    # Seconds until the timeout of the request, for the hooks of this package that wait.
    _time_left: "float | None" = None

    def __init__(
        self,
        operation: str,
        method: str,
        url: str,
        path: str,
        number: int,
        client_request_id: "str | None" = None,
        url_template: "str | None" = None,
    ) -> None:
        self.operation = operation
        self.method = method
        self.url = url
        self.path = path
        self.number = number
        self.client_request_id = client_request_id
        self.url_template = url_template
        self.headers = {}

    def __repr__(self) -> str:
        # A hook can add a header that is a secret.
        shown = [f"{self.operation}, number={self.number}"]
        for name in ("status_code", "error", "duration"):
            value = getattr(self, name)
            if value is not None:
                shown.append(f"{name}={value!r}")
        return f"Attempt({', '.join(shown)})"


class Hooks:
    """Base class of hooks. Subclasses override one method or both.

    After `before_attempt`, `after_attempt` always follows, even if the request is canceled. A
    request that a hook makes and waits for does not count for `max_concurrency`. In an async
    client, the methods run on the event loop, in the context of the request, and can be coroutine
    functions.
    """

    def before_attempt(self, attempt: Attempt) -> "Awaitable[None] | None":
        """Runs before an attempt is sent, when it has its turn under the limits of the client.

        Args:
            attempt: The attempt. `attempt.headers` takes additional headers.
        """
        return None

    def after_attempt(self, attempt: Attempt) -> "Awaitable[None] | None":
        """Runs when the attempt has a response, or has failed, or was canceled.

        Args:
            attempt: The same object, with `status_code`, `error`, `duration` and `request_id`.
        """
        return None


def _invalid(reason: str) -> InvalidRequestError:
    return InvalidRequestError(f"invalid client configuration: hooks: {reason}", field_errors=[("hooks", reason)])


class HookRunner:
    """Runs the hooks of a client, in their order. A failure is reported and changes nothing."""

    __slots__ = ("_hooks", "_is_async", "_tasks")

    def __init__(self, hooks: "Iterable[Any]", is_async: bool) -> None:
        from .argument_checks import is_list_like, kind_of

        if not is_list_like(hooks):
            raise _invalid(f"expected a list of hooks, got {kind_of(hooks)}")
        self._hooks = list(hooks)
        for hook in self._hooks:
            if not hasattr(hook, "before_attempt") and not hasattr(hook, "after_attempt"):
                raise _invalid(
                    f"{hook!r} has neither before_attempt nor after_attempt; derive from callfluent.hooks.Hooks"
                )
            # A limiter of the other kind would block the event loop, or limit nothing.
            remedy = getattr(type(hook), "_remedy_in_async" if is_async else "_remedy_in_sync", None)
            if isinstance(remedy, str):
                raise _invalid(f"{type(hook).__name__} {remedy}")
        self._is_async = is_async
        # The loop keeps weak references only.
        self._tasks: set[Any] = set()

    def operation_hooks(self) -> "OperationHooks | None":
        """Returns the hooks around operations; `None` if there are none."""
        from .operation_hooks import OperationHooks

        return OperationHooks(self._hooks) or None

    def before(
        self,
        operation: str,
        method: str,
        url: str,
        path: str,
        url_template: "str | None",
        number: int,
        client_request_id: "str | None",
        time_left: "float | None",
        reply: "HookReply",
    ) -> OpenAttempt:
        """Runs the hooks before an attempt, and replies with the headers."""
        attempt = Attempt(operation, method, url, path, number, client_request_id, url_template)
        attempt._time_left = time_left
        opened = OpenAttempt(self._hooks, attempt, self._tasks if self._is_async else None)
        opened.begin(reply)
        return opened

    def after(
        self,
        opened: OpenAttempt,
        status_code: "int | None",
        error: "str | None",
        duration: float,
        request_id: "str | None",
    ) -> None:
        """Runs the hooks after an attempt."""
        opened.end((status_code, error, duration, request_id))
