"""How long the whole shipped catalog takes to load, and to judge one pod."""

import time
from collections.abc import Callable

from rules.facts import SUBJECTS
from rules.facts.container import ContainerFacts
from rules.facts.pod import PodFacts
from rules.judge import judge
from rules.load import load_catalog
from rules.rule import Catalog

ROUNDS = 500
CONTAINERS = 3

HEALTHY = PodFacts(containers=tuple(ContainerFacts(name=f"app-{n}") for n in range(CONTAINERS)))
BROKEN = PodFacts(
    containers=tuple(
        ContainerFacts(
            name=f"app-{n}", failing=True, crashed=True, oom_killed=True, exit_code=137, restarts=9
        )
        for n in range(CONTAINERS)
    )
)
UNSEEN = PodFacts(
    containers=HEALTHY.containers, missing=dict.fromkeys(("node", "change", "identity"), "no right")
)


def run() -> list[str]:
    """Sentences with the figures: milliseconds to load, microseconds per pod (best of five), of CPU time."""
    began = time.process_time()
    catalog = load_catalog(subjects=SUBJECTS)
    took = time.process_time() - began
    lines = [f"loading {len(catalog.rules)} rules: {took * 1000:.0f} ms"]
    for name, facts in (("healthy", HEALTHY), ("broken", BROKEN), ("partly unseen", UNSEEN)):
        each = _microseconds(_judging(facts, catalog))
        lines.append(f"judging a {name} pod of {CONTAINERS} containers: {each:.0f} µs")
    return lines


def _judging(facts: PodFacts, catalog: Catalog) -> Callable[[], object]:
    return lambda: judge(facts, catalog)


def _microseconds(work: Callable[[], object]) -> float:
    return min(_seconds(work) for _ in range(5)) / ROUNDS * 1e6


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(ROUNDS):
        work()
    return time.process_time() - began
