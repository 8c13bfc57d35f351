"""The errors. The tree is the one that users of other clients know; the core says which error it is by name, and
`make` is the one place where the name becomes a class."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


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
    "InternalServerError",
    "InvalidRequestError",
    "LimitReachedError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "UnprocessableEntityError",
]


class CallFluentError(Exception):
    """Any error of this package. Its text says what went wrong and in which request; it never holds the API key."""

    message: str
    """What went wrong."""

    def __init__(self, message: str, **fields: "Any") -> None:
        super().__init__(fields.pop("text", None) or message)
        self.message = message
        fields.pop("cause", None)
        for name, value in fields.items():
            setattr(self, name, value)

    def __reduce__(self) -> "tuple[Any, ...]":
        return (_restore, (type(self), self.args, dict(self.__dict__), _portable(self.__cause__)))


class InvalidRequestError(CallFluentError, ValueError):
    """The arguments were found wrong before anything was sent."""

    problems: "Sequence[tuple[str, str]]" = ()
    """Every problem: the field's path and what is wrong with it."""


class APIError(CallFluentError):
    """A request that failed."""

    status_code: "int | None" = None
    """The HTTP status, where an answer came."""
    body: "str | None" = None
    """The answer's body, at most 64 KiB of it."""
    request_id: "str | None" = None
    """The server's id of the request."""
    method: str = ""
    """The HTTP method."""
    url: str = ""
    """The URL."""
    attempts: int = 0
    """How often the request was sent or tried to be sent."""
    retry_after: "float | None" = None
    """How long the server asks to wait, in seconds."""
    outcome_unknown: bool = False
    """Whether the request may have been carried out although it failed. Look before you send it again."""
    problems: "Sequence[tuple[str, str]]" = ()
    """What the server finds wrong with single fields: the name that it gives the field, and the reason."""


class APIConnectionError(APIError, ConnectionError):
    """No answer came: no connection could be made, or it broke."""


class APITimeoutError(APIConnectionError, TimeoutError):
    """The answer took longer than the timeout, all attempts together."""


class APIStatusError(APIError):
    """The server refused."""


class BadRequestError(APIStatusError):
    """400: the server found the request wrong."""


class LimitReachedError(BadRequestError):
    """400: a limit of the account is reached, such as its number of agents."""


class AuthenticationError(APIStatusError):
    """401: the API key is missing or wrong."""


class PermissionDeniedError(APIStatusError):
    """403: the API key may not do this."""


class NotFoundError(APIStatusError):
    """404: there is nothing of this id."""


class ConflictError(APIStatusError):
    """409, or an agent that changed while it was being patched."""


class UnprocessableEntityError(APIStatusError):
    """422: the server could read the request and found a value wrong."""


class RateLimitError(APIStatusError):
    """429: too many requests."""


class InternalServerError(APIStatusError):
    """500 and above: the server failed."""


class APIResponseError(APIError):
    """The server answered, and the answer could not be read."""


def make(name: str, fields: "Mapping[str, Any]") -> CallFluentError:
    """The error of this name."""
    kind = globals().get(name, APIError)
    error: CallFluentError = kind(**fields)
    if fields.get("cause"):
        error.__cause__ = OSError(fields["cause"])
    return error


def _portable(cause: "BaseException | None") -> "BaseException | None":
    """The cause if it can be pickled: it may be anything, and must not keep the error from it."""
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
