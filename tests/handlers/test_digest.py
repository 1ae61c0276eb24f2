"""The look of a digest: the recorded platform part by part, and small clusters where something is missing."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.wiring.base import recorded
from handlers.contract import Evidence, Question, Sources
from handlers.digest import DIGEST
from handlers.parts import Part, PartState
from handlers.sources.aws import AwsObject, Stored
from handlers.sources.aws_objects.elbv2 import (
    Listener,
    LoadBalancer,
    Target,
    TargetGroup,
    TargetHealth,
    TargetState,
)
from handlers.sources.aws_objects.rds import DbInstance
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError
from handlers.sources.objects.certificate import Certificate
from handlers.sources.prometheus import Prometheus as Door
from rules.finding import ObjectRef
from tests.fakes.kubernetes import ApiServer, Fault
from tests.fakes.prometheus import Prometheus
from tests.handlers.build import NOW, ago, pod_json, running
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import announce, thing, write_cluster
from tests.handlers.terraform_ask import KEY, LOCK_ID, PLATFORM
from tests.handlers.test_ingress_aws import Account
from tests.scenarios.lab import BUNDLE, LabRow, every_broken, healthy

Serve = Callable[[Path], Awaitable[ApiServer]]
PARTS = (
    "InferenceServices",
    "Workflows",
    "MLflow",
    "Ingresses",
    "Nodes",
    "Karpenter",
    "Terraform",
    "Claims",
    "Full volumes",
    "Certificates",
    "Restarts",
    "Rising restarts",
)
OF_THE_CLUSTER = ("Nodes", "Karpenter", "Terraform")
PART_OF = {
    "InferenceService": "InferenceServices",
    "Workflow": "Workflows",
    "Ingress": "Ingresses",
    "Node": "Nodes",
    "NodeClaim": "Karpenter",
    "PersistentVolumeClaim": "Claims",
}
ELSEWHERE = {"predict-400", "predict-404", "predict-500", "latency-node-bandwidth"}
"""Models that answer and a node that is ready: what is wrong with them no part is about."""
NAMED = [
    *(row for row in every_broken() if row.kind in PART_OF and row.tag not in ELSEWHERE),
    LabRow("mlflow-db-refused", "MLflow", "mlops", "mlflow"),
    LabRow("mlflow-s3-access-denied", "MLflow", "mlflow", "mlflow"),
    LabRow("mlflow-schema-out-of-date", "MLflow", "team-vision", "mlflow"),
    LabRow("karpenter-ice", "Karpenter", "", "pool training"),
    LabRow("karpenter-nodepool-not-ready", "Karpenter", "", "pool spot-burst"),
    LabRow("pod-oomkilled-repeated", "Restarts", "mlops", "xgb-scorer"),
    LabRow("pod-crashloop-oomkilled", "Restarts", "mlops", "batch-embedder"),
    LabRow("isvc-init-oomkilled", "Restarts", "mlops", "bert-ner-predictor"),
    LabRow("wf-step-oomkilled", "Restarts", "argo", "train-vision-c6p0h"),
]
FINE = [*healthy("Deployment", "InferenceService", "Ingress", "Node", "PersistentVolumeClaim", "Workflow")]


async def ask(cluster: Cluster, namespace: str = "", *, hygiene: bool = False, **beside: Any) -> Evidence:
    """The look; `beside` are other doors than the cluster's."""
    options = {"hygiene": "yes"} if hygiene else {}
    question = Question(name="", namespace=namespace, deadline=30.0, options=options)
    return await DIGEST.gather(question, Sources(cluster=cluster, **beside), told)


def parts(evidence: Evidence) -> dict[str, Part]:
    return {part.name: part for part in evidence.parts}


def states(evidence: Evidence) -> dict[str, str]:
    return {part.name: str(part.state) for part in evidence.parts}


@cache
def lab() -> Evidence:
    async def look() -> Evidence:
        cluster = await recorded(BUNDLE, "lab")()
        return await ask(cluster, hygiene=True)

    return asyncio.run(look())


def names(part: Part, row: LabRow) -> list[str]:
    """The lines of a part that tell of an object by its whole name."""
    ref = str(ObjectRef(row.kind, row.name, row.namespace))
    return [line for line in part.items if re.search(rf"(?<![\w/.-]){re.escape(ref)}(?![\w.-])", line)]


