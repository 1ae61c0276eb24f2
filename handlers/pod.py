"""`diagnose pod`: find the pod that is meant, read what can explain it at once, and turn it into facts."""

import msgspec

from handlers.contract import Evidence, Handler, Need, Progress, Question
from handlers.extract.pod import never_created_facts, pod_facts
from handlers.look import Look
from handlers.names import Found, find_pod, not_found
from handlers.never_created import find_owner, refusal_of
from handlers.pod_about import about, checked
from handlers.pod_reads import read_pod
from handlers.sources.cluster import Cluster, counting


async def gather(question: Question, cluster: Cluster, progress: Progress) -> Evidence:
    """Go and look at one pod.

    Raises:
        QuestionError: the name is impossible, unknown, or means several pods.
        SourceError: the pod itself could not be read.
    """
    with counting() as count:
        look = Look(cluster, question.deadline, progress)
        found = await look.within_deadline(find_pod(question, cluster), f"pod {question.name}")
        evidence = await (_of_pod(found, look) if found else _of_owner(question, look))
    return msgspec.structs.replace(evidence, api_calls=count.requests)


async def _of_pod(found: Found, look: Look) -> Evidence:
    await look.told("pod")
    reads, logs = await read_pod(found.pod, look)
    facts = pod_facts(reads)
    return Evidence(
        subject=found.pod.ref,
        facts=facts,
        about=about(facts, found.note),
        healthy=facts.healthy,
        symptom=facts.status,
        exhibits=logs.exhibits,
        gaps=look.gaps,
        checked=checked(facts, reads, logs),
        as_of=reads.now,
    )


async def _of_owner(question: Question, look: Look) -> Evidence:
    """Look at an owner that has no pod: scaled to zero, or refused by the API server."""
    owner = await find_owner(question, look)
    if owner is None:
        raise await look.within_deadline(not_found(question, look.cluster), "pods")
    creation = await refusal_of(owner, look)
    facts = never_created_facts(owner.ref, creation)
    idle = creation.wanted == 0
    return Evidence(
        subject=owner.ref,
        facts=msgspec.structs.replace(facts, healthy=idle, status="scaled to zero" if idle else facts.status),
        about=(f"{facts.owner} has {creation.existing} of {creation.wanted} pods",),
        healthy=idle,
        symptom="scaled to zero" if idle else facts.status,
        gaps=look.gaps,
        checked=(f"{facts.owner}, its conditions and its events",),
        as_of=look.cluster.now(),
    )


NEEDS = (
    Need("get", "", "pods"),
    Need("list", "", "pods"),
    Need("get", "", "pods/log"),
    Need("list", "", "events"),
    Need("list", "", "namespaces"),
    Need("get", "", "nodes"),
    Need("list", "", "nodes"),
    Need("list", "", "services"),
    Need("get", "", "serviceaccounts"),
    Need("list", "", "serviceaccounts"),
    Need("list", "", "persistentvolumeclaims"),
    Need("list", "", "persistentvolumes"),
    Need("list", "storage.k8s.io", "storageclasses"),
    Need("list", "discovery.k8s.io", "endpointslices"),
    Need("get", "apps", "deployments"),
    Need("list", "apps", "deployments"),
    Need("list", "apps", "replicasets"),
    Need("get", "apps", "statefulsets"),
    Need("list", "apps", "statefulsets"),
    Need("get", "apps", "daemonsets"),
    Need("list", "apps", "daemonsets"),
    Need("get", "batch", "jobs"),
    Need("list", "batch", "jobs"),
    Need("list", "karpenter.sh", "nodepools"),
    Need("list", "karpenter.sh", "nodeclaims"),
    Need("get", "metrics.k8s.io", "pods"),
)

POD = Handler(
    verb="diagnose",
    subject="pod",
    aliases=("pods", "po"),
    usage="diagnose pod NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why a pod is pending, crashing, not ready, evicted or stuck, and what to do.",
    cost=2,
    needs=NEEDS,
    gather=gather,
)
