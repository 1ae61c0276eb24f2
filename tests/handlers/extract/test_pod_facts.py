"""A pod as a whole: health, start, gates, and what stays unknown."""

from typing import Any

import pytest

from handlers.extract.pod import PodReads, never_created_facts, pod_facts
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.metrics import PodMetrics
from handlers.sources.objects.network import EndpointSlice, Service, ServiceAccount
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from rules.facts.log import LogFacts
from rules.facts.pod import CreationFacts, PodFacts
from rules.finding import ObjectRef
from tests.handlers.build import NOW, Json, ago, end, event, make, pod, pod_json, running, terminated, waiting

UNPLACED = {"nodeName": ""}
CREATING = waiting("ContainerCreating")


def facts(of: Pod, **reads: Any) -> PodFacts:
    return pod_facts(PodReads(pod=of, now=NOW, **reads))


@pytest.mark.parametrize(
    ("healthy", "of"),
    [
        pytest.param(True, pod(running(), ready=True), id="ready"),
        pytest.param(False, pod(running(ready=False), ready=False), id="not ready"),
        pytest.param(False, pod(running(), ready=False), id="a gate is closed"),
        pytest.param(False, pod(running(last=end(1), restarts=1), ready=True), id="restarted a minute ago"),
        pytest.param(
            True, pod(running(last=end(1, ended=9000), restarts=9), ready=True), id="restarts are history"
        ),
        pytest.param(True, pod(terminated(0, "Completed"), phase="Succeeded"), id="has done its work"),
        pytest.param(False, pod(terminated(1), phase="Failed"), id="failed"),
        pytest.param(False, pod(phase="Failed", status={"reason": "Evicted"}), id="evicted"),
        pytest.param(True, pod(running(), ready=False, meta={"deletionTimestamp": ago(-9)}), id="leaves"),
        pytest.param(
            True, pod(running(), ready=False, meta={"deletionTimestamp": ago(60)}), id="leaves, a bit late"
        ),
        pytest.param(
            False, pod(running(), ready=True, meta={"deletionTimestamp": ago(61)}), id="does not leave"
        ),
        pytest.param(False, pod(CREATING, phase="Pending", ready=False), id="never begins"),
        pytest.param(True, pod(CREATING, phase="Pending", ready=False, age=59), id="begins"),
        pytest.param(False, pod(phase=""), id="unknown"),
    ],
)
def test_health(healthy: bool, of: Pod) -> None:
    assert facts(of).healthy is healthy


@pytest.mark.parametrize(
    ("starting", "of"),
    [
        (True, pod(CREATING, phase="Pending", ready=False, age=59)),
        (False, pod(CREATING, phase="Pending", ready=False, age=60)),
        (True, pod(running(ready=False, since=20), ready=False, age=30)),
        (False, pod(running(), ready=True, age=30)),
        (False, pod(waiting("CrashLoopBackOff", last=end(1)), ready=False, age=30)),
        (False, pod(waiting("ErrImagePull"), phase="Pending", ready=False, age=30)),
        (False, pod(terminated(1), phase="Failed", age=30)),
        (False, pod(terminated(0), phase="Succeeded", age=30)),
    ],
)
def test_young_pods_are_starting(starting: bool, of: Pod) -> None:
    assert facts(of).starting is starting


def test_a_pod_that_waited_long_for_a_node_is_starting_once_it_has_one() -> None:
    placed = {"type": "PodScheduled", "status": "True", "lastTransitionTime": ago(20)}
    late = pod_json(CREATING, phase="Pending", age=9000)
    late["status"]["conditions"] = [placed]
    assert facts(make(Pod, **late)).starting
    late["status"]["conditions"] = [placed | {"status": "False"}]
    assert not facts(make(Pod, **late)).starting
    late["metadata"]["creationTimestamp"] = ago(30)
    assert facts(make(Pod, **late)).starting


@pytest.mark.parametrize(
    ("ended", "phase"),
    [(True, "Succeeded"), (True, "Failed"), (False, "Running"), (False, "Pending"), (False, "")],
)
def test_ended_pods_do_not_restart(ended: bool, phase: str) -> None:
    found = facts(pod(running(), phase=phase))
    assert found.ended is ended
    assert found.containers[0].will_restart is not ended


