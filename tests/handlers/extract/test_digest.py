"""The lines of a digest's parts, told from made objects."""

from collections.abc import Sequence
from typing import Any

import pytest

from handlers.extract.digest_claims import certificates, claims, full_volumes
from handlers.extract.digest_figures import memory_figures, pod_figures
from handlers.extract.digest_hygiene import Controller, in_use, is_floating, lacking
from handlers.extract.digest_models import inference_services
from handlers.extract.digest_nodes import Supply, karpenter, nodes
from handlers.extract.digest_part import part_of
from handlers.extract.digest_platform import ingresses, mlflow, terraform
from handlers.extract.digest_restarts import Days, ended_lately, restarted, restarts, rising
from handlers.extract.digest_workflows import family, workflows
from handlers.extract.owner import INFERENCE_SERVICE
from handlers.parts import Part, PartState
from handlers.sources.objects.argo import Workflow
from handlers.sources.objects.certificate import Certificate
from handlers.sources.objects.event import Event
from handlers.sources.objects.metrics import NodeMetrics
from handlers.sources.objects.node import Node, NodeClaim, NodePool
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.serving import InferenceService
from handlers.sources.objects.volume import PersistentVolumeClaim
from handlers.sources.objects.workload import DaemonSet, Deployment, StatefulSet
from handlers.sources.series import Sample
from rules.facts.alb import AlbFacts
from rules.facts.balancer import BalancerSaidFacts, TargetFacts
from rules.facts.ingress import BackendFacts, IngressFacts
from rules.facts.mlflow import ArtifactFacts, DatabaseFacts, InstanceFacts, MlflowFacts
from rules.facts.terraform import DigestFacts, StateLockFacts, TerraformLockFacts
from rules.finding import ObjectRef
from tests.handlers.build import NOW, Json, ago, end, make, pod, running, waiting

DAY = 86_400.0


def test_many_objects_are_cut_and_counted_and_a_last_one_is_shown() -> None:
    assert part_of("x", "said", [str(n) for n in range(11)]).items[-1] == "10"
    cut = part_of("x", "said", [str(n) for n in range(30)]).items
    assert (len(cut), cut[-1]) == (11, "and 20 more")
    assert part_of("x", "said").state is PartState.FINE


# InferenceServices


def model(name: str, ready: str = "True", *, age: float = DAY, **more: Any) -> InferenceService:
    conditions = [{"type": "Ready", "status": ready, "lastTransitionTime": ago(min(age, 7200))}]
    metadata = {"name": name, "namespace": "ns", "uid": name, "creationTimestamp": ago(age)}
    metadata |= more.pop("metadata", {})
    return make(InferenceService, metadata=metadata, status={"conditions": conditions, **more})


def predictor(of: str, *statuses: Json, ready: bool = False, **parts: Any) -> Pod:
    meta = {"name": f"{of}-predictor-1", "labels": {INFERENCE_SERVICE: of}, **parts.pop("meta", {})}
    return pod(*statuses, ready=ready, meta=meta, **parts)


CRASHED = waiting("CrashLoopBackOff", last=end(1, ended=60), restartCount=7)


@pytest.mark.parametrize(
    ("models", "pods", "said", "lines"),
    [
        ([], [], "there are none", []),
        ([model("a"), model("b")], [predictor("a", running(), ready=True)], "2 of 2 ready", []),
        (
            [model("a", "False")],
            [predictor("a", waiting("ImagePullBackOff"))],
            "1 of 1 not ready",
            ["ns/a: not ready for 2 h, its pod shows ImagePullBackOff"],
        ),
        (
            [model("a", "False", modelStatus={"transitionStatus": "BlockedByFailedLoad"})],
            [],
            "1 of 1 not ready",
            ["ns/a: not ready for 2 h, its model does not load, it has no pod"],
        ),
        (
            [model("a"), model("b")],
            [predictor("a", CRASHED)],
            "1 ready with crashing pods",
            ["ns/a: ready, but pod a-predictor-1 shows CrashLoopBackOff after 7 restarts"],
        ),
        ([model("a")], [predictor("a", CRASHED, meta={"deletionTimestamp": ago(5)})], "1 of 1 ready", []),
        ([model("a")], [predictor("a", phase="Pending")], "1 of 1 ready", []),
        ([model("new", "False", age=60)], [], "1 of 1 ready", []),
        (
            [model("off", "False", metadata={"annotations": {"serving.kserve.io/stop": "true"}})],
            [],
            "none runs, 1 stopped on purpose",
            [],
        ),
    ],
)
def test_models(
    models: Sequence[InferenceService], pods: Sequence[Pod], said: str, lines: Sequence[str]
) -> None:
    part = inference_services(models, pods, NOW)
    assert (part.said, list(part.items)) == (said, lines)


