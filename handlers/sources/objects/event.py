"""Events (core/v1), both as kubelets write them and as events.k8s.io reporters do."""

from datetime import datetime
from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import KubernetesObject, Part, Resource


class InvolvedObject(Part, frozen=True):
    """What an event is about; `field_path` names the container ("spec.containers{app}")."""

    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    field_path: str = ""


class EventSource(Part, frozen=True):
    """Who reported an event, in the older form."""

    component: str = ""
    host: str = ""


class EventSeries(Part, frozen=True):
    """Repetitions of an event, in the newer form."""

    count: int = 0
    last_observed_time: datetime | None = None


class Event(KubernetesObject, frozen=True):
    """An event; scheduler events carry eventTime and series, and null lastTimestamp and count."""

    resource: ClassVar[Resource] = Resource("", "v1", "events", "Event")
    involved_object: InvolvedObject = field(default_factory=InvolvedObject)
    type: str = ""
    reason: str = ""
    message: str = ""
    count: int | None = None
    first_timestamp: datetime | None = None
    last_timestamp: datetime | None = None
    event_time: datetime | None = None
    series: EventSeries | None = None
    source: EventSource = field(default_factory=EventSource)
    reporting_component: str = ""

    @property
    def last_seen(self) -> datetime | None:
        """The newest time the event was observed, whichever field carries it."""
        series = self.series.last_observed_time if self.series else None
        return series or self.last_timestamp or self.event_time or self.metadata.creation_timestamp

    @property
    def times(self) -> int:
        """How often it was observed, at least once."""
        return max(self.count or 0, self.series.count if self.series else 0, 1)

    @property
    def component(self) -> str:
        """Who reported it ("kubelet", "default-scheduler", "karpenter")."""
        return self.source.component or self.reporting_component
