"""Events as groups: what repeats is one, what is noise is counted, the telling comes first."""

from datetime import timedelta
from typing import Any

import pytest

from handlers.extract.event_groups import group_events, masked, owner_name
from handlers.sources.objects.event import Event
from tests.handlers.build import NOW, ago, event

HOUR = timedelta(hours=1)


def warning(reason: str, message: str, name: str = "p", *, seconds: float = 60, **more: Any) -> Event:
    about = {"kind": more.pop("kind", "Pod"), "name": name, "namespace": "ns", "uid": f"u-{name}"}
    return event(reason, message, seconds=seconds, type="Warning", involvedObject=about, **more)


@pytest.mark.parametrize(
    ("kind", "name", "owner"),
    [
        ("Pod", "fraud-scorer-59f7f69dff-zwcc5", "fraud-scorer"),
        ("Pod", "aws-node-9slrf", "aws-node"),
        ("Pod", "session-store-0", "session-store"),
        ("Job", "snapshot-registry-29395080", "snapshot-registry"),
        ("Pod", "prompt-cache", "prompt-cache"),
        ("Pod", "x", "x"),
        ("Node", "ip-10-0-1-88", "ip-10-0-1-88"),
        ("Deployment", "app-v2", "app-v2"),
    ],
)
def test_names_of_owners(kind: str, name: str, owner: str) -> None:
    assert owner_name(kind, name) == owner


def test_what_differs_in_a_message_is_masked() -> None:
    one = masked('Get "http://10.0.1.54:8080/healthz" of app-9slrf: 12 s, id 4a1f3d0c9be27c86', "app-9slrf")
    two = masked('Get "http://10.0.2.9:8080/healthz" of app-zwcc5: 3.5 s, id 9be27c864a1f3d0c', "app-zwcc5")
    assert one == two == 'Get "http://#/healthz" of …: # s, id #'


def test_pods_of_one_owner_that_say_the_same_are_one_group() -> None:
    found = group_events(
        [
            warning("Unhealthy", "Readiness probe failed: 10.0.0.1", "app-59f7f69dff-zwcc5", count=4),
            warning(
                "Unhealthy", "Readiness probe failed: 10.0.0.2", "app-59f7f69dff-9slrf", count=3, seconds=9
            ),
            warning("Unhealthy", "Liveness probe failed: 10.0.0.2", "app-59f7f69dff-9slrf"),
        ],
        NOW,
        HOUR,
    )
    assert [(group.name, group.times, len(group.objects)) for group in found.groups] == [
        ("app", 7, 2),
        ("app-59f7f69dff-9slrf", 1, 1),
    ]
    assert found.groups[0].newest.message.endswith("0.2")


def test_causes_come_before_consequences_and_the_newest_first() -> None:
    found = group_events(
        [
            warning("BackOff", "Back-off restarting failed container", seconds=1),
            warning("Failed", "Error: ImagePullBackOff", seconds=2),
            warning("FailedMount", "Unable to attach or mount volumes: timed out", seconds=3),
            warning("FailedScheduling", "0/3 nodes are available", seconds=300),
            warning("FailedMount", 'secret "x" not found', seconds=30),
        ],
        NOW,
        HOUR,
    )
    assert [group.newest.message[:9] for group in found.groups] == [
        'secret "x',
        "0/3 nodes",
        "Back-off ",
        "Error: Im",
        "Unable to",
    ]


def test_noise_is_counted_and_kept_when_asked_for() -> None:
    events = [
        event("Pulled", "Successfully pulled", type="Normal"),
        warning("InvalidDiskCapacity", "invalid capacity 0 on image filesystem", kind="Node"),
        warning("Failed", "x", seconds=4000),
        warning("Failed", "y"),
    ]
    found = group_events(events, NOW, HOUR)
    assert (len(found.groups), found.events, found.normal, found.harmless, found.older) == (1, 1, 1, 1, 1)
    every = group_events(events, NOW, HOUR, everything=True)
    assert [group.reason for group in every.groups] == ["InvalidDiskCapacity", "Failed", "Pulled"]
    assert every.older == 1


def test_events_of_the_scheduler_count_by_their_series_and_event_time() -> None:
    series = {"count": 10, "lastObservedTime": ago(30)}
    newer = warning(
        "FailedScheduling",
        "0/3",
        lastTimestamp=None,
        count=None,
        eventTime=ago(5000),
        series=series,
        source={},
    )
    once = warning("FailedScheduling", "0/4", lastTimestamp=None, count=None, eventTime=ago(20), source={})
    found = group_events([newer, once], NOW, HOUR)
    assert found.older == 0
    (group,) = found.groups
    assert (group.times, group.last, group.newest) == (11, once.event_time, once)
    assert group.first == newer.event_time


def test_an_event_without_any_time_is_kept() -> None:
    found = group_events([warning("Failed", "x", lastTimestamp=None)], NOW, HOUR)
    assert [group.last for group in found.groups] == [None]
