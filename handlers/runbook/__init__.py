"""`mlops runbook [TOPIC]`: what to do about a cause, as it ships with the package; no cluster is asked."""

from datetime import datetime

from handlers.contract import (
    Evidence,
    Exhibit,
    Handler,
    NameNotFound,
    Progress,
    Question,
    Row,
    Sources,
    Table,
)
from rules.facts.base import SubjectFacts
from rules.finding import ObjectRef
from rules.guide import NotInLibrary
from rules.library import Library


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Read a runbook, or list those there are.

    Raises:
        NameNotFound: there is no such runbook or section.
    """
    await progress("runbook")
    return read(sources.library, question.name, sources.cluster.now())


def read(library: Library, topic: str, as_of: datetime) -> Evidence:
    """A runbook or one section of it, or without a topic the list of those there are.

    Raises:
        NameNotFound: there is no such runbook or section.
    """
    if not topic:
        return _topics(library, as_of)
    try:
        text = library.runbook(topic)
    except NotInLibrary as error:
        raise NameNotFound(f"{error}. Known are {', '.join(error.known)}.") from error
    exhibit = Exhibit(title=f"runbook {topic}", filename=f"{topic.partition('#')[0]}.md", text=text)
    return page(topic, f"Runbook {topic}", as_of, exhibits=(exhibit,))


def _topics(library: Library, as_of: datetime) -> Evidence:
    topics = library.topics()
    rows = tuple(Row((topic, f"mlops runbook {topic}")) for topic in topics)
    table = Table(title="runbooks", columns=("topic", "to read it"), rows=rows)
    return page("runbooks", f"{len(topics)} runbooks", as_of, tables=(table,))


def page(
    name: str,
    headline: str,
    as_of: datetime,
    *,
    exhibits: tuple[Exhibit, ...] = (),
    tables: tuple[Table, ...] = (),
) -> Evidence:
    """A page of the library as evidence: nothing to judge, all to read."""
    ref = ObjectRef("Page", name)
    return Evidence(
        subject=ref,
        facts=SubjectFacts(ref=ref, top_owner=ref),
        overview=True,
        headline=headline,
        healthy=True,
        exhibits=exhibits,
        tables=tables,
        as_of=as_of,
    )


RUNBOOK = Handler(
    verb="runbook",
    subject="",
    takes="optional",
    namespaced=False,
    usage="runbook [TOPIC[#SECTION]]",
    summary="What to do about a cause: meaning, impact, diagnosis, mitigation; no topic lists all.",
    gather=gather,
)