@pytest.mark.lab
@pytest.mark.parametrize("row", NAMED, ids=lambda row: f"{row.kind}-{row.name}")
def test_what_is_broken_is_named_once_in_its_part(row: LabRow) -> None:
    part = parts(lab())[PART_OF.get(row.kind, row.kind)]
    assert part.state is PartState.TROUBLE
    assert len(names(part, row)) == 1


@pytest.mark.lab
@pytest.mark.parametrize("row", FINE, ids=lambda row: f"{row.kind}-{row.name}")
def test_what_is_fine_is_named_nowhere(row: LabRow) -> None:
    assert [line for part in lab().parts for line in names(part, row)] == []


@pytest.mark.lab
def test_every_part_says_how_many_of_how_many() -> None:
    evidence = lab()
    assert tuple(parts(evidence)) == PARTS
    said = {part.name: part.said for part in evidence.parts}
    assert said["InferenceServices"] == "8 of 15 not ready, 1 ready with crashing pods, 1 stopped on purpose"
    assert said["Workflows"] == "6 of 15 in the last 24 h failed, 5 wait too long"
    assert said["MLflow"] == "1 of 4 servers well, RDS and bucket not asked: AWS is not configured"
    assert said["Ingresses"] == "5 of 6 in trouble, targets not asked: AWS is not configured"
    assert said["Nodes"] == "10 of 12 ready, 2 under pressure, 1 cordoned, 1 being taken away"
    assert said["Karpenter"].startswith("3 of 11 NodeClaims did not come up")
    assert said["Claims"] == "2 of 8 not bound"
    assert said["Restarts"] == "24 workloads with restarts in the last 24 h, 4 killed for memory"
    absent = {part.name for part in evidence.parts if part.state is PartState.ABSENT}
    assert absent == {"Terraform", "Full volumes", "Certificates", "Rising restarts"}


@pytest.mark.lab
def test_a_line_is_a_line() -> None:
    lines = [line for part in lab().parts for line in (part.said, *part.items)]
    assert [line for line in lines if len(line) > 200 or "\n" in line or not line] == []
    assert parts(lab())["Restarts"].items[-1] == "and 14 more"


@pytest.mark.lab
def test_numbers_to_remember() -> None:
    figures = {figure.name: (figure.value, figure.unit) for figure in lab().figures}
    counts = {name: figures[name] for name in ("restarts", "pods not ready", "pods", "nodes not ready")}
    assert counts == {
        "restarts": (24.0, ""),
        "pods not ready": (71.0, ""),
        "pods": (198.0, ""),
        "nodes not ready": (2.0, ""),
    }
    full = {name: value for name, value in figures.items() if name.startswith("memory of node ")}
    assert len(full) == 3
    assert full["memory of node ip-10-0-1-88.eu-west-1.compute.internal"] == (98.5, "%")


@pytest.mark.lab
def test_labels_of_namespace_owner_and_object_are_one() -> None:
    labels = {labelled.ref: labelled.labels for labelled in lab().labels}
    found = labels[ObjectRef("Pod", "xgb-scorer-7db6b78694-cq8ct", "mlops")]
    assert found["app"] == "xgb-scorer"
    assert found["kubernetes.io/metadata.name"] == "mlops"
    assert ObjectRef("MLflow", "mlflow", "mlops") in labels


@pytest.mark.lab
def test_causes_are_those_of_health_and_nothing_is_a_gap() -> None:
    evidence = lab()
    assert evidence.overview
    assert evidence.gaps == ()
    assert len(evidence.related) > 200


@pytest.mark.lab
def test_hygiene_is_one_row_for_each_workload_the_worst_first() -> None:
    (table,) = lab().tables
    rows = {row.cells[:2]: row.cells[2] for row in table.rows}
    assert not table.judged
    assert len(rows) == len(table.rows) == 98
    assert table.rows[0].cells[2] == "no memory limit, no probes, single replica"
    assert "kube-system" not in {namespace for namespace, _ in rows}
    assert rows["mlops", "Deployment sklearn-iris-predictor"] == "no liveness probe"
    assert ("mlops", "Deployment weekend-batch") not in rows


