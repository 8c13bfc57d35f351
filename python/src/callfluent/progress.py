"""Progress of bulk operations, lists, exports and uploads: a callback, a bar of tqdm, or what fits
the place of the output. The module is imported when it is asked for, and imports nothing else that
was not asked for."""

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol, TypeAlias

    Progress: TypeAlias = "bool | Callable[[int, int], object] | type[Any] | None"
    """True, a function of the completed and of all items or bytes, or a class like ``tqdm``."""
    ListProgress: TypeAlias = "bool | Callable[[int, int | None], object] | type[Any] | None"
    """The same for lists, whose length is not known: the function gets ``None``."""

    class Report(Protocol):
        """Shows the progress of one operation."""

        def update(self, completed: int, failed: int) -> None: ...
        def close(self, stopped: bool = False) -> None: ...


TERMINAL_INTERVAL = 0.1
NOTEBOOK_INTERVAL = 0.2
_SIZES = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB"))
LINE_INTERVAL = 10.0
"""Seconds between two lines in the log of a CI job."""


def reporter(progress: "Progress | ListProgress", name: str, unit: str = "items") -> "Callable[[int | None], Report]":
    """Returns a function that creates the report for a number of items, or of bytes. The number is
    `None` if it is not known.

    Raises:
        InvalidRequestError: `progress` is of another type.
    """
    if progress is None or progress is False:
        return lambda total: _Nothing()
    if progress is True:
        return lambda total: _automatic(name, total, unit)
    if isinstance(progress, type):
        bar = progress
        return lambda total: _Bar(bar, name, total, unit)
    if callable(progress):
        function: Any = progress
        return lambda total: _Callback(function, total)
    from .argument_checks import invalid_argument, kind_of

    raise invalid_argument(
        name, "progress", f"expected True, a function or a class such as tqdm, got {kind_of(progress)}"
    )


class _Nothing:
    def update(self, completed: int, failed: int) -> None:
        pass

    def close(self, stopped: bool = False) -> None:
        pass


class _Callback:
    def __init__(self, function: "Callable[[int, int | None], object]", total: "int | None") -> None:
        self._function = function
        self._total = total
        function(0, total)

    def update(self, completed: int, failed: int) -> None:
        self._function(completed, self._total)

    def close(self, stopped: bool = False) -> None:
        pass


class _Bar:
    """A bar of tqdm, or of a class with its methods."""

    def __init__(self, kind: "type[Any]", name: str, total: "int | None", unit: str) -> None:
        # Other classes need not know the units of tqdm.
        units = {"unit": "B", "unit_scale": True} if unit == "bytes" and hasattr(kind, "format_sizeof") else {}
        self._bar = kind(total=total, desc=name, **units)
        self._completed = 0

    def update(self, completed: int, failed: int) -> None:
        self._bar.update(completed - self._completed)
        self._completed = completed

    def close(self, stopped: bool = False) -> None:
        self._bar.close()


class _Shown:
    """Progress as text or HTML, at most so often, and once at the end."""

    interval = 0.0

    def __init__(self, name: str, total: "int | None", unit: str) -> None:
        self._name = name
        self._total = total
        self._unit = unit
        self._state = (0, 0)
        self._stopped = False
        self._shown: tuple[int, int] | None = None
        self._next = time.monotonic() + self.interval

    def update(self, completed: int, failed: int) -> None:
        self._state = (completed, failed)
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self.interval
            self._show()

    def close(self, stopped: bool = False) -> None:
        if stopped:
            self._stopped, self._shown = True, None
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
        stopped = ", stopped" if self._stopped else ""
        return f"{self._name}: {_amount(completed, self._total, self._unit)}{failures}{stopped}"

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

    def close(self, stopped: bool = False) -> None:
        super().close(stopped)
        if self._width:
            print(file=sys.stderr, flush=True)


class _Notebook(_Shown):
    """One display that is updated, and that ends as text."""

    interval = NOTEBOOK_INTERVAL

    def __init__(self, name: str, total: "int | None", unit: str, display: "Callable[..., Any]") -> None:
        super().__init__(name, total, unit)
        self._ended = False
        self._handle = display(self._bundle(0, 0), raw=True, display_id=True)

    def show(self, completed: int, failed: int) -> None:
        if self._handle is not None:
            self._handle.update(self._bundle(completed, failed), raw=True)

    def close(self, stopped: bool = False) -> None:
        self._ended, self._shown = True, None
        super().close(stopped)

    def _bundle(self, completed: int, failed: int) -> "Mapping[str, str]":
        from html import escape

        text = self.text(completed, failed)
        bundle = {"text/plain": text}
        if not self._ended:
            # Without a value, the bar only shows that something happens.
            state = "" if self._total is None else f' value="{completed}" max="{max(self._total, 1)}"'
            bar = f"<progress{state}></progress>"
            bundle["text/html"] = f"<div><label>{escape(text)} {bar}</label></div>"
        return bundle


def _amount(completed: int, total: "int | None", unit: str) -> str:
    if unit != "bytes":
        return f"{completed} {unit}" if total is None else f"{completed} of {total}"
    scale, name = next(((scale, name) for scale, name in _SIZES if max(completed, total or 0) >= scale), (1, "bytes"))
    digits = 0 if scale == 1 else 1
    whole = "" if total is None else f" of {total / scale:.{digits}f}"
    return f"{completed / scale:.{digits}f}{whole} {name}"


def _automatic(name: str, total: "int | None", unit: str) -> "Report":
    # A program that runs in a notebook has imported IPython.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None and getattr(shell, "kernel", None) is not None:
        from IPython.display import display  # type: ignore[import-not-found, unused-ignore]

        return _Notebook(name, total, unit, display)
    if not _is_terminal() or os.environ.get("CI"):
        return _Lines(name, total, unit)
    try:
        # Not `tqdm.auto`, which fails in notebooks without ipywidgets.
        from tqdm.std import tqdm  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return _Terminal(name, total, unit)
    return _Bar(tqdm, name, total, unit)


def _is_terminal() -> bool:
    stream = sys.stderr
    try:
        return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
    except ValueError:
        # The stream is closed.
        return False


class UploadReport:
    """Shows the bytes of an upload, all files together. A retry begins again, and is shown when it
    gets further."""

    def __init__(self, progress: "Progress", name: str) -> None:
        from ._callfluent import NativeUploadProgress

        self._create = reporter(progress, name, "bytes")
        self._report: Report | None = None
        self._sent = 0
        self.native: NativeUploadProgress = NativeUploadProgress(self._update)
        """Calls `_update` with the bytes while the upload runs."""

    def _update(self, sent: int, total: "int | None") -> None:
        if self._report is None:
            self._report = self._create(total)
        if sent > self._sent:
            self._sent = sent
            self._report.update(sent, 0)

    def __enter__(self) -> "UploadReport":
        return self

    def __exit__(self, failure: "type[BaseException] | None", *_: object) -> None:
        if self._report is None:
            return
        try:
            if failure is None:
                self.native.update()
        finally:
            self._report.close(failure is not None)
