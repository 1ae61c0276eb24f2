"""`mlops runbook [TOPIC]`: what to do about a cause, as it ships with the package; no cluster is asked."""

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


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Read a runbook, or list those there are.

    Raises:
        NameNotFound: there is no such runbook or section.
    """
    topics = sources.library.topics()
    if not question.name:
        rows = tuple(Row((topic, f"mlops runbook {topic}")) for topic in topics)
        table = Table(title="runbooks", columns=("topic", "to read it"), rows=rows)
        return page(sources, "runbooks", f"{len(topics)} runbooks", tables=(table,))
    try:
        text = sources.library.runbook(question.name)
    except NotInLibrary as error:
        raise NameNotFound(f"{error}. Known are {', '.join(error.known)}.") from error
    await progress("runbook")
    exhibit = Exhibit(
        title=f"runbook {question.name}", filename=f"{question.name.partition('#')[0]}.md", text=text
    )
    return page(sources, question.name, f"Runbook {question.name}", exhibits=(exhibit,))


def page(
    sources: Sources,
    name: str,
    headline: str,
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
        as_of=sources.cluster.now(),
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
