"""Settings of the display in notebooks, and transcripts to show.

Records, lists and errors show themselves: as HTML without colors of its own, without script and
style sheet, so it has the theme of each notebook. To show something never sends a request and never
raises an error.

Example:
    >>> from callfluent import display
    >>> display.mask = True
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .display_calls import Transcript as Transcript

mask: "bool | None" = None
"""True masks phone numbers and omits transcripts and recordings, because outputs are saved in
notebook files. `None` means the environment variable `CALLFLUENT_MASK`."""


def __getattr__(name: str) -> "Any":
    if name == "Transcript":
        from .display_calls import Transcript

        return Transcript
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def is_masked() -> bool:
    """Returns true if phone numbers, transcripts and recordings are masked."""
    return os.environ.get("CALLFLUENT_MASK", "") not in ("", "0") if mask is None else bool(mask)
