"""The platform part by part, each on its own: what one cannot tell is no other's trouble."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct

from handlers.contract import Question
from handlers.digest.beside import NO_PROMETHEUS, RESTARTED, Beside
from handlers.digest.ingresses import ingress_part
from handlers.digest.reads import Listed, Lists
from handlers.extract import digest_claims, digest_models, digest_nodes, digest_restarts, digest_workflows
from handlers.extract.digest_part import absent, unknown
from handlers.extract.digest_platform import mlflow
from handlers.extract.digest_restarts import Ended
from handlers.health.looking import Everything
from handlers.karpenter.supply import events_about
from handlers.mlflow import MLFLOW, orphan_of
from handlers.parts import Part
from handlers.sources.objects.argo import CronWorkflow, Workflow
from handlers.sources.objects.certificate import Certificate
from handlers.sources.objects.meta import KubernetesObject
from handlers.sources.objects.node import NodeClaim, NodePool
from handlers.sources.objects.serving import InferenceService
from handlers.sources.objects.volume import PersistentVolumeClaim
from handlers.sources.objects.workload import Deployment
from handlers.volume import PERSISTENTVOLUMECLAIM
from rules.facts.mlflow import MlflowFacts
from rules.finding import ObjectRef

K = TypeVar("K", bound=KubernetesObject)
NOT_SERVED = {
    digest_models.NAME: "KServe is not installed",
    digest_workflows.NAME: "Argo Workflows is not installed",
    digest_nodes.KARPENTER: "Karpenter is not installed",
    digest_claims.CERTIFICATES: "cert-manager is not installed",
}
"""What it means that a cluster does not serve the kind behind a part."""


class Survey(Struct, frozen=True, kw_only=True):
    """What the parts are told from."""

    question: Question
    everything: Everything
    lists: Lists
    beside: Beside
    ended: Sequence[Ended]


async def parts_of(survey: Survey) -> tuple[Part, ...]:
    """Every part, in the order they are told; those of the whole cluster are left out for a namespace."""
    lists, everything, now = survey.lists, survey.everything, survey.everything.now
    # Not a part of its own, but what the cluster does not serve is no gap either.
    await lists.of(CronWorkflow)
    models = await lists.of(InferenceService)
    flows = await lists.of(Workflow)
    certificates = await lists.of(Certificate)
    return (
        _told(
            digest_models.NAME,
            models,
            lambda items: digest_models.inference_services(items, everything.pods, now),
        ),
        _told(digest_workflows.NAME, flows, lambda items: digest_workflows.workflows(items, now)),
        await _mlflow(survey),
        await ingress_part(everything, lists),
        *([] if survey.question.namespace else await _of_the_cluster(survey)),
        await _claims(survey),
        _fill(survey),
        _told(digest_claims.CERTIFICATES, certificates, lambda items: digest_claims.certificates(items, now)),
        digest_restarts.restarts(survey.ended, now),
        _rising(survey),
    )


def _told(name: str, listed: Listed[K], tell: Callable[[tuple[K, ...]], Part]) -> Part:
    """A part that one list tells: unknown where that could not be read, absent where there is none."""
    if listed.missing:
        return unknown(name, listed.missing)
    if listed.unserved:
        return absent(name, NOT_SERVED.get(name, listed.unserved))
    return tell(listed.items)


async def _of_the_cluster(survey: Survey) -> list[Part]:
    nodes, now = survey.everything.nodes, survey.everything.now
    known = nodes.value is not None
    of_nodes = (
        digest_nodes.nodes(nodes.value or (), now) if known else unknown(digest_nodes.NODES, nodes.missing)
    )
    terraform = [survey.beside.terraform] if survey.beside.terraform else []
    return [of_nodes, await _karpenter(survey), *terraform]


async def _karpenter(survey: Survey) -> Part:
    claims = await survey.lists.of(NodeClaim)
    pools = await survey.lists.of(NodePool)
    events = await events_about("NodeClaim", survey.lists.look)

    def tell(items: tuple[NodeClaim, ...]) -> Part:
        supply = digest_nodes.Supply(claims=items, pools=pools.items, events=events.value or ())
        return digest_nodes.karpenter(supply, survey.everything.now)

    return _told(digest_nodes.KARPENTER, claims, tell)


async def _mlflow(survey: Survey) -> Part:
    """Each server, as its own diagnosis found it."""
    look, done = survey.lists.look, survey.everything.of(MLFLOW)
    found = [one.evidence.facts for one in done if one.evidence]
    unread = [one.gap.reason for one in done if one.gap]
    unlisted = (await survey.lists.of(Deployment)).missing
    orphan = None if done or unlisted else await orphan_of(survey.question, look)
    return mlflow(
        [facts for facts in found if isinstance(facts, MlflowFacts)],
        orphan.ref if orphan else None,
        next(iter(unread), unlisted),
        aws_asked=look.sources.aws is not None,
    )


async def _claims(survey: Survey) -> Part:
    suspects = {
        ObjectRef("PersistentVolumeClaim", one.case.question.name, one.case.question.namespace)
        for one in survey.everything.of(PERSISTENTVOLUMECLAIM)
    }
    listed = await survey.lists.of(PersistentVolumeClaim)
    now = survey.everything.now
    return _told(digest_claims.CLAIMS, listed, lambda items: digest_claims.claims(items, suspects, now))


def _fill(survey: Survey) -> Part:
    read = survey.beside.fill
    if read is None:
        return absent(digest_claims.FILL, NO_PROMETHEUS)
    if read.missing:
        return unknown(digest_claims.FILL, read.missing)
    return digest_claims.full_volumes(read.value or (), survey.question.namespace)


def _rising(survey: Survey) -> Part:
    read, name = survey.beside.days, digest_restarts.RISING
    if read is None:
        return absent(name, NO_PROMETHEUS)
    if read.value is None:
        return unknown(name, read.missing)
    if not survey.beside.counts_restarts:
        return unknown(name, f"Prometheus has no series {RESTARTED}")
    return digest_restarts.rising(read.value, survey.everything.pods, survey.question.namespace)
