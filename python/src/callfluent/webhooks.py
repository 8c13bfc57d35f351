"""Webhooks: what CallFluent posts to a server for the action `Webhook`.

The API documents only which fields the action sends. A webhook is not signed, so a secret in its
URL is the only proof of its origin. This module needs neither a client nor a key.
"""

from .errors import CallFluentError
from .records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["WebhookError", "WebhookPayload", "generate_secret", "parse", "verify_secret"]

_SECRET_BYTES = 32
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_KNOWN_FIELDS = ("name", "phone_number", "email", "transcription")
_LARGEST_WHOLE = 2.0**53


class WebhookError(CallFluentError, ValueError):
    """A webhook is invalid. Respond with `status`.

    Example:
        >>> raise WebhookError("webhook body is empty", status=400)
    """

    status: int = 400
    """Status of the HTTP response: 400 for an invalid body, 401 for a wrong secret."""


class WebhookPayload(Record):
    """The data of a webhook: the fields that the action sends, custom fields among them.

    A field that the webhook does not contain is `None` if it is one of the attributes below. Other
    fields are attributes under their own names, if the webhook contains them.

    Attributes:
        name: Name of the caller.
        phone_number: Phone number of the caller.
        email: Email address of the caller.
        transcription: Transcript of the phone call.
    """

    __slots__ = ()
    _names = _KNOWN_FIELDS

    if TYPE_CHECKING:
        name: str | None
        phone_number: str | None
        email: str | None
        transcription: str | None

        def __getattr__(self, name: str) -> Any: ...


def parse(body: "bytes | bytearray | memoryview | str | Mapping[str, Any]") -> WebhookPayload:
    """Parses the body of a webhook.

    Args:
        body: Body of the request: bytes, a string, or the object that a framework parsed from it.

    Returns:
        The fields of the webhook.

    Raises:
        WebhookError: The body is not a JSON object; `status` is 400.
        TypeError: The body has another type, such as a coroutine that is not awaited.

    Example:
        >>> webhooks.parse(b'{"name": "Ada", "city": "Paris"}').name
    """
    if isinstance(body, (bytes, bytearray, memoryview, str)):
        fields = _decode(body)
    elif hasattr(body, "keys") and hasattr(body, "__getitem__"):
        fields = dict(body)
    elif body is None or isinstance(body, (bool, int, float, list, tuple)):
        # Frameworks parse any JSON.
        fields = body
    else:
        raise TypeError(
            f"webhook body must be bytes, a string or a mapping, got {type(body).__name__}; await the body of an "
            "async request"
        )
    if not isinstance(fields, dict):
        raise WebhookError(f"webhook body must be a JSON object, got {_json_type(fields)}")
    return WebhookPayload({name: _known(name, value) for name, value in fields.items()})


def _decode(body: "bytes | bytearray | memoryview | str") -> "Any":
    import json

    if isinstance(body, str):
        text = body.removeprefix("\ufeff")
    else:
        try:
            text = bytes(body).removeprefix(_BYTE_ORDER_MARK).decode("utf-8")
        except UnicodeDecodeError:
            raise WebhookError("webhook body is not valid UTF-8") from None
    if not text.strip():
        raise WebhookError("webhook body is empty")
    try:
        return json.loads(text, parse_constant=_reject_constant)
    except RecursionError:
        raise WebhookError("webhook body is not valid JSON: it is nested too deeply") from None
    except ValueError as error:
        raise WebhookError(f"webhook body is not valid JSON: {error}") from None


def _reject_constant(name: str) -> "Any":
    raise ValueError(f"{name} is not a JSON value")


def _known(name: str, value: "Any") -> "Any":
    """Converts a number or a boolean in a known field, such as a phone number, to a string."""
    if name not in _KNOWN_FIELDS or not isinstance(value, (int, float)):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    # A server that knows floats only sends a phone number as 15551234567.0.
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_WHOLE
    return str(int(value)) if is_whole else str(value)


def _json_type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, (list, tuple)) else "a number"


def generate_secret() -> str:
    """Generates a secret for the URL of a webhook: 43 letters, digits, hyphens and underscores.

    Returns:
        A secret with 256 random bits. Store it, e.g. in an environment variable.

    Example:
        >>> Webhook(name="CRM", webhook_url=f"https://example.com/callfluent/{secret}", fields=[])
    """
    import secrets

    return secrets.token_urlsafe(_SECRET_BYTES)


def verify_secret(given: "str | None", expected: str) -> None:
    """Compares the secret of a request with the expected one, in constant time.

    Args:
        given: Secret from the URL of the request; `None` if it has none.
        expected: Secret of the webhook.

    Raises:
        WebhookError: The secrets differ, or the given one is not a string; `status` is 401.
        ValueError: The expected secret is empty, which would accept every request, or is not a
            string.

    Example:
        >>> webhooks.verify_secret(request.path_params["secret"], os.environ["WEBHOOK_SECRET"])
    """
    if expected is not None and not isinstance(expected, str):
        from .argument_checks import kind_of

        raise ValueError(f"expected: expected a string, got {kind_of(expected)}")
    if not expected:
        raise ValueError("the expected secret is empty; create one with generate_secret()")
    if given is not None and not isinstance(given, str):
        from .argument_checks import kind_of

        text = f"the secret of the webhook is wrong; given: expected a string, got {kind_of(given)}"
        raise WebhookError(text, status=401)
    import hmac

    # A lone surrogate, which UTF-8 cannot encode, must not raise another error.
    encoded = (given or "").encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(*encoded):
        raise WebhookError("the secret of the webhook is wrong", status=401)
