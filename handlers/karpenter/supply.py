"""What the diagnoses of Karpenter's objects read in common: lists, events, and the controller's log."""

import asyncio
from collections.abc import Iterable
from typing import TypeVar

from msgspec import Struct

from handlers.contract import Need
from handlers.extract.karpenter_log import ControllerLine, controller_lines, newest_lines
from handlers.extract.pod_status import looks_healthy
from handlers.look import Look, Read
from handlers.pod_reads import NEEDS as POD_NEEDS
from handlers.sources.errors import NotServed
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import KubernetesObject
from handlers.sources.objects.node import NodeClaim
from handlers.sources.objects.pod import Pod

COMPONENT = "Karpenter"
EVENTS_OF_CLUSTER_KINDS = "default"
"""Namespace in which events about objects without one are kept."""
TAIL_LINES = 1000
READ_BYTES = 1024 * 1024
NEEDS = tuple(
    dict.fromkeys(
        (
            *POD_NEEDS,
            Need("get", "karpenter.sh", "nodepools"),
            Need("get", "karpenter.sh", "nodeclaims"),
            Need("get", "karpenter.k8s.aws", "ec2nodeclasses"),
            Need("list", "karpenter.k8s.aws", "ec2nodeclasses"),
        )
    )
)
K = TypeVar("K", bound=KubernetesObject)


class Controller(Struct, frozen=True, kw_only=True):
    """Karpenter's own pods and what they wrote.

    Attributes:
        pods: all of them.
        unwell: those that are not healthy.
        lines: their logs together, newest first.
        missing: why the log is not there to read; empty when it is.
    """

    pods: tuple[Pod, ...] = ()
    unwell: tuple[Pod, ...] = ()
    lines: tuple[ControllerLine, ...] = ()
    missing: str = ""


async def listed(kind: type[K], look: Look, what: str) -> Read[tuple[K, ...]]:
    """List a kind of Karpenter's; a cluster without Karpenter has none, which is no gap."""
    return await look.read(_served(kind, look), what)


async def _served(kind: type[K], look: Look) -> tuple[K, ...]:
    try:
        return await look.cluster.list(kind)
    except NotServed:
        return ()


async def claims(look: Look) -> Read[tuple[NodeClaim, ...]]:
    """List the NodeClaims of all pools."""
    return await listed(NodeClaim, look, "NodeClaims")


async def events_about(kind: str, look: Look) -> Read[tuple[Event, ...]]:
    """Read the events about every object of a kind without a namespace."""
    fields = f"involvedObject.kind={kind}"
    return await look.list(Event, EVENTS_OF_CLUSTER_KINDS, what=f"events of {kind}s", fields=fields)


async def refusals(look: Look) -> Read[tuple[Event, ...]]:
    """Read why pods of any namespace could not be scheduled, in the scheduler's words and in Karpenter's."""
    return await look.list(Event, what="events of pending pods", fields="reason=FailedScheduling")


async def controller(look: Look) -> Controller:
    """Find Karpenter's pods and read their logs; in EKS Auto Mode there are none to be seen."""
    component = look.platform.component(COMPONENT)
    if component is None:
        return Controller()
    reads = [await _pods(space, component.selectors, look) for space in component.namespaces or ("",)]
    pods = tuple(pod for read in reads for pod in read.value or ())
    missing = next((read.missing for read in reads if read.missing), "") if not pods else ""
    if not pods:
        return Controller(pods=pods, unwell=_unwell(pods), missing=missing)
    texts = await asyncio.gather(*(_log(pod, component.container, look) for pod in pods))
    unread = [text.missing for text in texts if text.missing]
    return Controller(
        pods=pods,
        unwell=_unwell(pods),
        lines=newest_lines(line for text in texts for line in text.value or ()),
        missing=unread[0] if len(unread) == len(texts) else "",
    )


async def _pods(namespace: str, selectors: Iterable[str], look: Look) -> Read[tuple[Pod, ...]]:
    """Find the pods by the first selector that finds any."""
    read: Read[tuple[Pod, ...]] = Read(())
    for selector in selectors or ("",):
        read = await look.list(Pod, namespace, what="Karpenter's pods", labels=selector)
        if read.value or read.missing:
            break
    return read


def _unwell(pods: Iterable[Pod]) -> tuple[Pod, ...]:
    return tuple(pod for pod in pods if not looks_healthy(pod))


async def _log(pod: Pod, container: str, look: Look) -> Read[tuple[ControllerLine, ...]]:
    name = pod.metadata.name
    return await look.read(_lines(pod, container, look), f"log of {name}")


async def _lines(pod: Pod, container: str, look: Look) -> tuple[ControllerLine, ...]:
    chosen = container or pod.spec.containers[0].name
    text = await look.cluster.log(
        pod.metadata.namespace, pod.metadata.name, chosen, tail_lines=TAIL_LINES, limit_bytes=READ_BYTES
    )
    return controller_lines(text, f"log of {pod.metadata.name}")
