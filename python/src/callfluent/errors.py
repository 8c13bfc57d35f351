"""The errors. Their classes are those that users of other clients know; the binding chooses the
class of each error.

Errors can be created for tests: `RateLimitError("slow down", retry_after=1.0)`.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from .models import AgentPatchResult


__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "CallFluentError",
    "ConflictError",
    "DroppedFieldsError",
    "InternalServerError",
    "InvalidRequestError",
    "LimitReachedError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PermissionDeniedError",
    "RateLimitError",
    "UnprocessableEntityError",
]


class CallFluentError(Exception):
    """Base of all errors of this package. No error ever contains the API key.

    Args:
        message: Description of the failure.
        **fields: Attributes to set, such as `status_code` or `retry_after`.

    Raises:
        TypeError: The class does not have a field of this name.

    Example:
        >>> raise RateLimitError("slow down", retry_after=1.0)
    """

    message: str
    """Description of the failure."""

    def __init__(self, message: str = "", *, text: "str | None" = None, **fields: "Any") -> None:
        # `text` is the message with the details of the request, which `str(error)` shows.
        super().__init__(text or message)
        self.message = message
        for name, value in fields.items():
            if name.startswith("_") or not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no field {name!r}")
            setattr(self, name, value)

    def _html(self) -> "str | None":
        from .display_records import error_html

        return error_html(self)

    def _repr_html_(self) -> "str | None":
        from .display_html import safely

        return safely(self._html)

    def _repr_mimebundle_(self, include: "Any" = None, exclude: "Any" = None) -> "dict[str, str]":
        from .display_html import bundle

        return bundle(self, self._html)

    def __reduce__(self) -> "tuple[Any, ...]":
        return (_restore, (type(self), self.args, dict(self.__dict__), _portable(self.__cause__)))


class InvalidRequestError(CallFluentError, ValueError):
    """Arguments or options are invalid. Nothing was sent."""

    field_errors: "Sequence[tuple[str, str]]" = ()
    """Every invalid field: its path and the reason."""


class APIError(CallFluentError):
    """A request failed."""

    status_code: "int | None" = None
    """HTTP status, if there was a response."""
    body: "str | None" = None
    """Body of the response, at most 64 KiB."""
    headers: "Mapping[str, str] | None" = None
    """Response headers by lower-case name, without cookies and credentials."""
    request_id: "str | None" = None
    """ID that the server gave the request."""
    client_request_id: "str | None" = None
    """ID that the caller gave the request with the option `request_id`."""
    method: str = ""
    """HTTP method."""
    url: str = ""
    """URL of the request."""
    attempts: int = 0
    """Number of attempts to send the request."""
    retry_after: "float | None" = None
    """Delay that the server asks for, in seconds."""
    outcome_unknown: bool = False
    """True if the server may have processed the request. Check before sending it again."""
    field_errors: "Sequence[tuple[str, str]]" = ()
    """Fields that the server rejected: name of the argument, and the reason."""


class APIConnectionError(APIError, ConnectionError):
    """No response: the connection failed or was lost."""


class APITimeoutError(APIConnectionError, TimeoutError):
    """The request timed out, including its retries."""


class APIStatusError(APIError):
    """The server returned an error response."""


class BadRequestError(APIStatusError):
    """400: the request is invalid."""

    status_code: "int | None" = 400


class LimitReachedError(BadRequestError):
    """400: a limit of the account is reached, such as its number of agents."""


class AuthenticationError(APIStatusError):
    """401: the API key is missing or invalid."""

    status_code: "int | None" = 401


class PermissionDeniedError(APIStatusError):
    """403: the API key lacks a permission."""

    status_code: "int | None" = 403


class NotFoundError(APIStatusError):
    """404: there is nothing with this ID."""

    status_code: "int | None" = 404


class ConflictError(APIStatusError):
    """409, or an agent that changed while it was being patched."""

    status_code: "int | None" = 409


class UnprocessableEntityError(APIStatusError):
    """422: a value is invalid."""

    status_code: "int | None" = 422


class RateLimitError(APIStatusError):
    """429: too many requests."""

    status_code: "int | None" = 429


class InternalServerError(APIStatusError):
    """500 and above: the server failed."""

    status_code: "int | None" = 500


class DroppedFieldsError(APIError):
    """An agent was updated, but the server did not keep all values as sent."""

    result: "AgentPatchResult | None" = None
    """The result of the patch: the agent, and the dropped fields with what was sent and kept."""


class OutcomeUnknownError(APIError):
    """An earlier run of a bulk operation may have processed an item: its journal contains the
    request, but no result. Nothing was sent."""


class APIResponseError(APIError):
    """The response could not be decoded."""


def _portable(cause: "BaseException | None") -> "BaseException | None":
    """Returns the cause if it can be pickled. A cause of another package must not prevent pickling
    the error."""
    import pickle

    try:
        return pickle.loads(pickle.dumps(cause))  # type: ignore[no-any-return]
    except Exception:
        return None


def _restore(
    kind: type[CallFluentError],
    args: "tuple[Any, ...]",
    state: "dict[str, Any]",
    cause: "BaseException | None" = None,
) -> CallFluentError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    if cause is not None:
        error.__cause__ = cause
    return error