@pytest.mark.lab
async def test_a_namespace_has_no_nodes(cluster: Cluster) -> None:
    evidence = await ask(cluster, "feature-store")
    assert tuple(parts(evidence)) == tuple(name for name in PARTS if name not in OF_THE_CLUSTER)
    assert evidence.tables == ()
    assert {figure.name for figure in evidence.figures} == {"restarts", "pods", "pods not ready"}
    assert parts(evidence)["Workflows"].said == "none ran in the last 24 h"
    lines = [line for part in evidence.parts for line in part.items]
    assert lines
    assert all(line.startswith("feature-store/") for line in lines)


def few() -> list[dict[str, object]]:
    """A calm cluster: a node, and a pod that runs."""
    ready = [{"type": "Ready", "status": "True"}]
    return [
        thing("Node", "n1", status={"conditions": ready, "allocatable": {"memory": "8Gi"}}),
        thing("Namespace", "ns", metadata={"labels": {"team": "search"}}),
        pod_json(running(), ready=True),
    ]


@pytest.mark.parametrize(
    ("denied", "name"),
    [
        ("/apis/serving.kserve.io/v1beta1/inferenceservices", "InferenceServices"),
        ("/apis/argoproj.io/v1alpha1/workflows", "Workflows"),
        ("/apis/networking.k8s.io/v1/ingresses", "Ingresses"),
        ("/apis/apps/v1/deployments", "MLflow"),
        ("/api/v1/nodes", "Nodes"),
        ("/apis/karpenter.sh/v1/nodeclaims", "Karpenter"),
        ("/api/v1/persistentvolumeclaims", "Claims"),
    ],
)
async def test_what_may_not_be_read_is_unknown_and_the_others_are_told(
    denied: str, name: str, tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, *few()))
    server.fail(denied, Fault.recorded("403-nodes.http"))
    evidence = await ask(connect(server, now=NOW))
    unknown = {part.name: part.said for part in evidence.parts if part.state is PartState.UNKNOWN}
    assert list(unknown) == [name]
    assert "no right to list" in unknown[name]
    assert denied.rpartition("/")[2] in {gap.source for gap in evidence.gaps}


async def test_what_the_cluster_does_not_have_is_absent_and_no_gap(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, *few()))
    for group in ("serving.kserve.io", "argoproj.io", "karpenter.sh", "karpenter.k8s.aws"):
        server.fail(f"/apis/{group}", Fault.recorded("404-no-such-group.http"))
    evidence = await ask(connect(server, now=NOW))
    found = parts(evidence)
    absent = {name: part.said for name, part in found.items() if part.state is PartState.ABSENT}
    assert absent["InferenceServices"] == "KServe is not installed"
    assert absent["Workflows"] == "Argo Workflows is not installed"
    assert absent["Karpenter"] == "Karpenter is not installed"
    assert absent["Certificates"] == "cert-manager is not installed"
    assert absent["MLflow"] == "no Deployment carries its label"
    assert evidence.gaps == ()
    assert {name for name, part in found.items() if part.state is PartState.TROUBLE} == set()


async def test_without_pods_there_is_no_digest(tmp_path: Path, serve: Serve, connect: Connect) -> None:
    server = await serve(write_cluster(tmp_path, *few()))
    server.fail("/api/v1/pods", Fault.recorded("403-nodes.http"))
    with pytest.raises(SourceError, match="no right"):
        await ask(connect(server, now=NOW))


async def test_a_service_without_its_mlflow_is_told(tmp_path: Path, serve: Serve, connect: Connect) -> None:
    service = thing("Service", "mlflow", "mlflow", spec={"ports": [{"port": 5000}]})
    server = await serve(write_cluster(tmp_path, *few(), service))
    part = parts(await ask(connect(server, now=NOW)))["MLflow"]
    assert part.items == ("mlflow/mlflow: a Service without a server behind it",)