def gate(kind: str = "target-health.elbv2.k8s.aws/x", **condition: str) -> Pod:
    conditions = [{"type": kind, **condition}] if condition else []
    return pod(
        running(), spec={"readinessGates": [{"conditionType": kind}]}, status={"conditions": conditions}
    )


@pytest.mark.parametrize(
    ("said", "alb", "of"),
    [
        ("", False, gate(status="True")),
        ("not reported by its controller", True, gate()),
        ("Bad: codes: [404]", True, gate(status="False", reason="Bad", message="codes: [404]")),
        ("False", False, gate("example.com/x", status="False")),
        ("False", True, gate("target-health.alb.ingress.k8s.aws/x", status="False")),
    ],
)
def test_readiness_gates(said: str, alb: bool, of: Pod) -> None:
    found = facts(of)
    assert (str(found.gate or ""), found.gate_is_alb, bool(found.gates_failing)) == (said, alb, bool(said))


STUCK = (event("FailedMount", 'secret "tls" not found'), event("FailedCreatePodSandBox", "ipamd"))


@pytest.mark.parametrize(
    ("waits", "of"),
    [
        (True, pod(CREATING, phase="Pending")),
        (
            True,
            pod(waiting("PodInitializing"), inits=(waiting("PodInitializing", name="i"),), phase="Pending"),
        ),
        (True, pod(phase="Pending")),
        (False, pod(CREATING, phase="Pending", spec=UNPLACED)),
        (False, pod(running(), phase="Running")),
        (False, pod(waiting("ImagePullBackOff"), phase="Pending")),
        (False, pod(waiting("PodInitializing"), inits=(running("i"),), phase="Pending")),
        (False, pod(waiting("PodInitializing"), inits=(terminated(1, name="i"),), phase="Pending")),
        (False, pod(waiting("ContainerCreating", last=end(1)), phase="Pending")),
    ],
)
def test_volumes_and_network_matter_until_something_has_begun(waits: bool, of: Pod) -> None:
    found = facts(of, events=STUCK)
    assert (found.volume.problem, found.sandbox.problem) == (
        ("secret_missing", "cni_agent_down") if waits else ("none", "none")
    )


def test_static_pods_have_no_owner() -> None:
    mirror = pod(
        running(), ready=True, meta={"ownerReferences": [{"kind": "Node", "name": "n", "controller": True}]}
    )
    assert facts(mirror).top_owner == mirror.ref
    assert facts(mirror).owner_path == "pod/p"


@pytest.mark.parametrize(
    "raw",
    [
        {"metadata": {"name": "p"}},
        {"metadata": {"name": "p"}, "status": None, "spec": None},
        {"metadata": {"name": "p", "labels": None, "ownerReferences": None}, "status": {"conditions": None}},
        {
            "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "a", "env": None, "resources": None}, None]},
        },
        {"metadata": {"name": "p"}, "status": {"containerStatuses": [{"name": "ghost", "state": None}]}},
        {
            "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": "x"}}}]},
        },
    ],
)
def test_pods_with_next_to_nothing_in_them_have_facts(raw: Json) -> None:
    found = facts(make(Pod, **raw))
    assert not found.healthy
    assert found.status == "Unknown"
    assert all(container.phase == "unknown" and not container.failing for container in found.containers)


def test_an_unfamiliar_phase_and_policy_are_kept_within_the_words_of_rules() -> None:
    found = facts(pod(phase="Wondering", spec={"restartPolicy": "Sometimes"}))
    assert (found.phase, found.restart_policy) == ("Unknown", "Always")
    phases = ("Pending", "Running", "Succeeded", "Failed")
    assert tuple(facts(pod(phase=phase)).phase for phase in phases) == phases
    assert [facts(pod(spec={"restartPolicy": each})).restart_policy for each in ("Never", "OnFailure")] == [
        "Never",
        "OnFailure",
    ]


