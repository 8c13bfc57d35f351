"""Introspection: the types and signatures that `help`, notebooks and `typing.get_type_hints` show.

They are made on first use: importing `inspect` and `typing` takes longer than importing the rest of
the package. Requests do not use them.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])


class _Types:
    """The names that annotations use. Annotations are strings, so nothing is imported before they
    are resolved."""

    def __getattr__(self, name: str) -> "Any":
        from . import annotations

        return getattr(annotations, name)


types: _Types = _Types()
__all__ = ["ResourceProperty", "described", "types"]


def described(*required: str) -> "Callable[[F], F]":
    """Gives a function the signature that the stubs have.

    Args:
        *required: Names of keyword arguments that have a default only so that the core reports
            them, together with all other invalid arguments.
    """

    def describe(function: "F") -> "F":
        function.__signature__ = _LazySignature(function, required)  # type: ignore[attr-defined]
        return function

    return describe


class _LazySignature:
    """Stands for the signature of a function until `inspect` asks for it."""

    __slots__ = ("_function", "_made", "_required")

    def __init__(self, function: "Any", required: "tuple[str, ...]") -> None:
        self._function = function
        self._required = required
        self._made: Any = None

    def _make(self) -> "Any":
        from inspect import Parameter, Signature, signature

        if self._made is None:
            function = self._function
            bare = type(function)(function.__code__, function.__globals__, function.__name__, function.__defaults__)
            bare.__kwdefaults__ = function.__kwdefaults__
            bare.__annotations__ = function.__annotations__
            found = signature(bare, eval_str=True)
            # Further keyword arguments are unknown names, unless they are custom fields.
            is_open = "custom_fields" in found.parameters
            parameters = [
                parameter.replace(default=Parameter.empty) if name in self._required else parameter
                for name, parameter in found.parameters.items()
                if is_open or parameter.kind is not Parameter.VAR_KEYWORD
            ]
            self._made = Signature(parameters, return_annotation=found.return_annotation)
        return self._made

    if not TYPE_CHECKING:

        @property
        def __class__(self):
            # `inspect` requires an instance of `Signature`, and asks for the class before anything
            # else.
            from inspect import Signature

            return Signature

    def __getattr__(self, name: str) -> "Any":
        if name.startswith("__") and name not in ("__signature__", "__replace__"):
            raise AttributeError(name)
        return getattr(self._make(), name)

    def __str__(self) -> str:
        return str(self._make())

    def __repr__(self) -> str:
        return repr(self._make())

    def __eq__(self, other: object) -> bool:
        return bool(self._make() == (other._make() if type(other) is _LazySignature else other))

    def __hash__(self) -> int:
        return hash(self._make())

    def __reduce__(self) -> "tuple[Any, ...]":
        return self._make().__reduce__()  # type: ignore[no-any-return]


class ResourceProperty(property):
    """A resource of a client. The class of a client has the class of the resource, so that `Mock`
    and other tools find the methods."""

    def __init__(self, class_name: str, doc: str) -> None:
        super().__init__()
        self.__doc__ = doc
        self.class_name = class_name

    def __get__(self, client: "Any", kind: "type[Any] | None" = None) -> "Any":
        if client is None:
            return self if kind is None else kind._resource_class(self.class_name)
        found = client._resources.get(self.class_name)
        return client._resource(self.class_name) if found is None else found
