"""Types of table columns, in a module of its own because `typing` takes long to import."""

from typing import Literal, TypeAlias

ColumnType: TypeAlias = Literal["int64", "float64", "boolean", "string", "timestamp", "json"]
"""Type of a column of a table."""
