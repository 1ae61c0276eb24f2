"""`mlops digest`: what `health` finds, and the platform part by part with numbers to remember."""

import asyncio

from msgspec.structs import replace

from handlers.contract import Evidence, Handler, Option, Progress, Question, Sources
from handlers.digest.beside import Beside, read_beside
from handlers.digest.hygiene import hygiene
from handlers.digest.labels import labels_of
from handlers.digest.parts import Survey, parts_of
from handlers.digest.reads import Lists
from handlers.extract.digest_figures import memory_figures, node_figures, pod_figures
from handlers.extract.digest_restarts import Ended, ended_lately, restarted
from handlers.health import HEALTH
from handlers.health.looking import Everything, Opened, look_at_everything, opened, overview
from handlers.parts import Figure
from handlers.sources.cluster import counting
from handlers.terraform import TERRAFORM_LOCK

HYGIENE = Option(
    name="hygiene",
    meaning="also list workloads without limits, probes, a fixed image or a second replica",
    metavar="",
)


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Look at the whole cluster, or at one namespace, as `health` does, and at each part of the platform.

    Raises:
        QuestionError: there is no such namespace.
        SourceError: the pods cannot be listed.
    """
    with counting() as count:
        async with opened(question, sources, progress) as doors:
            beside = asyncio.ensure_future(read_beside(question, doors.look))
            try:
                everything = await look_at_everything(question, doors, progress)
                evidence = await _digest(question, everything, await beside, doors)
            finally:
                beside.cancel()
                await asyncio.gather(beside, return_exceptions=True)
    return replace(evidence, api_calls=count.requests)


async def _digest(question: Question, everything: Everything, beside: Beside, doors: Opened) -> Evidence:
    evidence, lists = overview(everything), Lists(doors.look, question.namespace)
    ended = tuple(ended_lately(everything.pods, everything.now))
    survey = Survey(question=question, everything=everything, lists=lists, beside=beside, ended=ended)
    parts = await parts_of(survey)
    tables = (await hygiene(lists),) if HYGIENE.name in question.options else ()
    facts = (evidence.facts, *evidence.related)
    labels = await labels_of(facts, doors.look, doors.snapshot)
    return replace(
        evidence,
        parts=parts,
        figures=_figures(question, everything, ended),
        labels=labels,
        tables=tables,
        # The kinds are named by the parts; a digest only says how much was looked at.
        checked=tuple(what for what in evidence.checked if what.endswith((" pods", " nodes"))),
        gaps=lists.worth_telling(everything.gaps(doors.look.gaps)),
    )


def _figures(question: Question, everything: Everything, ended: tuple[Ended, ...]) -> tuple[Figure, ...]:
    """Numbers to remember; those of nodes only in a look at the whole cluster, where they could be read."""
    nodes = everything.nodes.value
    figures = pod_figures(everything.pods, restarted(ended))
    if question.namespace or nodes is None:
        return figures
    return (*figures, *node_figures(nodes), *memory_figures(nodes, everything.usage.value or ()))


DIGEST = Handler(
    verb="digest",
    subject="",
    takes="nothing",
    options=(HYGIENE,),
    usage="digest [-A | -n NAMESPACE] [--hygiene] [--cluster CLUSTER]",
    summary="The state of the platform part by part, and the causes behind all that is unwell.",
    cost=5,
    needs=HEALTH.needs,
    iam=tuple(dict.fromkeys((*HEALTH.iam, *TERRAFORM_LOCK.iam))),
    gather=gather,
)
