"""Events of a window as groups: reason, owner of what they are about, message without its numbers."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from handlers.extract.events import plain
from handlers.sources.objects.event import Event
from rules.finding import ObjectRef

HARMLESS = frozenset(
    {
        "DNSConfigForming",
        "FailedToUpdateEndpoint",
        "FailedToUpdateEndpointSlices",
        "InvalidDiskCapacity",
        "MissingClusterDNS",
        "NodeAllocatableEnforced",
    }
)
"""Reasons of warnings that need nobody: races between controllers, and what every new node says once."""
CONSEQUENCES = frozenset({"BackOff", "FailedSync", "FailedComputeMetricsReplicas", "Evicted", "NodeNotReady"})
"""Reasons that follow from others of the same object; told after those."""
_FOLLOWING = ("Error: ImagePullBackOff", "Error: ErrImagePull", "Unable to attach or mount volumes")
"""Messages that only say that an earlier failure goes on."""
_COMBINED = "(combined from similar events): "
_SAFE = "[bcdfghjklmnpqrstvwxz2456789]"
_GENERATED = (
    re.compile(rf"^(.+)-{_SAFE}{{8,10}}-{_SAFE}{{5}}$"),
    re.compile(rf"^(.+)-{_SAFE}{{5}}$"),
    re.compile(r"^(.+)-\d{8,10}$"),
    re.compile(r"^(.+)-\d{1,3}$"),
)
"""How controllers name what they make: Deployment, ReplicaSet or Job or DaemonSet, CronJob, StatefulSet."""
_VARIABLE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\b[0-9a-f]{12,64}\b|\b\d+(?:\.\d+){3}(?::\d+)?\b|\d+(?:\.\d+)?"
)
_OWN = frozenset({"Pod", "Job", "ReplicaSet"})


class Group(Struct, frozen=True, kw_only=True):
    """Events that say the same of the same owner.

    Attributes:
        name: of what they are about, without what controllers add to names; `objects` are all of them.
        times: how often they were seen, repetitions counted.
        newest: the last of them.
    """

    kind: str
    namespace: str
    name: str
    reason: str
    warning: bool
    objects: tuple[ObjectRef, ...]
    times: int
    first: datetime | None
    last: datetime | None
    newest: Event


class Grouped(Struct, frozen=True, kw_only=True):
    """The groups of a window, and how many events were folded or left out: by kind of noise."""

    groups: tuple[Group, ...]
    events: int
    normal: int = 0
    harmless: int = 0
    older: int = 0


def group_events(
    events: Iterable[Event], now: datetime, window: timedelta, *, everything: bool = False
) -> Grouped:
    """Group the events of the window, the telling and newest first; `everything` keeps the noise."""
    left: Counter[str] = Counter()
    groups: dict[tuple[str, ...], list[Event]] = defaultdict(list)
    count = 0
    for event in events:
        noise = _noise(event, now - window, everything=everything)
        if noise:
            left[noise] += 1
            continue
        count += 1
        groups[_key(event)].append(event)
    found = sorted((_group(members) for members in groups.values()), key=_telling_first)
    return Grouped(
        groups=tuple(found),
        events=count,
        normal=left["normal"],
        harmless=left["harmless"],
        older=left["older"],
    )


def owner_name(kind: str, name: str) -> str:
    """The name of what controls an object, as far as generated names tell."""
    if kind not in _OWN:
        return name
    return next((found[1] for form in _GENERATED if (found := form.match(name))), name)


def masked(message: str, name: str) -> str:
    """A message without what differs from one repetition to the next: names, addresses, numbers."""
    text = message_of(message)
    return _VARIABLE.sub("#", text.replace(name, "…") if name else text)


def message_of(message: str) -> str:
    """A message on one line, without what the recorder puts before one that stands for many."""
    return " ".join(plain(message).removeprefix(_COMBINED).split())


def _noise(event: Event, since: datetime, *, everything: bool) -> str:
    seen = event.last_seen
    if seen is not None and seen < since:
        return "older"
    if everything:
        return ""
    if event.type != "Warning":
        return "normal"
    return "harmless" if event.reason in HARMLESS else ""


def _key(event: Event) -> tuple[str, ...]:
    about = event.involved_object
    owner = owner_name(about.kind, about.name)
    return about.kind, about.namespace, owner, event.reason, masked(event.message, about.name)


def _group(members: Sequence[Event]) -> Group:
    newest = max(members, key=_seen)
    about = newest.involved_object
    refs = {
        ObjectRef(e.involved_object.kind, e.involved_object.name, e.involved_object.namespace)
        for e in members
    }
    starts = [start for event in members if (start := _start(event))]
    return Group(
        kind=about.kind,
        namespace=about.namespace,
        name=owner_name(about.kind, about.name) if len(refs) > 1 else about.name,
        reason=newest.reason,
        warning=newest.type == "Warning",
        objects=tuple(sorted(refs, key=str)),
        times=sum(event.times for event in members),
        first=min(starts, default=None),
        last=newest.last_seen,
        newest=newest,
    )


def _start(event: Event) -> datetime | None:
    return event.first_timestamp or event.event_time or event.metadata.creation_timestamp


def _seen(event: Event) -> float:
    return event.last_seen.timestamp() if event.last_seen else 0.0


def _telling_first(group: Group) -> tuple[bool, bool, float, str]:
    last = group.last.timestamp() if group.last else 0.0
    follows = group.reason in CONSEQUENCES or group.newest.message.startswith(_FOLLOWING)
    return not group.warning, follows, -last, f"{group.namespace}/{group.name}"
