"""`mlops guide [SECTION]`: the troubleshooting guide, made from the rules in force; no cluster is asked."""

from datetime import datetime

from handlers.contract import Evidence, Exhibit, Handler, NameNotFound, Progress, Question, Sources
from handlers.runbook import page
from rules.guide import NotInLibrary
from rules.library import Library


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Write the guide, or its sections that are called so.

    Raises:
        NameNotFound: there is no such section.
    """
    await progress("guide")
    return read(sources.library, question.name, sources.cluster.now())


def read(library: Library, section: str, as_of: datetime) -> Evidence:
    """The guide, or its sections that are called so.

    Raises:
        NameNotFound: there is no such section.
    """
    try:
        text = library.guide(section)
    except NotInLibrary as error:
        raise NameNotFound(f"{error}. Known are {', '.join(error.known)}.") from error
    title = "troubleshooting guide" + (f", {section}" if section else "")
    exhibit = Exhibit(title=title, filename="troubleshooting-guide.md", text=text)
    return page(section or "guide", f"The {title}", as_of, exhibits=(exhibit,))


GUIDE = Handler(
    verb="guide",
    subject="",
    takes="optional",
    namespaced=False,
    usage="guide [SECTION]",
    summary="The troubleshooting guide, generated from the rules in force: symptoms, causes, resolutions.",
    gather=gather,
)
