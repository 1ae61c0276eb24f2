"""From the name a person typed to the object of one kind that is meant, or to where else that name is."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from handlers.contract import Candidate, NameAmbiguous, NameNotFound, Question
from handlers.extract.likeness import closest
from handlers.look import Look
from handlers.names import check_name
from handlers.sources.errors import Forbidden, NotFound, NotServed, SourceError
from handlers.sources.objects.meta import KubernetesObject
from handlers.sources.objects.network import Namespace

K = TypeVar("K", bound=KubernetesObject)
_SHOWN = 25
_NEAR = 5
_CUTOFF = 0.6


class Sort(Struct, Generic[K], frozen=True):
    """What is to be known of a kind to find the one that is meant.

    Attributes:
        kind: the kind.
        state: how one stands, in kubectl's words, for a pick-list ("3/4 ready").
        healthy: whether one shows no symptom; unhealthy ones come first in a pick-list.
        names: other names people call one by (of what it belongs to).
    """

    kind: type[K]
    state: Callable[[K], str]
    healthy: Callable[[K], bool]
    names: Callable[[K], Iterable[str]] = lambda _: ()


class FoundObject(Struct, Generic[K], frozen=True):
    """The object that is meant; `note` says how it was found when the name was not its own."""

    item: K
    note: str = ""


async def find_object(sort: Sort[K], question: Question, look: Look) -> FoundObject[K]:
    """Find the object that is meant: by its name, by another name it goes by, or by how its name begins.

    Raises:
        NameInvalid: the name cannot exist; nothing was asked of the cluster.
        NameNotFound: with where that name is, or the nearest names.
        NameAmbiguous: with a pick-list, unhealthy first.
        SourceError: the objects could not be read.
    """
    check_name(question, sort.kind.resource.kind.lower())
    search = _Search(sort, question, look)
    return await look.within_deadline(search.find(), f"{sort.kind.resource.kind} {question.name}")


class _Search(Generic[K]):
    def __init__(self, sort: Sort[K], question: Question, look: Look) -> None:
        self._sort = sort
        self._kind = sort.kind
        self._name = question.name
        self._namespace = question.namespace if sort.kind.resource.namespaced else ""
        self._look = look

    async def find(self) -> FoundObject[K]:
        exact = await self._exact()
        if len(exact) == 1:
            return FoundObject(exact[0])
        if exact:
            raise self._ambiguous(exact)
        listed = await self._list(self._namespace)
        matches = self._matching(listed)
        if len(matches) == 1:
            return FoundObject(matches[0], f"asked as {self._name}")
        if matches:
            raise self._ambiguous(matches)
        raise await self._not_found(listed)

    async def _exact(self) -> tuple[K, ...]:
        if not self._namespace and self._kind.resource.namespaced:
            listed = await self._list("")
            return tuple(item for item in listed if item.metadata.name == self._name)
        try:
            return (await self._look.cluster.get(self._kind, self._name, self._namespace),)
        except NotServed:
            raise
        except NotFound:
            return ()

    async def _list(self, namespace: str) -> tuple[K, ...]:
        """List the kind, of one namespace or of all that may be read. Raises SourceError."""
        try:
            return await self._look.cluster.list(self._kind, namespace)
        except Forbidden as refused:
            if namespace or not self._kind.resource.namespaced:
                raise
            return await self._by_namespace(refused)

    async def _by_namespace(self, refused: Forbidden) -> tuple[K, ...]:
        try:
            namespaces = await self._look.cluster.list(Namespace)
        except SourceError:
            raise refused from None
        answers = await asyncio.gather(*(self._of_namespace(each.metadata.name) for each in namespaces))
        read = [answer for answer in answers if answer is not None]
        if not read:
            raise refused
        if len(read) < len(answers):
            missing = len(answers) - len(read)
            self._look.note(f"{self._kind.resource.plural} of {missing} namespaces", refused.why)
        return tuple(item for answer in read for item in answer)

    async def _of_namespace(self, namespace: str) -> tuple[K, ...] | None:
        try:
            return await self._look.cluster.list(self._kind, namespace)
        except SourceError:
            return None

    def _matching(self, listed: Sequence[K]) -> tuple[K, ...]:
        called = tuple(item for item in listed if self._name in self._sort.names(item))
        return called or tuple(item for item in listed if item.metadata.name.startswith(self._name))

    def _candidates(self, items: Iterable[K]) -> tuple[Candidate, ...]:
        def rank(item: K) -> tuple[bool, str, str]:
            return self._sort.healthy(item), item.metadata.namespace, item.metadata.name

        return tuple(Candidate(item.ref, self._sort.state(item)) for item in sorted(items, key=rank)[:_SHOWN])

    def _ambiguous(self, items: Sequence[K]) -> NameAmbiguous:
        what = self._kind.resource.plural
        return NameAmbiguous(f"{len(items)} {what} match “{self._name}”.", self._candidates(items))

    async def _not_found(self, listed: Sequence[K]) -> NameNotFound:
        what, where = self._kind.resource.kind, f" in namespace {self._namespace}" if self._namespace else ""
        elsewhere: Sequence[K] = listed
        if self._namespace:
            elsewhere = await self._elsewhere()
            named = [item for item in elsewhere if item.metadata.name == self._name]
            if named:
                places = ", ".join(sorted(item.metadata.namespace for item in named))
                return NameNotFound(
                    f"No {what} {self._name}{where}; found in {places}.", self._candidates(named)
                )
        known = {item.metadata.name: item for item in (*elsewhere, *listed)}
        near = [known[name] for name in closest(self._name, tuple(known), _NEAR, _CUTOFF)]
        hint = " Nearest names:" if near else ""
        sentence = f"No {what} is called {self._name}{where}.{hint}"
        return NameNotFound(sentence, tuple(Candidate(item.ref, self._sort.state(item)) for item in near))

    async def _elsewhere(self) -> Sequence[K]:
        try:
            return await self._list("")
        except SourceError as error:
            self._look.note(f"{self._kind.resource.plural} of other namespaces", error.why)
            return ()


async def require_namespace(namespace: str, look: Look) -> None:
    """Refuse a namespace that does not exist; for questions that found nothing there, which may be a slip.

    Whoever may not list namespaces is believed.

    Raises:
        NameNotFound: with the nearest names.
    """
    read = await look.list(Namespace, what="namespaces") if namespace else None
    if read is None or read.value is None:
        return
    known = {item.metadata.name: item for item in read.value}
    if namespace in known:
        return
    near = closest(namespace, tuple(known), _NEAR, _CUTOFF)
    hint = " Nearest names:" if near else ""
    raise NameNotFound(
        f"There is no namespace {namespace}.{hint}", tuple(Candidate(known[name].ref) for name in near)
    )
