"""From the name a person typed to the pod that is meant: exact, owner, prefix, other namespaces, near misses."""

import difflib
import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from handlers.contract import Candidate, NameAmbiguous, NameInvalid, NameNotFound, Question
from handlers.extract.owner import owner_names, top_owner
from handlers.extract.pod_status import looks_healthy, pod_status
from handlers.sources.cluster import Cluster
from handlers.sources.errors import Forbidden, NotFound
from handlers.sources.objects.network import Namespace
from handlers.sources.objects.pod import Pod
from rules.finding import ObjectRef

_SUBDOMAIN = re.compile(r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
_LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
SUBDOMAIN_LENGTH = 253
LABEL_LENGTH = 63
_SHOWN = 25
_NEAR = 5


class Found(Struct, frozen=True):
    """The pod that is meant; `note` says how it was found when the name was not its own."""

    pod: Pod
    note: str = ""


def check_name(question: Question) -> None:
    """Refuse what cannot be a Kubernetes name before any request is made (RFC 1123, Kubernetes names).

    Raises:
        NameInvalid: with the reason and, where it helps, the name that was probably meant.
    """
    _check(question.name, "pod name", _SUBDOMAIN, SUBDOMAIN_LENGTH)
    if question.namespace:
        _check(question.namespace, "namespace", _LABEL, LABEL_LENGTH)


def _check(name: str, what: str, form: re.Pattern[str], length: int) -> None:
    if not name:
        raise NameInvalid(f"A {what} is missing. Say, for example: diagnose pod my-app -n my-namespace.")
    if len(name) > length:
        raise NameInvalid(f"That {what} is {len(name)} characters long; Kubernetes allows {length}.")
    if not form.match(name):
        lowered = name.lower()
        hint = f" Did you mean {lowered}?" if form.match(lowered) else ""
        raise NameInvalid(
            f"“{name[:60]}” cannot be a {what}: only lower-case letters, digits, “-”"
            f"{' and “.”' if form is _SUBDOMAIN else ''} are allowed, with a letter or digit at both ends.{hint}"
        )


async def find_pod(question: Question, cluster: Cluster) -> Found | None:
    """Find the pod that is meant; None when no pod matches (an owner without pods may still do).

    Raises:
        NameInvalid: the name cannot exist.
        NameAmbiguous: pods of several owners match.
        SourceError: the cluster could not be read.
    """
    check_name(question)
    exact = await _exact(question, cluster)
    if len(exact) == 1:
        return Found(exact[0])
    if exact:
        raise NameAmbiguous(f"{len(exact)} pods are called {question.name}.", candidates(exact))
    matching = _matching(question.name, await read_pods(cluster, question.namespace))
    return _one(question.name, matching) if matching else None


async def _exact(question: Question, cluster: Cluster) -> tuple[Pod, ...]:
    if question.namespace:
        try:
            return (await cluster.get(Pod, question.name, question.namespace),)
        except NotFound:
            return ()
    return await read_pods(cluster, "", fields=f"metadata.name={question.name}")


async def read_pods(cluster: Cluster, namespace: str, fields: str = "") -> tuple[Pod, ...]:
    """List pods of a namespace, or of all namespaces that may be read.

    Raises:
        Forbidden: when neither the cluster nor any single namespace may be read.
    """
    try:
        return await cluster.list(Pod, namespace, fields=fields)
    except Forbidden as refused:
        if namespace:
            raise
        return await _by_namespace(cluster, fields, refused)


async def _by_namespace(cluster: Cluster, fields: str, refused: Forbidden) -> tuple[Pod, ...]:
    try:
        namespaces = await cluster.list(Namespace)
    except Forbidden:
        refused.advice = "Name a namespace with -n, or grant the bot's account list on pods cluster-wide."
        raise refused from None
    found: list[Pod] = []
    readable = 0
    for namespace in namespaces:
        try:
            found.extend(await cluster.list(Pod, namespace.metadata.name, fields=fields))
            readable += 1
        except Forbidden:
            continue
    if not readable:
        raise refused
    return tuple(found)


def _matching(name: str, pods: Iterable[Pod]) -> tuple[Pod, ...]:
    """Pods of an owner of that name, else pods whose name begins so."""
    every = tuple(pods)
    owned = tuple(p for p in every if name in owner_names(p))
    return owned or tuple(p for p in every if p.metadata.name.startswith(name))


def _one(name: str, matching: Sequence[Pod]) -> Found:
    owners = {(top_owner(p).kind, p.metadata.namespace, top_owner(p).name) for p in matching}
    if len(owners) > 1:
        raise NameAmbiguous(
            f"{len(matching)} pods of {len(owners)} owners match “{name}”.", candidates(matching)
        )
    ranked = sorted(matching, key=_worst_first)
    owner = top_owner(ranked[0])
    note = (
        f"asked as {name}: the least healthy of {len(ranked)} pods of {owner.kind} {owner.name}"
        if len(ranked) > 1
        else f"asked as {name}"
    )
    return Found(ranked[0], note)


def _worst_first(pod: Pod) -> tuple[bool, float, str]:
    created = pod.metadata.creation_timestamp
    return looks_healthy(pod), -(created.timestamp() if created else 0.0), pod.metadata.name


def candidates(pods: Iterable[Pod]) -> tuple[Candidate, ...]:
    """Pods as a pick-list: unhealthy first, then by namespace and name."""
    ranked = sorted(pods, key=lambda p: (looks_healthy(p), p.metadata.namespace, p.metadata.name))
    return tuple(Candidate(p.ref, pod_status(p)) for p in ranked[:_SHOWN])


async def not_found(question: Question, cluster: Cluster) -> NameNotFound:
    """Say where the name does exist, or what is nearest to it."""
    place = f" in namespace {question.namespace}" if question.namespace else ""
    pods = (
        await read_pods(cluster, "")
        if not question.namespace
        else await _everywhere(cluster, question.namespace)
    )
    elsewhere = _matching(question.name, pods)
    if elsewhere:
        places = sorted({p.metadata.namespace for p in elsewhere})
        return NameNotFound(
            f"No pod {question.name}{place}; found in {', '.join(places)}.", candidates(elsewhere)
        )
    near = _near(question.name, pods)
    hint = " Nearest names:" if near else ""
    return NameNotFound(f"No pod, and no owner of pods, is called {question.name}{place}.{hint}", near)


async def _everywhere(cluster: Cluster, namespace: str) -> tuple[Pod, ...]:
    try:
        return await read_pods(cluster, "")
    except Forbidden:
        return await cluster.list(Pod, namespace)


def _near(name: str, pods: Iterable[Pod]) -> tuple[Candidate, ...]:
    known: dict[str, Pod] = {}
    for pod in sorted(pods, key=_worst_first):
        for called in (top_owner(pod).name, pod.metadata.name):
            known.setdefault(called, pod)
    nearest = difflib.get_close_matches(name, known, n=_NEAR, cutoff=0.6)
    chosen = {known[called].metadata.uid: known[called] for called in nearest}
    return tuple(
        Candidate(ObjectRef("Pod", p.metadata.name, p.metadata.namespace), pod_status(p))
        for p in chosen.values()
    )
