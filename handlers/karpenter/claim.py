"""`diagnose nodeclaim`: one machine that was asked for, from launch to node, and its end."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from handlers.behind import PodsBehind, read_behind
from handlers.contract import Evidence, Handler, Progress, Question, Sources
from handlers.extract.node import NodeReads, node_subject_facts
from handlers.extract.node_claim import STEPS, ClaimReads, is_well, missing_step, node_claim_facts
from handlers.extract.node_residents import plugin_pods
from handlers.find_object import FoundObject, Sort, find_object
from handlers.karpenter.supply import NEEDS, Controller, claims, controller, events_about
from handlers.look import Look
from handlers.sources.cluster import counting
from handlers.sources.objects.event import Event
from handlers.sources.objects.node import Node, NodeClaim
from handlers.sources.objects.pod import Pod
from handlers.sweep import Sweep, picked
from rules.facts.karpenter import NodeClaimFacts
from rules.finding import ObjectRef


def state(claim: NodeClaim) -> str:
    """How far it has come ("Registered"), or that it is being deleted."""
    if claim.metadata.deletion_timestamp:
        return "Terminating"
    step = missing_step(claim)
    reached = STEPS[: STEPS.index(step)] if step != "none" else STEPS
    return "Ready" if step == "none" else reached[-1] if reached else "not Launched"


SORT = Sort(
    kind=NodeClaim,
    state=state,
    healthy=lambda claim: state(claim) == "Ready",
    names=lambda claim: (claim.status.node_name, claim.status.provider_id.rpartition("/")[2]),
)
"""A NodeClaim also goes by its node's name and by its instance id."""


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one NodeClaim.

    Raises:
        QuestionError: the name is impossible, unknown, or means several NodeClaims.
        SourceError: the NodeClaim itself could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, question, look)
            await look.told("NodeClaim")
            evidence = await _of(found, question, look)
    return replace(evidence, api_calls=count.requests)


async def _of(found: FoundObject[NodeClaim], question: Question, look: Look) -> Evidence:
    reads, own = await _read(found.item, look)
    facts = node_claim_facts(reads)
    node = None if question.sweep else await _node_reads(facts, reads, look)
    pods = () if question.sweep else (*(node.agents if node else ()), *own.unwell)
    behind = await read_behind(pods, look) if pods else PodsBehind()
    return Evidence(
        subject=found.item.ref,
        facts=facts,
        related=(*((node_subject_facts(node),) if node else ()), *behind.facts),
        about=tuple(_about(facts, found.note)),
        healthy=facts.healthy,
        symptom=state(found.item),
        exhibits=behind.exhibits,
        gaps=look.gaps,
        checked=(
            f"steps: {facts.steps}",
            f"{len(reads.events)} events",
            *((f"{len(reads.lines)} lines of Karpenter's log",) if reads.lines else ()),
            *behind.checked,
        ),
        as_of=reads.now,
    )


async def _read(claim: NodeClaim, look: Look) -> tuple[ClaimReads, Controller]:
    async with asyncio.TaskGroup() as group:
        about_claims = group.create_task(events_about("NodeClaim", look))
        about_nodes = group.create_task(events_about("Node", look))
        own = group.create_task(controller(look))
    events = (about_claims.result(), about_nodes.result())
    missing = {
        "events": next((read.missing for read in events if read.missing), ""),
        "log": own.result().missing,
    }
    names = {claim.metadata.name, claim.status.node_name}
    reads = ClaimReads(
        claim=claim,
        now=look.cluster.now(),
        events=_about_these([event for read in events for event in read.value or ()], names),
        lines=own.result().lines,
        controllers=tuple(pod.ref for pod in own.result().pods),
        missing={source: why for source, why in missing.items() if why},
    )
    return reads, own.result()


async def _node_reads(facts: NodeClaimFacts, reads: ClaimReads, look: Look) -> NodeReads | None:
    """Read the node of a claim that has joined and is not usable, and the network plugin's pod on it."""
    if facts.step != "Initialized" or not facts.node:
        return None
    node = await look.get(Node, facts.node, what="node")
    if node.value is None:
        return None
    pods = await look.list(Pod, what="pods on its node", fields=f"spec.nodeName={facts.node}")
    return NodeReads(
        node=node.value,
        now=reads.now,
        events=tuple(event for event in reads.events if event.involved_object.kind == "Node"),
        pods=pods.value or (),
        agents=plugin_pods(node.value, pods.value or (), look.platform),
        missing={"pods": pods.missing} if pods.missing else {},
    )


def _about_these(events: Sequence[Event], names: set[str]) -> tuple[Event, ...]:
    return tuple(event for event in events if event.involved_object.name in names)


def _about(facts: NodeClaimFacts, note: str) -> list[str]:
    machine = " ".join(filter(None, (facts.kind, "spot" if facts.spot else "", facts.instance)))
    return [
        piece for piece in (note, f"pool {facts.pool}" if facts.pool else "", machine, facts.steps) if piece
    ]


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Machines that AWS refused, that have not come up in time, or that do not go."""
    if namespace:
        return ()
    machines, now = await claims(look), look.cluster.now()
    found = await picked(machines.value or (), lambda claim: not is_well(claim, now))
    return tuple(claim.ref for claim in found)


NODECLAIM = Handler(
    verb="diagnose",
    subject="nodeclaim",
    aliases=("nodeclaims",),
    namespaced=False,
    usage="diagnose nodeclaim NAME [--cluster CLUSTER]",
    summary="Why a machine Karpenter asked for is not launched, does not join, or does not go.",
    cost=2,
    needs=NEEDS,
    gather=gather,
)
NODECLAIM_SWEEP = Sweep(handler=NODECLAIM, suspects=suspects)
