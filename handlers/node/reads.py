"""The reads behind a node's diagnosis: all at once, then those that only an unwell node needs."""

import asyncio
from collections.abc import Mapping

from msgspec import Struct

from handlers.contract import Question
from handlers.extract.instance import known_instance, labelled_instance, unknown_instance
from handlers.extract.node import NodeReads
from handlers.extract.node_conditions import condition_of, leaving
from handlers.extract.node_residents import plugin_pods
from handlers.look import Look, Read, nothing
from handlers.sources.aws_objects.ec2 import Instance, InstanceStatus
from handlers.sources.objects.event import Event
from handlers.sources.objects.metrics import NodeMetrics, PodMetrics
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.policy import PodDisruptionBudget
from rules.facts.node import InstanceFacts

EVENTS_OF_NODES = "default"
"""Namespace in which events about objects without one are kept."""


class _Answers(Struct, frozen=True, kw_only=True):
    events: Read[tuple[Event, ...]]
    pods: Read[tuple[Pod, ...]]
    pending: Read[tuple[Pod, ...]]
    usage: Read[tuple[PodMetrics, ...]]
    node_usage: Read[NodeMetrics]
    budgets: Read[tuple[PodDisruptionBudget, ...]]
    version: Read[str]
    instance: Read[InstanceFacts]


async def read_node(node: Node, question: Question, look: Look) -> NodeReads:
    """Read everything that can explain a node; what fails becomes a gap."""
    answers = await _ask(node, question, look)
    pods = answers.pods.value or ()
    return NodeReads(
        node=node,
        now=look.cluster.now(),
        events=answers.events.value or (),
        pods=pods,
        pending=answers.pending.value or (),
        agents=plugin_pods(node, pods, look.platform),
        usage=answers.usage.value or (),
        node_usage=answers.node_usage.value,
        budgets=answers.budgets.value if not answers.budgets.missing else None,
        version=answers.version.value or "",
        instance=answers.instance.value,
        missing=_missing(answers),
    )


async def _ask(node: Node, question: Question, look: Look) -> _Answers:
    name, at = node.metadata.name, f"spec.nodeName={node.metadata.name}"
    about = f"involvedObject.kind=Node,involvedObject.name={name}"
    short = _is_short_of_memory(node)
    figures, shut = short or not question.sweep, node.spec.unschedulable and leaving(node)[0] == "none"
    async with asyncio.TaskGroup() as group:
        events = group.create_task(look.list(Event, EVENTS_OF_NODES, what="events", fields=about))
        pods = group.create_task(look.list(Pod, what="pods on it", fields=at))
        pending = group.create_task(
            look.list(Pod, what="pending pods", fields="status.phase=Pending") if shut else nothing()
        )
        usage = group.create_task(_usage(look) if figures else nothing())
        node_usage = group.create_task(
            look.get(NodeMetrics, name, what="usage of the node", optional=True) if figures else nothing()
        )
        budgets = group.create_task(
            look.list(PodDisruptionBudget, what="disruption budgets") if figures else nothing()
        )
        version = group.create_task(
            nothing() if question.sweep else look.read(look.cluster.version(), "version of the API server")
        )
        instance = group.create_task(nothing() if question.sweep else _instance(node, look))
    return _Answers(
        events=events.result(),
        pods=pods.result(),
        pending=pending.result(),
        usage=usage.result(),
        node_usage=node_usage.result(),
        budgets=budgets.result(),
        version=version.result(),
        instance=instance.result(),
    )


async def _usage(look: Look) -> Read[tuple[PodMetrics, ...]]:
    """Read the usage of all pods: the metrics API cannot be asked for those of one node."""
    return await look.read(look.cluster.list(PodMetrics), "usage of its pods", optional=True)


async def _instance(node: Node, look: Look) -> Read[InstanceFacts]:
    """Ask AWS for the machine under a node that is not Ready; one that is, tells of itself."""
    named, ready = labelled_instance(node), condition_of(node, "Ready")
    if (ready and ready.status == "True") or not named.id.startswith("i-"):
        return Read()
    if look.sources.aws is None:
        look.note(f"instance {named.id} in AWS", "AWS is not configured for this cluster")
        return Read()
    found = await look.aws(Instance, what=f"instance {named.id}", InstanceIds=(named.id,))
    if found.missing:
        return Read(unknown_instance(named, found.missing))
    status = await look.aws(
        InstanceStatus, what=f"status of {named.id}", InstanceIds=(named.id,), IncludeAllInstances=True
    )
    first = found.value[0] if found.value else None
    return Read(known_instance(named, first, status.value[0] if status.value else None))


def _missing(answers: _Answers) -> Mapping[str, str]:
    reads = {
        "events": answers.events.missing,
        "pods": answers.pods.missing,
        "pending": answers.pending.missing,
        "usage": answers.usage.missing,
        "node_usage": answers.node_usage.missing,
        "version": answers.version.missing,
    }
    return {source: why for source, why in reads.items() if why}


def _is_short_of_memory(node: Node) -> bool:
    condition = condition_of(node, "MemoryPressure")
    return condition is not None and condition.status == "True"
