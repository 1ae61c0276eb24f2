"""Workloads over HTTP: whatever fails is said, and never looks like fine."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from handlers.autoscaler import HPA, HPA_SWEEP
from handlers.contract import Evidence, Handler, NameAmbiguous, NameInvalid, NameNotFound, Question, Sources
from handlers.look import Look
from handlers.sources.cluster import Cluster
from handlers.sources.errors import BadAnswer, Forbidden, TimedOut
from handlers.sweep import Sweep
from handlers.workload.cronjob import CRONJOB, CRONJOB_SWEEP
from handlers.workload.daemonset import DAEMONSET, DAEMONSET_SWEEP
from handlers.workload.deployment import DEPLOYMENT, DEPLOYMENT_SWEEP
from handlers.workload.job import JOB, JOB_SWEEP
from handlers.workload.replicaset import REPLICASET, REPLICASET_SWEEP
from handlers.workload.statefulset import STATEFULSET, STATEFULSET_SWEEP
from rules.facts.job import CronJobFacts
from rules.facts.workload import DeploymentFacts, ReplicaSetFacts, WorkloadFacts
from rules.finding import ObjectRef
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.build import Json, running, waiting
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import thing, write_cluster
from tests.handlers.workload_build import LABELS, condition, deployment_json, meta, owned_json, template

Serve = Callable[[Path], Awaitable[ApiServer]]

SUBJECTS: dict[str, tuple[Handler, str, str, str]] = {
    "deployment": (DEPLOYMENT, "/apis/apps/v1/namespaces/mlops/deployments", "mlops", "fraud-scorer"),
    "statefulset": (STATEFULSET, "/apis/apps/v1/namespaces/mlops/statefulsets", "mlops", "session-store"),
    "daemonset": (DAEMONSET, "/apis/apps/v1/namespaces/kube-system/daemonsets", "kube-system", "aws-node"),
    "replicaset": (
        REPLICASET,
        "/apis/apps/v1/namespaces/mlops/replicasets",
        "mlops",
        "fraud-scorer-59f7f69dff",
    ),
    "job": (
        JOB,
        "/apis/batch/v1/namespaces/feature-store/jobs",
        "feature-store",
        "backfill-features-20261121",
    ),
    "cronjob": (CRONJOB, "/apis/batch/v1/namespaces/mlops/cronjobs", "mlops", "drift-report"),
    "hpa": (HPA, "/apis/autoscaling/v2/namespaces/mlops/horizontalpodautoscalers", "mlops", "rerank-api"),
}
FAULTS = {
    "403": (Fault.recorded("403-nodes.http"), Forbidden),
    "hang": (Fault.hang(), TimedOut),
    "no JSON": (Fault.answer(b"{"), BadAnswer),
    "another kind": (Fault.answer(b'{"kind":"Secret"}'), BadAnswer),
}


async def ask(  # noqa: PLR0913 - the parts of a question that tests vary
    handler: Handler,
    cluster: Cluster,
    name: str,
    namespace: str = "",
    *,
    sweep: bool = False,
    deadline: float = 20,
) -> Evidence:
    question = Question(name=name, namespace=namespace, sweep=sweep, deadline=deadline)
    return await handler.gather(question, Sources(cluster=cluster), told)


async def facts_of(handler: Handler, cluster: Cluster, name: str, namespace: str = "ns") -> WorkloadFacts:
    found = (await ask(handler, cluster, name, namespace, sweep=True)).facts
    assert isinstance(found, WorkloadFacts)
    return found


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_without_the_object_itself_there_is_no_answer(
    server: ApiServer, connect: Connect, subject: str, fault: str
) -> None:
    handler, path, namespace, name = SUBJECTS[subject]
    wrong, error = FAULTS[fault]
    server.fail(path, wrong)
    with pytest.raises(error):
        await ask(handler, connect(server, timeout=wrong.patience), name, namespace)


@pytest.mark.parametrize("subject", SUBJECTS)
async def test_names_that_mean_nothing(server: ApiServer, connect: Connect, subject: str) -> None:
    handler, _, namespace, name = SUBJECTS[subject]
    cluster = connect(server)
    with pytest.raises(NameInvalid):
        await ask(handler, cluster, "Not A Name")
    with pytest.raises(NameNotFound) as lost:
        await ask(handler, cluster, f"x{name[1:]}", namespace)
    assert lost.value.near[0].ref.name == name
    with pytest.raises(NameNotFound, match=f"found in {namespace}"):
        await ask(handler, cluster, name, "monitoring")


@pytest.mark.parametrize("subject", SUBJECTS)
async def test_whatever_else_fails_there_is_an_answer_that_says_what_it_lacks(
    server: ApiServer, connect: Connect, subject: str
) -> None:
    handler, path, namespace, name = SUBJECTS[subject]
    server.fail("/", Fault(status=500))
    server.fail(f"{path}/{name}", Fault(times=0))
    evidence = await ask(handler, connect(server), name, namespace)
    assert evidence.subject.name == name
    assert all(gap.reason for gap in evidence.gaps)
    assert evidence.gaps
    if isinstance(evidence.facts, WorkloadFacts):
        assert "pods" in evidence.facts.missing
    if isinstance(evidence.facts, CronJobFacts):
        assert {"last_failed", "trouble"} <= evidence.facts.missing.keys()


async def test_answers_full_of_nulls_are_read(server: ApiServer, connect: Connect) -> None:
    server.fail("/apis/apps/v1/namespaces/mlops/deployments", Fault.nulls())
    evidence = await ask(DEPLOYMENT, connect(server), "rerank-api", "mlops", sweep=True)
    assert evidence.gaps == ()


@pytest.mark.parametrize(
    ("path", "source", "lacks"),
    [
        ("/api/v1/namespaces/mlops/pods", "pods", {"pods"}),
        ("/apis/apps/v1/namespaces/mlops/replicasets", "rollout", {"creation", "change"}),
        ("/api/v1/namespaces/mlops/services", "services", {"effect"}),
        ("/apis/discovery.k8s.io", "endpoints", {"effect"}),
    ],
)
async def test_one_source_that_fails_is_a_gap_and_missing(
    server: ApiServer, connect: Connect, path: str, source: str, lacks: set[str]
) -> None:
    server.fail(path, Fault.recorded("403-nodes.http"))
    evidence = await ask(DEPLOYMENT, connect(server), "rerank-api", "mlops")
    assert source in {gap.source for gap in evidence.gaps}
    assert evidence.facts.missing.keys() >= lacks


async def test_usage_that_may_not_be_read_is_not_low_usage(server: ApiServer, connect: Connect) -> None:
    server.fail("/apis/metrics.k8s.io", Fault.recorded("403-nodes.http"))
    evidence = await ask(DEPLOYMENT, connect(server), "rerank-api", "mlops", sweep=True)
    assert isinstance(evidence.facts, DeploymentFacts)
    assert {"pods", "measured"} <= evidence.facts.throttled.missing.keys()


async def test_slow_source_is_given_up_at_the_deadline(server: ApiServer, connect: Connect) -> None:
    server.fail("/api/v1/namespaces/mlops/pods", Fault.hang())
    cluster = connect(server, timeout=60)
    evidence = await ask(DEPLOYMENT, cluster, "fraud-scorer", "mlops", deadline=0.6)
    assert ("pods", "no answer within the question's 0.6 s") in {(g.source, g.reason) for g in evidence.gaps}


async def test_pods_are_known_by_name_where_replica_sets_may_not_be_read(
    server: ApiServer, connect: Connect
) -> None:
    server.fail("/apis/apps/v1/namespaces/mlops/replicasets", Fault.recorded("403-nodes.http"))
    found = await facts_of(DEPLOYMENT, connect(server), "fraud-scorer", "mlops")
    assert (found.pods.total, found.pods.unhealthy) == (3, 1)


async def test_a_sweep_reads_no_logs_and_no_services(server: ApiServer, connect: Connect) -> None:
    evidence = await ask(DEPLOYMENT, connect(server), "fraud-scorer", "mlops", sweep=True)
    assert evidence.related == ()
    assert evidence.exhibits == ()
    assert not any(seen.path.endswith(("/log", "/services")) for seen in server.requests)


async def test_asked_alone_the_worst_pod_is_diagnosed(server: ApiServer, connect: Connect) -> None:
    evidence = await ask(DEPLOYMENT, connect(server), "fraud-scorer", "mlops")
    assert [facts.ref.kind for facts in evidence.related] == ["Pod"]
    assert evidence.exhibits
    assert evidence.api_calls == len(server.requests)


def replica_set(name: str = "web-1", revision: str = "1") -> Json:
    owner = {"kind": "Deployment", "name": "web", "uid": "u-web", "controller": True}
    return thing(
        "ReplicaSet",
        name,
        version="apps/v1",
        metadata={
            "uid": "u-rs",
            "labels": LABELS,
            "ownerReferences": [owner],
            "annotations": {"deployment.kubernetes.io/revision": revision},
        },
        spec={"replicas": 2, "selector": {"matchLabels": LABELS}, "template": template()},
    )


async def cluster_of(tmp_path: Path, serve: Serve, connect: Connect, *objects: Json) -> Cluster:
    return connect(await serve(write_cluster(tmp_path, *objects)))


async def test_pods_of_others_with_the_same_labels_are_not_counted(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    other = owned_json("other-1", waiting("CrashLoopBackOff"), owner="u-other", ready=False)
    cluster = await cluster_of(
        tmp_path, serve, connect, deployment_json(1), replica_set(), owned_json("web-1", ready=True), other
    )
    found = await facts_of(DEPLOYMENT, cluster, "web")
    assert (found.pods.total, found.pods.unhealthy) == (1, 0)


DOWN = (
    'Internal error occurred: failed calling webhook "w.example.com": failed to call webhook: '
    'Post "https://hook.policy.svc:443/v": no endpoints available for service "hook"'
)


def refused_by_webhook() -> Json:
    failed = condition("ReplicaFailure", "True", "FailedCreate", DOWN)
    return deployment_json(2, conditions=[failed], replicas=0, readyReplicas=0, updatedReplicas=0)


def hook_pod() -> Json:
    placed = {"name": "hook-1", "namespace": "policy", "labels": {"app": "hook"}}
    return owned_json("hook-1", waiting("CrashLoopBackOff"), ready=False, meta=placed)


async def test_webhook_is_followed_to_the_pods_behind_it(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    configuration = thing(
        "ValidatingWebhookConfiguration",
        "policy",
        version="admissionregistration.k8s.io/v1",
        webhooks=[
            {
                "name": "w.example.com",
                "failurePolicy": "Fail",
                "clientConfig": {"service": {"name": "hook", "namespace": "policy"}},
            }
        ],
    )
    service = thing("Service", "hook", "policy", spec={"selector": {"app": "hook"}})
    cluster = await cluster_of(
        tmp_path, serve, connect, refused_by_webhook(), configuration, service, hook_pod()
    )
    found = await facts_of(DEPLOYMENT, cluster, "web")
    assert found.webhook.configuration == "validatingwebhookconfiguration/policy"
    assert str(found.webhook.said) == "0 of 1 pods behind Service policy/hook are ready"
    assert found.depends_on[0] == ObjectRef("Pod", "hook-1", "policy")
    evidence = await ask(DEPLOYMENT, cluster, "web", "ns")
    assert [facts.ref.name for facts in evidence.related] == ["hook-1"]


async def test_webhook_whose_configuration_may_not_be_read_is_known_by_its_address(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    service = thing("Service", "hook", "policy", spec={"selector": {"app": "hook"}})
    server = await serve(write_cluster(tmp_path, refused_by_webhook(), service, hook_pod()))
    server.fail("/apis/admissionregistration.k8s.io", Fault.recorded("403-nodes.http"))
    found = await facts_of(DEPLOYMENT, connect(server), "web")
    assert (found.webhook.service, found.webhook.namespace, found.webhook.pods) == ("hook", "policy", 1)
    assert found.webhook.configuration == ""


async def test_older_revision_is_not_the_current_one(tmp_path: Path, serve: Serve, connect: Connect) -> None:
    newer = replica_set("web-2", "2")
    newer["metadata"]["uid"] = "u-newer"
    cluster = await cluster_of(tmp_path, serve, connect, replica_set(), newer)
    older = await facts_of(REPLICASET, cluster, "web-1")
    newest = await facts_of(REPLICASET, cluster, "web-2")
    assert isinstance(older, ReplicaSetFacts)
    assert isinstance(newest, ReplicaSetFacts)
    assert (older.current, newest.current) == (False, True)


async def test_several_that_begin_alike_are_offered_unhealthy_first(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    one, two = deployment_json(1), deployment_json(1, readyReplicas=0)
    one["metadata"]["name"], two["metadata"]["name"] = "web-a", "web-b"
    cluster = await cluster_of(tmp_path, serve, connect, one, two)
    with pytest.raises(NameAmbiguous) as found:
        await ask(DEPLOYMENT, cluster, "web", "ns")
    assert [(c.ref.name, c.state) for c in found.value.candidates] == [
        ("web-b", "0/1 ready"),
        ("web-a", "1/1 ready"),
    ]


def job(name: str, cron: str, *, failed: bool, age: float) -> Json:
    owner = {"kind": "CronJob", "name": cron, "uid": f"u-{cron}", "controller": True}
    state = condition("Failed" if failed else "Complete", "True", "BackoffLimitExceeded", seconds=age)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": meta(name, age=age + 60, ownerReferences=[owner]),
        "spec": {"selector": {"matchLabels": {"job-name": name}}, "template": template()},
        "status": {"conditions": [state], "failed": int(failed)},
    }


def cron_job(name: str) -> Json:
    spec = {"schedule": "0 3 1 1 *", "concurrencyPolicy": "Forbid"}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta(name), "spec": spec, "status": {}}


async def test_failed_run_of_a_cronjob_leads_to_its_job_and_its_pods(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    labels = {"job-name": "report-2"}
    pod = owned_json(
        "report-2-x",
        running(),
        owner="u-report-2",
        kind="Job",
        phase="Failed",
        meta={"name": "report-2-x", "uid": "u-report-2-x", "labels": labels},
    )
    pod["metadata"]["ownerReferences"] = [
        {"kind": "Job", "name": "report-2", "uid": "u-report-2", "controller": True}
    ]
    jobs = (
        job("report-1", "report", failed=False, age=90_000),
        job("report-2", "report", failed=True, age=600),
    )
    cluster = await cluster_of(tmp_path, serve, connect, cron_job("report"), *jobs, pod)
    evidence = await ask(CRONJOB, cluster, "report", "ns")
    assert isinstance(evidence.facts, CronJobFacts)
    assert evidence.facts.last_failed
    assert [facts.ref.name for facts in evidence.related] == ["report-2", "report-2-x"]


async def test_sweep_leaves_a_job_to_its_cronjob_and_a_failure_that_was_made_up_for(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    mended = (job("a-1", "a", failed=True, age=90_000), job("a-2", "a", failed=False, age=600))
    broken = (job("b-1", "b", failed=True, age=600),)
    cluster = await cluster_of(tmp_path, serve, connect, cron_job("a"), cron_job("b"), *mended, *broken)
    async with look_at(cluster) as look:
        assert await CRONJOB_SWEEP.suspects(look, "ns") == (ObjectRef("CronJob", "b", "ns"),)
        assert await JOB_SWEEP.suspects(look, "ns") == ()


@pytest.mark.parametrize(
    "sweep",
    [
        DEPLOYMENT_SWEEP,
        STATEFULSET_SWEEP,
        DAEMONSET_SWEEP,
        REPLICASET_SWEEP,
        JOB_SWEEP,
        CRONJOB_SWEEP,
        HPA_SWEEP,
    ],
    ids=lambda sweep: sweep.handler.subject,
)
async def test_sweep_that_may_not_list_suspects_nothing_and_says_so(
    server: ApiServer, connect: Connect, sweep: Sweep
) -> None:
    server.fail("/", Fault.recorded("403-nodes.http"))
    async with look_at(connect(server)) as look:
        assert await sweep.suspects(look, "") == ()
        assert look.gaps


def look_at(cluster: Cluster) -> Look:
    return Look(Sources(cluster=cluster), 20.0, told)
