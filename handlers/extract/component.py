"""The components of the platform: which workloads and pods belong to each, and how they stand."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from handlers.extract.owner import top_owner
from handlers.extract.pod_status import looks_healthy, pod_status
from handlers.platform import Component
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import DaemonSet, Deployment, StatefulSet
from handlers.sources.selectors import Requirement, parse_labels
from rules.facts.component import ComponentFacts
from rules.finding import ObjectRef, Observation
from rules.units import seconds_in_words

Controller = Deployment | StatefulSet | DaemonSet
VERSION_LABEL = "app.kubernetes.io/version"
"""Where charts write the version of what they install."""


class Part(Struct, frozen=True, kw_only=True):
    """One workload of a component, or its pods where no workload is seen.

    Attributes:
        ref: the workload.
        desired: pods it wants.
        ready: pods that are ready.
        pods: its pods, as far as they carry the component's labels.
    """

    ref: ObjectRef
    desired: int
    ready: int
    pods: tuple[Pod, ...] = ()
    labels: dict[str, str] = {}


def parts_of(
    component: Component, controllers: Iterable[Controller], pods: Iterable[Pod]
) -> tuple[Part, ...]:
    """What belongs to a component in its namespaces: by the first of its selectors that finds something."""
    controllers, pods = tuple(controllers), tuple(pods)
    for selector in component.selectors or ("",):
        wanted = parse_labels(selector)
        found = _parts(
            [one for one in controllers if _fits(one.spec.template.metadata.labels, wanted)],
            [pod for pod in pods if _fits(pod.metadata.labels, wanted) and pod.status.phase != "Succeeded"],
        )
        if found:
            return found
    return ()


def component_facts(component: Component, parts: Sequence[Part], missing: str = "") -> ComponentFacts:
    """Add up the workloads of a component; the one with most pods missing is named.

    Args:
        component: which.
        parts: what was found of it.
        missing: why some workloads or pods could not be listed; empty when all could.
    """
    ref = ObjectRef("Component", component.name)
    worst = max(parts, key=lambda part: part.desired - part.ready, default=None)
    desired, ready = sum(part.desired for part in parts), sum(part.ready for part in parts)
    words = ", ".join(f"{part.ref.kind} {part.ref}: {part.ready} of {part.desired} ready" for part in parts)
    spaces = component.namespaces
    return ComponentFacts(
        missing=dict.fromkeys(("found", "ready"), missing) if missing else {},
        ref=ref,
        top_owner=ref,
        depends_on=tuple(one for part in parts if part.ready < part.desired for one in _refs(part)),
        name=component.name,
        places=f"namespace{'s' if len(spaces) > 1 else ''} {', '.join(spaces)}"
        if spaces
        else "any namespace",
        found=bool(parts),
        workload=f"{worst.ref.kind} {worst.ref}" if worst else "",
        workload_path=f"{worst.ref.kind.lower()}/{worst.ref.name}" if worst else "",
        namespace=worst.ref.namespace if worst else "",
        desired=desired,
        ready=ready,
        stands=Observation(words, "status of its workloads") if words else None,
    )


def version_of(part: Part) -> str:
    """The version a workload runs: its label, else its first container's image tag; empty if unknown."""
    for pod in part.pods:
        if said := pod.metadata.labels.get(VERSION_LABEL):
            return said
    tags = (_tag(pod.spec.containers[0].image) for pod in part.pods if pod.spec.containers)
    return next((tag for tag in tags if tag), part.labels.get(VERSION_LABEL, ""))


def last_restart(part: Part, now: datetime) -> str:
    """When a container of the workload last ended and why ("2 h ago, OOMKilled"); empty where none did."""
    ends = [
        (status.last_state.terminated.finished_at, status.last_state.terminated.reason)
        for pod in part.pods
        for status in pod.status.container_statuses
        if status.last_state.terminated and status.last_state.terminated.finished_at
    ]
    if not ends:
        return ""
    at, reason = max(ends)
    return f"{seconds_in_words((now - at).total_seconds())} ago" + (f", {reason}" if reason else "")


def _refs(part: Part) -> tuple[ObjectRef, ...]:
    return (*(pod.ref for pod in unhealthy(part)), part.ref)


def unhealthy(part: Part) -> list[Pod]:
    """Pods of a workload that show a symptom."""
    return [pod for pod in part.pods if not looks_healthy(pod)]


def _parts(controllers: Sequence[Controller], pods: Sequence[Pod]) -> tuple[Part, ...]:
    parts = [_of_controller(one, [pod for pod in pods if top_owner(pod) == one.ref]) for one in controllers]
    known = {part.ref for part in parts}
    loose: dict[ObjectRef, list[Pod]] = {}
    for pod in pods:
        if (owner := top_owner(pod)) not in known:
            loose.setdefault(owner, []).append(pod)
    parts += [_of_pods(owner, own) for owner, own in loose.items()]
    return tuple(sorted(parts, key=lambda part: (part.ref.namespace, part.ref.name)))


def _of_controller(one: Controller, pods: Sequence[Pod]) -> Part:
    if isinstance(one, DaemonSet):
        desired, ready = one.status.desired_number_scheduled, one.status.number_ready
    else:
        desired = 1 if one.spec.replicas is None else one.spec.replicas
        ready = one.status.ready_replicas
    labels = dict(one.metadata.labels)
    return Part(ref=one.ref, desired=desired, ready=ready, pods=tuple(pods), labels=labels)


def _of_pods(owner: ObjectRef, pods: Sequence[Pod]) -> Part:
    ready = sum(pod_status(pod) == "Running" and looks_healthy(pod) for pod in pods)
    return Part(ref=owner, desired=len(pods), ready=ready, pods=tuple(pods))


def _fits(labels: dict[str, str], wanted: tuple[Requirement, ...]) -> bool:
    return all(each.matches(labels) for each in wanted)


def _tag(image: str) -> str:
    last = image.rpartition("/")[2].partition("@")[0]
    return last.partition(":")[2]
