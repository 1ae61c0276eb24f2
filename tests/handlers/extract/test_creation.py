"""Pods that the API server refuses, by its own texts."""

import pytest

from handlers.extract.creation import creation_facts
from handlers.sources.objects.meta import Condition
from rules.facts.pod import CreationFacts
from tests.fakes.kubernetes.recorded_answers import recorded
from tests.handlers.build import event

QUOTA = (
    'pods "x-1" is forbidden: exceeded quota: team-quota, requested: requests.cpu=900m,pods=1, '
    "used: requests.cpu=1200m,pods=9, limited: requests.cpu=2,pods=10"
)
WEBHOOK = (
    'Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post '
)

REFUSALS = [
    ("quota", "team-quota", QUOTA),
    ("quota", "q", 'pods "x" is forbidden: status unknown for quota: q, resources: pods'),
    (
        "quota",
        "",
        'pods "x" is forbidden: insufficient quota to match these scopes: [{PriorityClass In [high]}]',
    ),
    ("quota_needs_limits", "q", 'pods "x" is forbidden: failed quota: q: must specify limits.cpu for: app'),
    (
        "webhook_down",
        "policy.example.com",
        WEBHOOK + '"https://s.ns.svc:443": no endpoints available for service "s"',
    ),
    ("webhook_down", "policy.example.com", WEBHOOK + '"https://s.ns.svc:443": context deadline exceeded'),
    (
        "webhook_denied",
        "k.io",
        'admission webhook "k.io" denied the request: exceeded quota: of gold, maximum reached',
    ),
    (
        "pod_security",
        "restricted:latest",
        'pods "x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
    ),
    (
        "service_account",
        "trainer",
        (
            'pods "x" is forbidden: error looking up service account '
            'ns/trainer: serviceaccount "trainer" not found'
        ),
    ),
    ("priority_class", "gold", 'pods "x" is forbidden: no PriorityClass with name gold was found'),
    ("limit_range", "", 'pods "x" is forbidden: maximum cpu usage per Container is 2, but limit is 4'),
    ("limit_range", "", "minimum memory usage per Pod is 64Mi, but request is 32Mi"),
    ("limit_range", "", "cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000"),
    ("unknown", "", "etcdserver: request timed out"),
]


def condition(message: str, status: str = "True") -> Condition:
    return Condition(type="ReplicaFailure", status=status, reason="FailedCreate", message=message)


@pytest.mark.parametrize(("kind", "name", "message"), REFUSALS)
def test_refusals_in_the_condition(kind: str, name: str, message: str) -> None:
    found = creation_facts([condition(message)], [], wanted=3, existing=1)
    assert (found.refused, found.name, found.wanted, found.existing) == (kind, name, 3, 1)
    assert str(found.said) == message


@pytest.mark.parametrize(
    "frame",
    [
        "Error creating: {}",
        "create Pod x-0 in StatefulSet x failed error: {}",
        "(combined from similar events): Error creating: {}",
    ],
)
@pytest.mark.parametrize(("kind", "name", "message"), REFUSALS)
def test_refusals_in_events(kind: str, name: str, message: str, frame: str) -> None:
    found = creation_facts([], [event("FailedCreate", frame.format(message), count=9)], wanted=1, existing=0)
    assert (found.refused, found.name) == (kind, name)
    assert str(found.said).endswith("(9 times)")


@pytest.mark.parametrize("times", [1, 9])
def test_figures_of_a_quota(times: int) -> None:
    found = creation_facts([], [event("FailedCreate", QUOTA, count=times)], wanted=1, existing=0)
    assert found.requested == "requests.cpu=900m,pods=1"
    assert found.used == "requests.cpu=1200m,pods=9"
    assert found.limited == "requests.cpu=2,pods=10"


def test_the_condition_speaks_with_the_time_of_the_newest_event() -> None:
    newest = event("FailedCreate", QUOTA, seconds=5)
    found = creation_facts([condition('violates PodSecurity "x"')], [newest], wanted=1, existing=0)
    assert found.refused == "pod_security"
    assert found.said is not None
    assert found.said.at == newest.last_seen


@pytest.mark.parametrize(
    ("conditions", "wanted", "existing"),
    [([condition(QUOTA)], 2, 2), ([condition(QUOTA)], 2, 3), ([condition(QUOTA, "False")], 2, 1), ([], 2, 1)],
)
def test_nothing_is_refused_when_all_exist_or_nothing_is_said(
    conditions: list[Condition], wanted: int, existing: int
) -> None:
    said = [event("SuccessfulCreate", QUOTA)]
    found = creation_facts(conditions, said, wanted=wanted, existing=existing)
    assert found == CreationFacts(wanted=wanted, existing=existing)


def test_the_recorded_refusal_of_a_quota() -> None:
    body = recorded("403-quota-exceeded.http").body.decode().replace('\\"', '"')
    found = creation_facts(
        [condition(body.split('"message":"')[1].split('","reason')[0])], [], wanted=1, existing=0
    )
    assert found.refused == "quota"
    assert found.limited
