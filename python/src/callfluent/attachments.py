"""What can be uploaded: paths, bytes, open files, and pairs of name and content; for type checkers."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import IO, TypeAlias, Union

Content: TypeAlias = Union[str, bytes, bytearray, memoryview, "PathLike[str]", "IO[bytes]", "IO[str]"]
File: TypeAlias = Union[
    str, "PathLike[str]", bytes, bytearray, memoryview, "IO[bytes]", tuple[str, Content], tuple[str, Content, str]
]
Files: TypeAlias = File | Iterable[File]
