"""A claim that does not exist although pods mount it: worth an answer, not only "not found"."""

from msgspec import Struct

from handlers.contract import Question
from handlers.extract.pod_claims import claim_names
from handlers.extract.pod_status import ENDED
from handlers.look import Look
from handlers.sources.objects.pod import Pod
from rules.finding import ObjectRef


class AbsentClaim(Struct, frozen=True):
    """The claim that is missing, and the pods that wait for it."""

    ref: ObjectRef
    pods: tuple[Pod, ...]


async def absent_claim(question: Question, look: Look) -> AbsentClaim | None:
    """Find the pods that mount a claim of exactly that name; None where no pod of one namespace does."""
    read = await look.list(Pod, question.namespace, what="pods that mount it")
    pods = tuple(pod for pod in read.value or () if _waits_for(pod, question.name))
    namespaces = {pod.metadata.namespace for pod in pods}
    if len(namespaces) != 1:
        return None
    return AbsentClaim(ObjectRef("PersistentVolumeClaim", question.name, namespaces.pop()), pods)


def _waits_for(pod: Pod, claim: str) -> bool:
    """Whether a pod names the claim and has no node; one that runs had it when it started."""
    waits = not pod.spec.node_name and pod.status.phase not in ENDED
    return waits and any(name == claim for name, _ in claim_names(pod))
