"""A PersistentVolumeClaim as such: why it has no volume, who uses it, whether it grows, how full it is."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from handlers.extract.claim_resize import resize_facts
from handlers.extract.pod_claims import claim_names, existing_claim
from handlers.extract.pod_status import ENDED, pod_condition
from handlers.extract.quantity import quantity_or_none
from handlers.extract.surroundings import Surroundings
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.volume import PersistentVolume, PersistentVolumeClaim
from rules.facts.persistentvolumeclaim import (
    DriverFacts,
    FillFacts,
    PersistentVolumeClaimFacts,
    ProvisioningFailure,
)
from rules.facts.pod_claim import ClaimFacts
from rules.finding import ObjectRef, Observation
from rules.units import bytes_in_words

YOUNG = 60.0
"""Seconds in which a claim without a volume is normal: a disk takes a few to be made."""
FULL = 85.0
"""Percent from which a volume is called nearly full."""
_SHOWN = 5
_GIBIBYTE = 1 << 30
_FAILURES: tuple[tuple[ProvisioningFailure, re.Pattern[str]], ...] = (
    (
        "zone",
        re.compile(
            r"no topology key found|not in allowed topologies|accessibility requirements"
            r"|InvalidZone|[Aa]vailability ?[Zz]one"
        ),
    ),
    ("quota", re.compile(r"(?<!Request)LimitExceeded|[Qq]uota")),
    ("encryption", re.compile(r"KMS|[Kk]ms[:-]|CustomerKeyHasBeenRevoked|encrypt")),
    (
        "parameters",
        re.compile(r"InvalidParameter|invalid (?:parameter|.{0,40}type)|ValidationError|Invalid "),
    ),
    ("timeout", re.compile(r"DeadlineExceeded|deadline exceeded|timed out|RequestLimitExceeded")),
)


class ClaimReads(Struct, frozen=True, kw_only=True):
    """What was read of one claim; a part that could not be read is in `missing`, with the reason.

    Attributes:
        around: its class, volume and events.
        pods: of its namespace.
        driver_pods: of the controller that makes its volumes; None where the platform does not say which.
        fill: what Prometheus says, by the last word of the series ("used_bytes").
    """

    claim: PersistentVolumeClaim
    now: datetime
    around: Surroundings
    pods: Sequence[Pod] = ()
    driver_pods: Sequence[Pod] | None = None
    fill: Mapping[str, float] = {}
    missing: Mapping[str, str] = {}


def claim_subject_facts(reads: ClaimReads) -> PersistentVolumeClaimFacts:
    """Judge one claim by what was read."""
    claim, now = reads.claim, reads.now
    standing = existing_claim(claim, reads.around, now)
    users = users_of(claim, reads.pods)
    waiting = tuple(pod for pod in users if not pod.spec.node_name)
    holders = tuple(pod for pod in users if pod.spec.node_name)
    fill = fill_facts(reads.fill)
    resize = resize_facts(claim, reads.around.claim_events or (), now, expandable=_class_allows(reads))
    age = _since(claim.metadata.creation_timestamp, now)
    deleted = claim.metadata.deletion_timestamp
    starting = not standing.bound and age < YOUNG and not deleted
    volume = next(iter(_volume(claim, reads.around.volumes or ())), None)
    return PersistentVolumeClaimFacts(
        ref=claim.ref,
        top_owner=claim.ref,
        claim=standing,
        well=_well(standing, fill, resize.problem, waiting=bool(waiting or reads.missing.get("pods"))),
        starting=starting,
        age=age,
        failure=_failure(standing),
        users=_names(users),
        waiting_users=_names(waiting),
        held_by=_names(holders) if deleted else (),
        deleting_for=_since(deleted, now) if deleted else 0.0,
        finalizers=claim.metadata.finalizers,
        reclaim_policy=volume.spec.persistent_volume_reclaim_policy if volume else "",
        asked_size=_larger(claim),
        expandable=_class_allows(reads),
        resize=resize,
        fill=fill,
        driver=_driver(reads.driver_pods),
        effect=_effect(standing, users, waiting),
        depends_on=_links(standing, reads, waiting),
        missing=_missing(reads),
    )


def absent_facts(ref: ObjectRef, waiting: Sequence[Pod], near: Sequence[str]) -> PersistentVolumeClaimFacts:
    """Facts about a claim that does not exist although pods wait for it."""
    standing = ClaimFacts(name=ref.name, problem="not_found", similar_claims=tuple(near))
    return PersistentVolumeClaimFacts(
        ref=ref,
        top_owner=ref,
        claim=standing,
        well=False,
        users=_names(waiting),
        waiting_users=_names(waiting),
        effect=_effect(standing, waiting, waiting),
    )


def users_of(claim: PersistentVolumeClaim, pods: Iterable[Pod]) -> tuple[Pod, ...]:
    """The pods that mount a claim and have not ended."""
    return tuple(
        pod
        for pod in pods
        if pod.metadata.namespace == claim.metadata.namespace
        and pod.status.phase not in ENDED
        and any(name == claim.metadata.name for name, _ in claim_names(pod))
    )


def fill_facts(figures: Mapping[str, float]) -> FillFacts:
    """How full a volume is, by the kubelet's figures ("used_bytes", "capacity_bytes", "inodes_used")."""
    used, size = figures.get("used_bytes"), figures.get("capacity_bytes")
    share = _share(used, size)
    if used is None or size is None or share is None:
        return FillFacts()
    text = f"{bytes_in_words(used)} of {bytes_in_words(size)} used ({share:g}%)"
    return FillFacts(
        used=used,
        size=size,
        share=share,
        inodes_share=_share(figures.get("inodes_used"), figures.get("inodes")),
        said=Observation(text, "Prometheus kubelet_volume_stats"),
    )


