"""The other pods of an owner, and what its newest rollout changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from handlers.extract.pod_status import looks_healthy, pod_status
from handlers.sources.objects.container import Container
from handlers.sources.objects.pod import Pod, PodSpec
from handlers.sources.objects.workload import Deployment, ReplicaSet
from rules.facts.pod import ChangeFacts, SiblingFacts
from rules.finding import ObjectRef, Observation

REVISION = "deployment.kubernetes.io/revision"
RECENT_ROLLOUT = 86_400.0
"""Seconds before the trouble within which a rollout is worth naming."""
_SHOWN = 4


def sibling_facts(pod: Pod, siblings: Sequence[Pod], owner: ObjectRef) -> SiblingFacts:
    """Count the pods of the same owner that are unhealthy, and those that show the same symptom."""
    unhealthy = [other for other in siblings if not looks_healthy(other)]
    symptom = pod_status(pod)
    alike = [other for other in unhealthy if pod_status(other) == symptom]
    total = max(1, len(siblings))
    sentence = ""
    if total > 1 and unhealthy and not looks_healthy(pod):
        sentence = _siblings_sentence(
            len(unhealthy), len(alike), f"{total} pods of {owner.kind} {owner.name}"
        )
    return SiblingFacts(total=total, unhealthy=len(unhealthy), alike=len(alike), sentence=sentence)


def _siblings_sentence(unhealthy: int, alike: int, of_all: str) -> str:
    if unhealthy == 1:
        return f"1 of {of_all} is unhealthy"
    same = "with the same symptom" if alike == unhealthy else f"{alike} with the same symptom"
    return f"{unhealthy} of {of_all} are unhealthy, {same}"


def change_facts(
    pod: Pod, sets: Sequence[ReplicaSet], deployment: Deployment | None, now: datetime
) -> ChangeFacts:
    """Compare the two newest revisions of a Deployment; the difference is told when it may be the cause."""
    change, newest = newest_change(sets, deployment, now), newest_revision(sets)
    owner = pod.metadata.controller
    if newest is None or (owner is not None and owner.uid == newest.metadata.uid):
        return change
    return msgspec.structs.replace(change, this_revision=False, diff=None)


def newest_change(sets: Sequence[ReplicaSet], deployment: Deployment | None, now: datetime) -> ChangeFacts:
    """Compare the two newest revisions of a Deployment, whichever of them a pod belongs to."""
    ranked = sorted(sets, key=_revision, reverse=True)
    if not ranked:
        return ChangeFacts()
    newest, older = ranked[0], next((rs for rs in ranked[1:] if rs.spec.template.spec.containers), None)
    began = newest.metadata.creation_timestamp
    recent = older is not None and began is not None and (now - began).total_seconds() < RECENT_ROLLOUT
    return ChangeFacts(
        recent=recent,
        previous_works=bool(older and older.status.ready_replicas),
        diff=_diff(newest, older, began) if older and recent else None,
        previous_revision=older.metadata.annotations.get(REVISION, "") if older else "",
        rolling_out=_rolling_out(deployment),
    )


def newest_revision(sets: Sequence[ReplicaSet]) -> ReplicaSet | None:
    """The ReplicaSet of the newest rollout; None without any."""
    return max(sets, key=_revision, default=None)


def _revision(rs: ReplicaSet) -> int:
    text = rs.metadata.annotations.get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def _rolling_out(deployment: Deployment | None) -> bool:
    if deployment is None:
        return False
    progressing = next((c for c in deployment.status.conditions if c.type == "Progressing"), None)
    under_way = (
        deployment.status.updated_replicas < deployment.status.replicas
        or deployment.status.unavailable_replicas > 0
    )
    return bool(
        progressing
        and progressing.status == "True"
        and progressing.reason != "NewReplicaSetAvailable"
        and under_way
    )


def _diff(newest: ReplicaSet, older: ReplicaSet, began: datetime | None) -> Observation:
    changes = list(spec_changes(older.spec.template.spec, newest.spec.template.spec))
    revision = newest.metadata.annotations.get(REVISION, "?")
    said = (
        "; ".join(changes[:_SHOWN])
        if changes
        else "nothing in image, command, variables, resources or probes"
    )
    more = f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
    return Observation(
        f"revision {revision} changed {said}{more}", f"ReplicaSet {newest.metadata.name}", began
    )


def spec_changes(old: PodSpec, new: PodSpec) -> Iterable[str]:
    """Name what differs between two pod templates, never the values of variables (they may be secrets)."""
    before = {c.name: c for c in (*old.init_containers, *old.containers)}
    for container in (*new.init_containers, *new.containers):
        previous = before.pop(container.name, None)
        if previous is None:
            yield f"container {container.name} added"
        else:
            yield from _container_changes(previous, container)
    yield from (f"container {name} removed" for name in before)
    if old.service_account_name != new.service_account_name:
        accounts = (old.service_account_name or "default", new.service_account_name or "default")
        yield f"service account {' → '.join(accounts)}"
    if old.node_selector != new.node_selector:
        yield "node selector"
    if [v.name for v in old.volumes] != [v.name for v in new.volumes]:
        yield "volumes"


def _container_changes(old: Container, new: Container) -> Iterable[str]:
    if old.image != new.image:
        yield f"image of {new.name} {_short(old.image, new.image)} → {_short(new.image, old.image)}"
    if (old.command, old.args) != (new.command, new.args):
        yield f"command of {new.name}"
    variables = {v.name: v for v in old.env}
    changed = [v.name for v in new.env if variables.pop(v.name, None) != v] + list(variables)
    if changed:
        yield f"variables {', '.join(changed[:3])} of {new.name}"
    if old.env_from != new.env_from:
        yield f"envFrom of {new.name}"
    for kind in ("requests", "limits"):
        then, now = getattr(old.resources, kind), getattr(new.resources, kind)
        yield from (
            f"{kind} {key} of {new.name} {then.get(key, 'none')} → {now.get(key, 'none')}"
            for key in sorted({*then, *now})
            if then.get(key) != now.get(key)
        )
    for probe in ("liveness_probe", "readiness_probe", "startup_probe"):
        if getattr(old, probe) != getattr(new, probe):
            yield f"{probe.removesuffix('_probe')} probe of {new.name}"


def _short(image: str, other: str) -> str:
    """Only the tag when two images share their repository."""
    repository, separator, tag = image.rpartition(":")
    return tag if separator and repository == other.rpartition(":")[0] else image