async def test_certificates_that_end_soon_and_labels_of_the_namespace(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    ready = [{"type": "Ready", "status": "True"}]
    status = {"conditions": ready, "notAfter": ago(-5 * 86_400), "renewalTime": ago(86_400)}
    certificate = thing("Certificate", "web", version="cert-manager.io/v1", status=status)
    folder = announce(write_cluster(tmp_path, *few(), certificate), Certificate.resource)
    evidence = await ask(connect(await serve(folder), now=NOW))
    part = parts(evidence)["Certificates"]
    assert part.said == "1 of 1 end within 21 days"
    assert part.items == ("ns/web: ends in 5 d, renewal overdue by 1 d",)
    labels = {labelled.ref: labelled.labels for labelled in evidence.labels}
    assert labels[ObjectRef("Certificate", "web", "ns")] == {"team": "search"}


def volume(name: str, share: str) -> tuple[dict[str, str], str]:
    return {"namespace": "ns", "persistentvolumeclaim": name}, share


def restarted(pod: str, times: str) -> tuple[dict[str, str], str]:
    return {"namespace": "ns", "pod": pod}, times


async def test_full_volumes_and_rising_restarts_as_prometheus_knows_them(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, *few()))
    async with Prometheus() as prometheus:
        prometheus.know("kubelet_volume_stats", volume("logs", "0.93"), volume("data", "0.4"))
        prometheus.know("offset 2d", restarted("p", "1"))
        prometheus.know("offset 1d", restarted("p", "4.02"))
        prometheus.know("increase", restarted("p", "11.9"))
        door = Door(prometheus.url)
        evidence = await ask(connect(server, now=NOW), series=door)
        await door.close()
    found = parts(evidence)
    assert found["Full volumes"].items == ("ns/logs: 93 % full",)
    assert found["Full volumes"].said == "1 of 2 volumes over 85 % full"
    assert found["Rising restarts"].items == ("ns/p (Pod): 1 → 4 → 12 restarts a day",)


async def test_a_prometheus_without_these_series_knows_nothing(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, *few()))
    async with Prometheus() as prometheus:
        door = Door(prometheus.url)
        evidence = await ask(connect(server, now=NOW), series=door)
        await door.close()
    assert states(evidence)["Full volumes"] == states(evidence)["Rising restarts"] == "unknown"


async def test_a_prometheus_that_fails_is_unknown_and_a_gap(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, *few()))
    async with Prometheus() as prometheus:
        prometheus.fail(503, "down", "text/plain")
        door = Door(prometheus.url)
        evidence = await ask(connect(server, now=NOW), series=door)
        await door.close()
    assert states(evidence)["Full volumes"] == states(evidence)["Rising restarts"] == "unknown"
    assert {gap.source for gap in evidence.gaps} >= {"how full volumes are", "restarts of three days"}


class WithStates(Account):
    """An account with objects in S3, by their key."""

    def __init__(self, *objects: AwsObject, stored: Mapping[str, bytes]) -> None:
        super().__init__(*objects)
        self._stored = stored

    async def read_object(self, bucket: str, key: str, *, most: int, region: str = "") -> Stored:
        if key in self._stored:
            return Stored(body=self._stored[key])
        return await super().read_object(bucket, key, most=most, region=region)


async def test_where_aws_is_configured_targets_database_and_locks_are_told(cluster: Cluster) -> None:
    address = "k8s-mlops-inferenc-1f2e3d4c5b-1234567890.eu-west-1.elb.amazonaws.com"
    taken = cluster.now().timestamp() - 3 * 3600
    lock = f'{{"ID":"{LOCK_ID}","Operation":"OperationTypeApply","Who":"ci@runner","Created":"{at(taken)}"}}'
    account = WithStates(
        LoadBalancer(load_balancer_arn="lb", dns_name=address),
        Listener(),
        TargetGroup(target_group_arn="group", target_group_name="gateway"),
        TargetHealth(target=Target(id="10.0.0.9", port=80), target_health=TargetState(state="unhealthy")),
        DbInstance(name="mlops-platform-dev-mlflow", status="stopped"),
        stored={KEY: b"{}", f"{KEY}.tflock": lock.encode()},
    )
    evidence = await ask(cluster, aws=account, platform=PLATFORM)
    found = parts(evidence)
    assert found["Terraform"].items == ("dev: locked for 3 h by ci@runner (apply), longer than that takes",)
    gateway = [line for line in found["Ingresses"].items if line.startswith("mlops/inference-gateway:")]
    assert gateway == ["mlops/inference-gateway: 1 of 1 target unhealthy"]
    assert "targets not asked" not in found["Ingresses"].said
    assert any("RDS instance" in line and "stopped" in line for line in found["MLflow"].items)


def at(seconds: float) -> str:
    """A time as Terraform writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