def _share(part: float | None, whole: float | None) -> float | None:
    return round(100 * part / whole, 1) if part is not None and whole else None


def _well(standing: ClaimFacts, fill: FillFacts, resize: str, *, waiting: bool) -> bool:
    if standing.terminating or resize in {"failed", "not_allowed"}:
        return False
    if max(fill.share or 0.0, fill.inodes_share or 0.0) >= FULL:
        return False
    if standing.bound:
        return standing.problem == "none"
    return standing.problem == "waiting_for_first_consumer" and not waiting


def _failure(standing: ClaimFacts) -> ProvisioningFailure:
    if standing.problem != "provisioning_failed" or standing.said is None:
        return "none"
    return next((kind for kind, sign in _FAILURES if sign.search(standing.said.text)), "unknown")


def _class_allows(reads: ClaimReads) -> bool:
    named = reads.claim.spec.storage_class_name
    return any(
        each.metadata.name == named and each.allow_volume_expansion
        for each in reads.around.storage_classes or ()
    )


def _volume(claim: PersistentVolumeClaim, volumes: Iterable[PersistentVolume]) -> Iterable[PersistentVolume]:
    return (each for each in volumes if each.metadata.name == claim.spec.volume_name)


def _larger(claim: PersistentVolumeClaim) -> str:
    """Half as much again in whole GiB: a first step, not a measurement."""
    asked = quantity_or_none(
        claim.status.capacity.get("storage") or claim.spec.resources.requests.get("storage")
    )
    return f"{-(-int(asked) * 3 // (2 * _GIBIBYTE))}Gi" if asked else ""


def _driver(pods: Sequence[Pod] | None) -> DriverFacts:
    if pods is None:
        return DriverFacts()
    ready = sum(pod_condition(pod, "Ready") == "True" for pod in pods)
    said = (
        f"{ready} of {len(pods)} pods of its controller are ready"
        if pods
        else "no pod of its controller is there"
    )
    return DriverFacts(known=True, ready=ready, total=len(pods), said=Observation(said, "pods of the driver"))


def _effect(standing: ClaimFacts, users: Sequence[Pod], waiting: Sequence[Pod]) -> str:
    if not users:
        return "No pod uses it"
    if waiting:
        return f"{_counted(waiting)} it: {', '.join(_names(waiting))}"
    verb = "uses" if len(users) == 1 else "use"
    still = "" if standing.bound else ", and cannot start without it"
    return f"{len(users)} pod{'s' if len(users) > 1 else ''} {verb} it: {', '.join(_names(users))}{still}"


def _counted(pods: Sequence[Pod]) -> str:
    return "1 pod waits for" if len(pods) == 1 else f"{len(pods)} pods wait for"


def _names(pods: Sequence[Pod]) -> tuple[str, ...]:
    names = [pod.metadata.name for pod in pods]
    rest = len(names) - _SHOWN
    return (*names[:_SHOWN], f"{rest} more") if rest > 1 else tuple(names)


def _links(standing: ClaimFacts, reads: ClaimReads, waiting: Sequence[Pod]) -> tuple[ObjectRef, ...]:
    """The pods it waits for, and those that make its volume, as far as it needs either."""
    if standing.problem == "waiting_for_first_consumer":
        return tuple(pod.ref for pod in waiting)
    driver = reads.driver_pods if standing.problem == "provisioner_silent" else ()
    return tuple(pod.ref for pod in driver or ())


def _since(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


def _missing(reads: ClaimReads) -> dict[str, str]:
    """Facts by what they need; without pods nobody knows who waits."""
    needs = {
        "pods": ("users", "waiting_users", "held_by", "effect"),
        "events": ("failure", "resize"),
        "fill": ("fill",),
        "driver": ("driver",),
        "volumes": ("reclaim_policy",),
        "storage_classes": ("expandable",),
    }
    return {fact: why for part, why in reads.missing.items() if why for fact in needs.get(part, ())}
