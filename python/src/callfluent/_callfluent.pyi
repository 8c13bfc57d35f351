"""The native module: the core of the client."""

import asyncio
from typing import Any

from typing_extensions import Self

VERSION: str
ENVIRONMENT_VARIABLES: list[str]

def operations() -> list[str]: ...
def record_class(name: str) -> type[Any]: ...
def run_sandbox(arguments: list[str]) -> int: ...

class NativeClient:
    def __new__(
        cls,
        api_key: str | None,
        options: dict[str, Any],
        environment: list[tuple[str, str]],
        user_agent: str,
    ) -> Self: ...
    @property
    def base_url(self) -> str: ...
    def given_key(self) -> str | None: ...
    def with_options(self, options: dict[str, Any]) -> NativeClient: ...
    def invoke(
        self,
        operation: str,
        arguments: dict[str, Any],
        record_type: str,
        files: Any = None,
        options: dict[str, Any] | None = None,
        record: Any = None,
    ) -> Any: ...
    def start(
        self,
        queue: CompletionQueue,
        future: asyncio.Future[Any],
        operation: str,
        arguments: dict[str, Any],
        record_type: str,
        files: Any = None,
        options: dict[str, Any] | None = None,
        record: Any = None,
    ) -> int: ...
    def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        query: Any = None,
        options: dict[str, Any] | None = None,
    ) -> Any: ...
    def start_request(
        self,
        queue: CompletionQueue,
        future: asyncio.Future[Any],
        method: str,
        path: str,
        json: Any = None,
        query: Any = None,
        options: dict[str, Any] | None = None,
    ) -> int: ...
    def drift(self) -> list[tuple[str, str, str | None, int]]: ...

class CompletionQueue:
    def __new__(cls) -> Self: ...
    def fileno(self) -> int: ...
    def drain(self) -> None: ...
    def cancel(self, ticket: int) -> None: ...
    def cancel_all(self) -> None: ...
    def __len__(self) -> int: ...

class LazyRecord:
    @property
    def _fields(self) -> dict[str, Any]: ...
    def _set_fields(self, fields: dict[str, Any]) -> None: ...
    def _field(self, name: str) -> Any: ...

class NativeSandbox:
    def __new__(cls, settings: dict[str, Any]) -> Self: ...
    @property
    def base_url(self) -> str: ...
    @property
    def control_url(self) -> str: ...
    @property
    def api_key(self) -> str: ...
    def control(self, method: str, target: str, body: str) -> str: ...
    def close(self) -> None: ...
