"""Finding the pod that is meant, over HTTP: what is asked, refused, and said when it is not there."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.contract import NameAmbiguous, NameInvalid, NameNotFound
from handlers.sources.errors import BadAnswer, Forbidden, TimedOut, Unauthorized
from handlers.sources.kubernetes import KubernetesCluster
from rules.facts.pod import PodFacts
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.build import Json, pod_json, running
from tests.handlers.conftest import Connect, ask
from tests.handlers.small_cluster import thing, write_cluster

Serve = Callable[[Path], Awaitable[ApiServer]]
PODS = "/api/v1/pods"
IN_MLOPS = "/api/v1/namespaces/mlops/pods"


@pytest.mark.parametrize("name", ["Fraud", "a..b", "-x", "x" * 254, "a/b", "a b", "ü", ""])
async def test_an_impossible_name_asks_nothing(
    server: ApiServer, cluster: KubernetesCluster, name: str
) -> None:
    with pytest.raises(NameInvalid):
        await ask(cluster, name)
    with pytest.raises(NameInvalid):
        await ask(cluster, "fine", name or "UPPER")
    assert server.requests == []


@given(name=st.text(min_size=1, max_size=40), namespace=st.text(max_size=40))
async def test_no_text_at_all_reaches_the_server_unless_it_is_a_name(name: str, namespace: str) -> None:
    asked = _Silent()
    try:
        await ask(asked, name, namespace)  # type: ignore[arg-type]  # answers nothing, and notes that it was asked
    except NameInvalid:
        assert not asked.touched
    except AttributeError:
        assert all(part == part.lower() and part.isascii() for part in (name, namespace))


class _Silent:
    """A cluster that cannot answer."""

    def __init__(self) -> None:
        self.touched = False

    def __getattr__(self, name: str) -> object:
        self.touched = True
        raise AttributeError(name)


@pytest.mark.parametrize(
    ("found", "owner", "name", "namespace"),
    [
        ("fraud-scorer-59f7f69dff", "Deployment", "fraud-scorer", "mlops"),
        ("fraud-scorer-59f7f69dff", "Deployment", "fraud-scorer", ""),
        ("fraud-scorer-59f7f69dff", "Deployment", "fraud-scorer-59f7f69dff", ""),
        ("session-store-0", "StatefulSet", "session-store", "mlops"),
        ("session-store-0", "StatefulSet", "session-store-0", ""),
        ("backfill-features-20261121-", "Job", "backfill-features-20261121", "feature-store"),
        ("snapshot-registry-29395080-", "CronJob", "snapshot-registry", ""),
        ("snapshot-registry-29395020-", "CronJob", "snapshot-registry-29395020", ""),
        ("aws-node-", "DaemonSet", "aws-node", "kube-system"),
        ("bert-ner-predictor-", "Deployment", "bert-ner", "mlops"),
        ("train-vision-c6p0h-train-5102", "Workflow", "train-vision-c6p0h", ""),
        ("fraud-scorer-59f7f69dff-", "Deployment", "fraud-scorer-59", "mlops"),
    ],
)
async def test_names_of_pods_owners_and_beginnings(
    cluster: KubernetesCluster, found: str, owner: str, name: str, namespace: str
) -> None:
    evidence = await ask(cluster, name, namespace)
    assert evidence.subject.name.startswith(found)
    assert isinstance(evidence.facts, PodFacts)
    assert evidence.facts.owner.startswith(f"{owner} ")


async def test_how_it_was_found_is_told_unless_the_name_was_its_own(cluster: KubernetesCluster) -> None:
    short = await ask(cluster, "sklearn-iris")
    assert (
        short.about[0]
        == "asked as sklearn-iris, one of 2 pods of Deployment sklearn-iris-predictor, all healthy"
    )
    assert short.about[2] == "owner Deployment sklearn-iris-predictor (InferenceService sklearn-iris)"
    own = await ask(cluster, short.subject.name, "mlops")
    assert own.about[0].startswith("node ")
    worst = await ask(cluster, "train-churn-k3r8w")
    assert worst.about[0] == "asked as train-churn-k3r8w, the least healthy of 3 pods"
    assert worst.about[2] == "owner Workflow train-churn-k3r8w"


async def test_one_name_in_several_namespaces_is_a_question_back(cluster: KubernetesCluster) -> None:
    with pytest.raises(NameAmbiguous, match="4 pods of 4 owners") as asked:
        await ask(cluster, "mlflow")
    states = [(each.ref.namespace, each.state) for each in asked.value.candidates]
    assert states[:2] == [("mlops", "CrashLoopBackOff"), ("team-vision", "CrashLoopBackOff")]
    assert (await ask(cluster, "mlflow", "mlflow")).subject.namespace == "mlflow"


async def test_a_name_that_is_elsewhere(cluster: KubernetesCluster) -> None:
    with pytest.raises(NameNotFound, match="No pod fraud-scorer in namespace argo; found in mlops") as missed:
        await ask(cluster, "fraud-scorer", "argo")
    assert {each.ref.namespace for each in missed.value.near} == {"mlops"}
    with pytest.raises(
        NameNotFound, match="No pod ner-service in namespace mlops; found in team-nlp"
    ) as owner:
        await ask(cluster, "ner-service", "mlops")
    assert [(each.ref.kind, each.state) for each in owner.value.near] == [("Deployment", "no pods")]


async def test_a_name_that_is_nowhere_has_near_misses(cluster: KubernetesCluster) -> None:
    with pytest.raises(NameNotFound, match="No pod, and no owner of pods, is called fruad-scorer") as missed:
        await ask(cluster, "fruad-scorer")
    assert missed.value.near[0].ref.name.startswith("fraud-scorer-")
    with pytest.raises(NameNotFound, match=r"in namespace mlops\. Nearest names:") as missed:
        await ask(cluster, "fruad-scorer", "mlops")
    assert missed.value.near[0].ref.name.startswith("fraud-scorer-")
    with pytest.raises(NameNotFound) as missed:
        await ask(cluster, "qqqqqqqqqq")
    assert missed.value.near == ()


async def test_without_the_cluster_wide_right_namespaces_are_read_one_by_one(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail(PODS, Fault.recorded("403-cluster-wide-pods.http"))
    server.deny("list", "pods", "argo")
    server.deny("list", "pods", "monitoring")
    evidence = await ask(cluster, "fraud-scorer")
    assert evidence.subject.name.startswith("fraud-scorer-")
    assert [(gap.source, gap.reason) for gap in evidence.gaps] == [
        ("pods in argo, monitoring", "no right to list pods in namespace argo")
    ]
    paths = [seen.path for seen in server.requests]
    assert paths.count("/api/v1/namespaces/argo/pods") == 1
    assert paths.count("/api/v1/namespaces") == 1


async def test_namespaces_are_read_at_once(server: ApiServer, cluster: KubernetesCluster) -> None:
    server.fail(PODS, Fault.recorded("403-cluster-wide-pods.http"))
    server.fail("/api/v1/namespaces/", Fault.slow(0.02))
    with pytest.raises(NameAmbiguous):
        await ask(cluster, "mlflow")
    assert server.most_in_flight == 8


async def test_a_namespace_that_fails_otherwise_is_a_gap_too(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail(PODS, Fault.recorded("403-cluster-wide-pods.http"))
    server.fail("/api/v1/namespaces/argo/pods", Fault(status=500))
    evidence = await ask(cluster, "fraud-scorer")
    assert [gap.source for gap in evidence.gaps] == ["pods in argo"]
    with pytest.raises(NameNotFound, match="Not searched: pods in argo"):
        await ask(cluster, "qqqqqqqq")


async def test_owners_without_pods_are_found_by_namespace_too(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail(PODS, Fault.recorded("403-cluster-wide-pods.http"))
    assert (await ask(cluster, "ner-service")).subject.name == "ner-service"


async def test_with_no_right_at_all_the_refusal_says_what_to_do(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.deny("list", "pods")
    with pytest.raises(Forbidden, match=r"cluster-wide|in namespace"):
        await ask(cluster, "fraud-scorer")
    server.deny("list", "namespaces")
    with pytest.raises(Forbidden) as refused:
        await ask(cluster, "fraud-scorer")
    assert refused.value.advice.startswith("Name a namespace with -n")


async def test_a_pod_that_may_not_be_read_is_no_missing_pod(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.deny("get", "pods", "mlops")
    with pytest.raises(Forbidden, match="no right to get pods in namespace mlops"):
        await ask(cluster, "fraud-scorer", "mlops")


async def test_a_name_that_is_no_pod_where_lists_are_forbidden(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.deny("list", "pods")
    with pytest.raises(NameNotFound, match="Not searched: pods"):
        await ask(cluster, "fruad-scorer", "mlops")
    with pytest.raises(Forbidden, match="no right to list pods in namespace mlops"):
        await ask(cluster, "fraud-scorer", "mlops")
    found = await ask(cluster, "session-store-0", "mlops")
    assert found.subject.name == "session-store-0"


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (Unauthorized, Fault.recorded("401-bad-token.http")),
        (BadAnswer, Fault(status=500)),
        (BadAnswer, Fault.cut()),
        (BadAnswer, Fault.html()),
        (TimedOut, Fault.hang()),
    ],
)
@pytest.mark.parametrize("namespace", ["", "mlops"])
async def test_when_pods_cannot_be_read_there_is_no_answer(
    server: ApiServer, connect: Connect, error: type[Exception], fault: Fault, namespace: str
) -> None:
    server.fail("/api/v1/", fault)
    with pytest.raises(error):
        await ask(connect(server, timeout=fault.patience), "fraud-scorer", namespace)


async def test_the_deadline_of_the_question_holds_for_finding_the_pod(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail("/api/v1/", Fault.hang())
    with pytest.raises(TimedOut, match=r"pod fraud-scorer: no answer within 0\.2 s"):
        await ask(cluster, "fraud-scorer", deadline=0.2)


async def test_what_cannot_be_read_elsewhere_leaves_the_answer_for_here(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail(PODS, Fault(status=500))
    with pytest.raises(NameNotFound, match="is called fruad-scorer in namespace mlops") as missed:
        await ask(cluster, "fruad-scorer", "mlops")
    assert missed.value.near[0].ref.name.startswith("fraud-scorer-")


def deployment(namespace: str, replicas: int) -> Json:
    spec = {"replicas": replicas}
    return thing("Deployment", "web", namespace, "apps/v1", spec=spec, status={"replicas": 0})


async def test_several_owners_without_pods_are_a_question_back(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    bundle = write_cluster(tmp_path, deployment("a", 2), deployment("b", 1), deployment("c", 0))
    cluster = connect(await serve(bundle))
    with pytest.raises(NameAmbiguous, match="2 owners without pods") as asked:
        await ask(cluster, "web")
    assert [(each.ref.namespace, each.state) for each in asked.value.candidates] == [
        ("a", "0 of 2 pods"),
        ("b", "0 of 1 pods"),
    ]
    assert (await ask(cluster, "web", "c")).symptom == "scaled to zero"


async def test_a_static_pod_is_found_by_its_name_and_stands_alone(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    owner = [{"kind": "Node", "name": "node-1", "uid": "n", "controller": True}]
    meta = {"name": "kube-proxy-node-1", "labels": {"tier": "node"}, "ownerReferences": owner}
    other = meta | {"name": "other-node-1", "uid": "u-o"}
    pods = [pod_json(running(), ready=True, meta=each) for each in (meta, other)]
    evidence = await ask(connect(await serve(write_cluster(tmp_path, *pods))), "kube-proxy-node-1", "ns")
    assert isinstance(evidence.facts, PodFacts)
    assert evidence.facts.siblings.total == 1
    assert "no owner" in evidence.about


@pytest.mark.parametrize(
    ("symptom", "healthy", "condition"),
    [
        ("Completed", True, {"type": "Complete", "status": "True"}),
        ("Failed", False, {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}),
        ("not created", False, {"type": "Suspended", "status": "True"}),
    ],
)
async def test_a_job_whose_pods_are_gone(  # noqa: PLR0913, PLR0917 - what is expected, and three fixtures
    tmp_path: Path,
    serve: Serve,
    connect: Connect,
    symptom: str,
    healthy: bool,
    condition: Json,
) -> None:
    job = thing("Job", "backfill", "ns", "batch/v1", status={"conditions": [condition]})
    evidence = await ask(connect(await serve(write_cluster(tmp_path, job))), "backfill", "ns")
    assert (evidence.symptom, evidence.healthy) == (symptom, healthy)
    over = f"Job backfill has ended ({symptom}), its pods are gone"
    assert evidence.about == ("Job backfill has 0 of 1 pods" if symptom == "not created" else over,)