@pytest.mark.parametrize(
    ("source", "facts_missing", "of_container"),
    [
        ("events", {"volume", "sandbox"}, {"killed_by_probe", "kill", "kill_probe"}),
        ("siblings", {"siblings"}, set()),
        ("replica_sets", {"change", "creation"}, set()),
        ("owner", {"creation"}, set()),
        ("services", {"effect"}, set()),
        ("slices", {"effect"}, set()),
        ("dependency", {"dependency"}, set()),
        ("metrics", set(), {"memory_used", "memory_share", "cpu_used", "cpu_share", "usage"}),
        ("log app", set(), {"log", "signature", "signature_is_cause"}),
        ("log other", set(), set()),
        ("node", set(), set()),
        ("account", set(), set()),
    ],
)
def test_what_could_not_be_read_is_unknown(
    source: str, facts_missing: set[str], of_container: set[str]
) -> None:
    found = facts(pod(running(), ready=True), missing={source: "no right"})
    assert set(found.missing) == facts_missing
    assert set(found.containers[0].missing) == of_container
    assert bool(found.node.missing) == (source == "node")
    assert bool(found.identity.missing) == (source == "account")
    assert all(why == "no right" for why in (*found.missing.values(), *found.containers[0].missing.values()))
    assert found.effect == "" or source not in {"services", "slices"}


def quota(*, existing: int | None, siblings: tuple[Pod, ...]) -> CreationFacts:
    refused = Condition(type="ReplicaFailure", status="True", message="exceeded quota: q, requested: pods=1")
    return facts(
        pod(running(), ready=True),
        wanted=2,
        existing=existing,
        siblings=siblings,
        owner_conditions=(refused,),
    ).creation


def test_pods_that_are_over_do_not_count_as_existing() -> None:
    evicted = pod(phase="Failed", status={"reason": "Evicted"})
    assert quota(existing=None, siblings=(pod(running()), evicted)).existing == 1
    assert quota(existing=None, siblings=(pod(running()), evicted)).refused == "quota"
    assert quota(existing=None, siblings=(pod(running()), pod(running()))).refused == "none"
    assert quota(existing=1, siblings=(pod(running()), pod(running()))).refused == "quota"
    assert facts(pod()).creation == CreationFacts()


def test_owners_without_pods() -> None:
    ref = ObjectRef("Deployment", "web", "ns")
    lacking = CreationFacts(wanted=2, refused="quota")
    refused = never_created_facts(ref, lacking, status="not created", healthy=False)
    assert (refused.exists, refused.healthy, refused.status, refused.effect) == (
        False,
        False,
        "not created",
        "0 of 2 pods exist",
    )
    assert (refused.owner_path, refused.creation, refused.ready) == ("deployment/web", lacking, False)


def test_everything_that_was_read_reaches_its_facts() -> None:
    of = pod(running(), ready=True, meta={"labels": {"app": "web"}})
    service = make(Service, metadata={"name": "web"}, spec={"selector": {"app": "web"}})
    one = {"addresses": ["10.0.0.1"], "conditions": {"ready": True}}
    piece = make(EndpointSlice, metadata={"labels": {"kubernetes.io/service-name": "web"}}, endpoints=[one])
    found = facts(
        of,
        owner=ObjectRef("CronJob", "nightly", "ns"),
        node=make(Node, status={"conditions": [{"type": "Ready", "status": "True"}]}),
        services=(service,),
        slices=(piece,),
        metrics=make(PodMetrics, containers=[{"name": "app", "usage": {"cpu": "1", "memory": "1Mi"}}]),
        account=make(ServiceAccount, metadata={"name": "default"}),
        logs={"app": LogFacts(lines=7)},
        siblings=(of, pod(waiting("CrashLoopBackOff"))),
    )
    assert (found.owner, found.owner_path) == ("CronJob nightly", "cronjob/nightly")
    assert found.effect == "Service web is fully served by 1 endpoint"
    assert (found.node.ready, found.containers[0].cpu_used, found.containers[0].log.lines) == ("True", 1, 7)
    assert found.identity.account_exists
    assert found.siblings.unhealthy == 1
    assert found.ready
    assert not facts(pod(running(), ready=False)).ready
    assert found.age == 7200


def test_the_reasons_of_a_failed_pod() -> None:
    over = facts(pod(phase="Failed", status={"reason": "DeadlineExceeded", "message": "too long"}))
    assert over.deadline_exceeded
    assert not facts(pod(phase="Failed", status={"reason": "Evicted"})).deadline_exceeded
    refused = facts(pod(phase="Failed", status={"reason": "OutOfcpu", "message": "no cpu\r\n"}))
    assert (refused.rejected, str(refused.rejected_said)) == ("OutOfcpu", "no cpu")
