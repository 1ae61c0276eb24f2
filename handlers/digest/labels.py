"""Whose labels say who looks after an object: its own, its owner's, its namespace's."""

from collections.abc import Iterable, Iterator, Mapping

from handlers.look import Look
from handlers.parts import Labelled
from handlers.sources.objects.network import Namespace
from handlers.sources.snapshot import Snapshot
from rules.facts.base import SubjectFacts
from rules.finding import ObjectRef

STANDS_FOR = {"MLflow": "Deployment"}
"""Kinds that are ours alone, and the kind of the object they are told of."""


async def labels_of(facts: Iterable[SubjectFacts], look: Look, snapshot: Snapshot) -> tuple[Labelled, ...]:
    """Labels of everything that is judged, as far as lists that were read anyway tell; the nearest win."""
    spaces = await look.list(Namespace, what="namespaces")
    known = {one.metadata.name: one.metadata.labels for one in spaces.value or ()}
    every = {each.ref: each.top_owner for each in facts}
    return tuple(_labelled(every, known, snapshot))


def _labelled(
    every: Mapping[ObjectRef, ObjectRef], spaces: Mapping[str, Mapping[str, str]], snapshot: Snapshot
) -> Iterator[Labelled]:
    for ref, owner in every.items():
        merged = {**spaces.get(ref.namespace, {}), **_own(owner, snapshot), **_own(ref, snapshot)}
        if merged:
            yield Labelled(ref=ref, labels=merged)


def _own(ref: ObjectRef, snapshot: Snapshot) -> Mapping[str, str]:
    found = snapshot.at_hand(ObjectRef(STANDS_FOR.get(ref.kind, ref.kind), ref.name, ref.namespace))
    return found.metadata.labels if found else {}
