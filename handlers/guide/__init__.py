"""`mlops guide [SECTION]`: the troubleshooting guide, made from the rules in force; no cluster is asked."""

from handlers.contract import Evidence, Exhibit, Handler, NameNotFound, Progress, Question, Sources
from handlers.runbook import page
from rules.guide import NotInLibrary


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Write the guide, or its sections whose names begin as asked.

    Raises:
        NameNotFound: there is no such section.
    """
    try:
        text = sources.library.guide(question.name)
    except NotInLibrary as error:
        raise NameNotFound(f"{error}. Known are {', '.join(error.known)}.") from error
    await progress("guide")
    title = "troubleshooting guide" + (f", {question.name}" if question.name else "")
    exhibit = Exhibit(title=title, filename="troubleshooting-guide.md", text=text)
    return page(sources, question.name or "guide", f"The {title}", exhibits=(exhibit,))


GUIDE = Handler(
    verb="guide",
    subject="",
    takes="optional",
    namespaced=False,
    usage="guide [SECTION]",
    summary="The troubleshooting guide, generated from the rules in force: symptoms, causes, resolutions.",
    gather=gather,
)
