"""The names that annotations of this package use. The module is imported when annotations are
resolved; see `introspection`."""

from collections.abc import AsyncIterator as AsyncIterator
from collections.abc import Callable as Callable
from collections.abc import Generator as Generator
from collections.abc import ItemsView as ItemsView
from collections.abc import Iterable as Iterable
from collections.abc import Iterator as Iterator
from collections.abc import KeysView as KeysView
from collections.abc import Mapping as Mapping
from collections.abc import Sequence as Sequence
from collections.abc import ValuesView as ValuesView
from datetime import timedelta as timedelta
from datetime import timezone as timezone
from os import PathLike as PathLike
from types import TracebackType as TracebackType
from typing import TYPE_CHECKING, TypeAlias
from typing import Any as Any
from typing import Literal as Literal

from .bulk import BulkItem as BulkItem
from .columns import ColumnType as ColumnType
from .columns import ExportFormat as ExportFormat
from .columns import ExportMask as ExportMask
from .drift import DriftEntry as DriftEntry
from .export_files import ExportResult as ExportResult
from .files import Files as Files
from .hooks import Attempt as Attempt
from .hooks import Hooks as Hooks
from .models import *
from .pagination import AsyncPage as AsyncPage
from .pagination import AsyncPages as AsyncPages
from .pagination import Page as Page
from .pagination import Pages as Pages
from .raw_response import RawResponse as RawResponse
from .record_sequence import Records as Records
from .request_views import AsyncRawResponses as AsyncRawResponses
from .request_views import CurlCommands as CurlCommands
from .request_views import RawResponses as RawResponses
from .watching import AsyncCallWatch as AsyncCallWatch
from .watching import CallWatch as CallWatch

if TYPE_CHECKING:
    from typing_extensions import Self as Self
else:
    try:
        from typing import Self
    except ImportError:
        # Python 3.10.
        Self = Any

Resolution: TypeAlias = Literal["done", "repeat"]
"""Decision about an item whose outcome is unknown."""
Query: TypeAlias = str | float | bool | Iterable[str | float | bool] | None
"""Value of a query parameter: one value or several."""
