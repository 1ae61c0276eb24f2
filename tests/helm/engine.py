"""The chart rendered by Helm's own code, offline."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import helm_python
import yaml
from msgspec import Struct

CHART: Final = Path(__file__).parents[2] / "helm" / "mlops-bot"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Thing = Mapping[str, Any]
"""One object as an API server would get it."""


class Rendered(Struct, frozen=True):
    """What an install would send, and what it would print."""

    things: tuple[Thing, ...]
    notes: str

    def all(self, kind: str) -> list[Thing]:
        """Every object of a kind."""
        return [thing for thing in self.things if thing["kind"] == kind]

    def one(self, kind: str, ending: str = "") -> Thing:
        """The only object of a kind whose name ends so."""
        (thing,) = (each for each in self.all(kind) if each["metadata"]["name"].endswith(ending))
        return thing

    def pods(self) -> Iterator[tuple[Thing, Thing]]:
        """Metadata and spec of every pod, from its template or as it stands."""
        for thing in self.things:
            pod = thing if thing["kind"] == "Pod" else thing.get("spec", {}).get("template")
            if pod is not None:
                yield pod["metadata"], pod["spec"]


def render(values: Thing, release: str = "mlops", namespace: str = "ops", chart: Path = CHART) -> Rendered:
    """Render the chart; raises `helm_python.HelmError` where Helm refuses."""
    with helm_python.Chart.load(chart) as loaded:
        texts = loaded.render(dict(values), name=release, namespace=namespace)
    notes = next(text for name, text in texts.items() if name.endswith("NOTES.txt"))
    manifests = [text for name, text in texts.items() if not name.endswith("NOTES.txt")]
    things = (each for text in manifests for each in yaml.load_all(text, _LOADER) if each is not None)
    return Rendered(tuple(things), notes)
