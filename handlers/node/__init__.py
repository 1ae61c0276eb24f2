"""`diagnose node`: its conditions, its events, its pods and what they use, and the machine under it."""

from msgspec.structs import replace

from handlers.behind import PodsBehind, read_behind
from handlers.contract import Evidence, Handler, Need, Progress, Question, Sources
from handlers.extract.node import node_subject_facts
from handlers.find_object import FoundObject, Sort, find_object
from handlers.look import Look
from handlers.node.about import about, checked, symptom, tables
from handlers.node.reads import read_node
from handlers.node.sweep import looks_well, suspects
from handlers.pod_reads import NEEDS as POD_NEEDS
from handlers.sources.cluster import counting
from handlers.sources.objects.node import Node
from handlers.sweep import Sweep

SORT = Sort(
    kind=Node,
    state=symptom,
    healthy=looks_well,
    names=lambda node: (node.metadata.name.partition(".")[0], node.spec.provider_id.rpartition("/")[2]),
)
"""A node also goes by the first part of its name and by its instance id."""


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one node.

    Raises:
        QuestionError: the name is impossible, unknown, or means several nodes.
        SourceError: the node itself could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, question, look)
            await look.told("node")
            evidence = await _of(found, question, look)
    return replace(evidence, api_calls=count.requests)


async def _of(found: FoundObject[Node], question: Question, look: Look) -> Evidence:
    reads = await read_node(found.item, question, look)
    behind = PodsBehind() if question.sweep or not reads.agents else await read_behind(reads.agents, look, 1)
    facts = node_subject_facts(reads)
    return Evidence(
        subject=found.item.ref,
        facts=facts,
        related=behind.facts,
        tables=tables(facts),
        about=about(facts, found.note),
        healthy=facts.healthy,
        symptom=symptom(found.item),
        exhibits=behind.exhibits,
        gaps=look.gaps,
        checked=(*checked(facts, reads), *behind.checked),
        as_of=reads.now,
    )


NODE = Handler(
    verb="diagnose",
    subject="node",
    aliases=("nodes", "no"),
    namespaced=False,
    usage="diagnose node NAME [--cluster CLUSTER]",
    summary="Why a node is not ready, under pressure, cordoned or slow, and which pods to move.",
    cost=2,
    needs=(
        *POD_NEEDS,
        Need("list", "policy", "poddisruptionbudgets"),
        Need("get", "metrics.k8s.io", "nodes"),
        Need("list", "metrics.k8s.io", "pods"),
    ),
    iam=("ec2:DescribeInstances", "ec2:DescribeInstanceStatus"),
    gather=gather,
)
NODE_SWEEP = Sweep(handler=NODE, suspects=suspects)