# workflows


def flow(name: str, message: str = "Error (exit code 1)", *, ended: float = 3600, **more: Any) -> Workflow:
    step = {"id": f"{name}-1", "name": name, "displayName": "train", "type": "Pod", "phase": "Failed"}
    times = {"startedAt": ago(ended + 60), "finishedAt": ago(ended)}
    metadata = {"name": name, "namespace": "argo", "creationTimestamp": ago(ended + 60)}
    metadata |= {"labels": more.pop("labels", {})}
    status = {"phase": "Failed", "nodes": {step["id"]: {**step, "message": message, **times}}, **times}
    return make(Workflow, metadata=metadata, spec=more.pop("spec", {}), status={**status, **more})


def test_failures_of_one_step_are_told_together_with_the_latest() -> None:
    part = workflows([flow("churn-aaaaa", ended=9000), flow("churn-bbbbb"), flow("vision-ccccc")], NOW)
    assert part.said == "3 of 3 in the last 24 h failed"
    assert part.items == (
        "argo/churn, step train: 2 failed, last churn-bbbbb 1 h ago: it ended with an error",
        "argo/vision-ccccc, step train: failed 1 h ago: it ended with an error",
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "none ran in the last 24 h"),
        ([flow("old-aaaaa", ended=90_000)], "none ran in the last 24 h"),
        ([flow("ended-aaaaa", spec={"shutdown": "Terminate"})], "none of 1 in the last 24 h failed"),
        ([flow("well-aaaaa", phase="Succeeded", nodes={})], "none of 1 in the last 24 h failed"),
    ],
)
def test_workflows_that_are_no_trouble(found: Sequence[Workflow], said: str) -> None:
    assert workflows(found, NOW) == Part(name="Workflows", state=PartState.FINE, said=said)


@pytest.mark.parametrize(
    ("workflow", "name"),
    [
        (flow("train-7h5lm"), "train"),
        (flow("nightly-1795341600"), "nightly"),
        (flow("by-hand"), "by-hand"),
        (flow("x-7h5lm", spec={"workflowTemplateRef": {"name": "shared"}}), "shared"),
        (flow("x-7h5lm", labels={"workflows.argoproj.io/cron-workflow": "hourly"}), "hourly"),
    ],
)
def test_what_a_workflow_was_made_from(workflow: Workflow, name: str) -> None:
    assert family(workflow) == name


# nodes and Karpenter


def node(name: str, *conditions: tuple[str, str, str], taints: Sequence[Json] = (), **spec: Any) -> Node:
    told = {"Ready": ("Ready", "True", ""), **{each[0]: each for each in conditions}}
    found = [
        {"type": kind, "status": status, "message": message, "lastTransitionTime": ago(600)}
        for kind, status, message in told.values()
    ]
    meta = {"name": name, "creationTimestamp": ago(DAY)}
    return make(Node, metadata=meta, spec={"taints": list(taints), **spec}, status={"conditions": found})


