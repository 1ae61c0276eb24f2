"""What a handler takes and gives: a Question in, Evidence out."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from msgspec import Struct, field

from handlers.parts import Figure, Labelled, Part
from handlers.platform import Platform
from handlers.sources.aws import Aws
from handlers.sources.cluster import Cluster
from handlers.sources.series import Series
from rules.facts.base import SubjectFacts
from rules.finding import ObjectRef
from rules.library import Library

T = TypeVar("T")


class Question(Struct, frozen=True, kw_only=True):
    """What is asked, as typed.

    Attributes:
        name: the name, a prefix of it, or the name of an owner.
        namespace: empty to search every namespace that may be read.
        deadline: seconds after which the answer must come with what is there.
        sweep: one of many in a look at everything: only the object itself is judged, for what it depends on
            is judged on its own.
        options: values of the handler's own options, by their long name ("sort-by"); only what was said.
    """

    name: str
    namespace: str = ""
    deadline: float = 25.0
    sweep: bool = False
    options: Mapping[str, str] = {}


class Memo:
    """What is computed once for many questions of one look at everything."""

    def __init__(self) -> None:
        self._known: dict[str, asyncio.Task[Any]] = {}

    async def once(self, key: str, compute: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The value of that key; whoever asks first has it computed, the others wait for it."""
        task: asyncio.Task[T] | None = self._known.get(key)
        if task is None:
            task = asyncio.ensure_future(compute())
            self._known[key] = task
        return await asyncio.shield(task)

    def forget(self) -> None:
        """Let go of what was computed."""
        self._known.clear()


class Sources(Struct, frozen=True, kw_only=True):
    """The doors a question may look through.

    Attributes:
        aws: None where no AWS account is configured for the cluster.
        series: its Prometheus; None where none is configured.
        platform: where the platform's components live.
        library: runbooks, and the guide of the rules in force.
        memo: what is computed once while these sources are looked through.
    """

    cluster: Cluster
    aws: Aws | None = None
    series: Series | None = None
    platform: Platform = Platform()
    library: Library = Library()
    memo: Memo = field(default_factory=Memo)


class Gap(Struct, frozen=True):
    """Something that was not read: which source, and why."""

    source: str
    reason: str


class Exhibit(Struct, frozen=True, kw_only=True):
    """A longer piece of evidence for the thread or a file.

    Attributes:
        title: what it is ("log of app, previous run").
        filename: `pod_container_previous_time.log` style.
        text: the content, unredacted (renderers redact).
        note: what it shows and what was left out ("last 200 of 3,412 lines"), or empty.
    """

    title: str
    filename: str
    text: str
    note: str = ""


class Row(Struct, frozen=True):
    """One row of a table; `about` are the objects it tells of, whose worst finding can stand beside it."""

    cells: tuple[str, ...]
    about: tuple[ObjectRef, ...] = ()


