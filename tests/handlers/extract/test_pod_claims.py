from datetime import timedelta
from typing import Any

import msgspec
import pytest

from handlers.extract.pod_claims import claim_facts
from handlers.extract.surroundings import Surroundings
from handlers.sources.objects.event import Event
from handlers.sources.objects.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from rules.facts.node_fit import Blocker
from rules.facts.pod_claim import ClaimProblem
from rules.facts.scheduling import SchedulingFacts
from tests.handlers.extract.scheduling_build import NOW, event, judged, node, pod

UNAUTHORIZED = (
    "failed to provision volume: api error UnauthorizedOperation: User: "
    "arn:aws:sts::111122223333:assumed-role/ebs-csi/1732262400 is not authorized to perform: "
    "ec2:CreateVolume on x"
)


def _claim(phase: str = "Pending", **more: Any) -> PersistentVolumeClaim:
    metadata = {"name": "data", "namespace": "mlops", "uid": "u1", **more.pop("metadata", {})}
    spec = {"resources": {"requests": {"storage": "10Gi"}}, **more}
    return msgspec.convert(
        {"metadata": metadata, "spec": spec, "status": {"phase": phase}}, PersistentVolumeClaim
    )


def _class(
    name: str, mode: str = "Immediate", *, default: bool = False, provisioner: str = "ebs.csi.aws.com"
) -> StorageClass:
    marks = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    return msgspec.convert(
        {
            "metadata": {"name": name, "annotations": marks},
            "provisioner": provisioner,
            "volumeBindingMode": mode,
        },
        StorageClass,
    )


def _volume(name: str, phase: str = "Bound", storage_class: str = "gp3") -> PersistentVolume:
    zone = {"key": "zone", "operator": "In", "values": ["c"]}
    required = {"nodeSelectorTerms": [{"matchExpressions": [zone]}]}
    return msgspec.convert(
        {
            "metadata": {"name": name},
            "spec": {"storageClassName": storage_class, "nodeAffinity": {"required": required}},
            "status": {"phase": phase},
        },
        PersistentVolume,
    )


def _said(reason: str, message: str, kind: str = "Warning", ago: float = 60) -> Event:
    return event(
        reason, message, "persistentvolume-controller", ago=ago, type=kind, involvedObject={"uid": "u1"}
    )


WAITS = "Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually"
MOUNT = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
GP3, LAZY = _class("gp3"), _class("gp3", "WaitForFirstConsumer", default=True)
CHOSEN = {"annotations": {"volume.kubernetes.io/selected-node": "a"}}


def _judged(**around: Any) -> SchedulingFacts:
    return judged(pod(volumes=MOUNT, conditions=around.pop("conditions", [])), [node("a")], **around)


CASES: list[tuple[str, ClaimProblem, Blocker, dict[str, Any]]] = [
    ("it is not there", "not_found", "claim_missing", {}),
    (
        "its class is not there",
        "storage_class_missing",
        "claim_unbound",
        {"claims": (_claim(storageClassName="fast"),), "storage_classes": (GP3,)},
    ),
    (
        "no default class",
        "no_default_class",
        "claim_unbound",
        {"claims": (_claim(),), "storage_classes": (GP3,)},
    ),
    (
        "no class wanted, and no volume",
        "no_matching_volume",
        "claim_unbound",
        {"claims": (_claim(storageClassName=""),), "storage_classes": (LAZY,)},
    ),
    (
        "the cloud refuses",
        "unauthorized",
        "claim_unbound",
        {
            "claims": (_claim(storageClassName="gp3", metadata=CHOSEN),),
            "storage_classes": (LAZY,),
            "claim_events": (
                _said("ProvisioningFailed", UNAUTHORIZED, ago=90),
                _said("ExternalProvisioning", WAITS, "Normal", ago=10),
            ),
        },
    ),
    (
        "nobody makes the volume",
        "provisioner_silent",
        "claim_unbound",
        {
            "claims": (_claim(storageClassName="gp3"),),
            "storage_classes": (GP3,),
            "claim_events": (_said("ExternalProvisioning", WAITS, "Normal", ago=300),),
        },
    ),
    (
        "it is being made",
        "waiting",
        "claim_unbound",
        {
            "claims": (_claim(storageClassName="gp3"),),
            "storage_classes": (GP3,),
            "claim_events": (
                _said("ExternalProvisioning", WAITS, "Normal", ago=300),
                _said("Provisioning", "External provisioner is provisioning volume", "Normal", ago=299),
            ),
        },
    ),
    (
        "something else fails",
        "provisioning_failed",
        "claim_unbound",
        {
            "claims": (_claim(storageClassName="gp3"),),
            "storage_classes": (GP3,),
            "claim_events": (_said("ProvisioningFailed", "no topology key found on CSINode ip-10"),),
        },
    ),
    (
        "a local volume is wanted, and none is left",
        "no_matching_volume",
        "claim_unbound",
        {
            "claims": (_claim(storageClassName="local"),),
            "storage_classes": (_class("local", provisioner="kubernetes.io/no-provisioner"),),
        },
    ),
    ("its volume is lost", "lost", "claim_unbound", {"claims": (_claim("Lost", volumeName="pv"),)}),
    (
        "its volume is gone",
        "volume_missing",
        "claim_unbound",
        {"claims": (_claim("Bound", volumeName="pv"),)},
    ),
    (
        "it is being deleted",
        "terminating",
        "claim_unbound",
        {"claims": (_claim("Bound", metadata={"deletionTimestamp": NOW - timedelta(minutes=5)}),)},
    ),
]


