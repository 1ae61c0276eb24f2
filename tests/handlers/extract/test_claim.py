"""Claims from small made objects: the provisioner's refusals by their real texts, growth, fill, effect."""

from typing import Any

import pytest

from handlers.extract.claim import ClaimReads, claim_subject_facts, fill_facts, users_of
from handlers.extract.claim_resize import resize_facts
from handlers.extract.surroundings import Surroundings
from handlers.sources.objects.event import Event
from handlers.sources.objects.volume import PersistentVolumeClaim, StorageClass
from rules.facts.persistentvolumeclaim import PersistentVolumeClaimFacts, ProvisioningFailure, ResizeProblem
from tests.handlers.build import NOW, Json, ago, event, make, pod

GP3 = make(StorageClass, metadata={"name": "gp3"}, provisioner="ebs.csi.aws.com")


def claim(phase: str = "Pending", **status: Any) -> PersistentVolumeClaim:
    return make(
        PersistentVolumeClaim,
        metadata={"name": "data", "namespace": "ns", "uid": "u-c", "creationTimestamp": ago(7200)},
        spec={
            "storageClassName": "gp3",
            "resources": {"requests": {"storage": status.pop("asks", "10Gi")}},
            "volumeName": "pv-1" if phase == "Bound" else "",
        },
        status={"phase": phase, "capacity": {"storage": "10Gi"} if phase == "Bound" else {}, **status},
    )


def said(reason: str, message: str) -> Event:
    about = {"kind": "PersistentVolumeClaim", "name": "data", "uid": "u-c"}
    return event(reason, message, type="Warning", involvedObject=about)


def facts(**more: Any) -> PersistentVolumeClaimFacts:
    around = Surroundings(
        claim_events=more.pop("events", ()), storage_classes=(GP3,), volumes=more.pop("volumes", ())
    )
    return claim_subject_facts(ClaimReads(claim=more.pop("claim", claim()), now=NOW, around=around, **more))


FAILURES: list[tuple[str, ProvisioningFailure]] = [
    (
        "error generating accessibility requirements: no topology key found on CSINode ip-10-0-1-1",
        "zone",
    ),
    ("rpc error: code = ResourceExhausted desc = topology is not in allowed topologies", "zone"),
    ("api error InvalidZone.NotFound: The zone 'eu-west-1z' does not exist", "zone"),
    ("api error VolumeLimitExceeded: You have exceeded your maximum gp3 storage limit of 50 TiB", "quota"),
    ("api error InvalidParameterValue: Iops to volume size ratio of 600 is too high", "parameters"),
    ("rpc error: code = DeadlineExceeded desc = context deadline exceeded", "timeout"),
    ("api error RequestLimitExceeded: Request limit exceeded.", "timeout"),
    ("api error CustomerKeyHasBeenRevoked: KMS key is disabled", "encryption"),
    ("rpc error: code = Internal desc = something new", "unknown"),
]


@pytest.mark.parametrize(("text", "failure"), FAILURES)
def test_what_the_provisioner_says(text: str, failure: ProvisioningFailure) -> None:
    message = f'failed to provision volume with StorageClass "gp3": {text}'
    assert facts(events=(said("ProvisioningFailed", message),)).failure == failure


def test_a_refusal_of_rights_is_no_other_failure() -> None:
    text = "api error UnauthorizedOperation: not authorized to perform: ec2:CreateVolume in zone eu-west-1a"
    found = facts(events=(said("ProvisioningFailed", text),))
    assert (found.claim.problem, found.failure) == ("unauthorized", "none")


