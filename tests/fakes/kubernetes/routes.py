"""A path of the API, taken apart."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Route:
    """What a path addresses; empty parts were not in it."""

    group: str = ""
    version: str = ""
    namespace: str = ""
    plural: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def verb(self) -> str:
        """The Kubernetes verb of a GET."""
        return "get" if self.name else "list"


def parse(path: str) -> Route | None:
    """A route below /api or /apis; None for anything else."""
    parts = [part for part in path.split("/") if part]
    match parts:
        case ["api", version, *rest]:
            return _resource("", version, rest)
        case ["apis", group, version, *rest]:
            return _resource(group, version, rest)
    return None


def _resource(group: str, version: str, rest: list[str]) -> Route:
    namespace = ""
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource, *_ = [*rest, "", "", ""]
    return Route(
        group=group,
        version=version,
        namespace=namespace,
        plural=plural,
        name=name,
        subresource=subresource,
    )
