"""Claims in small clusters: why they wait, who keeps them, how full they are, and what cannot be read."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from handlers.contract import Evidence, NameAmbiguous, NameNotFound, Question, Sources
from handlers.look import Look
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError
from handlers.sources.prometheus import Prometheus as Door
from handlers.volume import PERSISTENTVOLUMECLAIM_SWEEP
from handlers.volume.claim import gather
from rules.facts.persistentvolumeclaim import PersistentVolumeClaimFacts
from rules.judge import judge
from tests.fakes.kubernetes import ApiServer, Fault
from tests.fakes.prometheus import Prometheus
from tests.handlers.build import NOW, Json, ago, pod_json
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import thing, write_cluster
from tests.shipped import shipped_rules

Serve = Callable[[Path], Awaitable[ApiServer]]
CLAIMS = "/api/v1/namespaces/ns/persistentvolumeclaims"
SC = "storage.k8s.io/v1"


def claim(name: str = "data", phase: str = "Pending", **more: Any) -> Json:
    spec = {"resources": {"requests": {"storage": "10Gi"}}, "storageClassName": "gp3", **more.pop("spec", {})}
    status = {"phase": phase, **more.pop("status", {})}
    meta = {"creationTimestamp": ago(7200), **more.pop("metadata", {})}
    return thing("PersistentVolumeClaim", name, metadata=meta, spec=spec, status=status)


def bound(**more: Any) -> Json:
    spec = {"volumeName": "pv-1", **more.pop("spec", {})}
    status = {"capacity": {"storage": "10Gi"}, **more.pop("status", {})}
    return claim(phase="Bound", spec=spec, status=status, **more)


VOLUME = thing("PersistentVolume", "pv-1", spec={"persistentVolumeReclaimPolicy": "Delete"})


def storage_class(name: str = "gp3", mode: str = "WaitForFirstConsumer", **more: Any) -> Json:
    return thing(
        "StorageClass", name, version=SC, provisioner="ebs.csi.aws.com", volumeBindingMode=mode, **more
    )


def user(name: str = "p", node: str = "node-1", phase: str = "Running") -> Json:
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    return pod_json(
        phase=phase, spec={"volumes": volumes, "nodeName": node}, meta={"name": name, "uid": f"u-{name}"}
    )


def event(reason: str, message: str, *, seconds: float = 60, kind: str = "Warning") -> Json:
    return thing(
        "Event",
        f"{reason}-{seconds:g}",
        involvedObject={
            "kind": "PersistentVolumeClaim",
            "name": "data",
            "uid": "u-PersistentVolumeClaim-ns-data",
        },
        reason=reason,
        message=message,
        type=kind,
        firstTimestamp=ago(seconds + 3600),
        lastTimestamp=ago(seconds),
        count=7,
    )


async def look_at(cluster: Cluster, name: str = "data", **more: Any) -> Evidence:
    sources = Sources(cluster=cluster, series=more.pop("series", None))
    return await gather(Question(name=name, namespace="ns", **more), sources, told)


def rules_of(evidence: Evidence) -> list[str]:
    return [finding.rule for finding in judge(evidence.facts, shipped_rules()).findings]


def facts_of(evidence: Evidence) -> PersistentVolumeClaimFacts:
    assert isinstance(evidence.facts, PersistentVolumeClaimFacts)
    return evidence.facts


CASES: dict[str, tuple[list[str], list[Json]]] = {
    "no class of that name": (["pvc-storage-class-missing"], [claim(), storage_class("gp2")]),
    "no class at all": (["pvc-no-default-class"], [claim(spec={"storageClassName": None}), storage_class()]),
    "nobody wants it yet": ([], [claim(), storage_class()]),
    "its pod has no node": (
        ["pvc-waits-for-pod"],
        [claim(), storage_class(), user(node="", phase="Pending")],
    ),
    "a moment old": (
        ["pvc-starting"],
        [claim(metadata={"creationTimestamp": ago(20)}), storage_class(mode="Immediate")],
    ),
    "nothing tells why": (["pvc-pending"], [claim(), storage_class(mode="Immediate")]),
    "the driver is silent": (
        ["pvc-provisioner-silent"],
        [
            claim(),
            storage_class(mode="Immediate"),
            event("ExternalProvisioning", "Waiting for a volume to be created", kind="Normal"),
        ],
    ),
    "a quota of the account": (
        ["pvc-provisioning-quota"],
        [
            claim(),
            storage_class(mode="Immediate"),
            event("ProvisioningFailed", "api error VolumeLimitExceeded: maximum gp3 storage"),
        ],
    ),
    "a zone that cannot be": (
        ["pvc-provisioning-zone"],
        [
            claim(),
            storage_class(mode="Immediate"),
            event(
                "ProvisioningFailed",
                "error generating accessibility requirements: no topology key found on CSINode n",
            ),
        ],
    ),
    "something else": (
        ["pvc-provisioning-failed"],
        [claim(), storage_class(mode="Immediate"), event("ProvisioningFailed", "rpc error: it broke")],
    ),
    "bound and used": ([], [bound(), VOLUME, storage_class(), user()]),
    "its volume is gone": (["pvc-volume-missing"], [bound(), storage_class(), user()]),
    "lost": (["pvc-lost"], [claim(phase="Lost", spec={"volumeName": "pv-1"}), storage_class()]),
    "deleted in use": (
        ["pvc-terminating-in-use"],
        [bound(metadata={"deletionTimestamp": ago(3600)}), VOLUME, storage_class(), user()],
    ),
    "deleted and held by nobody": (
        ["pvc-terminating-stuck"],
        [
            bound(metadata={"deletionTimestamp": ago(3600), "finalizers": ["x/keep"]}),
            VOLUME,
            storage_class(),
            user(phase="Succeeded"),
        ],
    ),
    "deleted a moment ago": (
        ["pvc-terminating"],
        [bound(metadata={"deletionTimestamp": ago(5)}), VOLUME, storage_class()],
    ),
    "its class lets nothing grow": (
        ["pvc-resize-not-allowed"],
        [bound(spec={"resources": {"requests": {"storage": "20Gi"}}}), VOLUME, storage_class()],
    ),
    "growing": (
        ["pvc-resize-waiting"],
        [
            bound(spec={"resources": {"requests": {"storage": "20Gi"}}}),
            VOLUME,
            storage_class(allowVolumeExpansion=True),
        ],
    ),
    "cannot grow": (
        ["pvc-resize-failed"],
        [
            bound(spec={"resources": {"requests": {"storage": "20Gi"}}}),
            VOLUME,
            storage_class(allowVolumeExpansion=True),
            event("VolumeResizeFailed", "You've reached the maximum modification rate per volume limit"),
        ],
    ),
    "the file system has not grown": (
        ["pvc-resize-filesystem"],
        [
            bound(
                status={
                    "conditions": [
                        {"type": "FileSystemResizePending", "status": "True", "lastTransitionTime": ago(3600)}
                    ]
                }
            ),
            VOLUME,
            storage_class(allowVolumeExpansion=True),
        ],
    ),
}


@pytest.mark.parametrize(("rules", "objects"), CASES.values(), ids=CASES)
async def test_every_state_has_its_finding(
    rules: list[str], objects: list[Json], tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    cluster = connect(await serve(write_cluster(tmp_path, *objects)), now=NOW)
    evidence = await look_at(cluster)
    assert rules_of(evidence) == rules
    assert evidence.healthy is (set(rules) <= {"pvc-resize-waiting", "pvc-resize-filesystem"})
    assert evidence.subject.name == "data"


@pytest.mark.parametrize(("rules", "objects"), CASES.values(), ids=CASES)
async def test_a_sweep_suspects_what_has_a_finding(
    rules: list[str], objects: list[Json], tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    cluster = connect(await serve(write_cluster(tmp_path, *objects)), now=NOW)
    async with Look(Sources(cluster=cluster), 5, told) as look:
        found = await PERSISTENTVOLUMECLAIM_SWEEP.suspects(look, "")
    assert bool(found) is (bool(rules) and rules != ["pvc-starting"])


async def test_how_full_it_is_comes_from_prometheus(tmp_path: Path, serve: Serve, connect: Connect) -> None:
    cluster = connect(await serve(write_cluster(tmp_path, bound(), VOLUME, storage_class(), user())), now=NOW)
    async with Prometheus() as server:
        server.know(
            'kubelet_volume_stats_(used_bytes|capacity_bytes|inodes_used|inodes)",namespace="ns"',
            ({"__name__": "kubelet_volume_stats_used_bytes"}, "96"),
            ({"__name__": "kubelet_volume_stats_capacity_bytes"}, "100"),
            ({"__name__": "kubelet_volume_stats_inodes_used"}, "NaN"),
        )
        server.know(
            "kubelet_volume_stats_used_bytes) /",
            ({"namespace": "ns", "persistentvolumeclaim": "data"}, "0.96"),
        )
        series = Door(server.url)
        evidence = await look_at(cluster, series=series)
        async with Look(Sources(cluster=cluster, series=series), 5, told) as look:
            assert [ref.name for ref in await PERSISTENTVOLUMECLAIM_SWEEP.suspects(look, "")] == ["data"]
        await series.close()
    assert rules_of(evidence) == ["pvc-full"]
    assert facts_of(evidence).fill.share == 96
    assert evidence.gaps == ()


async def test_a_prometheus_that_lies_leaves_a_gap_and_no_false_comfort(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    cluster = connect(await serve(write_cluster(tmp_path, bound(), VOLUME, storage_class())), now=NOW)
    async with Prometheus() as server:
        server.fail(body="<html>", kind="text/html")
        series = Door(server.url)
        evidence = await look_at(cluster, series=series)
        await series.close()
    assert [gap.source for gap in evidence.gaps] == ["how full it is"]
    assert "fill" in facts_of(evidence).missing
    assert {one.rule for one in judge(evidence.facts, shipped_rules()).undecided} >= {"pvc-full"}


@pytest.mark.parametrize("fault", [Fault.recorded("403-nodes.http"), Fault.hang(), Fault.html(), Fault.cut()])
async def test_with_nothing_but_the_claim_there_is_an_answer(
    fault: Fault, tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, claim(), storage_class()))
    server.fail("/", fault)
    server.fail(f"{CLAIMS}/data", Fault(times=0))
    evidence = await look_at(connect(server, now=NOW, timeout=fault.patience))
    assert {gap.source for gap in evidence.gaps} >= {"storage classes", "volumes", "events", "pods"}
    assert not evidence.healthy
    assert judge(evidence.facts, shipped_rules()).undecided


async def test_the_claim_itself_must_be_read(tmp_path: Path, serve: Serve, connect: Connect) -> None:
    server = await serve(write_cluster(tmp_path, claim(), storage_class()))
    cluster = connect(server, now=NOW)
    with pytest.raises(NameNotFound):
        await look_at(cluster, "other")
    server.fail(CLAIMS, Fault.recorded("403-nodes.http"))
    with pytest.raises(SourceError):
        await look_at(cluster)


async def test_a_prefix_of_several_claims_is_a_pick_list(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, claim("data-0"), claim("data-1"), storage_class()))
    with pytest.raises(NameAmbiguous) as caught:
        await look_at(connect(server, now=NOW), "data")
    assert [one.state for one in caught.value.candidates] == ["Pending", "Pending"]


async def test_a_claim_that_pods_wait_for_and_nobody_made(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    objects = (claim("data-0"), storage_class(), user(node="", phase="Pending"))
    evidence = await look_at(connect(await serve(write_cluster(tmp_path, *objects)), now=NOW), "data")
    assert evidence.subject.name == "data-0"
    server = await serve(write_cluster(tmp_path / "other", claim("date"), user(node="", phase="Pending")))
    evidence = await look_at(connect(server, now=NOW))
    assert rules_of(evidence) == ["pvc-not-found"]
    assert facts_of(evidence).claim.similar_claims == ("date",)
    assert [facts.ref.name for facts in evidence.related] == ["p"]
    assert not evidence.healthy