CORDON = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule", "timeAdded": ago(2 * DAY)}
DISRUPTED = {"key": "karpenter.sh/disrupted", "effect": "NoSchedule", "timeAdded": ago(60)}


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (node("n"), ""),
        (node("n", ("Ready", "Unknown", "")), "n: not ready for 10 min (its kubelet is silent)"),
        (
            node("n", ("Ready", "False", "cni plugin not initialized")),
            "n: not ready for 10 min (its network plugin is not ready)",
        ),
        (node("n", ("DiskPressure", "True", "")), "n: DiskPressure for 10 min"),
        (node("n", taints=[CORDON], unschedulable=True), "n: cordoned for 2 d"),
        (node("n", taints=[DISRUPTED], unschedulable=True), ""),
        (
            node("n", taints=[{**DISRUPTED, "timeAdded": ago(7200)}]),
            "n: being taken away for 2 h and still there",
        ),
        (
            node("n", taints=[{"key": "karpenter.sh/unregistered"}]),
            "n: not set up: taint karpenter.sh/unregistered",
        ),
    ],
)
def test_nodes(item: Node, line: str) -> None:
    assert nodes([item], NOW).items == ((line,) if line else ())


def claim_of_karpenter(name: str, age: float, **steps: str) -> NodeClaim:
    conditions = [{"type": step, "status": status} for step, status in steps.items()]
    meta = {"name": name, "creationTimestamp": ago(age), "labels": {"karpenter.sh/nodepool": "default"}}
    return make(NodeClaim, metadata=meta, status={"conditions": conditions})


def refusal(name: str, seconds: float) -> Event:
    message = (
        "creating nodeclaim, insufficient capacity, InsufficientInstanceCapacity: g5.xlarge in eu-west-1a"
    )
    about = {"kind": "NodeClaim", "name": name}
    return make(
        Event,
        involvedObject=about,
        reason="InsufficientCapacityError",
        message=message,
        lastTimestamp=ago(seconds),
    )


def test_karpenters_failures_are_told_by_machine_by_pool_and_by_what_aws_said() -> None:
    supply = Supply(
        claims=(
            claim_of_karpenter("well", DAY, Launched="True", Registered="True", Initialized="True"),
            claim_of_karpenter("late", 900, Launched="True", Registered="Unknown"),
            claim_of_karpenter("young", 60, Launched="True"),
        ),
        pools=(make(NodePool, metadata={"name": "spot", "creationTimestamp": ago(DAY)}),),
        events=(refusal("gpu-abcde", 60), refusal("gpu-fghij", 90), refusal("gpu-old", 7200)),
    )
    part = karpenter(supply, NOW)
    assert part.items == (
        "late (pool default): its machine has not joined, asked for 15 min ago",
        "pool gpu: 2 refusals by AWS within the hour (InsufficientInstanceCapacity)",
        "pool spot: not ready for 1 d",
    )
    assert part.said.startswith("1 of 3 NodeClaims did not come up, AWS refused pool gpu")


# claims, volumes, certificates


def claim(name: str, phase: str, **meta: Any) -> PersistentVolumeClaim:
    metadata = {"name": name, "namespace": "ns", "creationTimestamp": ago(7200), **meta}
    return make(PersistentVolumeClaim, metadata=metadata, status={"phase": phase})


def test_claims_that_wait_for_their_first_pod_are_no_trouble() -> None:
    every = [claim("a", "Bound"), claim("lazy", "Pending"), claim("b", "Pending"), claim("c", "Lost")]
    suspects = {one.ref for one in every if one.metadata.name != "lazy"}
    part = claims(every, suspects, NOW)
    assert part.said == "2 of 4 not bound"
    assert part.items == ("ns/b: Pending for 2 h", "ns/c: Lost for 2 h")
    assert claims(every[:2], (), NOW).said == "1 of 2 claims bound, 1 not used yet"


def fill(name: str, share: float) -> Sample:
    return Sample({"namespace": "ns", "persistentvolumeclaim": name}, share)


def test_volumes_are_full_over_85_percent() -> None:
    part = full_volumes([fill("a", 0.85), fill("b", 0.86), fill("c", 0.99), fill("d", float("nan"))])
    assert part.items == ("ns/c: 99 % full", "ns/b: 86 % full")
    assert part.said == "2 of 3 volumes over 85 % full"
    assert full_volumes([fill("a", 0.9)], "other").state is PartState.UNKNOWN