@pytest.mark.parametrize(("problem", "blocker", "around"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_why_a_claim_has_no_volume(problem: ClaimProblem, blocker: Blocker, around: dict[str, Any]) -> None:
    said = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}
    facts = _judged(conditions=[said], **around)
    assert (facts.claim.problem, facts.blocker) == (problem, blocker)
    assert facts.missing == {}


def test_who_was_refused_what() -> None:
    refused = _said("ProvisioningFailed", UNAUTHORIZED)
    around = Surroundings(storage_classes=(LAZY,), claim_events=(refused,), claims=(_claim(),))
    claim = claim_facts(pod(volumes=MOUNT), around, NOW)[0]
    assert claim.denied_action == "ec2:CreateVolume"
    assert claim.denied_identity == "arn:aws:sts::111122223333:assumed-role/ebs-csi/1732262400"


def test_a_claim_that_waits_for_the_pod_is_no_obstacle_while_nodes_are() -> None:
    full = (pod("filler", on="a", requests={"cpu": "4"}),)
    claims = (_claim(storageClassName="gp3"),)
    facts = judged(pod(volumes=MOUNT), [node("a")], full, claims=claims, storage_classes=(LAZY,))
    assert (facts.blocker, facts.claim.problem) == ("cpu", "waiting_for_first_consumer")


def test_a_default_class_stands_in() -> None:
    facts = _judged(claims=(_claim(),), storage_classes=(LAZY,))
    assert (facts.claim.storage_class, facts.claim.waiting_for_first_consumer) == ("gp3", True)


def test_a_local_volume_that_is_left_will_do() -> None:
    local = _class("local", provisioner="kubernetes.io/no-provisioner")
    free = _volume("pv", "Available", "local")
    facts = _judged(claims=(_claim(storageClassName="local"),), storage_classes=(local,), volumes=(free,))
    assert facts.claim.problem == "waiting"


def test_the_claim_of_an_ephemeral_volume_bears_the_pods_name() -> None:
    facts = judged(pod("p", volumes=[{"name": "scratch", "ephemeral": {}}]), [node("a")])
    assert (facts.claim.name, facts.claim.ephemeral, facts.blocker) == ("p-scratch", True, "claim_missing")


def test_a_similar_claim_is_offered() -> None:
    other = _claim("Bound", metadata={"name": "datas"})
    assert _judged(claims=(other,)).claim.similar_claims == ("datas",)


def test_a_claim_of_another_namespace_does_not_count() -> None:
    assert _judged(claims=(_claim("Bound", metadata={"namespace": "other"}),)).claim.problem == "not_found"


def test_a_volume_out_of_reach() -> None:
    claims, volumes = (_claim("Bound", volumeName="pv"),), (_volume("pv"),)
    nodes = [node("a", {"zone": "a"}), node("t", {"zone": "c"}, ("training=x:NoSchedule",))]
    facts = judged(pod(volumes=MOUNT), nodes, claims=claims, volumes=volumes)
    assert facts.blocker == "volume_zone"
    assert (facts.volume.zones, facts.volume.allowed_zones) == (("c",), ("a",))


def test_unread_claims_are_missing_and_the_scheduler_is_heard() -> None:
    said = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    told = {**said, "message": '0/1 nodes are available: persistentvolumeclaim "data" not found. not found'}
    why = {"claims": "no right to list persistentvolumeclaims"}
    facts = _judged(conditions=[told], claims=None, missing=why)
    assert facts.blocker == "claim_missing"
    assert "claim" in facts.missing
    assert "problem" in facts.claims[0].missing
    vague = _judged(
        conditions=[{**said, "message": "0/1 nodes are available: 1 strange thing."}], claims=None
    )
    assert "nodes_open" in vague.missing


def test_unread_classes_leave_the_events() -> None:
    said = _said("ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found')
    facts = _judged(
        claims=(_claim(storageClassName="fast"),), storage_classes=None, claim_events=(said,), events=(said,)
    )
    assert facts.claim.problem == "storage_class_missing"
    assert "storage_class_exists" in facts.claim.missing