class Table(Struct, frozen=True, kw_only=True):
    """Figures side by side, part of an answer.

    Attributes:
        title: what it shows ("the 20 pods that use most memory").
        columns: as many as every row has cells.
        judged: a last column says the worst finding about each row's objects; the report fills it.
        note: what was left out ("20 of 1,204 pods"), or empty.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    judged: bool = False
    note: str = ""


class Evidence(Struct, frozen=True, kw_only=True):
    """What a handler brought back.

    Attributes:
        facts: what rules judge.
        about: short pieces for the context line ("node ip-10-…", "owner Deployment x", "age 14 min").
        healthy: whether the subject itself shows no symptom, whatever rules find.
        symptom: the visible state in kubectl's words ("CrashLoopBackOff", "Running").
        checked: what was looked at, for a healthy answer.
        as_of: the time of the look, by the cluster's clock.
        related: facts about other objects, judged too: what the subject depends on, or all that is unwell.
        tables: figures to show beside the findings.
        overview: the subject is a whole cluster or namespace: many causes, each told in a line.
        headline: what is shown where no cause is found, in place of "x is healthy"; or empty.
        parts: the platform part by part, in the order they are told.
        figures: numbers to remember.
        labels: whose labels say who looks after them.
    """

    subject: ObjectRef
    facts: SubjectFacts
    related: tuple[SubjectFacts, ...] = ()
    tables: tuple[Table, ...] = ()
    overview: bool = False
    headline: str = ""
    parts: tuple[Part, ...] = ()
    figures: tuple[Figure, ...] = ()
    labels: tuple[Labelled, ...] = ()
    about: tuple[str, ...] = ()
    healthy: bool = False
    symptom: str = ""
    exhibits: tuple[Exhibit, ...] = ()
    gaps: tuple[Gap, ...] = ()
    checked: tuple[str, ...] = ()
    as_of: datetime
    api_calls: int = 0


class Candidate(Struct, frozen=True):
    """An object the question may have meant; `state` in kubectl's words ("CrashLoopBackOff")."""

    ref: ObjectRef
    state: str = ""


class QuestionError(Exception):
    """The question cannot be answered as it was put."""


class NameInvalid(QuestionError):
    """The name cannot be a Kubernetes name; no request was made."""


class NameNotFound(QuestionError):
    """No object of that name; `near` are the most similar ones, nearest first."""

    def __init__(self, sentence: str, near: tuple[Candidate, ...] = ()) -> None:
        super().__init__(sentence)
        self.near = near


class NameAmbiguous(QuestionError):
    """Several objects match; `candidates` are ranked, unhealthy first."""

    def __init__(self, sentence: str, candidates: tuple[Candidate, ...]) -> None:
        super().__init__(sentence)
        self.candidates = candidates


Progress = Callable[[str], Awaitable[None]]
"""Called with a short word when a source has been read ("events"); must not raise."""


class Need(Struct, frozen=True):
    """A right a handler uses: RBAC verb, API group and resource (with its subresource)."""

    verb: str
    group: str
    resource: str

    @property
    def reads(self) -> bool:
        """Whether it changes and sends nothing; others are used in the terminal only, by who has them."""
        return self.verb in {"get", "list", "watch"}


class Gather(Protocol):
    """Go and look: raises QuestionError or SourceError when there is nothing to judge."""

    async def __call__(self, question: Question, sources: Sources, progress: Progress) -> Evidence:
        """Answer a question with facts, exhibits and gaps."""
        ...


class Option(Struct, frozen=True, kw_only=True):
    """An option of one handler, the same in Slack and in the terminal.

    Attributes:
        name: the long name without dashes ("sort-by").
        meaning: one line for help.
        choices: the values it takes; empty takes any text.
        metavar: what help shows for the value; empty for an option without a value (its value is then "yes").
    """

    name: str
    meaning: str
    choices: tuple[str, ...] = ()
    metavar: str = "VALUE"


class Handler(Struct, frozen=True, kw_only=True):
    """One question the product answers; the explicit list is `handlers.HANDLERS`.

    Attributes:
        verb: the word people type ("diagnose").
        subject: the kind they name ("pod"), empty for a verb alone ("health"); `aliases` are kubectl's short
            and plural names.
        takes: whether a name must be said, may be, or makes no sense.
        namespaced: whether a namespace makes sense.
        options: its own options.
        iam: IAM actions it uses, where AWS is configured.
        usage: the arguments as help shows them.
        summary: one line for help.
        cost: how much of the asker's rate limit one question takes.
        needs: the rights it uses.
    """

    verb: str
    subject: str
    aliases: tuple[str, ...] = ()
    takes: Literal["name", "optional", "nothing"] = "name"
    namespaced: bool = True
    options: tuple[Option, ...] = ()
    usage: str
    summary: str
    cost: int = 1
    needs: tuple[Need, ...] = ()
    iam: tuple[str, ...] = ()
    gather: Gather
