"""The scheduler's message, taken apart (`0/12 nodes are available: 5 Insufficient memory, …`).

Grammar (kube-scheduler, framework types): `0/N nodes are available: <pre-filter reason>.` or
`… <n> <reason>, <n> <reason>.`, then an optional post-filter tail. Counts may add up to more than N. Reasons
contain commas themselves, so only a comma before a number divides them.
"""

import re

from msgspec import Struct

from rules.facts.node_fit import Blocker, SchedulerReason

_HEAD = re.compile(r"(\d+)/(\d+) nodes are available:?\s*(.*)", re.DOTALL)
_TAIL = re.compile(
    r"[.,]?\s*(?:no new claims to deallocate|preemption:|still not schedulable|deallocation of ResourceClaim)"
    r"|\.\s*not found$"
)
_BETWEEN = re.compile(r",\s+(?=\d+\s)")
_COUNTED = re.compile(r"(\d+)\s+(.+)", re.DOTALL)
_NO_NODES = re.compile(r"no nodes available to schedule pods")
_CUT = re.compile(r"\s*\.\.\.$")
_CLAIM = re.compile(r'persistentvolumeclaim "([^"]+)"')
_INSUFFICIENT: dict[str, Blocker] = {
    "cpu": "cpu",
    "memory": "memory",
    "ephemeral-storage": "ephemeral_storage",
    "pods": "pod_count",
}
_KINDS: tuple[tuple[Blocker, re.Pattern[str]], ...] = (
    ("pod_count", re.compile(r"Too many pods")),
    ("taints", re.compile(r"had (?:untolerated )?taint|didn't tolerate|PodToleratesNodeTaints")),
    ("topology_spread", re.compile(r"topology spread constraints")),
    ("pod_anti_affinity", re.compile(r"anti-affinity")),
    ("pod_affinity", re.compile(r"pod affinity")),
    ("volume_limit", re.compile(r"max volume count|CSI driver is not installed")),
    (
        "volume_zone",
        re.compile(r"volume node affinity|PersistentVolume's node affinity|available volume zone"),
    ),
    ("claim_missing", re.compile(r'persistentvolumeclaim "[^"]+" not found|ephemeral volume controller')),
    (
        "claim_unbound",
        re.compile(
            r"unbound(?: immediate)? PersistentVolumeClaim|persistent volumes to bind|non-existent p|"
            r'persistentvolumeclaim "[^"]+" (?:is being deleted|bound to non-existent)|enough free storage|'
            r"binding volumes|provisioning failed for PVC"
        ),
    ),
    (
        "node_affinity",
        re.compile(r"node affinity|node selector|MatchNodeSelector|requested node name|hostname"),
    ),
    ("host_ports", re.compile(r"free (?:host )?ports")),
    ("cordoned", re.compile(r"were unschedulable")),
    ("nodes_not_ready", re.compile(r"not ready|out of disk|network unavailable|pressure", re.IGNORECASE)),
    ("gates", re.compile(r"scheduling gates")),
)
"""First match wins, so the narrower wording stands before the wider one."""


class SchedulerVerdict(Struct, frozen=True, kw_only=True):
    """What the scheduler's message says.

    Attributes:
        nodes_total: nodes it weighed; None when the message does not say.
        reasons: its reasons; one about the pod as a whole has no node count (0).
        post_filter: the tail about preemption, as written.
        claim: the claim a reason names, or empty.
        cut: whether the message was cut off (events keep 1,024 characters).
    """

    nodes_total: int | None = None
    reasons: tuple[SchedulerReason, ...] = ()
    post_filter: str = ""
    claim: str = ""
    cut: bool = False


def parse_scheduler_message(message: str) -> SchedulerVerdict:
    """Take a message apart; words that fit no grammar become one reason of unknown kind."""
    text = " ".join(message.split())
    if _NO_NODES.search(text):
        reason = SchedulerReason(text=text, blocker="no_nodes")
        return SchedulerVerdict(nodes_total=0, reasons=(reason,))
    head = _HEAD.search(text)
    total, rest = (int(head[2]), head[3]) if head else (None, text)
    body, post_filter = _without_tail(rest)
    body, cut = _CUT.subn("", body)
    named = _CLAIM.search(body)
    return SchedulerVerdict(
        nodes_total=total,
        reasons=_reasons(body),
        post_filter=post_filter,
        claim=named[1] if named else "",
        cut=bool(cut) or post_filter.endswith("..."),
    )


def reason_kind(text: str) -> Blocker:
    """The kind of obstacle a reason names, in any wording since Kubernetes 1.10."""
    insufficient = re.match(r"Insufficient (\S+)", text)
    if insufficient:
        return _INSUFFICIENT.get(insufficient[1], "extended_resource")
    return next((kind for kind, words in _KINDS if words.search(text)), "unknown")


def _without_tail(text: str) -> tuple[str, str]:
    tail = _TAIL.search(text)
    if tail is None or tail.start() == 0:
        return text, ""
    return text[: tail.start()], text[tail.start() :].lstrip("., ")


def _reasons(body: str) -> tuple[SchedulerReason, ...]:
    parts = (part.strip().rstrip(".,").strip() for part in _BETWEEN.split(body))
    return tuple(_reason(part) for part in parts if part)


def _reason(part: str) -> SchedulerReason:
    counted = _COUNTED.fullmatch(part)
    nodes, text = (int(counted[1]), counted[2]) if counted else (0, part)
    return SchedulerReason(nodes=nodes, text=text, blocker=reason_kind(text))
