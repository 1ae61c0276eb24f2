"""`diagnose latency`: who is at a limit, who cannot scale, which node is short, which model is slow."""

from collections.abc import Iterable, Sequence

import msgspec

from handlers.contract import Evidence, Handler, Progress, Question, Sources
from handlers.extract.latency_workload import Workload
from handlers.find_object import require_namespace
from handlers.latency.reads import NEEDS, LatencyReads, read_latency
from handlers.latency.scope import Scope, find_scope
from handlers.latency.suspects import measured_workloads, suspects
from handlers.latency.tables import tables
from handlers.look import Look
from handlers.sources.cluster import counting
from rules.facts.latency import LatencyFacts


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at what may make answers slow.

    Raises:
        QuestionError: the name means nothing, or the namespace does not exist.
        SourceError: whose pods are meant could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            scope = await find_scope(question, look)
            evidence = await _of_scope(scope, look)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


async def _of_scope(scope: Scope, look: Look) -> Evidence:
    reads = await read_latency(scope, look)
    if not reads.pods:
        for namespace in scope.namespaces:
            await require_namespace(namespace, look)
    found = measured_workloads(scope, reads)
    _note_silence(reads, found, look)
    facts = suspects(scope, reads, found)
    own = next((one for one in facts if one.ref == scope.ref), None)
    known = reads.measured or reads.figures.asked
    return Evidence(
        subject=scope.ref,
        facts=own or _scope_facts(scope, facts),
        related=tuple(one for one in facts if one is not own),
        tables=tables(found, facts),
        overview=not scope.owners,
        headline=_headline(scope, reads),
        about=tuple(_about(scope, len(found))),
        healthy=known and not reads.missing,
        gaps=look.gaps,
        checked=tuple(_checked(reads, len(found), facts)),
        as_of=look.cluster.now(),
    )


def _note_silence(reads: LatencyReads, found: Sequence[Workload], look: Look) -> None:
    """A Prometheus that knows nothing of these pods is no sign that they are well."""
    if not reads.figures.asked or not found:
        return
    if not reads.figures.periods:
        look.note("throttled periods", "Prometheus has no container_cpu_cfs_periods_total of these pods")
    if not reads.figures.models.models and any(one.inference_service for one in found):
        look.note("latency and errors of models", "Prometheus has no rest_server_* series of them")


def _about(scope: Scope, workloads: int) -> Iterable[str]:
    if len(scope.namespaces) > 1:
        yield f"namespaces {', '.join(scope.namespaces)}"
    yield f"{workloads} workload{'s' if workloads != 1 else ''} that run"


def _scope_facts(scope: Scope, facts: tuple[LatencyFacts, ...]) -> LatencyFacts:
    return LatencyFacts(
        ref=scope.ref,
        top_owner=scope.ref,
        role="scope",
        title=f"{scope.ref.kind} {scope.ref.name}",
        path=f"{scope.ref.kind.lower()}/{scope.ref.name}",
        depends_on=tuple(one.ref for one in facts if not scope.owners or one.role == "workload"),
    )


def _headline(scope: Scope, reads: LatencyReads) -> str:
    who = scope.ref.name if scope.owners else f"namespace {', '.join(scope.namespaces)}"
    if not (reads.measured or reads.figures.asked):
        return f"No figures about {who}: neither metrics-server nor Prometheus answers"
    how = "" if reads.figures.asked else ", as far as can be seen without Prometheus"
    return f"Nothing slows {who} down{how}"


def _checked(reads: LatencyReads, workloads: int, facts: tuple[LatencyFacts, ...]) -> list[str]:
    told = []
    if reads.measured:
        told.append(f"usage of {workloads} workloads against their limits")
    if "autoscalers" not in reads.missing:
        told.append(f"{len(reads.autoscalers)} autoscalers")
    if reads.node_usage:
        told.append(f"load of {sum(one.role == 'node' for one in facts)} nodes")
    if "events" not in reads.missing:
        told.append("probes that time out")
    if reads.figures.asked:
        told.append("throttled periods, latency and errors over 5 min")
    return told


LATENCY = Handler(
    verb="diagnose",
    subject="latency",
    aliases=("slow", "slowness"),
    takes="optional",
    usage="diagnose latency [NAMESPACE|INFERENCESERVICE|DEPLOYMENT] [-n NAMESPACE] [--cluster CLUSTER]",
    summary="What makes answers slow: CPU limits, autoscalers, nodes, probes, and each model's latency.",
    cost=3,
    needs=NEEDS,
    gather=gather,
)
