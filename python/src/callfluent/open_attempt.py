"""An attempt whose hooks run. A hook that fails is reported, and neither stops the other hooks nor
changes the request. The hooks after an attempt run when those before it have run, so that each
hook sees both, in this order.
"""

from contextvars import ContextVar

from ._callfluent import report_hook_failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from ._callfluent import HookReply
    from .hooks import Attempt

    _Outcome = tuple["int | None", "str | None", float, "str | None"]


class TooLate(Exception):
    """A hook would have to wait for longer than the time that is left for the request."""


#: The attempt whose hook runs. The native module finds requests here that a hook waits for.
current: "ContextVar[OpenAttempt | None]" = ContextVar("callfluent.open_attempt", default=None)


class OpenAttempt:
    """An attempt that has begun and has not ended."""

    __slots__ = ("_attempt", "_begun", "_hooks", "_is_sent", "_is_too_late", "_outcome", "_tasks", "is_running")

    #: True while hooks run, or are awaited.
    is_running: bool

    def __init__(self, hooks: "Sequence[Any]", attempt: "Attempt", tasks: "set[Any] | None") -> None:
        self._hooks = hooks
        self._attempt = attempt
        # The tasks of async hooks; `None` in a sync client.
        self._tasks = tasks
        # Number of hooks that have begun with this attempt.
        self._begun = 0
        self._is_sent = self._is_too_late = False
        self._outcome: _Outcome | None = None
        self.is_running = False

    def begin(self, reply: "HookReply") -> None:
        """Runs the hooks before the attempt, and then replies with the headers that they added."""

        def sent() -> None:
            self._is_sent = True
            if self._outcome is None:
                reply(list(self._attempt.headers.items()), self._is_too_late)
            else:
                self._finish()

        self._run("before_attempt", sent)

    def end(self, outcome: "_Outcome") -> None:
        """Runs the hooks after the attempt, if necessary when those before it have run."""
        self._outcome = outcome
        if self._is_sent:
            self._finish()

    def _finish(self) -> None:
        attempt = self._attempt
        assert self._outcome is not None
        attempt.status_code, attempt.error, attempt.duration, attempt.request_id = self._outcome
        self._run("after_attempt", lambda: None)

    def _run(self, name: str, done: "Callable[[], None]") -> None:
        hooks = iter(self._hooks if name == "before_attempt" else self._hooks[: self._begun])
        token = current.set(self)
        self.is_running = True
        awaiting = None
        try:
            awaiting = self._next(name, hooks)
            if awaiting is not None:
                self._start(self._await(awaiting, name, hooks, done))
        finally:
            current.reset(token)
            self.is_running = awaiting is not None
        if awaiting is None:
            done()

    def _next(self, name: str, hooks: "Iterator[Any]") -> "tuple[Any, Any] | None":
        """Runs hooks up to one that has to be awaited. Returns it with its awaitable."""
        for hook in hooks:
            if name == "before_attempt":
                self._begun += 1
            try:
                method = getattr(hook, name, None)
                result = None if method is None else method(self._attempt)
                if result is None or not hasattr(result, "__await__"):
                    continue
                if self._tasks is not None:
                    return hook, result
                close = getattr(result, "close", None)
                if close is not None:
                    close()
                raise TypeError(f"{name} is a coroutine function: AsyncCallFluent runs it, CallFluent does not")
            except Exception as error:
                self._failed(error, hook, name)
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:
                # In a sync client it is meant for the thread, e.g. by gevent. In an async client,
                # such as `CancelledError`, it is meant for a task, and none runs here.
                if self._tasks is None:
                    raise
                self._failed(error, hook, name)
        return None

    def _failed(self, error: BaseException, hook: "Any", name: str) -> None:
        if isinstance(error, TooLate):
            self._is_too_late = True
        else:
            report_hook_failure(error, hook, name, self._attempt.operation)

    async def _await(
        self, awaiting: "tuple[Any, Any] | None", name: str, hooks: "Iterator[Any]", done: "Callable[[], None]"
    ) -> None:
        """Awaits a hook and runs those after it."""
        # The task has a copy of the context, in which the attempt is the current one.
        try:
            while awaiting is not None:
                hook, result = awaiting
                try:
                    await result
                except Exception as error:
                    self._failed(error, hook, name)
                except (KeyboardInterrupt, SystemExit):
                    raise
                except BaseException as error:
                    if _is_canceled():
                        # The event loop shuts down. Only the hooks that have begun are ended.
                        hooks = iter(()) if name == "before_attempt" else hooks
                    else:
                        self._failed(error, hook, name)
                awaiting = self._next(name, hooks)
        finally:
            self.is_running = False
            done()

    def _start(self, rest: "Any") -> None:
        from asyncio import get_running_loop

        assert self._tasks is not None
        task = get_running_loop().create_task(rest)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_canceled() -> bool:
    """Returns whether the current task was canceled, rather than something that it awaited."""
    from asyncio import current_task

    # Python 3.10 does not count the requests to cancel a task.
    canceling = getattr(current_task(), "cancelling", None)
    return canceling is None or canceling() > 0
