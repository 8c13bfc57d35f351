"""Forks of a process whose threads use a client. A module that another thread imports during a fork
stays locked in the child, which would wait for it forever.
"""

import os
import sys

_LAZY = tuple(f"callfluent.{name}" for name in ("models", "pagination", "progress", "record_sequence", "tables"))
"""Modules of this package that the first requests import."""


def import_before_forks() -> None:
    """Lets each fork import these modules before, which waits for threads that import them."""
    register = getattr(os, "register_at_fork", None)
    if register is not None:
        register(before=_import_all)


def _import_all() -> None:
    from importlib import import_module

    # Those that were begun, too, such as `logging`, which only some programs use.
    begun = [name for name in list(sys.modules) if name.startswith("callfluent.")]
    for name in (*_LAZY, *begun):
        try:
            import_module(name)
        except Exception:
            # E.g. without free file descriptors. The fork is the program's and must not fail.
            return
