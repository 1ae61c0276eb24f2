"""`diagnose hpa`: whether an autoscaler can scale, what it lacks, and whether it is at its maximum."""

from msgspec import Struct

from handlers.answer import Told, answer
from handlers.contract import Evidence, Handler, Need, Progress, Question, Sources
from handlers.extract.replica_scaling import HpaReads, Trouble, hpa_facts, is_troubled, trouble_of
from handlers.extract.serving import label_selector
from handlers.extract.workload import selector_text
from handlers.find_object import Sort
from handlers.look import Look, Read, nothing
from handlers.pod_reads import NEEDS as POD_NEEDS
from handlers.sources.objects.apiservice import APIService
from handlers.sources.objects.autoscaler import HorizontalPodAutoscaler
from handlers.sources.objects.network import Service
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import Deployment, ReplicaSet, StatefulSet
from handlers.sweep import Sweep, picked
from rules.finding import ObjectRef

_SCALED: dict[str, type[Deployment] | type[StatefulSet] | type[ReplicaSet]] = {
    "Deployment": Deployment,
    "StatefulSet": StatefulSet,
    "ReplicaSet": ReplicaSet,
}
_OF_PODS = frozenset({"pods_unready", "metric_missing"})
"""Problems whose reason may lie with the pods that are scaled."""


class _Api(Struct, frozen=True):
    """Who answers for the metric that is missing, and the pods behind it."""

    api: APIService | None = None
    pods: tuple[Pod, ...] = ()
    missing: str = ""


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one autoscaler. Raises QuestionError, SourceError."""
    return await answer(_SORT, _tell, question, sources, progress)


async def _tell(item: HorizontalPodAutoscaler, look: Look, _question: Question) -> Told:
    trouble = trouble_of(item)
    selector = await _selector(item, look)
    pods = await _pods(item, selector, trouble, look)
    api = await _api(trouble, look)
    reads = HpaReads(
        item=item,
        now=look.cluster.now(),
        target_selector=selector,
        target_pods=pods,
        api=api.api,
        api_pods=api.pods,
        missing={"api": api.missing} if api.missing else {},
    )
    facts = hpa_facts(reads)
    return Told(
        facts=facts,
        healthy=facts.healthy,
        symptom=_state(item),
        about=(
            f"scales {facts.target}",
            f"{facts.minimum} to {facts.maximum} replicas",
            str(facts.usage or ""),
        ),
        pods=(*api.pods, *pods),
        checked=(f"conditions of {item.metadata.name}", f"its target {facts.target}"),
    )


async def _selector(item: HorizontalPodAutoscaler, look: Look) -> str:
    """Read the selector of what is scaled; empty for kinds that are not known here."""
    target = item.spec.scale_target_ref
    kind = _SCALED.get(target.kind)
    if kind is None:
        return ""
    read = await look.get(kind, target.name, item.metadata.namespace, what=f"{target.kind} {target.name}")
    return selector_text(read.value.spec.selector) if read.value else ""


async def _pods(
    item: HorizontalPodAutoscaler, selector: str, trouble: Trouble, look: Look
) -> tuple[Pod, ...]:
    if trouble.problem not in _OF_PODS or not selector:
        return ()
    read = await look.list(Pod, item.metadata.namespace, what="pods", labels=selector)
    return read.value or ()


async def _api(trouble: Trouble, look: Look) -> _Api:
    """Read who answers for the metric that is missing, down to the pods behind it."""
    if not trouble.api:
        return _Api()
    read = await look.get(APIService, trouble.api, what=f"APIService {trouble.api}")
    asked = read.value.spec.service if read.value else None
    service: Read[Service] = await (
        look.get(Service, asked.name, asked.namespace, what=f"service {asked.name}") if asked else nothing()
    )
    if service.value is None or not service.value.spec.selector:
        return _Api(read.value, (), read.missing)
    labels = label_selector(service.value.spec.selector)
    namespace = service.value.metadata.namespace
    pods = await look.list(Pod, namespace, what=f"pods of {service.value.metadata.name}", labels=labels)
    return _Api(read.value, pods.value or (), read.missing)


def _state(item: HorizontalPodAutoscaler) -> str:
    status, trouble = item.status, trouble_of(item)
    words = trouble.problem.replace("_", " ") if trouble.problem != "none" else "scaling"
    return f"{status.current_replicas}/{item.spec.max_replicas} replicas, {words}"


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Autoscalers that cannot scale, or would scale further and may not."""
    request = look.cluster.list(HorizontalPodAutoscaler, namespace)
    read: Read[tuple[HorizontalPodAutoscaler, ...]] = await look.read(request, "autoscalers", optional=True)
    return tuple(item.ref for item in await picked(read.value or (), is_troubled))


_SORT = Sort(kind=HorizontalPodAutoscaler, state=_state, healthy=lambda item: not is_troubled(item))

HPA = Handler(
    verb="diagnose",
    subject="hpa",
    aliases=("hpas", "horizontalpodautoscaler", "horizontalpodautoscalers"),
    usage="diagnose hpa NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why an autoscaler does not scale, or cannot scale further.",
    cost=2,
    needs=(
        *POD_NEEDS,
        Need("get", "autoscaling", "horizontalpodautoscalers"),
        Need("list", "autoscaling", "horizontalpodautoscalers"),
        Need("get", "apiregistration.k8s.io", "apiservices"),
        Need("get", "apps", "replicasets"),
    ),
    gather=gather,
)
HPA_SWEEP = Sweep(handler=HPA, suspects=suspects)
