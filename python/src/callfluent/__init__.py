"""A typed client for the CallFluent API: AI voice agents that take and make phone calls.

    from callfluent import CallFluent

    client = CallFluent()  # reads CALLFLUENT_API_KEY
    for agent in client.agents.list(1):
        print(agent.id, agent.name)

`AsyncCallFluent` has the same methods, to be awaited. Errors are in `callfluent.errors`, a local API for tests in
`callfluent.sandbox`.
"""

# Everything else is imported when it is first used: importing the package must cost next to nothing.
from ._callfluent import VERSION as __version__
from .client import AsyncCallFluent, CallFluent
from .errors import (
    APIConnectionError,
    APIError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    CallFluentError,
    ConflictError,
    InternalServerError,
    InvalidRequestError,
    LimitReachedError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    UnprocessableEntityError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .models import *


def __getattr__(name: str) -> object:
    from importlib import import_module

    # `from . import models` would ask this function for `models` first.
    models = import_module(".models", __name__)
    if name in models.__all__:
        return getattr(models, name)
    raise AttributeError(f"module 'callfluent' has no attribute {name!r}")


__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncCallFluent",
    "AuthenticationError",
    "BadRequestError",
    "CallFluent",
    "CallFluentError",
    "ConflictError",
    "InternalServerError",
    "InvalidRequestError",
    "LimitReachedError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "UnprocessableEntityError",
    "__version__",
]