@pytest.mark.parametrize(
    ("ready", "ends", "renewal", "line"),
    [
        ("True", 60 * DAY, 30 * DAY, ""),
        ("True", 10 * DAY, 5 * DAY, ""),
        ("True", 10 * DAY, -2 * DAY, "ns/web: ends in 10 d, renewal overdue by 2 d"),
        ("False", -3600, -2 * DAY, "ns/web: ended 1 h ago, renewal overdue by 2 d, not ready"),
        ("False", None, None, "ns/web: never issued"),
    ],
)
def test_certificates(ready: str, ends: float | None, renewal: float | None, line: str) -> None:
    status: Json = {"conditions": [{"type": "Ready", "status": ready}]}
    status |= {"notAfter": ago(-ends)} if ends is not None else {}
    status |= {"renewalTime": ago(-renewal)} if renewal is not None else {}
    item = make(Certificate, metadata={"name": "web", "namespace": "ns"}, status=status)
    assert certificates([item], NOW).items == ((line,) if line else ())


# restarts


def test_restarts_are_told_by_workload_those_killed_for_memory_first() -> None:
    oom = pod(running(last=end(137, "OOMKilled", ended=600), restarts=2), meta={"name": "oom"})
    crash = pod(waiting("CrashLoopBackOff", last=end(3, ended=60), restartCount=40), meta={"name": "crash"})
    old = pod(running(last=end(137, "OOMKilled", ended=90_000), restarts=1), meta={"name": "old"})
    ended = tuple(ended_lately([old, crash, oom], NOW))
    part = restarts(ended, NOW)
    assert part.said == "2 workloads with restarts in the last 24 h, 1 killed for memory"
    assert part.items == (
        "ns/oom (Pod): OOM-killed 10 min ago, 2 restarts in all",
        "ns/crash (Pod): exit 3 1 min ago, 40 restarts in all",
    )
    assert restarted(ended) == 2
    assert restarts((), NOW).state is PartState.FINE


def test_a_container_that_ended_for_good_was_not_restarted() -> None:
    done = {"name": "app", "state": {"terminated": end(0, "Completed")}, "restartCount": 0}
    killed = {"name": "app", "state": {"terminated": end(137, "OOMKilled")}, "restartCount": 0}
    ended = tuple(ended_lately([pod(done), pod(killed)], NOW))
    assert [one.killed for one in ended] == [True]
    assert restarted(ended) == 0


def counted(**pods: float) -> tuple[Sample, ...]:
    return tuple(
        Sample({"namespace": "ns", "pod": name.replace("_", "-")}, value) for name, value in pods.items()
    )


@pytest.mark.parametrize(
    ("days", "line"),
    [
        ((1.0, 3.0, 9.2), "ns/web (Deployment): 1 → 3 → 9 restarts a day"),
        ((0.0, 3.0, 9.0), "ns/web (Deployment): 0 → 3 → 9 restarts a day"),
        ((0.0, 1.0, 2.0), ""),
        ((9.0, 3.0, 9.0), ""),
        ((3.0, 3.1, 9.0), ""),
    ],
)
def test_restarts_that_rise_for_three_days(days: tuple[float, float, float], line: str) -> None:
    owner = {"kind": "ReplicaSet", "name": "web-5c989bc55", "controller": True}
    labels = {"pod-template-hash": "5c989bc55"}
    meta = {"name": "web-5c989bc55-abcde", "ownerReferences": [owner], "labels": labels}
    first, second, third = days
    three = Days(
        before_yesterday=counted(web_7f9d8c6b5_zzzzz=first, gone_7f9d8c6b5_zzzzz=first),
        yesterday=counted(web_5c989bc55_abcde=second, gone_7f9d8c6b5_zzzzz=second),
        today=counted(web_5c989bc55_abcde=third, gone_7f9d8c6b5_zzzzz=third),
    )
    assert rising(three, [pod(running(), meta=meta)]).items == ((line,) if line else ())
    assert rising(three, [pod(running(), meta=meta)], "other").items == ()


