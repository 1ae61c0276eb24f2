"""`diagnose nodepool`: its conditions, its limits, and whether AWS gives it machines."""

import asyncio

from msgspec.structs import replace

from handlers.behind import PodsBehind, read_behind
from handlers.contract import Evidence, Handler, Progress, Question, Sources
from handlers.extract import capacity
from handlers.extract.karpenter import POOL_LABEL, by_karpenter
from handlers.extract.karpenter_message import parse_refusals
from handlers.extract.node_claim import ClaimReads, in_words, is_well, node_claim_facts
from handlers.extract.node_class import NodeClassReads, node_class_facts
from handlers.extract.node_pool import PoolReads, node_pool_facts
from handlers.extract.unready import is_ready, stands
from handlers.find_object import FoundObject, Sort, find_object
from handlers.karpenter.supply import NEEDS, Controller, claims, controller, events_about, listed, refusals
from handlers.look import Look, Read
from handlers.sources.cluster import counting
from handlers.sources.objects.event import Event
from handlers.sources.objects.node import NodeClaim, NodePool
from handlers.sources.objects.node_class import EC2NodeClass
from handlers.sources.objects.pod import Pod
from handlers.sweep import Sweep, picked
from rules.facts.base import SubjectFacts
from rules.facts.karpenter import NodePoolFacts
from rules.finding import ObjectRef

REFUSES_FOR = frozenset({"limits", "no_capacity"})


def state(pool: NodePool) -> str:
    """How it stands, as `kubectl get nodepools` shows it."""
    return "Ready" if is_ready(pool) else "not Ready"


SORT = Sort(kind=NodePool, state=state, healthy=is_ready)


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one NodePool.

    Raises:
        QuestionError: the name is impossible, unknown, or means several NodePools.
        SourceError: the NodePool itself could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, question, look)
            await look.told("NodePool")
            evidence = await _of(found, question, look)
    return replace(evidence, api_calls=count.requests)


async def _of(found: FoundObject[NodePool], question: Question, look: Look) -> Evidence:
    reads, own = await _read(found.item, look)
    facts = node_pool_facts(reads)
    behind = PodsBehind() if question.sweep or not own.unwell else await read_behind(own.unwell, look, 1)
    related = () if question.sweep else await _related(facts, reads, look)
    return Evidence(
        subject=found.item.ref,
        facts=facts,
        related=(*related, *behind.facts),
        about=tuple(filter(None, (found.note, _about(facts)))),
        healthy=facts.healthy,
        symptom=state(found.item),
        exhibits=behind.exhibits,
        gaps=look.gaps,
        checked=(
            f"{len(found.item.status.conditions)} conditions, {len(facts.limits)} limits",
            f"{sum(_pool(each) == found.item.metadata.name for each in reads.claims)} NodeClaims",
            f"{len(reads.events)} events of NodePools and NodeClaims, {len(reads.refusals)} of pending pods",
            *((f"{len(reads.lines)} lines of Karpenter's log",) if reads.lines else ()),
            *behind.checked,
        ),
        as_of=reads.now,
    )


async def _read(pool: NodePool, look: Look) -> tuple[PoolReads, Controller]:
    async with asyncio.TaskGroup() as group:
        machines = group.create_task(claims(look))
        about_pools = group.create_task(events_about("NodePool", look))
        about_claims = group.create_task(events_about("NodeClaim", look))
        told = group.create_task(refusals(look))
        waiting = group.create_task(look.list(Pod, what="pending pods", fields="status.phase=Pending"))
        own = group.create_task(controller(look))
    now, unread = look.cluster.now(), own.result().missing
    missing = {
        "claims": machines.result().missing,
        "events": about_pools.result().missing or about_claims.result().missing,
        "refusals": told.result().missing,
        "log": unread,
    }
    mine = [each for each in machines.result().value or () if _pool(each) == pool.metadata.name]
    reads = PoolReads(
        pool=pool,
        now=now,
        claims=machines.result().value or (),
        events=(*(about_pools.result().value or ()), *(about_claims.result().value or ())),
        refusals=told.result().value or (),
        waiting=waiting.result().value,
        lines=own.result().lines,
        unwell={each.metadata.name: in_words(each) for each in mine if not is_well(each, now)},
        controllers=tuple(pod.ref for pod in own.result().pods),
        missing={source: why for source, why in missing.items() if why},
    )
    return reads, own.result()


async def _related(facts: NodePoolFacts, reads: PoolReads, look: Look) -> tuple[SubjectFacts, ...]:
    """Facts about its EC2NodeClass, when that is not ready, and about its machines that do not come up."""
    broken = [each for each in reads.claims if each.metadata.name in reads.unwell]
    machines = [
        node_claim_facts(ClaimReads(claim=each, now=reads.now, lines=reads.lines, events=reads.events))
        for each in broken
    ]
    if facts.node_class_unready is None or not facts.node_class:
        return tuple(machines)
    classes: Read[tuple[EC2NodeClass, ...]] = await listed(EC2NodeClass, look, "EC2NodeClasses")
    pools = await listed(NodePool, look, "NodePools")
    return (
        *(
            node_class_facts(
                NodeClassReads(
                    node_class=each,
                    now=reads.now,
                    others=classes.value or (),
                    pools=pools.value or (),
                    lines=reads.lines,
                )
            )
            for each in classes.value or ()
            if each.metadata.name == facts.node_class
        ),
        *machines,
    )


def _pool(claim: NodeClaim) -> str:
    return claim.metadata.labels.get(POOL_LABEL, "")


def _about(facts: NodePoolFacts) -> str:
    kinds = f", {' or '.join(facts.capacity_types)}" if facts.capacity_types else ""
    limits = f", uses {', '.join(map(str, facts.limits))}" if facts.limits else ""
    nodes = "1 node" if facts.nodes == 1 else f"{facts.nodes} nodes"
    return f"{nodes}, class {facts.node_class or 'none'}{kinds}{limits}"


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """NodePools that are not ready, that AWS refuses machines, or that refuse pods for their limits."""
    if namespace:
        return ()
    pools, machines = await listed(NodePool, look, "NodePools"), await claims(look)
    if not pools.value:
        return ()
    about, told = await events_about("NodeClaim", look), await refusals(look)
    owners, now = capacity.pools_of(machines.value or ()), look.cluster.now()
    short = {owners[each.metadata.name] for each in machines.value or () if capacity.of_claim(each)}
    short |= {
        capacity.pool_of(each.involved_object.name, owners)
        for each in about.value or ()
        if capacity.of_events((each,), now)
    }
    short |= await _refusing(told.value or ())
    found = await picked(pools.value, lambda pool: not stands(pool, now) or pool.metadata.name in short)
    return tuple(pool.ref for pool in found)


async def _refusing(events: tuple[Event, ...]) -> set[str]:
    """Pools that Karpenter's events about pods name as full or without capacity."""
    own = await picked(events, by_karpenter)
    refused = (each for event in own for each in parse_refusals(event.message))
    return {each.pool for each in refused if each.problem in REFUSES_FOR}


NODEPOOL = Handler(
    verb="diagnose",
    subject="nodepool",
    aliases=("nodepools",),
    namespaced=False,
    usage="diagnose nodepool NAME [--cluster CLUSTER]",
    summary="Why a Karpenter NodePool makes no nodes: limits, capacity, quota, its EC2NodeClass.",
    cost=2,
    needs=NEEDS,
    gather=gather,
)
NODEPOOL_SWEEP = Sweep(handler=NODEPOOL, suspects=suspects)
