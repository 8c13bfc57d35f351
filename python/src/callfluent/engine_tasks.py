"""Requests that must not be repeated, inside tasks of engines: Spark, Dask and Ray run a task again
after a failure, and Spark also starts a second copy of a slow one. A person would be phoned twice.

No engine is imported: a program inside a task has imported it already.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# pytest omits the frames of this module from tracebacks.
__tracebackhide__ = True

# Operations that have a bulk operation with a journal.
_BULK = {"agents.create": "agents.create_many", "calls.start": "calls.start_many"}


def reject_in_task(operation: str) -> None:
    """Raises an error if the program runs inside a task of an engine.

    Raises:
        InvalidRequestError: It does. Nothing was sent.
    """
    engine = current_engine()
    if engine is None:
        return
    from .errors import InvalidRequestError

    bulk = _BULK.get(operation)
    remedy = (
        "send it from the program that starts the tasks"
        if bulk is None
        else f"use {bulk} with a journal in the program that starts the tasks"
    )
    raise InvalidRequestError(
        f"{operation}: rejected inside a task of {engine} (not sent): {engine} can run a task more than once; {remedy}"
    )


def current_engine() -> "str | None":
    """Returns the engine whose task runs in this thread, or `None`."""
    modules: Any = sys.modules
    if "pyspark.worker" in modules and _is_task_of_spark(modules):
        return "Spark"
    dask = modules.get("distributed.utils")
    if dask is not None and getattr(getattr(dask, "thread_state", None), "key", None) is not None:
        return "Dask"
    ray = modules.get("ray")
    if ray is not None and _is_task_of_ray(ray):
        return "Ray"
    return None


def _is_task_of_spark(modules: "dict[str, Any]") -> bool:
    if modules["pyspark.taskcontext"].TaskContext.get() is not None:
        return True
    # Sail runs user code with the worker of PySpark, and without a context.
    frame: Any = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == "pyspark.worker":
            return True
        frame = frame.f_back
    return False


def _is_task_of_ray(ray: "Any") -> bool:
    # Another module may have this name, or its import may still run.
    is_initialized = getattr(ray, "is_initialized", None)
    if is_initialized is None or not is_initialized():
        return False
    return bool(ray.get_runtime_context().worker.mode == ray.WORKER_MODE)