RESIZING = {"type": "Resizing", "status": "True", "lastTransitionTime": ago(600)}
PENDING = {
    "type": "FileSystemResizePending",
    "status": "True",
    "message": "Waiting for user to (re-)start a pod",
}
GROWTH: list[tuple[str, PersistentVolumeClaim, tuple[Event, ...], bool, ResizeProblem]] = [
    ("has what it asks for", claim("Bound"), (), True, "none"),
    ("is not bound", claim(asks="20Gi"), (), True, "none"),
    ("was just asked", claim("Bound", asks="20Gi"), (), True, "waiting"),
    ("the class says no", claim("Bound", asks="20Gi"), (), False, "not_allowed"),
    ("the driver works on it", claim("Bound", asks="20Gi", conditions=[RESIZING]), (), False, "waiting"),
    ("the file system waits", claim("Bound", asks="20Gi", conditions=[PENDING]), (), True, "filesystem"),
    (
        "the node's turn",
        claim("Bound", asks="20Gi", allocatedResourceStatuses={"storage": "NodeResizePending"}),
        (),
        True,
        "filesystem",
    ),
    (
        "cannot be",
        claim("Bound", asks="20Gi", allocatedResourceStatuses={"storage": "ControllerResizeInfeasible"}),
        (),
        True,
        "failed",
    ),
    (
        "too often",
        claim("Bound", asks="20Gi", conditions=[RESIZING]),
        (said("VolumeResizeFailed", "You've reached the maximum modification rate per volume limit."),),
        True,
        "failed",
    ),
    ("wants less than it has", claim("Bound", asks="5Gi"), (), True, "none"),
]


@pytest.mark.parametrize(
    ("one", "events", "expandable", "problem"), [row[1:] for row in GROWTH], ids=[row[0] for row in GROWTH]
)
def test_growth(
    one: PersistentVolumeClaim, events: tuple[Event, ...], expandable: bool, problem: ResizeProblem
) -> None:
    found = resize_facts(one, events, NOW, expandable=expandable)
    assert found.problem == problem
    assert (found.said is not None) is bool(events or one.status.conditions)


def test_how_long_a_resize_lasts_is_told_by_its_condition() -> None:
    one = claim("Bound", asks="20Gi", conditions=[RESIZING])
    assert resize_facts(one, (), NOW, expandable=True).pending_for == 600


@pytest.mark.parametrize(
    ("figures", "share", "inodes"),
    [
        ({}, None, None),
        ({"used_bytes": 5.0}, None, None),
        ({"used_bytes": 5.0, "capacity_bytes": 0.0}, None, None),
        ({"used_bytes": 96.0, "capacity_bytes": 100.0}, 96.0, None),
        ({"used_bytes": 1.0, "capacity_bytes": 100.0, "inodes_used": 9.0, "inodes": 10.0}, 1.0, 90.0),
    ],
)
def test_how_full_it_is(figures: dict[str, float], share: float | None, inodes: float | None) -> None:
    found = fill_facts(figures)
    assert (found.share, found.inodes_share) == (share, inodes)
    assert (found.said is None) is (share is None)


def user(name: str, node: str = "n", phase: str = "Running", namespace: str = "ns") -> Any:
    volumes: list[Json] = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    meta = {"name": name, "namespace": namespace, "uid": name}
    return pod(phase=phase, spec={"volumes": volumes, "nodeName": node}, meta=meta)


def test_who_uses_a_claim() -> None:
    every = [user("a"), user("b", phase="Succeeded"), user("c", namespace="other"), pod(meta={"name": "d"})]
    assert [one.metadata.name for one in users_of(claim(), every)] == ["a"]


@pytest.mark.parametrize(
    ("phase", "users", "effect"),
    [
        ("Pending", [], "No pod uses it"),
        ("Pending", [user("a", node="")], "1 pod waits for it: a"),
        ("Pending", [user("a", node=""), user("b", node="")], "2 pods wait for it: a, b"),
        ("Bound", [user("a")], "1 pod uses it: a"),
        ("Bound", [user(name) for name in "abcdefgh"], "8 pods use it: a, b, c, d, e, 3 more"),
    ],
)
def test_what_it_means_for_pods(phase: str, users: list[Any], effect: str) -> None:
    assert facts(claim=claim(phase), pods=users).effect == effect


def test_pods_that_could_not_be_read_are_not_taken_for_none() -> None:
    lazy = make(
        StorageClass,
        metadata={"name": "gp3"},
        provisioner="ebs.csi.aws.com",
        volumeBindingMode="WaitForFirstConsumer",
    )
    around = Surroundings(storage_classes=(lazy,))
    reads = ClaimReads(claim=claim(), now=NOW, around=around, missing={"pods": "pods: forbidden"})
    found = claim_subject_facts(reads)
    assert not found.well
    assert {"users", "waiting_users", "held_by", "effect"} <= set(found.missing)
