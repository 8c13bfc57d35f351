"""Types of arguments of tables and exports, in a module of its own because `typing` takes long to
import."""

from typing import Literal, TypeAlias

ColumnType: TypeAlias = Literal["int64", "float64", "boolean", "string", "timestamp", "json"]
"""Type of a column of a table."""
ExportFormat: TypeAlias = Literal["jsonl", "csv", "parquet"]
"""Format of an exported file."""
ExportMask: TypeAlias = Literal["phone_numbers", "transcripts"]
"""Personal data that an export masks."""
