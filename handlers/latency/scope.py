"""What a question about latency is about: namespaces, or the pods of one workload or model in them."""

import difflib
from collections.abc import Iterable, Sequence

from msgspec import Struct

from handlers.contract import Candidate, NameNotFound, Question
from handlers.extract.owner import INFERENCE_SERVICE, owner_names, top_owner
from handlers.look import Look
from handlers.names import check_name
from handlers.sources.errors import NotFound, SourceError
from handlers.sources.objects.network import Namespace
from handlers.sources.objects.pod import Pod
from rules.finding import ObjectRef

_NEAR = 5


class Scope(Struct, frozen=True, kw_only=True):
    """What is looked at.

    Attributes:
        namespaces: where.
        ref: the one workload or InferenceService that is meant, or the (first) namespace.
        owners: the owners of its pods; empty for all of the namespaces.
    """

    namespaces: tuple[str, ...]
    ref: ObjectRef
    owners: frozenset[ObjectRef] = frozenset()

    def takes(self, pod: Pod) -> bool:
        """Whether a pod belongs to the question."""
        return not self.owners or top_owner(pod) in self.owners


async def find_scope(question: Question, look: Look) -> Scope:
    """Understand the name: a namespace, a workload or an InferenceService; none means the models' namespaces.

    Raises:
        NameInvalid, NameNotFound: the name means nothing.
        SourceError: pods could not be listed.
    """
    if not question.name:
        return _everything((question.namespace,) if question.namespace else look.platform.model_namespaces)
    check_name(question)
    if not question.namespace and await _is_namespace(question.name, look):
        return _everything((question.name,))
    return await look.within_deadline(_of_name(question, look), f"pods of {question.name}")


def _everything(namespaces: tuple[str, ...]) -> Scope:
    return Scope(
        namespaces=namespaces, ref=ObjectRef("Namespace", namespaces[0] if namespaces else "default")
    )


async def _is_namespace(name: str, look: Look) -> bool:
    try:
        await look.within_deadline(look.cluster.get(Namespace, name), f"namespace {name}")
    except NotFound:
        return False
    except SourceError:
        # Who may not read namespaces may still be asking about one whose pods can be read.
        return bool(await _pods(name, look))
    return True


async def _pods(namespace: str, look: Look) -> tuple[Pod, ...]:
    try:
        return await look.cluster.list(Pod, namespace)
    except SourceError:
        return ()


async def _of_name(question: Question, look: Look) -> Scope:
    pods = await look.cluster.list(Pod, question.namespace)
    meant = _meant(question.name, pods)
    if not meant:
        raise _not_found(question, pods)
    owners = frozenset(top_owner(pod) for pod in meant)
    namespaces = tuple(sorted({pod.metadata.namespace for pod in meant}))
    models = {pod.metadata.labels.get(INFERENCE_SERVICE, "") for pod in meant}
    if question.name in models:
        return Scope(
            namespaces=namespaces,
            ref=ObjectRef("InferenceService", question.name, namespaces[0]),
            owners=owners,
        )
    return Scope(namespaces=namespaces, ref=min(owners, key=str), owners=owners)


def _meant(name: str, pods: Sequence[Pod]) -> list[Pod]:
    exact = [pod for pod in pods if name in owner_names(pod) or pod.metadata.name == name]
    return exact or [pod for pod in pods if top_owner(pod).name.startswith(name)]


def _not_found(question: Question, pods: Iterable[Pod]) -> NameNotFound:
    owners = {top_owner(pod).name: top_owner(pod) for pod in pods}
    near = difflib.get_close_matches(question.name, owners, _NEAR)
    where = f" in namespace {question.namespace}" if question.namespace else ""
    return NameNotFound(
        f"No namespace, workload or InferenceService with pods is called {question.name}{where}.",
        tuple(Candidate(owners[name]) for name in near),
    )
