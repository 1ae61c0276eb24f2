"""The context line of a pod's answer, and what was checked."""

from collections.abc import Iterable

from handlers.extract.pod import PodReads
from handlers.pod_logs import PodLogs
from rules.facts.pod import PodFacts
from rules.units import seconds_in_words


def about(facts: PodFacts, note: str) -> tuple[str, ...]:
    """Short pieces: how it was found, node, owner, age, siblings."""
    return tuple(piece for piece in _pieces(facts, note) if piece)


def _pieces(facts: PodFacts, note: str) -> Iterable[str]:
    yield note
    yield f"node {facts.node.name}" if facts.node.name else "not on a node"
    yield f"owner {facts.owner}" if facts.top_owner != facts.ref else "no owner"
    yield f"age {seconds_in_words(facts.age)}"
    yield facts.siblings.sentence
    restarts = sum(container.restarts for container in facts.containers)
    if facts.healthy and restarts:
        yield _last_restart(facts, restarts)


def _last_restart(facts: PodFacts, restarts: int) -> str:
    last = min(
        (c for c in facts.containers if c.ended_ago is not None and c.restarts),
        key=lambda c: c.ended_ago or 0.0,
        default=None,
    )
    if last is None or last.ended_ago is None:
        return f"{restarts} restarts"
    why = last.exit_reason or "ended"
    return f"last restart {seconds_in_words(last.ended_ago)} ago (exit code {last.exit_code}, {why}), stable since"


def checked(facts: PodFacts, reads: PodReads, logs: PodLogs) -> tuple[str, ...]:
    """What was looked at, for an answer that says "healthy"."""
    return tuple(item for item in _checked(facts, reads, logs) if item)


def _checked(facts: PodFacts, reads: PodReads, logs: PodLogs) -> Iterable[str]:
    count = len(facts.containers)
    yield f"status of {count} container{'s' if count != 1 else ''}"
    if "events" not in reads.missing:
        yield f"{len(reads.events)} events"
    yield from logs.read
    if reads.node is not None:
        yield f"node {facts.node.name} (Ready {facts.node.ready})"
    if reads.deployment or reads.replica_sets:
        yield f"rollout of {facts.owner}"
    if reads.services and "slices" not in reads.missing:
        yield f"endpoints of Service {', '.join(s.metadata.name for s in reads.services)}"
    if reads.metrics is not None:
        yield "memory and cpu against limits"
    if reads.account is not None:
        yield f"service account {facts.identity.service_account}"
