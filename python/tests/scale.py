"""Length of the long tests (`CALLFLUENT_SOAK` sets the full length), and resources of this
process."""

from __future__ import annotations

import gc
import os
import threading
import time
from dataclasses import dataclass

FULL = "CALLFLUENT_SOAK" in os.environ


def length(short: int, full: int) -> int:
    return full if FULL else short


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
