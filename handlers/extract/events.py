"""Events of one object, newest first, and as evidence."""

from collections.abc import Iterable
from datetime import UTC, datetime

from handlers.sources.objects.event import Event
from rules.finding import Observation

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
MESSAGE_CHARACTERS = 600


def newest_first(events: Iterable[Event]) -> tuple[Event, ...]:
    """Order events by the newest time any of their fields carries."""
    return tuple(sorted(events, key=lambda event: event.last_seen or _LONG_AGO, reverse=True))


def with_reason(events: Iterable[Event], *reasons: str) -> tuple[Event, ...]:
    """Events of these reasons, newest first."""
    return newest_first(event for event in events if event.reason in reasons)


def of_container(events: Iterable[Event], container: str) -> tuple[Event, ...]:
    """Events about one container: by field path, or by name where the reporter left the path out."""
    mark = f"{{{container}}}"
    return tuple(
        event
        for event in events
        if event.involved_object.field_path.endswith(mark)
        or (not event.involved_object.field_path and f"ontainer {container} " in f"{event.message} ")
    )


def plain(text: str) -> str:
    """Text of a status or an event without Windows line ends and surrounding space."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def observed(event: Event, *, text: str = "") -> Observation:
    """An event as evidence, with how often it was seen."""
    words = text or plain(event.message)
    if len(words) > MESSAGE_CHARACTERS:
        words = words[:MESSAGE_CHARACTERS].rstrip() + " …"
    times = f" ({event.times} times)" if event.times > 1 else ""
    by = f" by {event.component}" if event.component else ""
    return Observation(f"{words}{times}", f"event {event.reason}{by}", event.last_seen)
