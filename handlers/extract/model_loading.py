"""How long a model takes to load, from container start to the line that says so."""

import math
from datetime import datetime, timedelta

from rules.facts.container import ContainerFacts
from rules.facts.inferenceservice import LoadingFacts
from rules.facts.pod import PodFacts
from rules.units import seconds_in_words

_MARGIN = 4 / 3
_STEP = 10
_LONGEST = 2 * 3600.0
_CLOCKS = 5.0


def loading_facts(pod: PodFacts, now: datetime) -> LoadingFacts:
    """Measure the container that loads the model; empty when no log tells of loading."""
    loads = [c for c in pod.containers if c.kind == "main" and (c.log.loaded or c.log.loading)]
    loads.sort(key=lambda c: not c.failing)
    return _measured(loads[0], now) if loads else LoadingFacts()


def _measured(container: ContainerFacts, now: datetime) -> LoadingFacts:
    log, started = container.log, _started(container, now)
    took = None
    # Of a log whose beginning is cut off, the line may stem from a later load.
    if log.loaded and log.loaded.at and started and not log.truncated:
        took = _credible((log.loaded.at - started).total_seconds())
    elapsed = container.ran_for if log.previous else container.running_for
    needs = took if took is not None else elapsed
    suggested = _STEP * math.ceil((needs or 0.0) * _MARGIN / _STEP)
    return LoadingFacts(
        container=container.name,
        loading=log.loaded is None and (not container.crashed or container.killed_by_probe != "none"),
        elapsed=elapsed,
        took=took,
        said=log.loaded or log.loading,
        suggested=suggested,
        periods=suggested // _STEP,
    )


def _credible(took: float) -> float | None:
    """A log whose beginning was rotated away tells of a later load: none takes that long."""
    return max(0.0, took) if -_CLOCKS < took < _LONGEST else None


def _started(container: ContainerFacts, now: datetime) -> datetime | None:
    if not container.log.previous:
        return now - timedelta(seconds=container.running_for) if container.running_for is not None else None
    if container.ended_ago is None or container.ran_for is None:
        return None
    return now - timedelta(seconds=container.ended_ago + container.ran_for)


def loading_in_words(facts: LoadingFacts) -> str:
    """That, for a context line; empty where nothing is known."""
    if facts.took is not None:
        return f"model loaded {seconds_in_words(facts.took)} after container start"
    if facts.loading and facts.elapsed is not None:
        return f"model still loading after {seconds_in_words(facts.elapsed)}"
    return ""
