"""Owners without pods: which one is meant, how many pods it wants, and who refuses them."""

import asyncio
from collections.abc import Iterable, Sequence

from msgspec import Struct

from handlers.contract import Candidate, NameAmbiguous
from handlers.extract.creation import creation_facts
from handlers.look import Look
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.workload import DaemonSet, Deployment, Job, ReplicaSet, StatefulSet
from rules.facts.pod import CreationFacts
from rules.finding import ObjectRef

Workload = Deployment | StatefulSet | ReplicaSet | DaemonSet | Job
KINDS: tuple[type[Workload], ...] = (Deployment, StatefulSet, DaemonSet, Job, ReplicaSet)


class Owner(Struct, frozen=True, kw_only=True):
    """A workload; `wanted` is the number of pods it asks for, `existing` how many it counts."""

    ref: ObjectRef
    uid: str
    wanted: int
    existing: int
    conditions: tuple[Condition, ...] = ()

    @property
    def short(self) -> bool:
        """Whether pods are missing."""
        return self.existing < self.wanted

    @property
    def state(self) -> str:
        """That, in words."""
        return f"{self.existing} of {self.wanted} pods"

    @property
    def status(self) -> str:
        """What stands for the STATUS of its pods: there are none, or none any more."""
        if self.wanted == 0:
            return "scaled to zero"
        ends = {"Complete": "Completed", "Failed": "Failed"}
        over = (ends[c.type] for c in self.conditions if c.type in ends and c.status == "True")
        return next(over, "not created")

    @property
    def words(self) -> str:
        """How it stands without pods, in a sentence's part ("Deployment web has 0 of 2 pods")."""
        name = f"{self.ref.kind} {self.ref.name}"
        over = self.status in {"Completed", "Failed"}
        return f"{name} has ended ({self.status}), its pods are gone" if over else f"{name} has {self.state}"

    @property
    def healthy(self) -> bool:
        """Whether having no pods is as it should be."""
        return self.status in {"scaled to zero", "Completed"}


def owner_of(item: Workload) -> Owner:
    """Read a workload's numbers; a DaemonSet tells only how many of its pods are ready."""
    if isinstance(item, DaemonSet):
        wanted, existing = item.status.desired_number_scheduled, item.status.number_ready
    elif isinstance(item, Job):
        wanted, existing = 1, item.status.active + item.status.succeeded + item.status.failed
    else:
        wanted = 1 if item.spec.replicas is None else item.spec.replicas
        existing = item.status.replicas
    return Owner(
        ref=item.ref,
        uid=item.metadata.uid,
        wanted=wanted,
        existing=existing,
        conditions=item.status.conditions,
    )


async def find_owners(name: str, namespaces: Iterable[str], look: Look) -> tuple[Owner, ...]:
    """Find the workloads of exactly that name; those that lack pods first."""
    reads = await asyncio.gather(
        *(
            look.list(kind, namespace, what=kind.resource.plural, fields=f"metadata.name={name}")
            for namespace in namespaces
            for kind in KINDS
        )
    )
    owners = [owner_of(item) for read in reads for item in read.value or ()]
    return tuple(sorted(owners, key=lambda owner: not owner.short))


def meant(name: str, owners: Sequence[Owner]) -> Owner | None:
    """The one that lacks pods, else the first.

    Raises:
        NameAmbiguous: several lack pods.
    """
    short = [owner for owner in owners if owner.short]
    if len(short) > 1:
        choices = tuple(Candidate(owner.ref, owner.state) for owner in short)
        raise NameAmbiguous(f"{len(short)} owners without pods are called {name}.", choices)
    return owners[0] if owners else None


async def refusal_of(owner: Owner, look: Look) -> CreationFacts:
    """Read why the API server refuses the owner's pods."""
    sets: tuple[ReplicaSet, ...] = ()
    if owner.ref.kind == "Deployment" and owner.wanted:
        read = await look.list(ReplicaSet, owner.ref.namespace, what="rollout")
        sets = tuple(rs for rs in read.value or () if _owned_by(rs, owner.uid))
    events = await failed_creates(owner.uid, sets, owner.ref.namespace, look) if owner.wanted else ()
    conditions = [*owner.conditions, *(c for rs in sets for c in rs.status.conditions)]
    return creation_facts(conditions, events, wanted=owner.wanted, existing=owner.existing)


async def failed_creates(
    uid: str, sets: Iterable[ReplicaSet], namespace: str, look: Look
) -> tuple[Event, ...]:
    """Read the events of an owner, and of those of its ReplicaSets that want pods."""
    uids = dict.fromkeys([uid, *(rs.metadata.uid for rs in sets if rs.spec.replicas != 0)])
    reads = await asyncio.gather(
        *(
            look.list(Event, namespace, what="events of the owner", fields=f"involvedObject.uid={each}")
            for each in uids
        )
    )
    return tuple(event for read in reads for event in read.value or ())


def _owned_by(rs: ReplicaSet, uid: str) -> bool:
    return any(owner.uid == uid for owner in rs.metadata.owner_references)
