"""Interrupts of cells that await. ipykernel cancels the cell when its event loop runs the next
time. A loop that waits for a response runs when it has arrived, so a signal wakes it.
"""

import signal
import socket
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio

# The sockets live as long as the process: a signal writes to one of them.
_sockets: "list[socket.socket]" = []


def wake_on_signals(loop: "asyncio.AbstractEventLoop") -> None:
    """Makes signals wake a loop, unless another loop or library has claimed them, or the thread is
    not the main one."""
    reader, writer = socket.socketpair()
    try:
        reader.setblocking(False)
        writer.setblocking(False)
        loop.add_reader(reader, _drain, reader)
        claimed = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    except (ValueError, NotImplementedError):
        # Signals belong to the main thread. The default loop of Windows cannot watch a socket.
        claimed = None
    if claimed == -1:
        _sockets.extend((reader, writer))
        return
    if claimed is not None:
        signal.set_wakeup_fd(claimed)
    with suppress(NotImplementedError):
        loop.remove_reader(reader)
    reader.close()
    writer.close()


def _drain(reader: socket.socket) -> None:
    try:
        reader.recv(4096)
    except BlockingIOError:
        pass
