"""From what was read to facts: one for each object that may make answers slow."""

from collections import Counter
from collections.abc import Iterable, Sequence

from handlers.extract.latency_model import model_facts
from handlers.extract.latency_node import node_load
from handlers.extract.latency_scaling import metrics_api, scaling_facts
from handlers.extract.latency_workload import Workload, slow_probes, throttle_facts, workloads
from handlers.latency.reads import LatencyReads
from handlers.latency.scope import Scope
from handlers.sources.objects.autoscaler import HorizontalPodAutoscaler
from rules.facts.latency import LatencyFacts
from rules.finding import ObjectRef

_NOBODY_WAITS = frozenset({"Job", "CronJob", "Workflow"})
"""Owners whose pods answer nobody: that they use all they may is as it should be."""
_EDITABLE = frozenset({"Deployment", "StatefulSet", "DaemonSet"})


def measured_workloads(scope: Scope, reads: LatencyReads) -> tuple[Workload, ...]:
    """The workloads of the question that run."""
    periods = {(key[0], key[1], key[2]): share for key, share in reads.figures.periods.items()}
    return workloads((pod for pod in reads.pods if scope.takes(pod)), reads.usage, periods)


def suspects(scope: Scope, reads: LatencyReads, found: Sequence[Workload]) -> tuple[LatencyFacts, ...]:
    """Facts about every workload, autoscaler, node and model of the question."""
    return (
        *_of_workloads(scope, reads, found),
        *_of_autoscalers(scope, reads, found),
        *_of_nodes(reads, found),
        *_of_models(scope, reads, found),
    )


def _of_workloads(scope: Scope, reads: LatencyReads, found: Sequence[Workload]) -> Iterable[LatencyFacts]:
    scaled = {_target(each) for each in reads.autoscalers}
    for one in found:
        if one.ref.kind in _NOBODY_WAITS and not scope.owners:
            continue
        model = one.inference_service
        nodes = dict.fromkeys(ObjectRef("Node", pod.spec.node_name) for pod in one.pods)
        unread = reads.missing.get("events", "")
        throttle = throttle_facts(
            one, reads.missing.get("usage", ""), reads.figures.missing.get("periods", "")
        )
        late = f"{throttle.pods} of {len(one.pods)} pods answer late" if throttle.pods else ""
        yield LatencyFacts(
            effect=late,
            ref=one.ref,
            top_owner=one.ref,
            role="workload",
            title=f"{one.ref.kind} {one.ref.name}",
            path=f"{one.ref.kind.lower()}/{one.ref.name}",
            template=f"InferenceService {model}" if model else f"{one.ref.kind} {one.ref.name}",
            editable=one.ref.kind in _EDITABLE and not model,
            scaled=one.ref in scaled,
            throttle=throttle,
            probes=slow_probes(one.pods, reads.events),
            depends_on=tuple(nodes),
            missing={"probes": unread} if unread else {},
        )


def _target(autoscaler: HorizontalPodAutoscaler) -> ObjectRef:
    target = autoscaler.spec.scale_target_ref
    return ObjectRef(target.kind, target.name, autoscaler.metadata.namespace)


def _of_autoscalers(scope: Scope, reads: LatencyReads, found: Sequence[Workload]) -> Iterable[LatencyFacts]:
    ours = {one.ref for one in found}
    for each in reads.autoscalers:
        target, api = _target(each), metrics_api(each)
        if scope.owners and target not in ours:
            continue
        yield LatencyFacts(
            ref=each.ref,
            top_owner=each.ref,
            role="autoscaler",
            title=f"HorizontalPodAutoscaler {each.metadata.name}",
            path=f"hpa/{each.metadata.name}",
            scaling=scaling_facts(each),
            depends_on=(target, *((api,) if api else ())),
            effect=f"{target.kind} {target.name} stays at {each.status.current_replicas} of at most "
            f"{each.spec.max_replicas} replicas",
        )


def _of_nodes(reads: LatencyReads, found: Sequence[Workload]) -> Iterable[LatencyFacts]:
    carried = Counter(pod.spec.node_name for one in found for pod in one.pods)
    usage = {each.metadata.name: each for each in reads.node_usage}
    for node in reads.nodes:
        name = node.metadata.name
        if not carried[name]:
            continue
        unread = reads.missing.get("node_usage", "")
        load = node_load(node, usage.get(name), reads.node_events, carried[name], unread)
        unheard = reads.missing.get("node_events", "")
        yield LatencyFacts(
            ref=node.ref,
            top_owner=node.ref,
            role="node",
            title=f"Node {name}",
            path=f"node/{name}",
            node=load,
            missing={"node": unheard} if unheard else {},
            effect=f"{carried[name]} pod{'s' if carried[name] > 1 else ''} of this question "
            f"run{'s' if carried[name] == 1 else ''} on it",
        )


def _of_models(scope: Scope, reads: LatencyReads, found: Sequence[Workload]) -> Iterable[LatencyFacts]:
    """Facts of every model that has series; a model whose series cannot be read is unknown, not well."""
    behind: dict[tuple[str, str], list[ObjectRef]] = {}
    for one in found:
        if one.inference_service:
            behind.setdefault((one.ref.namespace, one.inference_service), []).append(one.ref)
    told = [key for key in reads.figures.models.models if not scope.owners or key in behind]
    unread = reads.figures.missing.get("models", "")
    for namespace, name in sorted({(key[0], key[1]) for key in told} | (set(behind) if unread else set())):
        ref = ObjectRef("InferenceService", name, namespace)
        yield LatencyFacts(
            ref=ref,
            top_owner=ref,
            role="model",
            title=f"InferenceService {name}",
            path=f"inferenceservice/{name}",
            model=model_facts(reads.figures.models, (namespace, name)),
            depends_on=tuple(behind.get((namespace, name), ())),
            missing={"model": unread} if unread else {},
        )