# MLflow, Ingresses, Terraform


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        (MlflowFacts(), ""),
        (MlflowFacts(healthy=False, ready=0), "0 of 1 pods ready"),
        (MlflowFacts(database=DatabaseFacts(problem="auth")), "its database refuses the login"),
        (
            MlflowFacts(database=DatabaseFacts(instance=InstanceFacts(name="db", state="storage_full"))),
            "RDS instance db is out of storage",
        ),
        (
            MlflowFacts(artifacts=ArtifactFacts(bucket="b", bucket_exists=False)),
            "bucket b does not exist",
        ),
        (MlflowFacts(healthy=False, effect="its Service has no endpoint"), "its Service has no endpoint"),
    ],
)
def test_mlflow(facts: MlflowFacts, line: str) -> None:
    part = mlflow([facts], None, "", aws_asked=True)
    assert part.items == ((f"mlflow/mlflow: {line}",) if line else ())


def test_mlflow_says_what_aws_said_and_what_could_not_be_read() -> None:
    instance = InstanceFacts(name="db", state="available", status="available")
    server = MlflowFacts(database=DatabaseFacts(instance=instance), artifacts=ArtifactFacts(bucket="b"))
    part = mlflow([server], None, "", aws_asked=True)
    assert part.said == "1 of 1 server well, RDS db available, bucket b there"
    assert mlflow([], None, "", aws_asked=True).state is PartState.ABSENT
    assert mlflow([server], None, "no time", aws_asked=True).state is PartState.UNKNOWN
    assert mlflow([], ObjectRef("Service", "m", "ns"), "", aws_asked=False).state is PartState.TROUBLE


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        (IngressFacts(), ""),
        (IngressFacts(address="", age=10.0), ""),
        (IngressFacts(address=""), "no load balancer"),
        (
            IngressFacts(address="", balancer=BalancerSaidFacts(problem="subnets_none", brief="no subnet")),
            "no load balancer: no subnet",
        ),
        (IngressFacts(backends=(BackendFacts(name="a", exists=False),)), "Service a does not exist"),
        (IngressFacts(backends=(BackendFacts(name="a", serves=False),)), "Service a has no ready endpoint"),
        (IngressFacts(backends=(BackendFacts(name="a", port_exists=False),)), "Service a has no port 80"),
        (
            IngressFacts(targets=TargetFacts(total=3, unhealthy=2, problem="timeout")),
            "2 of 3 targets unhealthy",
        ),
        (IngressFacts(targets=TargetFacts(total=3, unhealthy=2, problem="starting")), ""),
        (IngressFacts(alb=AlbFacts(exists=False)), "its load balancer is gone from AWS"),
    ],
)
def test_ingresses(facts: IngressFacts, line: str) -> None:
    part = ingresses([facts], 1, "", targets="")
    assert part.items == ((f"default/ingress: {line}",) if line else ())


def test_an_ingress_that_could_not_be_looked_at_is_not_called_well() -> None:
    unread = IngressFacts(backends=(BackendFacts(missing={"serves": "no right"}),))
    assert ingresses([unread], 1, "", targets="").state is PartState.UNKNOWN
    assert ingresses([], 3, "no time was left", targets="").said == "no time was left"
    assert ingresses([], 0, "", targets="").said == "there are none"
    assert ingresses([IngressFacts()], 1, "", targets="").said == "none of 1 in trouble"


def lock(age: float | None, *, abandoned: bool = False) -> StateLockFacts:
    return StateLockFacts(age=age, abandoned=abandoned, who="ann@laptop", operation="plan")


@pytest.mark.parametrize(
    ("facts", "state", "lines"),
    [
        (TerraformLockFacts(), "fine", ()),
        (TerraformLockFacts(locks=(lock(60.0),)), "fine", ()),
        (
            TerraformLockFacts(locks=(lock(3700.0),)),
            "trouble",
            ("dev: locked for 1 h 1 min by ann@laptop (plan)",),
        ),
        (TerraformLockFacts(locks=(lock(None),)), "trouble", ("dev: locked by ann@laptop (plan)",)),
        (
            TerraformLockFacts(digests=(DigestFacts(mismatch=True),)),
            "trouble",
            ("dev: the digest does not fit the state",),
        ),
        (TerraformLockFacts(exists=False), "absent", ()),
        (TerraformLockFacts(missing={"locks": "no right"}), "unknown", ()),
    ],
)
def test_terraform(facts: TerraformLockFacts, state: str, lines: tuple[str, ...]) -> None:
    part = terraform([facts])
    assert (part.state, part.items) == (state, lines)


