"""Whose pods stand on a node, how they do, and which pending pods miss its room."""

from collections import Counter
from collections.abc import Iterable, Sequence

from handlers.extract.node_conditions import condition_of, not_ready_kind
from handlers.extract.node_fit import demand, node_fit
from handlers.extract.occupancy import occupancy
from handlers.extract.owner import owner_in_words, top_owner
from handlers.extract.pod_status import looks_healthy
from handlers.platform import Platform
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from handlers.sources.selectors import parse_labels

PLUGIN = "VPC CNI"
"""The platform's component that sets up pod networks."""
_ENDED = frozenset({"Succeeded", "Failed"})
_SHOWN = 4
_SCHEDULER_SAYS = "were unschedulable"
"""What the scheduler says of a pod that a cordon keeps away."""


def standing(pods: Iterable[Pod]) -> tuple[Pod, ...]:
    """The pods that have not ended; a pod that was evicted keeps its node's name and takes no room."""
    return tuple(pod for pod in pods if pod.status.phase not in _ENDED)


def movable(pods: Iterable[Pod]) -> tuple[Pod, ...]:
    """The pods that belong to no DaemonSet and are not static: they would have to go elsewhere."""
    kinds = {"DaemonSet", "Node"}
    return tuple(
        pod for pod in pods if pod.metadata.controller is None or pod.metadata.controller.kind not in kinds
    )


def residents(pods: Iterable[Pod]) -> str:
    """Whose pods they are: "3 of Deployment mlops/inference-gateway, 1 of …"."""
    owners = Counter(_owner(pod) for pod in pods)
    ranked = sorted(owners.items(), key=lambda item: (-item[1], item[0]))
    words = [f"{count} of {owner}" if count > 1 else owner for owner, count in ranked]
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


def _owner(pod: Pod) -> str:
    kind, _, name = owner_in_words(pod, top_owner(pod)).partition(" ")
    return f"{kind} {pod.metadata.namespace}/{name}"


def effect_sentence(pods: Sequence[Pod], *, lost: bool) -> str:
    """What stands on the node and how it does; `lost`: nothing on it can be believed to run."""
    own = movable(pods)
    if not own:
        return "No pod but those of DaemonSets stands on it"
    there = f"{len(own)} pods stand on it" if len(own) > 1 else "1 pod stands on it"
    if lost:
        return f"{there} and cannot be counted on: {residents(own)}"
    unwell = [pod for pod in own if not looks_healthy(pod)]
    if not unwell:
        return f"{there}, all well: {residents(own)}"
    return f"{there}, {len(unwell)} of them not well: {residents(unwell)}"


def missed_by(node: Node, there: Sequence[Pod], pending: Iterable[Pod]) -> tuple[str, ...]:
    """Pending pods that nothing but the cordon keeps off the node, and of which the scheduler says so too."""
    taken = occupancy(there)
    waiting = (pod for pod in pending if turned_away(pod) and not _mounts_claims(pod))
    fits = ((pod, node_fit(demand(pod, [node], taken, ()), node)) for pod in waiting)
    return tuple(
        f"{pod.metadata.namespace}/{pod.metadata.name}" for pod, fit in fits if fit.blockers == {"cordoned"}
    )


def plugin_pods(node: Node, pods: Iterable[Pod], platform: Platform) -> tuple[Pod, ...]:
    """The network plugin's pods on a node whose network is not ready: their trouble explains the node's."""
    plugin = platform.component(PLUGIN)
    if plugin is None or not_ready_kind(condition_of(node, "Ready")) != "cni":
        return ()
    wanted = [parse_labels(selector) for selector in plugin.selectors]
    return tuple(
        pod
        for pod in pods
        if any(all(part.matches(pod.metadata.labels) for part in selector) for selector in wanted)
    )


def turned_away(pod: Pod) -> bool:
    """Whether a pod waits and the scheduler names closed nodes among what refuses it."""
    conditions = (each for each in pod.status.conditions if each.type == "PodScheduled")
    return not pod.spec.node_name and any(_SCHEDULER_SAYS in each.message for each in conditions)


def _mounts_claims(pod: Pod) -> bool:
    """Whether it needs volumes, which may lie in another zone than the node."""
    return any(volume.persistent_volume_claim or volume.ephemeral for volume in pod.spec.volumes)
