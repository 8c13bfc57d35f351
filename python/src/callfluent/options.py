"""Options of a client and of a request, and the environment variables that a client reads."""

import os

from ._callfluent import ENVIRONMENT_VARIABLES, REQUEST_OPTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta
    from typing import Any, TypedDict

    from .hooks import Hooks

    class ClientOptions(TypedDict, total=False):
        """Options of a client besides its key and base URL."""

        timeout: float | timedelta | None
        connect_timeout: float | timedelta | None
        queue_timeout: float | timedelta | None
        max_retries: int | None
        max_concurrency: int | None
        requests_per_second: float | None
        burst: int | None
        default_headers: Mapping[str, str] | None
        proxy: str | None
        ca_bundle: str | os.PathLike[str] | None
        client_certificate: str | os.PathLike[str] | None
        validate: bool
        allow_http: bool
        strict: bool
        offline: bool | None
        hooks: Sequence[Hooks] | None

    RequestOptions = tuple[Any, Any, Any, Any, Any]
    """Values of the options of one request, in the order of `REQUEST_OPTIONS`."""


def environment() -> "list[tuple[str, str]]":
    """Returns the variables of `os.environ` that the client reads.

    The core never reads the environment of the process: a test that changes `os.environ` must not
    reach production.
    """
    variables = [(name, os.environ[name]) for name in ENVIRONMENT_VARIABLES if name in os.environ]
    bundle = os.environ.get("REQUESTS_CA_BUNDLE")
    if bundle and not os.environ.get("SSL_CERT_FILE") and not os.environ.get("SSL_CERT_DIR"):
        # A file or a folder, as in the package requests.
        variables.append(("SSL_CERT_DIR" if os.path.isdir(bundle) else "SSL_CERT_FILE", bundle))
    if "REQUEST_METHOD" in os.environ:
        # In a CGI program, HTTP_PROXY is a header that the client of the program sent.
        variables = [(name, value) for name, value in variables if name != "HTTP_PROXY"]
    # Bytes that are not UTF-8 are lone surrogates. They become an invalid URL, which is reported; a
    # missing one is not.
    return [(name, value.encode(errors="replace").decode()) for name, value in variables]


def request_options(options: "RequestOptions | None") -> "dict[str, Any] | None":
    """Returns the options of a request by name, or `None` if none is given."""
    if options is None or options == (None, None, None, None, None):
        return None
    return dict(zip(REQUEST_OPTIONS, options, strict=True))
