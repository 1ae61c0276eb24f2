"""`diagnose ec2nodeclass`: whether subnets, security groups, image and role of new machines are found."""

import asyncio

from msgspec.structs import replace

from handlers.behind import PodsBehind, read_behind
from handlers.contract import Evidence, Handler, Progress, Question, Sources
from handlers.extract.node_class import NodeClassReads, node_class_facts
from handlers.extract.unready import is_ready, stands
from handlers.find_object import FoundObject, Sort, find_object
from handlers.karpenter.supply import NEEDS, Controller, controller, listed
from handlers.look import Look, Read, nothing
from handlers.sources.aws_objects.ec2 import Subnet
from handlers.sources.cluster import counting
from handlers.sources.objects.node import NodePool
from handlers.sources.objects.node_class import EC2NodeClass
from handlers.sweep import Sweep, picked
from rules.facts.karpenter import EC2NodeClassFacts
from rules.finding import ObjectRef


def state(one: EC2NodeClass) -> str:
    """How it stands, as `kubectl get ec2nodeclasses` shows it."""
    return "Ready" if is_ready(one) else "not Ready"


SORT = Sort(kind=EC2NodeClass, state=state, healthy=is_ready)


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one EC2NodeClass.

    Raises:
        QuestionError: the name is impossible, unknown, or means several EC2NodeClasses.
        SourceError: the EC2NodeClass itself could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, question, look)
            await look.told("EC2NodeClass")
            evidence = await _of(found, question, look)
    return replace(evidence, api_calls=count.requests)


async def _of(found: FoundObject[EC2NodeClass], question: Question, look: Look) -> Evidence:
    reads, own = await _read(found.item, question, look)
    facts = node_class_facts(reads)
    behind = PodsBehind() if question.sweep or not own.unwell else await read_behind(own.unwell, look, 1)
    return Evidence(
        subject=found.item.ref,
        facts=facts,
        related=behind.facts,
        about=tuple(filter(None, (found.note, _about(facts)))),
        healthy=facts.healthy,
        symptom=state(found.item),
        exhibits=behind.exhibits,
        gaps=look.gaps,
        checked=(
            f"{len(found.item.status.conditions)} conditions",
            f"{len(reads.pools)} NodePools, {len(reads.others)} EC2NodeClasses",
            *((f"{len(reads.lines)} lines of Karpenter's log",) if reads.lines else ()),
            *behind.checked,
        ),
        as_of=reads.now,
    )


async def _read(one: EC2NodeClass, question: Question, look: Look) -> tuple[NodeClassReads, Controller]:
    async with asyncio.TaskGroup() as group:
        others = group.create_task(listed(EC2NodeClass, look, "EC2NodeClasses"))
        pools = group.create_task(listed(NodePool, look, "NodePools"))
        own = group.create_task(controller(look))
        networks = group.create_task(nothing() if question.sweep else _networks(one, look))
    missing = {
        "others": others.result().missing,
        "pools": pools.result().missing,
        "log": own.result().missing,
        "networks": networks.result().missing,
    }
    reads = NodeClassReads(
        node_class=one,
        now=look.cluster.now(),
        others=others.result().value or (),
        pools=pools.result().value or (),
        networks=networks.result().value,
        lines=own.result().lines,
        controllers=tuple(pod.ref for pod in own.result().pods),
        missing={source: why for source, why in missing.items() if why},
    )
    return reads, own.result()


async def _networks(one: EC2NodeClass, look: Look) -> Read[tuple[Subnet, ...]]:
    """Ask AWS how many addresses its subnets have left; a class that found none has nothing to ask for."""
    ids = tuple(each.id for each in one.status.subnets)
    if not ids:
        return Read()
    if look.sources.aws is None:
        look.note("free addresses of its subnets in AWS", "AWS is not configured for this cluster")
        return Read()
    return await look.aws(Subnet, what="its subnets in AWS", SubnetIds=ids)


def _about(facts: EC2NodeClassFacts) -> str:
    pools = f"used by NodePool {', '.join(facts.pools)}" if facts.pools else "used by no NodePool"
    return f"{pools}, {facts.subnets} subnets, role {facts.role or 'none'}"


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """EC2NodeClasses that are not ready."""
    if namespace:
        return ()
    classes = await listed(EC2NodeClass, look, "EC2NodeClasses")
    now = look.cluster.now()
    return tuple(one.ref for one in await picked(classes.value or (), lambda one: not stands(one, now)))


EC2NODECLASS = Handler(
    verb="diagnose",
    subject="ec2nodeclass",
    aliases=("ec2nodeclasses", "nodeclass", "nodeclasses"),
    namespaced=False,
    usage="diagnose ec2nodeclass NAME [--cluster CLUSTER]",
    summary="Why an EC2NodeClass is not ready: subnets, security groups, image, role.",
    cost=2,
    needs=NEEDS,
    iam=("ec2:DescribeSubnets",),
    gather=gather,
)
EC2NODECLASS_SWEEP = Sweep(handler=EC2NODECLASS, suspects=suspects)
