"""Facts about the events of a window of time."""

from typing import Annotated

from rules.facts.base import SubjectFacts, fact
from rules.finding import ObjectRef, Observation


class EventsFacts(SubjectFacts, frozen=True, kw_only=True):
    """What the events of a cluster, a namespace or of some objects say together."""

    ref: Annotated[ObjectRef, fact("The cluster, or the namespace that was asked about")] = ObjectRef(
        "Cluster", "cluster"
    )
    top_owner: Annotated[ObjectRef, fact("The same")] = ObjectRef("Cluster", "cluster")
    window: Annotated[str, fact("How far back was looked (1 h)")] = "1 h"
    place: Annotated[str, fact("Where was looked, in words")] = "the cluster"
    groups: Annotated[int, fact("Different warnings: reason, object and message, numbers left aside")] = 0
    times: Annotated[int, fact("How often they were seen in all")] = 0
    first: Annotated[Observation | None, fact("The most telling one, in a sentence")] = None
    namespace: Annotated[str, fact("The namespace that was looked at; empty for all")] = ""
