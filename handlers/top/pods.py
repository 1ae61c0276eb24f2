"""`mlops top pods`: the pods that use most, beside their requests and limits."""

import asyncio

import msgspec

from handlers.contract import (
    Evidence,
    Handler,
    Need,
    Option,
    Progress,
    Question,
    QuestionError,
    Row,
    Sources,
    Table,
)
from handlers.extract.top import Ranking, SortBy, facts_of, overall
from handlers.find_object import require_namespace
from handlers.look import Look
from handlers.names import check_namespace
from handlers.sources.cluster import counting
from handlers.sources.objects.metrics import PodMetrics
from handlers.sources.objects.pod import Pod
from handlers.sweep import TURN
from handlers.top.figures import SORT_BY, cells, headline, sort_by
from rules.finding import ObjectRef

SHOWN = 20
MOST = 100
LIMIT = Option(
    name="limit", meaning=f"How many pods to show, up to {MOST}; {SHOWN} by default", metavar="NUMBER"
)


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at the pods of a namespace, or of all.

    Raises:
        QuestionError: the namespace or the limit is impossible.
        SourceError: pods cannot be listed.
    """
    check_namespace(question.namespace)
    limit = _limit(question)
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            evidence = await _of_pods(look, question.namespace, sort_by(question), limit)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


def _limit(question: Question) -> int:
    said = question.options.get("limit", str(SHOWN))
    number = int(said) if said.isascii() and said.isdigit() and len(said) <= len(str(MOST)) else 0
    if not 1 <= number <= MOST:
        raise QuestionError(f"--limit takes a number from 1 to {MOST}, not “{said[:20]}”.")
    return number


async def _of_pods(look: Look, namespace: str, by: SortBy, limit: int) -> Evidence:
    async with asyncio.TaskGroup() as group:
        request = look.cluster.list(PodMetrics, namespace)
        usage = group.create_task(look.read(request, "usage of pods", optional=True))
        read = group.create_task(look.list(Pod, namespace, what="pods"))
    if read.result().value is None:
        await look.within_deadline(look.cluster.list(Pod, namespace), "pods")
    if not read.result().value:
        await require_namespace(namespace, look)
    measured = bool(usage.result().value)
    ranking = Ranking(by, limit)
    await _rank(ranking, read.result().value or (), usage.result().value or ())
    found, some = ranking.best, ranking.total > 0
    ref = ObjectRef("Namespace", namespace) if namespace else ObjectRef("Cluster", look.cluster.name)
    return Evidence(
        subject=ref,
        facts=overall(ref, ranking, "pods", headline(found, by, measured=measured or not some)),
        related=facts_of(found),
        tables=(_table(ranking, by),),
        headline=headline(found, by, measured=measured or not some),
        about=(f"{ranking.total} pods", f"sorted by {by}"),
        healthy=measured or not some,
        gaps=look.gaps,
        checked=("usage against limits of each pod",) if measured else (),
        as_of=look.cluster.now(),
    )


async def _rank(ranking: Ranking, items: tuple[Pod, ...], usage: tuple[PodMetrics, ...]) -> None:
    """Rank a part at a time, for there may be tens of thousands."""
    by_name = {(each.metadata.namespace, each.metadata.name): each for each in usage}
    for start in range(0, len(items), TURN):
        ranking.add_pods(items[start : start + TURN], by_name)
        await asyncio.sleep(0)


def _table(ranking: Ranking, by: SortBy) -> Table:
    shown = ranking.best
    return Table(
        title=f"Pods by {by}",
        columns=(
            "namespace",
            "pod",
            "state",
            "CPU",
            "CPU request",
            "CPU limit",
            "CPU %",
            "memory",
            "memory request",
            "memory limit",
            "memory %",
        ),
        rows=tuple(
            Row(
                (
                    one.ref.namespace,
                    one.ref.name,
                    one.state if one.well else f"✗ {one.state}",
                    *cells(one.cpu, "cpu"),
                    *cells(one.memory, "memory"),
                ),
                (one.ref,),
            )
            for one in shown
        ),
        judged=True,
        note=f"{len(shown)} of {ranking.total} pods" if ranking.total > len(shown) else "",
    )


TOP_PODS = Handler(
    verb="top",
    subject="pods",
    aliases=("pod", "po"),
    takes="nothing",
    options=(SORT_BY, LIMIT),
    usage="top pods [-n NAMESPACE] [--sort-by memory|cpu] [--limit NUMBER] [--cluster CLUSTER]",
    summary="Which pods use most, beside their requests and limits.",
    needs=(Need("list", "", "pods"), Need("list", "", "namespaces"), Need("list", "metrics.k8s.io", "pods")),
    gather=gather,
)