# hygiene


def workload(
    kind: type[Controller], *containers: Json, namespace: str = "ns", replicas: int | None = 2, **status: Any
) -> Controller:
    template = {"spec": {"containers": list(containers)}}
    return make(
        kind,
        metadata={"name": "w", "namespace": namespace},
        spec={"replicas": replicas, "template": template},
        status=status,
    )


LIMITS = {"limits": {"memory": "1Gi"}, "requests": {"cpu": "1"}}
PROBES: Json = {"readinessProbe": {}, "livenessProbe": {}}
WHOLE: Json = {"name": "app", "image": "a:1", "resources": LIMITS, **PROBES}


@pytest.mark.parametrize(
    ("item", "missing"),
    [
        (workload(Deployment, WHOLE), ()),
        (workload(Deployment, WHOLE, replicas=1), ("single replica",)),
        (workload(StatefulSet, WHOLE, replicas=None), ("single replica",)),
        (workload(DaemonSet, WHOLE, replicas=None, desiredNumberScheduled=3), ()),
        (workload(Deployment, {**WHOLE, "image": "a:latest"}), ("image without a fixed tag (a:latest)",)),
        (workload(Deployment, {**WHOLE, "livenessProbe": None}), ("no liveness probe",)),
        (workload(Deployment, {**WHOLE, "readinessProbe": None}), ("no readiness probe",)),
        (workload(Deployment, {**WHOLE, "resources": {}}), ("no memory limit", "no requests")),
        (
            workload(
                Deployment, WHOLE, {"name": "proxy", "image": "p:1", "resources": {"requests": {"cpu": "1"}}}
            ),
            ("no memory limit (proxy)",),
        ),
        (workload(Deployment, {"name": "app", "image": "a:1", "resources": LIMITS}), ("no probes",)),
    ],
)
def test_hygiene(item: Controller, missing: tuple[str, ...]) -> None:
    assert tuple(lack.missing for lack in lacking([item])) == ((missing,) if missing else ())


def test_what_is_off_or_the_clusters_own_lacks_nothing() -> None:
    off, own = workload(Deployment, replicas=0), workload(Deployment, namespace="kube-system")
    idle = workload(DaemonSet, desiredNumberScheduled=0)
    assert in_use([off, own, idle]) == ()


@pytest.mark.parametrize(
    ("image", "floats"),
    [
        ("nginx", True),
        ("nginx:latest", True),
        ("registry:5000/nginx", True),
        ("registry:5000/nginx:1.27", False),
        ("nginx@sha256:abc", False),
        ("nginx:latest@sha256:abc", False),
    ],
)
def test_an_image_that_may_be_another_tomorrow(image: str, *, floats: bool) -> None:
    assert is_floating(image) is floats


# figures


def test_pods_that_have_ended_do_not_count() -> None:
    every = [pod(running(), ready=True), pod(running(), ready=False), pod(phase="Succeeded")]
    figures = {figure.name: figure.value for figure in pod_figures(every, 3)}
    assert figures == {"restarts": 3, "pods not ready": 1, "pods": 2}


def test_memory_is_told_of_the_fullest_nodes_that_are_measured() -> None:
    every = [
        make(Node, metadata={"name": f"n{n}"}, status={"allocatable": {"memory": "10Gi"}}) for n in range(5)
    ]
    usage = [
        make(NodeMetrics, metadata={"name": f"n{n}"}, usage={"memory": f"{n + 1}Gi"}) for n in range(1, 5)
    ]
    figures = [(one.name, one.value, one.unit) for one in memory_figures(every, usage)]
    assert figures == [(f"memory of node n{n}", (n + 1) * 10.0, "%") for n in (4, 3, 2)]
    assert memory_figures(every, ()) == ()
