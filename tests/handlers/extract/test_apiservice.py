"""An APIService's facts from its condition, its Service and the pods behind."""

from typing import Any

import pytest

from handlers.extract.apiservice import ApiServiceReads, apiservice_facts, is_available
from handlers.sources.objects.apiservice import APIService
from handlers.sources.objects.network import Service
from rules.facts.container import ContainerFacts
from rules.facts.log import LogFacts
from rules.facts.pod import PodFacts
from rules.finding import ObjectRef, Observation
from tests.handlers.build import NOW, Json, ago, make

SERVICE = make(Service, metadata={"name": "adapter", "namespace": "monitoring"})


def api(status: str = "False", reason: str = "MissingEndpoints", **spec: Any) -> APIService:
    condition = {
        "type": "Available",
        "status": status,
        "reason": reason,
        "message": "no addresses",
        "lastTransitionTime": ago(600),
    }
    service: Json = {"name": "adapter", "namespace": "monitoring"}
    return make(
        APIService,
        metadata={"name": "v1.x"},
        spec={"group": "x", "version": "v1", "service": service, **spec},
        status={"conditions": [condition]},
    )


def test_unavailable_api_leads_to_its_service_and_says_who_notices() -> None:
    facts = apiservice_facts(ApiServiceReads(apiservice=api(), now=NOW, service=SERVICE))
    assert facts.available == "False"
    assert facts.said is not None
    assert facts.said.text == "MissingEndpoints: no addresses"
    assert facts.since == 600
    assert facts.depends_on == (ObjectRef("Service", "adapter", "monitoring"),)
    assert facts.service_exists
    assert facts.ready == 0
    assert "503" in facts.effect


def test_service_that_is_not_there_is_told_from_one_that_was_not_read() -> None:
    assert not apiservice_facts(ApiServiceReads(apiservice=api(), now=NOW)).service_exists
    unread = apiservice_facts(ApiServiceReads(apiservice=api(), now=NOW, missing={"service": "forbidden"}))
    assert unread.missing == {"service_exists": "forbidden"}


@pytest.mark.parametrize(
    ("container", "words"),
    [
        (
            ContainerFacts(failing=True, log=LogFacts(error=Observation("no such host", "log"))),
            "pod p is Running: no such host",
        ),
        (ContainerFacts(failing=True, last_exit=Observation("exit 1")), "pod p is Running: exit 1"),
        (ContainerFacts(), "pod p is Running"),
    ],
)
def test_what_is_behind_is_said_in_the_most_telling_words(container: ContainerFacts, words: str) -> None:
    pod = PodFacts(ref=ObjectRef("Pod", "p", "monitoring"), healthy=False, containers=(container,))
    facts = apiservice_facts(ApiServiceReads(apiservice=api(), now=NOW, service=SERVICE, pods=(pod,)))
    assert facts.behind is not None
    assert facts.behind.text == words
    assert facts.why == words
    assert facts.pod == "p"


def test_available_and_local_ones_are_fine() -> None:
    assert is_available(api("True", "Passed"))
    local = apiservice_facts(ApiServiceReads(apiservice=api("True", "Local", service=None), now=NOW))
    assert local.local
    assert local.depends_on == ()
    assert local.effect == ""
    assert not is_available(make(APIService, metadata={"name": "new"}))
