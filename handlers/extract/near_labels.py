"""Pods whose labels come near a selector that matches none of them; pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from handlers.extract.likeness import alike
from handlers.extract.owner import top_owner
from handlers.extract.pod_status import ENDED
from handlers.sources.objects.pod import Pod
from rules.facts.service import NearLabelsFacts
from rules.finding import ObjectRef

_ALIKE = 0.85
"""How alike two values are that differ by a slip: one letter of ten."""
_COMMON = 0.5
"""A label that more of the namespace's pods than this share tells nothing of what is meant."""
_KEY_OF = {"app": "app.kubernetes.io/name", "app.kubernetes.io/name": "app", "k8s-app": "app"}


class _Miss(Struct, frozen=True):
    """One label that is asked for, and what a pod carries in its place; empty where it carries it."""

    score: float
    asked: str = ""
    carried: str = ""


def near_labels(selector: Mapping[str, str], pods: Sequence[Pod]) -> NearLabelsFacts:
    """The pods of one owner that are meant most probably; none where no pod comes near."""
    living = [pod for pod in pods if pod.status.phase not in ENDED]
    telling = _telling(selector, living)
    groups: dict[ObjectRef, list[Pod]] = defaultdict(list)
    for pod in living:
        groups[top_owner(pod)].append(pod)
    judged = [(_judged(selector, members[0], telling), owner) for owner, members in groups.items()]
    near = [(misses, owner) for misses, owner in judged if misses]
    if not near:
        return NearLabelsFacts()
    misses, owner = max(near, key=lambda each: (sum(miss.score for miss in each[0]), each[1].name))
    return NearLabelsFacts(
        owner=f"{owner.kind} {owner.name}",
        pods=len(groups[owner]),
        asked=", ".join(miss.asked for miss in misses if miss.asked),
        carry=", ".join(miss.carried for miss in misses if miss.carried),
    )


def _telling(selector: Mapping[str, str], pods: Sequence[Pod]) -> frozenset[str]:
    """The keys whose value says which application is meant."""
    shared = Counter(key for pod in pods for key, value in selector.items() if _has(pod, key, value))
    return frozenset(key for key in selector if shared[key] <= _COMMON * len(pods))


def _has(pod: Pod, key: str, value: str) -> bool:
    return pod.metadata.labels.get(key) == value


def _judged(selector: Mapping[str, str], pod: Pod, telling: frozenset[str]) -> tuple[_Miss, ...]:
    """What the pod lacks of the selector; empty when it does not come near."""
    labels = pod.metadata.labels
    misses = tuple(_miss(key, value, labels) for key, value in sorted(selector.items()))
    hits = sum(miss.score for key, miss in zip(sorted(selector), misses, strict=True) if key in telling)
    far = sum(miss.score == 0 for miss in misses)
    return misses if hits >= _ALIKE and hits >= far else ()


def _miss(key: str, value: str, labels: Mapping[str, str]) -> _Miss:
    asked, carried = f"{key}={value}", labels.get(key)
    if carried == value:
        return _Miss(1.0)
    other = _KEY_OF.get(key, "")
    if labels.get(other) == value:
        return _Miss(1.0, asked, f"{other}={value}" + (f" and {key}={carried}" if carried else ""))
    shown = f"{key}={carried}" if carried is not None else f"no label {key}"
    return _Miss(alike(value, carried, _ALIKE) if carried else 0.0, asked, shown)
