"""`mlops events`: what the cluster complained about, repetitions and noise folded, the telling first."""

import asyncio
import re
from datetime import timedelta

import msgspec

from handlers.contract import (
    Evidence,
    Exhibit,
    Handler,
    Need,
    Option,
    Progress,
    Question,
    QuestionError,
    Row,
    Sources,
    Table,
)
from handlers.extract.event_groups import Group, Grouped, group_events, message_of, owner_name
from handlers.find_object import require_namespace
from handlers.look import Look
from handlers.names import check_name, check_namespace
from handlers.sources.cluster import counting
from handlers.sources.objects.event import Event
from handlers.sweep import picked
from rules.facts.events import EventsFacts
from rules.finding import ObjectRef, Observation
from rules.units import seconds_in_words

MOST = 30
LONGEST_MESSAGE = 180
LONGEST_WINDOW = timedelta(days=30)
_SINCE = re.compile(r"(\d{1,5})\s*(s|m|min|h|d)", re.ASCII)
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_MANY = 3
SINCE = Option(name="since", meaning="How far back (90s, 15m, 1h, 2d); 1h by default", metavar="TIME")
ALL = Option(name="all", meaning="Normal events and known harmless warnings, too", metavar="")


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at the events of a namespace or of all.

    Raises:
        QuestionError: the name, the namespace or the time is impossible.
        SourceError: events cannot be listed.
    """
    check_namespace(question.namespace)
    if question.name:
        check_name(question)
    window = since(question.options.get("since", "1h"))
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            request = look.cluster.list(Event, question.namespace)
            events = await look.within_deadline(request, "events")
            await look.told("events")
            if not events:
                await require_namespace(question.namespace, look)
            meant = await picked(events, lambda event: _is_meant(event, question.name))
            everything = "all" in question.options
            # Tens of thousands of messages take a while to mask: the event loop goes on meanwhile.
            grouped = await asyncio.to_thread(
                group_events, meant, look.cluster.now(), window, everything=everything
            )
            evidence = _evidence(question, grouped, window, look)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


def since(text: str) -> timedelta:
    """How far back. Raises QuestionError for what is no time, or too long."""
    found = _SINCE.fullmatch(text.strip().lower())
    window = timedelta(seconds=int(found[1]) * _UNITS[found[2]]) if found else timedelta()
    if not timedelta() < window <= LONGEST_WINDOW:
        raise QuestionError(f"--since takes a time such as 15m, 1h or 2d, up to 30d; not “{text[:20]}”.")
    return window


def _is_meant(event: Event, name: str) -> bool:
    about = event.involved_object
    return (
        not name
        or about.name == name
        or owner_name(about.kind, about.name) == name
        or about.name.startswith(name)
    )


def _evidence(question: Question, grouped: Grouped, window: timedelta, look: Look) -> Evidence:
    namespace = question.namespace
    ref = ObjectRef("Namespace", namespace) if namespace else ObjectRef("Cluster", look.cluster.name)
    place = f"namespace {namespace}" if namespace else "the cluster"
    place = f"{question.name}* in {place}" if question.name else place
    span = seconds_in_words(window.total_seconds())
    warnings = [group for group in grouped.groups if group.warning]
    first = _sentence(warnings[0]) if warnings else ""
    return Evidence(
        subject=ref,
        facts=EventsFacts(
            ref=ref,
            top_owner=ref,
            window=span,
            place=place,
            groups=len(warnings),
            times=sum(group.times for group in warnings),
            first=_observed(warnings[0], first) if warnings else None,
            namespace=namespace,
        ),
        tables=(_table(grouped, span, look),) if grouped.groups else (),
        headline=first or f"No warning in {place} within {span}",
        about=(f"last {span}", place, *_folded(grouped)),
        healthy=not warnings,
        symptom=f"{len(warnings)} different warnings" if warnings else "",
        exhibits=_exhibits(grouped, look),
        gaps=look.gaps,
        checked=(f"{grouped.events + grouped.normal + grouped.harmless} events of the last {span}",),
        as_of=look.cluster.now(),
    )


def _folded(grouped: Grouped) -> list[str]:
    """What was folded or left out, in words."""
    repeats = sum(group.times for group in grouped.groups) - len(grouped.groups)
    told = [
        (repeats, "repeat", "folded"),
        (grouped.normal, "Normal event", "left out"),
        (grouped.harmless, "known harmless warning", "left out"),
    ]
    return [f"{count} {what}{'s' if count > 1 else ''} {done}" for count, what, done in told if count]


def _table(grouped: Grouped, span: str, look: Look) -> Table:
    rest = len(grouped.groups) - MOST
    notes = [f"{MOST} of {len(grouped.groups)} groups"] if rest > 0 else []
    return Table(
        title=f"Events of the last {span}, the telling and newest first",
        columns=("last seen", "times", "since", "reason", "object", "message"),
        rows=tuple(Row(_cells(group, look), group.objects[:MOST]) for group in grouped.groups[:MOST]),
        note="; ".join([*notes, *_folded(grouped)]),
    )


def _cells(group: Group, look: Look) -> tuple[str, ...]:
    now = look.cluster.now()
    return (
        seconds_in_words((now - group.last).total_seconds()) if group.last else "unknown",
        str(group.times),
        seconds_in_words((now - group.first).total_seconds()) if group.first else "unknown",
        group.reason,
        _object(group),
        _shortened(message_of(group.newest.message)),
    )


def _object(group: Group) -> str:
    name = f"{group.namespace}/{group.name}" if group.namespace else group.name
    count = len(group.objects)
    return f"{count} {group.kind}s {name}-…" if count > 1 else f"{group.kind} {name}"


def _sentence(group: Group) -> str:
    times = f", {group.times} times" if group.times >= _MANY else ""
    return f"{group.reason} of {_object(group)}{times}: {_shortened(message_of(group.newest.message))}"


def _observed(group: Group, sentence: str) -> Observation:
    by = f" by {group.newest.component}" if group.newest.component else ""
    return Observation(sentence, f"event{by}", group.last)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE].rpartition(" ")[0] + " …"


def _exhibits(grouped: Grouped, look: Look) -> tuple[Exhibit, ...]:
    """Every group with its whole message, where the table does not have room for that."""
    cut = any(len(message_of(group.newest.message)) > LONGEST_MESSAGE for group in grouped.groups)
    if len(grouped.groups) <= MOST and not cut:
        return ()
    text = "\n".join(
        "  ".join((*_cells(group, look)[:-1], message_of(group.newest.message))) for group in grouped.groups
    )
    return (Exhibit(title="events", filename="events.txt", text=text, note=f"{len(grouped.groups)} groups"),)


EVENTS = Handler(
    verb="events",
    subject="",
    takes="optional",
    options=(SINCE, ALL),
    usage="events [NAME] [-n NAMESPACE] [--since TIME] [--all] [--cluster CLUSTER]",
    summary="The warnings of the last hour, each said once, the telling first.",
    needs=(Need("list", "", "events"), Need("list", "", "namespaces")),
    gather=gather,
)
