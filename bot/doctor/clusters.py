"""Each cluster: reached, its clock, and the rights its questions use."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby

from bot.clusters import ClusterBook
from bot.doctor.clocks import compared
from bot.doctor.finding import Finding, Mark, beside
from bot.doctor.losing import losing
from handlers.contract import Handler, Need
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError
from handlers.sources.objects.meta import Resource


def _utc() -> datetime:
    return datetime.now(UTC)


async def check_clusters(
    book: ClusterBook,
    handlers: Sequence[Handler],
    namespaces: Mapping[str, str] = {},
    *,
    clock: Callable[[], datetime] = _utc,
) -> AsyncIterator[Finding]:
    """Each cluster: reached, in time with this machine, and every right its questions use granted.

    Args:
        book: the clusters.
        handlers: whose needs are asked for.
        namespaces: cluster → the namespace its questions are about when they name none; a right that is not
            granted everywhere may be granted there.
        clock: this machine's.
    """
    for name in book.names:
        try:
            cluster = await book.get(name)
            version = await cluster.version()
        except SourceError as error:
            # "the cluster" after its name would be said twice.
            why = error.why if error.what == "the cluster" else str(error)
            yield Finding(Mark.MISSING, f"cluster {name}: {why}", beside(error.advice))
            continue
        yield Finding(Mark.FINE, f"cluster {name}: {version}")
        yield compared(f"the API server of {name}", cluster.now(), clock())
        for finding in await _rights(name, cluster, handlers, namespaces.get(name, "")):
            yield finding


async def _rights(
    name: str, cluster: Cluster, handlers: Sequence[Handler], namespace: str
) -> Sequence[Finding]:
    needs = list(dict.fromkeys(need for handler in handlers for need in handler.needs if need.reads))
    try:
        lacking = await _lacking(cluster, needs, "")
        still = await _lacking(cluster, lacking, namespace) if namespace else lacking
    except SourceError as error:
        what = f"cluster {name}: rights cannot be asked for ({error.why})"
        return [Finding(Mark.MISSING, what, beside(error.advice))]
    count = f"cluster {name}: {len(needs) - len(lacking)} of {len(needs)} rights granted"
    if needs and len(still) == len(needs):
        return [Finding(Mark.MISSING, count, _NOTHING)]
    only_there = [need for need in lacking if need not in still]
    return [
        Finding(Mark.MISSING if still else Mark.FINE, count),
        *_in_one_namespace(name, only_there, namespace),
        *_missing(name, still, handlers),
    ]


_NOTHING = (
    "The account has no role: `mlops rbac` prints one; apply it and bind it to the bot's account, or let the "
    "chart make it (rbac.create)."
)


async def _lacking(cluster: Cluster, needs: Sequence[Need], namespace: str) -> list[Need]:
    """The needs that are not granted, in all namespaces or in one.

    Each is asked for by itself: a SelfSubjectRulesReview tells of one namespace, and not what an authorizer
    beside RBAC grants, as that of EKS access entries.
    """
    granted = await asyncio.gather(*(_granted(cluster, need, namespace) for need in needs))
    return [need for need, held in zip(needs, granted, strict=True) if not held]


async def _granted(cluster: Cluster, need: Need, namespace: str) -> bool:
    plural, _, subresource = need.resource.partition("/")
    return await cluster.may(need.verb, Resource(need.group, "", plural, ""), namespace, subresource)


def _in_one_namespace(name: str, needs: Sequence[Need], namespace: str) -> Iterable[Finding]:
    if needs:
        what = f"cluster {name}: {len(needs)} rights granted in namespace {namespace} only"
        advice = "Questions about other namespaces show gaps; a ClusterRoleBinding grants them everywhere."
        yield Finding(Mark.ASIDE, what, advice)


def _missing(name: str, needs: Sequence[Need], handlers: Sequence[Handler]) -> Iterable[Finding]:
    """One finding for each resource, with the questions that lose something."""
    for (group, resource), alike in groupby(
        sorted(needs, key=_sorted_by), key=lambda need: (need.group, need.resource)
    ):
        lacking = tuple(alike)
        words = f"{', '.join(need.verb for need in lacking)} {resource}{'.' + group if group else ''}"
        who = losing(handlers, lambda handler: any(need in handler.needs for need in lacking), resource)  # noqa: B023 - called at once
        advice = f"Grant {words} to the bot's account; without it, {who} cannot tell everything."
        yield Finding(Mark.MISSING, f"cluster {name}: no right to {words}", advice)


def _sorted_by(need: Need) -> tuple[str, str, str]:
    return need.group, need.resource, need.verb
