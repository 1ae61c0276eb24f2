"""`diagnose deployment`: how many of its pods are ready, how its rollout stands, and what its pods die of."""

from handlers.answer import Told, answer
from handlers.contract import Evidence, Handler, Need, Progress, Question, Sources
from handlers.extract.deployment import deployment_facts, deployment_numbers, rollout_state, stated
from handlers.extract.owner import INFERENCE_SERVICE, top_owner
from handlers.extract.throttled import is_throttled, throttled_facts
from handlers.extract.workload import WorkloadReads, selector_text
from handlers.find_object import Sort
from handlers.look import Look, Read
from handlers.sources.objects.metrics import PodMetrics
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import Deployment
from handlers.sweep import Sweep, picked
from handlers.workload.reads import NEEDS, checked, read_workload
from rules.facts.workload import DeploymentFacts, ThrottledFacts
from rules.finding import ObjectRef


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one Deployment. Raises QuestionError, SourceError."""
    return await answer(_SORT, _tell, question, sources, progress)


async def _tell(item: Deployment, look: Look, question: Question) -> Told:
    said = stated(item)
    reads = await read_workload(said, item.metadata.uid, look, sweep=question.sweep)
    facts = deployment_facts(item, reads, await _throttled(item, reads, look))
    return Told(
        facts=facts,
        healthy=facts.healthy,
        symptom=_state(item),
        about=tuple(_about(facts)),
        pods=(*(reads.pods or ()), *reads.webhook_pods),
        checked=("rollout and revisions", *checked(reads)),
    )


async def _throttled(item: Deployment, reads: WorkloadReads, look: Look) -> ThrottledFacts:
    """Read what its pods use; a cluster need not measure that."""
    labels = selector_text(item.spec.selector)
    request = look.cluster.list(PodMetrics, item.metadata.namespace, labels=labels)
    read: Read[tuple[PodMetrics, ...]] = await look.read(request, "usage", optional=True)
    if read.missing:
        return ThrottledFacts(missing=dict.fromkeys(("pods", "measured"), read.missing))
    return throttled_facts(reads.pods or (), read.value or ())


def _state(item: Deployment) -> str:
    numbers = deployment_numbers(item)
    return f"{numbers.ready}/{numbers.wanted} ready" if numbers.wanted else "scaled to zero"


def _about(facts: DeploymentFacts) -> list[str]:
    service = f"InferenceService {facts.inference_service}" if facts.inference_service else ""
    revision = f"revision {facts.revision}" if facts.revision else ""
    rollout = {"progressing": "rollout under way", "paused": "rollouts paused"}.get(facts.rollout, "")
    return [service, revision, rollout, str(facts.pods.said or "")]


def _is_well(item: Deployment, look: Look) -> bool:
    numbers, rollout = deployment_numbers(item), rollout_state(item, look.cluster.now())
    halted = item.spec.paused or rollout in {"stalled", "overdue"}
    return numbers.wanted == 0 or rollout == "progressing" or (numbers.ready >= numbers.wanted and not halted)


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Deployments that lack ready pods, whose rollout stands still, or whose pods are all throttled."""
    read = await look.list(Deployment, namespace, what="deployments")
    unwell = await picked(read.value or (), lambda item: not _is_well(item, look))
    return tuple(dict.fromkeys([*(item.ref for item in unwell), *await _at_their_limit(look, namespace)]))


async def _at_their_limit(look: Look, namespace: str) -> list[ObjectRef]:
    measured = await look.read(look.cluster.list(PodMetrics, namespace), "usage", optional=True)
    pods = await look.list(Pod, namespace, what="pods")
    used = {(each.metadata.namespace, each.metadata.name): each for each in measured.value or ()}

    def full(pod: Pod) -> bool:
        metrics = used.get((pod.metadata.namespace, pod.metadata.name))
        return metrics is not None and is_throttled(pod, metrics)

    owners = [top_owner(pod) for pod in await picked(pods.value or (), full)]
    return [owner for owner in owners if owner.kind == "Deployment"]


_SORT = Sort(
    kind=Deployment,
    state=_state,
    healthy=lambda item: deployment_numbers(item).ready >= deployment_numbers(item).wanted,
    names=lambda item: (
        [item.metadata.labels[INFERENCE_SERVICE]] if INFERENCE_SERVICE in item.metadata.labels else ()
    ),
)

DEPLOYMENT = Handler(
    verb="diagnose",
    subject="deployment",
    aliases=("deployments", "deploy"),
    usage="diagnose deployment NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why a Deployment lacks ready pods, or why its rollout does not end, and what to do.",
    cost=3,
    needs=(*NEEDS, Need("list", "metrics.k8s.io", "pods")),
    gather=gather,
)
DEPLOYMENT_SWEEP = Sweep(handler=DEPLOYMENT, suspects=suspects)
