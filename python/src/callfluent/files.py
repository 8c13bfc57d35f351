"""What can be uploaded: paths, bytes, whatever can be read, and names with their content; for type checkers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Protocol, TypeAlias, Union


class Readable(Protocol):
    """An open file, or anything else that is read like one."""

    def read(self) -> bytes | str:
        """All that is left of it."""
        ...


Content: TypeAlias = Union[str, bytes, bytearray, memoryview, "PathLike[str]", Readable]
File: TypeAlias = Union[
    str, "PathLike[str]", bytes, bytearray, memoryview, Readable, tuple[str, Content], tuple[str, Content, str]
]
Files: TypeAlias = File | Iterable[File] | Mapping[str, Content]
