"""A Terraform state (version 4) → the resources in it.

A state holds secrets: passwords, keys, outputs. Attributes stay undecoded bytes until a resource of a type
that is compared asks for its own, and only attributes named in the comparison are ever looked at.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Raw, Struct

VERSION = 4
"""The only version since Terraform 0.12."""


class _Instance(Struct, frozen=True):
    index_key: str | int | None = None
    status: str = ""
    deposed: str = ""
    attributes: Raw = Raw(b"{}")


class _Resource(Struct, frozen=True):
    mode: str = "managed"
    type: str = ""
    name: str = ""
    module: str = ""
    instances: tuple[_Instance, ...] = ()


class _State(Struct, frozen=True):
    version: int = 0
    terraform_version: str = ""
    serial: int = 0
    resources: tuple[_Resource, ...] = ()


class StateItem(Struct, frozen=True, kw_only=True):
    """One resource of a state; `raw` are its attributes, not decoded."""

    address: str
    type: str
    raw: bytes
    tainted: bool = False
    deposed: bool = False


class State(Struct, frozen=True, kw_only=True):
    """A state; `problem` says why it cannot be compared, and is empty when it can."""

    version: str = ""
    serial: int = 0
    items: tuple[StateItem, ...] = ()
    problem: str = ""


class Attributes:
    """Attributes of one resource, or of a block in it; what is absent or of another kind is empty."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    @classmethod
    def of(cls, item: StateItem) -> "Attributes":
        """Those of a resource; empty where they cannot be read."""
        try:
            return cls(msgspec.json.decode(item.raw, type=dict[str, object]))
        except msgspec.DecodeError:
            return cls({})

    def text(self, name: str) -> str:
        """A text; numbers are written out."""
        value = self._values.get(name)
        return "" if value is None or isinstance(value, bool | dict | list) else str(value)

    def number(self, name: str) -> int:
        """A whole number."""
        value = self._values.get(name)
        return int(value) if isinstance(value, int | float) else 0

    def flag(self, name: str) -> bool:
        """A yes or no."""
        return self._values.get(name) is True

    def texts(self, name: str) -> frozenset[str]:
        """A list or set of texts."""
        value = self._values.get(name)
        return frozenset(str(each) for each in value) if isinstance(value, list) else frozenset()

    def pairs(self, name: str) -> Mapping[str, str]:
        """A map of texts (tags)."""
        value = self._values.get(name)
        return {str(key): str(each) for key, each in value.items()} if isinstance(value, dict) else {}

    def blocks(self, name: str) -> tuple["Attributes", ...]:
        """Nested blocks."""
        value = self._values.get(name)
        found = value if isinstance(value, list) else ()
        return tuple(Attributes(each) for each in found if isinstance(each, dict))

    def block(self, name: str) -> "Attributes":
        """The one nested block; an empty one where there is none."""
        return next(iter(self.blocks(name)), Attributes({}))


def read_state(body: bytes) -> State:
    """The resources of a state, data sources left out."""
    try:
        state = msgspec.json.decode(body, type=_State)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return State(problem="it is not the JSON of a Terraform state")
    if state.version != VERSION:
        return State(problem=f"it is of version {state.version}, and only version {VERSION} is understood")
    items = tuple(
        StateItem(
            address=_address(resource, instance),
            type=resource.type,
            raw=bytes(instance.attributes),
            tainted=instance.status == "tainted",
            deposed=bool(instance.deposed),
        )
        for resource in state.resources
        if resource.mode == "managed"
        for instance in resource.instances
    )
    return State(version=state.terraform_version, serial=state.serial, items=items)


def _address(resource: _Resource, instance: _Instance) -> str:
    prefix = f"{resource.module}." if resource.module else ""
    key = instance.index_key
    index = "" if key is None else f"[{key}]" if isinstance(key, int) else f'["{key}"]'
    return f"{prefix}{resource.type}.{resource.name}{index}"
