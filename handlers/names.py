"""Names people type: which are possible, which pods they mean, which are nearest."""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from handlers.contract import Candidate, NameAmbiguous, NameInvalid, Question
from handlers.extract.likeness import closest
from handlers.extract.owner import owner_names, top_owner
from handlers.extract.pod_status import looks_healthy, pod_status
from handlers.sources.objects.pod import Pod
from rules.finding import ObjectRef

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
SUBDOMAIN_LENGTH = 253
LABEL_LENGTH = 63
_SHOWN = 25
_NEAR = 5
_CUTOFF = 0.6


class Found(Struct, frozen=True):
    """The pod that is meant; `note` says how it was found when the name was not its own."""

    pod: Pod
    note: str = ""


def check_name(question: Question, kind: str = "pod") -> None:
    """Refuse what cannot be a Kubernetes name before any request is made (RFC 1123, Kubernetes names).

    Args:
        question: what is asked.
        kind: what it is asked about, as people type it.

    Raises:
        NameInvalid: with the reason and, where it helps, the name that was probably meant.
    """
    if not question.name:
        example = "my-app -n my-namespace" if kind == "pod" else "NAME"
        raise NameInvalid(f"A {kind} name is missing. Say, for example: diagnose {kind} {example}.")
    _check(question.name, f"{kind} name", _SUBDOMAIN, SUBDOMAIN_LENGTH)
    if question.namespace:
        _check(question.namespace, "namespace", _LABEL, LABEL_LENGTH)


def check_namespace(namespace: str) -> None:
    """Refuse what cannot be a namespace; empty means all of them. Raises NameInvalid."""
    if namespace:
        _check(namespace, "namespace", _LABEL, LABEL_LENGTH)


def _check(name: str, what: str, form: re.Pattern[str], length: int) -> None:
    if len(name) > length:
        raise NameInvalid(f"That {what} is {len(name)} characters long; Kubernetes allows {length}.")
    if form.fullmatch(name):
        return
    probable = name.lower().strip("-.")
    hint = f" Did you mean {probable}?" if form.fullmatch(probable) else ""
    signs = "“-” and “.”" if form is _SUBDOMAIN else "and “-”"
    raise NameInvalid(
        f"“{name[:60]}” cannot be a {what}: only lower-case letters, digits, {signs} are allowed, "
        f"with a letter or digit at both ends.{hint}"
    )


def matching(name: str, pods: Iterable[Pod]) -> tuple[Pod, ...]:
    """Pods of that very name, else of an owner of that name, else whose name begins so."""
    every = tuple(pods)
    exact = tuple(p for p in every if p.metadata.name == name)
    owned = exact or tuple(p for p in every if name in owner_names(p))
    return owned or tuple(p for p in every if p.metadata.name.startswith(name))


def choose(name: str, pods: Sequence[Pod]) -> Found:
    """The least healthy, then youngest, of pods of one owner.

    Raises:
        NameAmbiguous: they belong to several owners, or several pods have that very name.
    """
    if len(pods) == 1 and pods[0].metadata.name == name:
        return Found(pods[0])
    owners = {(owner.kind, owner.namespace, owner.name) for owner in map(top_owner, pods)}
    if len(owners) > 1:
        raise NameAmbiguous(f"{len(pods)} pods of {len(owners)} owners match “{name}”.", candidates(pods))
    ranked = sorted(pods, key=_worst_first)
    return Found(ranked[0], f"asked as {name}{_among(ranked)}")


def _among(ranked: Sequence[Pod]) -> str:
    """Which of several pods was chosen; nothing where there was no choice."""
    if len(ranked) == 1:
        return ""
    owner = top_owner(ranked[0])
    if looks_healthy(ranked[0]):
        return f", one of {len(ranked)} pods of {owner.kind} {owner.name}, all healthy"
    return f", the least healthy of {len(ranked)} pods"


def _worst_first(pod: Pod) -> tuple[bool, float, str]:
    created = pod.metadata.creation_timestamp
    return looks_healthy(pod), -(created.timestamp() if created else 0.0), pod.metadata.name


def candidates(pods: Iterable[Pod]) -> tuple[Candidate, ...]:
    """Pods as a pick-list: unhealthy first, then by namespace and name."""
    ranked = sorted(pods, key=lambda p: (looks_healthy(p), p.metadata.namespace, p.metadata.name))
    return tuple(Candidate(p.ref, pod_status(p)) for p in ranked[:_SHOWN])


def nearest(name: str, pods: Iterable[Pod], owners: Iterable[ObjectRef] = ()) -> tuple[Candidate, ...]:
    """Pods, or owners without pods, with the most similar names; nearest first."""
    known: dict[str, Candidate] = {owner.name: Candidate(owner, "no pods") for owner in owners}
    for pod in sorted(pods, key=_worst_first, reverse=True):
        for called in (top_owner(pod).name, pod.metadata.name):
            known[called] = Candidate(pod.ref, pod_status(pod))
    names = closest(name, tuple(known), _NEAR, _CUTOFF)
    return tuple(dict.fromkeys(known[called] for called in names))
