"""`mlops health`: everything at once; each kind is listed once, the suspicious diagnosed, the rest folded."""

from msgspec.structs import replace

from handlers.contract import Evidence, Handler, Progress, Question, Sources
from handlers.health.figures import ASKED, figures
from handlers.health.looking import Opened, look_at_everything, opened, overview, silent
from handlers.pod_reads import NEEDS
from handlers.registry import SWEEPS
from handlers.sources.cluster import counting


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Look at the whole cluster, or at one namespace.

    Raises:
        QuestionError: there is no such namespace.
        SourceError: the pods cannot be listed.
    """
    with counting() as count:
        async with opened(question, sources, progress) as doors:
            evidence = await _look(question, doors, progress)
    return replace(evidence, api_calls=count.requests)


async def _look(question: Question, doors: Opened, progress: Progress) -> Evidence:
    everything = await look_at_everything(question, doors, progress)
    tables, unread = await figures(question, doors.look.sources, silent)
    return replace(overview(everything), tables=tables, gaps=everything.gaps((*doors.look.gaps, *unread)))


HEALTH = Handler(
    verb="health",
    subject="",
    aliases=(),
    takes="nothing",
    usage="health [-A | -n NAMESPACE] [--cluster CLUSTER]",
    summary="Everything at once: the few causes behind all that is unwell, ranked, and what was not read.",
    cost=5,
    needs=tuple(
        dict.fromkeys(
            (
                *NEEDS,
                *(need for handler, _ in ASKED for need in handler.needs),
                *(need for sweep in SWEEPS for need in sweep.handler.needs),
            )
        )
    ),
    iam=tuple(dict.fromkeys(action for sweep in SWEEPS for action in sweep.handler.iam)),
    gather=gather,
)
