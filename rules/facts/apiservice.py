"""Facts about an aggregated API: every word a rule about APIServices may say."""

from typing import Annotated, Literal

from rules.facts.base import SubjectFacts, fact
from rules.finding import ObjectRef, Observation

Available = Literal["True", "False", "Unknown"]


class ApiServiceFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one APIService."""

    ref: Annotated[ObjectRef, fact("The APIService")] = ObjectRef("APIService", "v1.example.com")
    top_owner: Annotated[ObjectRef, fact("The same")] = ObjectRef("APIService", "v1.example.com")
    available: Annotated[Available, fact("Its Available condition", read="status.conditions")] = "True"
    reason: Annotated[str, fact("Reason of that condition (MissingEndpoints)")] = ""
    said: Annotated[Observation | None, fact("Reason and message of that condition")] = None
    since: Annotated[float | None, fact("Time since it stands so", unit="seconds")] = None
    group: Annotated[str, fact("API group", read="spec.group")] = "example.com"
    local: Annotated[bool, fact("Whether the API server answers itself", read="spec.service")] = False
    service: Annotated[str, fact("Name of the Service that answers; empty where it is local")] = ""
    service_namespace: Annotated[str, fact("Namespace of that Service")] = ""
    service_exists: Annotated[bool, fact("Whether that Service exists")] = True
    ready: Annotated[int, fact("Endpoints of that Service that take traffic")] = 1
    pod: Annotated[str, fact("The worst pod behind it, diagnosed when asked alone; or empty")] = ""
    container: Annotated[str, fact("Its container that fails, or empty")] = ""
    why: Annotated[str, fact("The same in a clause; where no pod was diagnosed, where to look")] = (
        "the reason lies behind the Service"
    )
    behind: Annotated[Observation | None, fact("What is wrong with that pod, in its own words")] = None
    effect: Annotated[str, fact("Who notices that it is unavailable, in a sentence")] = ""
