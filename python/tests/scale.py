"""Length of the long tests (`CALLFLUENT_SOAK` sets the full length), resources of this process, and
the load of the machine."""

from __future__ import annotations

import gc
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

FULL = "CALLFLUENT_SOAK" in os.environ


def length(short: int, full: int) -> int:
    return full if FULL else short


def waited_for_processor(*processes: str) -> float:
    """Returns the seconds in which threads of processes were ready and had no processor. A test
    subtracts them from a duration, so that other programs of the machine do not count."""
    nanoseconds = 0
    for process in processes:
        for file in Path(f"/proc/{process}/task").glob("*/schedstat"):
            try:
                nanoseconds += int(file.read_text().split()[1])
            except OSError:
                # The thread has ended.
                pass
    return nanoseconds / 1e9


class Stopwatch:
    """Measures a duration, and the waits of this and other processes for a processor."""

    def __init__(self, *others: str) -> None:
        self._processes = ("self", *others)
        self._started, self._waited = time.monotonic(), waited_for_processor(*self._processes)

    def elapsed(self) -> float:
        return time.monotonic() - self._started

    def waited(self) -> float:
        return max(0.0, waited_for_processor(*self._processes) - self._waited)


@dataclass
class Holdings:
    """Resources that can leak. Without `/proc`, only Python's threads are counted."""

    memory_kib: int
    threads: int
    descriptors: int

    @classmethod
    def now(cls) -> Holdings:
        gc.collect()
        if not os.path.isdir("/proc/self/fd"):
            return cls(0, threading.active_count(), 0)
        with open("/proc/self/status") as status:
            memory = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
        return cls(memory, len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd")))

    @classmethod
    def settled(cls) -> Holdings:
        """Returns the resources after pending work has ended."""
        least, unchanged = cls.now(), 0
        while unchanged < 10:
            time.sleep(0.03)
            now = cls.now()
            fewer = now.descriptors < least.descriptors or now.threads < least.threads
            least, unchanged = now, 0 if fewer else unchanged + 1
        return least

    def assert_no_more_than(self, before: Holdings, memory_kib: int = 8 * 1024) -> None:
        figures = f"before {before}, after {self}"
        assert self.memory_kib <= before.memory_kib + memory_kib, figures
        assert self.threads <= before.threads + 2, figures
        assert self.descriptors <= before.descriptors + 2, figures
