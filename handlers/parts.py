"""What is told of a whole platform beside its causes: part by part in a line, and numbers to remember."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from rules.finding import ObjectRef


class PartState(StrEnum):
    """How a part of the platform is; `absent` is not installed or not configured, which is no fault."""

    FINE = "fine"
    TROUBLE = "trouble"
    UNKNOWN = "unknown"
    ABSENT = "absent"


class Part(Struct, frozen=True, kw_only=True):
    """One part of the platform in a line ("InferenceServices: 2 of 14 not ready").

    Attributes:
        name: what people call it ("Ingresses").
        said: how it is, one line without the name; where it is unknown, why.
        items: the objects in trouble, each in a short line, worst first.
    """

    name: str
    state: PartState
    said: str
    items: tuple[str, ...] = ()


class Figure(Struct, frozen=True, kw_only=True):
    """A number worth watching over days ("restarts", 12); `unit` as people write it, empty for counts."""

    name: str
    value: float
    unit: str = ""


class Labelled(Struct, frozen=True, kw_only=True):
    """Labels of an object, of its owner and of its namespace together; the nearest wins."""

    ref: ObjectRef
    labels: Mapping[str, str]
