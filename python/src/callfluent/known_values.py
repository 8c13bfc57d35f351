"""Known values of fields, such as `Tone.PROFESSIONAL`. A known value is a string, so it can be
sent, compared and stored as one. Its label and its certainty are attributes."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from typing_extensions import Self


class KnownValue(str):
    """A known value of a field.

    Attributes:
        label: Name that the API shows to people; the value itself if it is not published.
        certainty: ``"documented"`` in the API reference, ``"printed"`` on another public page of
            the API, or ``"inferred"`` from published facts.
        number: Number that the API uses instead of the value, or `None`.
    """

    __slots__ = ("certainty", "label", "number")

    label: str
    certainty: "Literal['documented', 'printed', 'inferred']"
    number: "int | None"

    def __new__(
        cls,
        value: str,
        *,
        label: "str | None" = None,
        certainty: "Literal['documented', 'printed', 'inferred']" = "documented",
        number: "int | None" = None,
    ) -> "Self":
        known = super().__new__(cls, value)
        known.label = value if label is None else label
        known.certainty = certainty
        known.number = number
        return known


class _Listed(type):
    """Lets programs list the known values, e.g. for a form."""

    def __iter__(cls) -> "Iterator[KnownValue]":
        return (value for value in cls.__dict__.values() if isinstance(value, KnownValue))

    def __len__(cls) -> int:
        return sum(1 for _ in cls)

    def __contains__(cls, value: object) -> bool:
        return any(known == value for known in cls)


class KnownValues(metaclass=_Listed):
    """The known values of a field. Iterating over the class yields them.

    Example:
        >>> {tone: tone.label for tone in Tone}
    """

    __slots__ = ()
