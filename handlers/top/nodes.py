"""`mlops top nodes`: usage of each node beside requests and what pods may have of it."""

import asyncio

import msgspec

from handlers.contract import Evidence, Handler, Need, Progress, Question, Row, Sources, Table
from handlers.extract.top import Consumer, Ranking, SortBy, facts_of, nodes, overall
from handlers.look import Look
from handlers.sources.cluster import counting
from handlers.sources.objects.metrics import NodeMetrics
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from handlers.top.figures import SORT_BY, cells, headline, sort_by
from rules.finding import ObjectRef

MOST = 50
_TAKING_ROOM = "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed"


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at every node. Raises SourceError when nodes cannot be listed."""
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            evidence = await _of_nodes(look, sort_by(question))
    return msgspec.structs.replace(evidence, api_calls=count.requests)


async def _of_nodes(look: Look, by: SortBy) -> Evidence:
    async with asyncio.TaskGroup() as group:
        usage = group.create_task(look.read(look.cluster.list(NodeMetrics), "usage of nodes", optional=True))
        pods = group.create_task(look.list(Pod, what="requests of pods", fields=_TAKING_ROOM))
        read = group.create_task(look.list(Node, what="nodes"))
    if read.result().value is None:
        await look.within_deadline(look.cluster.list(Node), "nodes")
    measured = bool(usage.result().value)
    # Adding up what tens of thousands of pods request takes a while: the event loop goes on meanwhile.
    every = await asyncio.to_thread(
        nodes, read.result().value or (), usage.result().value or (), pods.result().value or ()
    )
    ranking = Ranking(by, len(every))
    ranking.add(every)
    found = ranking.best
    ref = ObjectRef("Cluster", look.cluster.name)
    return Evidence(
        subject=ref,
        facts=overall(ref, ranking, "nodes", headline(found, by, measured=measured)),
        related=facts_of(found),
        tables=(_table(found, by),),
        headline=headline(found, by, measured=measured),
        about=(f"{len(found)} nodes", f"sorted by {by}"),
        healthy=measured,
        gaps=look.gaps,
        checked=("usage against what pods may have of each node",) if measured else (),
        as_of=look.cluster.now(),
    )


def _table(found: list[Consumer], by: SortBy) -> Table:
    return Table(
        title=f"Nodes by {by}",
        columns=(
            "node",
            "state",
            "CPU",
            "CPU requested",
            "CPU for pods",
            "CPU %",
            "memory",
            "memory requested",
            "memory for pods",
            "memory %",
        ),
        rows=tuple(
            Row((one.ref.name, one.state, *cells(one.cpu, "cpu"), *cells(one.memory, "memory")), (one.ref,))
            for one in found[:MOST]
        ),
        judged=True,
        note=f"{MOST} of {len(found)} nodes" if len(found) > MOST else "",
    )


TOP_NODES = Handler(
    verb="top",
    subject="nodes",
    aliases=("node", "no"),
    takes="nothing",
    namespaced=False,
    options=(SORT_BY,),
    usage="top nodes [--sort-by memory|cpu] [--cluster CLUSTER]",
    summary="Which nodes use most, beside what their pods request and may have.",
    needs=(Need("list", "", "nodes"), Need("list", "", "pods"), Need("list", "metrics.k8s.io", "nodes")),
    gather=gather,
)
