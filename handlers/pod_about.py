"""The context line of a pod's answer, and what was checked."""

from collections.abc import Iterable

from handlers.extract.owner import owner_in_words
from handlers.extract.pod import PodReads
from handlers.pod_logs import PodLogs
from rules.facts.pod import PodFacts
from rules.units import seconds_in_words


def about(facts: PodFacts, reads: PodReads, note: str) -> tuple[str, ...]:
    """Short pieces: how it was found, node, owner, age, siblings."""
    return tuple(piece for piece in _pieces(facts, reads, note) if piece)


def _pieces(facts: PodFacts, reads: PodReads, note: str) -> Iterable[str]:
    yield note
    yield f"node {facts.node.name}" if facts.node.name else "not on a node"
    owned = facts.top_owner != facts.ref
    yield f"owner {owner_in_words(reads.pod, facts.top_owner)}" if owned else "no owner"
    yield f"age {seconds_in_words(facts.age)}"
    yield facts.siblings.sentence
    if facts.healthy:
        yield _last_restart(facts)


def _last_restart(facts: PodFacts) -> str:
    """History of a pod that works, which a look at its RESTARTS column would ask about; empty without any."""
    restarts = sum(container.restarts for container in facts.containers)
    ends = [(c.ended_ago, c) for c in facts.containers if c.restarts and c.ended_ago is not None]
    if not restarts or not ends:
        return f"{restarts} restart{'s' if restarts != 1 else ''}" if restarts else ""
    ago, last = min(ends, key=lambda end: end[0])
    why = f"exit code {last.exit_code}, {last.exit_reason or 'ended'}"
    return f"last restart {seconds_in_words(ago)} ago ({why}), stable since"


def checked(facts: PodFacts, reads: PodReads, logs: PodLogs) -> tuple[str, ...]:
    """What was looked at, for an answer that says "healthy"."""
    return tuple(_checked(facts, reads, logs))


def _checked(facts: PodFacts, reads: PodReads, logs: PodLogs) -> Iterable[str]:
    yield _counted(len(facts.containers), "container", "status of ")
    if "events" not in reads.missing:
        yield _counted(len(reads.events), "event")
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


def _counted(count: int, what: str, before: str = "") -> str:
    return f"{before}{count} {what}{'s' if count != 1 else ''}"
