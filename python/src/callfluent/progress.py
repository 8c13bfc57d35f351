"""Progress of bulk operations: a callback, a bar of tqdm, or what fits the place of the output. It
is imported with the first bulk operation, and imports nothing that was not asked for."""

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol, TypeAlias

    Progress: TypeAlias = "bool | Callable[[int, int], object] | type[Any] | None"
    """True, a function of the numbers of completed and of all items, or a class like ``tqdm``."""

    class Report(Protocol):
        """Shows the progress of one operation."""

        def update(self, completed: int, failed: int) -> None: ...
        def close(self) -> None: ...


TERMINAL_INTERVAL = 0.1
NOTEBOOK_INTERVAL = 0.2
LINE_INTERVAL = 10.0
"""Seconds between two lines in the log of a CI job."""


def reporter(progress: "Progress", name: str) -> "Callable[[int], Report]":
    """Returns a function that creates the report for a number of items.

    Raises:
        InvalidRequestError: `progress` is of another type.
    """
    if progress is None or progress is False:
        return lambda total: _Nothing()
    if progress is True:
        return lambda total: _automatic(name, total)
    if isinstance(progress, type):
        bar = progress
        return lambda total: _Bar(bar, name, total)
    if callable(progress):
        function = progress
        return lambda total: _Callback(function, total)
    from .errors import InvalidRequestError

    reason = f"expected True, a function or a class such as tqdm, got {type(progress).__name__}"
    raise InvalidRequestError(
        f"{name}: invalid arguments (not sent): progress: {reason}", field_errors=[("progress", reason)]
    )


class _Nothing:
    def update(self, completed: int, failed: int) -> None:
        pass

    def close(self) -> None:
        pass


class _Callback:
    def __init__(self, function: "Callable[[int, int], object]", total: int) -> None:
        self._function = function
        self._total = total
        function(0, total)

    def update(self, completed: int, failed: int) -> None:
        self._function(completed, self._total)

    def close(self) -> None:
        pass


class _Bar:
    """A bar of tqdm, or of a class with its methods."""

    def __init__(self, kind: "type[Any]", name: str, total: int) -> None:
        self._bar = kind(total=total, desc=name)
        self._completed = 0

    def update(self, completed: int, failed: int) -> None:
        self._bar.update(completed - self._completed)
        self._completed = completed

    def close(self) -> None:
        self._bar.close()


class _Shown:
    """Progress as text or HTML, at most so often, and once at the end."""

    interval = 0.0

    def __init__(self, name: str, total: int) -> None:
        self._name = name
        self._total = total
        self._state = (0, 0)
        self._shown: tuple[int, int] | None = None
        self._next = time.monotonic() + self.interval

    def update(self, completed: int, failed: int) -> None:
        self._state = (completed, failed)
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self.interval
            self._show()

    def close(self) -> None:
        self._show()

    def _show(self) -> None:
        if self._shown != self._state:
            self._shown = self._state
            try:
                self.show(*self._state)
            except Exception:
                # A closed stream must not end the operation.
                pass

    def text(self, completed: int, failed: int) -> str:
        failures = f", {failed} failed" if failed else ""
        return f"{self._name}: {completed} of {self._total}{failures}"

    def show(self, completed: int, failed: int) -> None:
        raise NotImplementedError


class _Lines(_Shown):
    """A line every ten seconds, for logs."""

    interval = LINE_INTERVAL

    def show(self, completed: int, failed: int) -> None:
        print(self.text(completed, failed), file=sys.stderr, flush=True)


class _Terminal(_Shown):
    """One line that is written again."""

    interval = TERMINAL_INTERVAL
    _width = 0

    def show(self, completed: int, failed: int) -> None:
        text = self.text(completed, failed)
        print(f"\r{text.ljust(self._width)}", end="", file=sys.stderr, flush=True)
        self._width = len(text)

    def close(self) -> None:
        super().close()
        if self._width:
            print(file=sys.stderr, flush=True)


class _Notebook(_Shown):
    """One display that is updated, and that ends as text."""

    interval = NOTEBOOK_INTERVAL

    def __init__(self, name: str, total: int, display: "Callable[..., Any]") -> None:
        super().__init__(name, total)
        self._handle = display(self._bundle(0, 0, False), raw=True, display_id=True)

    def show(self, completed: int, failed: int) -> None:
        if self._handle is not None:
            self._handle.update(self._bundle(completed, failed, False), raw=True)

    def close(self) -> None:
        if self._handle is not None:
            self._handle.update(self._bundle(*self._state, True), raw=True)

    def _bundle(self, completed: int, failed: int, ended: bool) -> "Mapping[str, str]":
        from html import escape

        text = self.text(completed, failed)
        bundle = {"text/plain": text}
        if not ended:
            bar = f'<progress value="{completed}" max="{max(self._total, 1)}"></progress>'
            bundle["text/html"] = f"<div><label>{escape(text)} {bar}</label></div>"
        return bundle


def _automatic(name: str, total: int) -> "Report":
    # A program that runs in a notebook has imported IPython.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None and getattr(shell, "kernel", None) is not None:
        from IPython.display import display  # type: ignore[import-not-found, unused-ignore]

        return _Notebook(name, total, display)
    stream = sys.stderr
    is_terminal = stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
    if not is_terminal or os.environ.get("CI"):
        return _Lines(name, total)
    try:
        # Not `tqdm.auto`, which fails in notebooks without ipywidgets.
        from tqdm.std import tqdm  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return _Terminal(name, total)
    return _Bar(tqdm, name, total)
