"""From the name a person typed to the pod that is meant, or to where else that name is."""

import asyncio
from collections.abc import Iterable, Sequence

from handlers.contract import Candidate, NameNotFound, Question
from handlers.extract.owner import owner_names
from handlers.look import Look
from handlers.names import Found, candidates, check_name, choose, matching, nearest
from handlers.sources.errors import Forbidden, NotFound, SourceError
from handlers.sources.objects.network import Namespace
from handlers.sources.objects.pod import Pod
from rules.finding import ObjectRef

_NAMED = 5
"""Namespaces that are named where more of them could not be read."""


class PodSearch:
    """Finds pods for one question; remembers what it had to read on the way.

    Attributes:
        listed: every pod that was listed, of the namespace asked for or of all that may be read.
        unlisted: why the pods of the namespace asked for could not be listed; None when they could.
    """

    def __init__(self, question: Question, look: Look) -> None:
        self.listed: tuple[Pod, ...] = ()
        self.unlisted: SourceError | None = None
        self._question = question
        self._look = look
        self._readable: tuple[str, ...] = ()

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Where the question looks: its namespace, all (""), or those that searching found readable."""
        return self._readable or (self._question.namespace,)

    async def find(self) -> Found | None:
        """Find the pod that is meant; None when no pod matches (an owner without pods may still do).

        Raises:
            NameInvalid: the name cannot exist; nothing was asked of the cluster.
            NameAmbiguous: pods of several owners match.
            SourceError: the pod, or without a namespace the pods, could not be read.
        """
        check_name(self._question)
        exact = await self._exact()
        if exact:
            return choose(self._question.name, exact)
        self.listed = await self._listed()
        matches = matching(self._question.name, self.listed)
        return choose(self._question.name, matches) if matches else None

    async def not_found(self, owners: Iterable[ObjectRef] = ()) -> NameNotFound:
        """Say where the name does exist, or what is nearest to it; `owners` elsewhere have that name."""
        name, place = self._question.name, self._question.namespace
        where = f" in namespace {place}" if place else ""
        everywhere = await self._everywhere() if place else self.listed
        pods = matching(name, everywhere)
        owned = {(pod.metadata.namespace, called) for pod in pods for called in owner_names(pod)}
        empty = (owner for owner in owners if (owner.namespace, owner.name) not in owned)
        elsewhere = (*candidates(pods), *(Candidate(owner, "no pods") for owner in empty))
        if elsewhere:
            found = ", ".join(sorted({candidate.ref.namespace for candidate in elsewhere}))
            return NameNotFound(f"No pod {name}{where}; found in {found}.", elsewhere)
        near = nearest(name, everywhere)
        hint = " Nearest names:" if near else ""
        return NameNotFound(
            f"No pod, and no owner of pods, is called {name}{where}.{self._unread()}{hint}", near
        )

    def _unread(self) -> str:
        gaps = list(dict.fromkeys(gap.source for gap in self._look.gaps))
        return f" Not searched: {', '.join(gaps[:_NAMED])}." if gaps else ""

    async def _exact(self) -> tuple[Pod, ...]:
        name, namespace = self._question.name, self._question.namespace
        if not namespace:
            return await self._search(f"metadata.name={name}")
        try:
            return (await self._look.cluster.get(Pod, name, namespace),)
        except NotFound:
            return ()

    async def _listed(self) -> tuple[Pod, ...]:
        """List what may match; in one namespace a failure is a gap: the name itself was looked up."""
        if not self._question.namespace:
            return await self._search()
        try:
            return await self._look.cluster.list(Pod, self._question.namespace)
        except SourceError as error:
            self.unlisted = error
            self._look.note("pods", error.why)
            return ()

    async def _everywhere(self) -> tuple[Pod, ...]:
        try:
            return await self._search()
        except SourceError as error:
            self._look.note("pods of other namespaces", error.why)
            return self.listed

    async def _search(self, fields: str = "") -> tuple[Pod, ...]:
        """List pods of all namespaces, or of each that may be read.

        Raises:
            SourceError: neither the cluster nor any single namespace could be read.
        """
        if not self._readable:
            try:
                return await self._look.cluster.list(Pod, fields=fields)
            except Forbidden as refused:
                self._readable = await self._all_namespaces(refused)
        return await self._by_namespace(fields)

    async def _all_namespaces(self, refused: Forbidden) -> tuple[str, ...]:
        try:
            namespaces = await self._look.cluster.list(Namespace)
        except SourceError:
            namespaces = ()
        if not namespaces:
            refused.advice = "Name a namespace with -n, or grant the bot's account list on pods cluster-wide."
            raise refused
        return tuple(namespace.metadata.name for namespace in namespaces)

    async def _by_namespace(self, fields: str) -> tuple[Pod, ...]:
        """List pods namespace by namespace, all at once; those that cannot be read become one gap."""
        answers = await asyncio.gather(*(self._of_namespace(name, fields) for name in self._readable))
        failed = {name: answer for name, answer in answers if isinstance(answer, SourceError)}
        if len(failed) == len(answers):
            raise next(iter(failed.values()))
        if failed:
            self._look.note(_places(list(failed)), next(iter(failed.values())).why)
        self._readable = tuple(name for name in self._readable if name not in failed)
        return tuple(pod for _, answer in answers if not isinstance(answer, SourceError) for pod in answer)

    async def _of_namespace(self, name: str, fields: str) -> tuple[str, tuple[Pod, ...] | SourceError]:
        try:
            return name, await self._look.cluster.list(Pod, name, fields=fields)
        except SourceError as error:
            return name, error


def _places(namespaces: Sequence[str]) -> str:
    more = f" and {len(namespaces) - _NAMED} more" if len(namespaces) > _NAMED else ""
    return f"pods in {', '.join(namespaces[:_NAMED])}{more}"
