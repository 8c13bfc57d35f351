"""Types of files to upload, for type checkers: paths, bytes, objects with `read`, and names with
their content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Protocol, TypeAlias


class Readable(Protocol):
    """An open file, or another object with `read`."""

    def read(self) -> bytes | str:
        """Returns the rest of the content."""
        ...


Content: TypeAlias = str | bytes | bytearray | memoryview | PathLike[str] | Readable
File: TypeAlias = (
    str | PathLike[str] | bytes | bytearray | memoryview | Readable | tuple[str, Content] | tuple[str, Content, str]
)
Files: TypeAlias = File | Iterable[File] | Mapping[str, Content]
