"""A typed client for the CallFluent API: AI voice agents that take and make phone calls.

    from callfluent import CallFluent

    client = CallFluent()  # reads CALLFLUENT_API_KEY
    for agent in client.agents.list(1):
        print(agent.id, agent.name)

`AsyncCallFluent` has the same methods as coroutines. Errors are in `callfluent.errors`, a local API
for tests is in `callfluent.sandbox`.
"""

# Everything else is imported on first use, so that importing the package stays fast. Type checkers
# read `__init__.pyi`.
try:
    from ._callfluent import VERSION as __version__
except ModuleNotFoundError as _error:
    raise ImportError(
        f"callfluent's native module is missing in {__path__[0]}: the package was installed for another platform, "
        "or is in a zip archive; install it with pip on this platform, or pack the program with pex or shiv"
    ) from _error

from . import errors as _errors
from .client import AsyncCallFluent, CallFluent
from .errors import *

_OWN = ["AsyncCallFluent", "CallFluent", "Records", "__version__", "table", *_errors.__all__]
_MODULES = {"Records": ".record_sequence", "table": ".tables"}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        return getattr(import_module(_MODULES[name], __name__), name)
    # `from . import models` would ask this function for `models` first.
    models = import_module(".models", __name__)
    if name in models.__all__:
        return getattr(models, name)
    if name == "__all__":
        return [*_OWN, *models.__all__]
    raise AttributeError(f"module 'callfluent' has no attribute {name!r}")


def __dir__() -> "list[str]":
    return sorted({*globals(), *__getattr__("__all__")})  # type: ignore[misc]
