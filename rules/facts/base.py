"""What every set of facts shares: who it is about, and which facts could not be read."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from rules.finding import ObjectRef


def fact(meaning: str, *, unit: str = "", read: str = "") -> Meta:
    """Describe one fact: its meaning, the unit of a number, and the field or source it is read from."""
    return Meta(description=meaning, extra={"unit": unit, "read": read})


class Facts(Struct, frozen=True, kw_only=True):
    """Facts about one subject, or about one part of it (a container, a volume).

    A field named in `missing` could not be read; its value is then only a default and a condition
    that needs it is undecided. Every other field means what its annotation says.
    """

    missing: Annotated[Mapping[str, str], fact("Fields that could not be read, each with the reason")] = {}


class SubjectFacts(Facts, frozen=True, kw_only=True):
    """Facts about a whole Kubernetes object; what `judge` takes."""

    ref: Annotated[ObjectRef, fact("The object itself")] = ObjectRef("Object", "object", "default")
    top_owner: Annotated[
        ObjectRef, fact("The controller at the top of the owner chain; the object itself without one")
    ] = ObjectRef("Object", "object", "default")

    depends_on: Annotated[
        tuple[ObjectRef, ...], fact("Objects whose trouble would explain its own, nearest first")
    ] = ()

    def __str__(self) -> str:
        return str(self.ref)
