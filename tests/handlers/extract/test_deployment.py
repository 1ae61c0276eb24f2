"""Deployments: numbers, rollouts, refusals, throttling, and what they depend on."""

from typing import Any

import pytest

from handlers.extract.deployment import deployment_facts, rollout_state
from handlers.extract.throttled import is_throttled, throttled_facts
from handlers.extract.workload import selector_text
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import LabelSelector
from handlers.sources.objects.metrics import PodMetrics
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import ReplicaSet
from rules.facts.workload import DeploymentFacts, RolloutState, ThrottledFacts, WebhookFacts
from rules.finding import ObjectRef
from tests.handlers.build import NOW, Json, ago, event, make, running
from tests.handlers.workload_build import (
    condition,
    crashing,
    deployment,
    meta,
    owned_json,
    reads,
    template,
    well,
    young,
)

TIMED_OUT = condition(
    "Progressing", "False", "ProgressDeadlineExceeded", "ReplicaSet has timed out progressing."
)
MOVING = condition("Progressing", "True", "ReplicaSetUpdated", "is progressing")
DONE = condition(
    "Progressing", "True", "NewReplicaSetAvailable", "has successfully progressed", seconds=90_000
)
QUOTA = (
    'pods "web-x" is forbidden: exceeded quota: q, requested: requests.cpu=1, used: requests.cpu=2, '
    "limited: requests.cpu=2"
)
WEBHOOK = (
    'Internal error occurred: failed calling webhook "w.example.com": failed to call webhook: '
    'Post "https://hook.policy.svc:443/v": no endpoints available for service "hook"'
)


def facts(item: Any, *pods: Pod, throttled: ThrottledFacts | None = None, **more: Any) -> DeploymentFacts:
    return deployment_facts(item, reads(item, *pods, **more), throttled or ThrottledFacts())


def revision(number: int, *, wanted: int = 0, there: int = 0, ready: int = 0, **parts: Any) -> ReplicaSet:
    return make(
        ReplicaSet,
        metadata=meta(f"web-{number}", annotations={"deployment.kubernetes.io/revision": str(number)}),
        spec={"replicas": wanted, "template": template(image=f"img:{number}")},
        status={"replicas": there, "readyReplicas": ready, **parts},
    )


def test_all_pods_ready_is_healthy() -> None:
    found = facts(deployment(2, conditions=[DONE]), well("web-1"), well("web-2"))
    assert found.healthy
    assert found.rollout == "complete"
    assert found.pods.said is None
    assert found.revision == "3"
    assert found.effect == "No Service selects its pods; 2 of 2 are ready"


def test_pods_that_crash_are_counted_by_their_state() -> None:
    item = deployment(3, conditions=[DONE], readyReplicas=1)
    found = facts(item, well("web-1"), crashing("web-2"), crashing("web-3"))
    assert not found.healthy
    assert str(found.pods.said) == "2 of 3 pods are unhealthy: 2 CrashLoopBackOff"
    assert found.pods.example == "web-2"
    assert [ref.name for ref in found.depends_on] == ["web-2", "web-3", "web-1"]


def test_pods_of_seconds_ago_are_no_fault() -> None:
    found = facts(deployment(2, conditions=[DONE], readyReplicas=1), well("web-1"), young())
    assert found.healthy
    assert found.rolling_out


def test_scaled_to_zero_is_healthy() -> None:
    assert facts(deployment(0)).healthy


@pytest.mark.parametrize(
    ("conditions", "status", "expected"),
    [
        ([DONE], {"readyReplicas": 0}, "complete"),
        ([MOVING], {"updatedReplicas": 1, "replicas": 3}, "progressing"),
        ([{**MOVING, "lastUpdateTime": ago(700)}], {"updatedReplicas": 1}, "overdue"),
        ([{**MOVING, "lastUpdateTime": ago(700)}], {}, "complete"),
        ([TIMED_OUT], {"updatedReplicas": 1, "replicas": 3}, "stalled"),
        ([], {"readyReplicas": 0}, "none"),
    ],
)
def test_rollout_state(conditions: list[Json], status: Json, expected: RolloutState) -> None:
    assert rollout_state(deployment(2, conditions=conditions, **status), NOW) == expected


def test_rollout_has_the_deadline_it_states() -> None:
    item = deployment(
        2,
        conditions=[{**MOVING, "lastUpdateTime": ago(90)}],
        updatedReplicas=1,
        spec={"progressDeadlineSeconds": 60},
    )
    assert rollout_state(item, NOW) == "overdue"


def test_rollout_within_its_deadline_is_healthy_whatever_is_not_ready() -> None:
    item = deployment(2, conditions=[MOVING], readyReplicas=1, updatedReplicas=1, replicas=3)
    assert facts(item, well("web-1"), crashing("web-2")).healthy


def test_rollout_that_timed_out_is_not_healthy_though_the_old_pods_serve() -> None:
    item = deployment(2, conditions=[TIMED_OUT], updatedReplicas=1, replicas=3)
    sets = (revision(3, wanted=1, there=1), revision(2, wanted=2, there=2, ready=2))
    found = facts(item, well("web-1"), sets=sets)
    assert not found.healthy
    assert found.old_ready == 2
    assert "ProgressDeadlineExceeded" in str(found.progress)
    assert "image of app 2 → 3" in str(found.change.diff)


def test_pause_in_the_middle_of_a_rollout_is_told_from_one_with_nothing_to_do() -> None:
    half = facts(deployment(4, spec={"paused": True}, updatedReplicas=1), well())
    assert half.pending_change
    assert not half.healthy
    idle = facts(deployment(4, spec={"paused": True}), well())
    assert idle.paused
    assert idle.healthy


def test_refused_pods_name_the_quota_and_the_namespace_it_is_of() -> None:
    failed = condition("ReplicaFailure", "True", "FailedCreate", QUOTA)
    found = facts(deployment(3, conditions=[failed], replicas=1, readyReplicas=1), well("web-1"))
    assert (found.creation.refused, found.creation.name) == ("quota", "q")
    assert ObjectRef("Namespace", "ns") in found.depends_on


def test_refused_extra_pod_of_a_rollout_is_told_though_all_wanted_pods_are_there() -> None:
    failed = condition("ReplicaFailure", "True", "FailedCreate", QUOTA)
    sets = (revision(3, wanted=1, there=0), revision(2, wanted=2, there=2, ready=2))
    found = facts(deployment(2, conditions=[failed, TIMED_OUT], updatedReplicas=0), well("web-1"), sets=sets)
    assert found.creation.refused == "quota"
    assert (found.creation.existing, found.creation.wanted) == (2, 3)


def test_event_of_a_replica_set_is_enough() -> None:
    events = (make(Event, reason="FailedCreate", message=f"Error creating: {QUOTA}", lastTimestamp=ago(9)),)
    assert facts(deployment(2, replicas=0, readyReplicas=0), events=events).creation.refused == "quota"


def test_pods_of_a_webhook_that_refuses_come_first_among_what_it_depends_on() -> None:
    failed = condition("ReplicaFailure", "True", "FailedCreate", WEBHOOK)
    behind = make(Pod, **owned_json("hook-1", meta={"namespace": "policy"}))
    webhook = WebhookFacts(name="w.example.com", service="hook", namespace="policy")
    found = facts(
        deployment(2, conditions=[failed], replicas=0, readyReplicas=0),
        webhook=webhook,
        webhook_pods=(behind,),
    )
    assert found.creation.refused == "webhook_down"
    assert found.depends_on == (ObjectRef("Pod", "hook-1", "policy"), ObjectRef("Service", "hook", "policy"))


def test_service_account_that_is_missing_is_depended_on() -> None:
    text = 'pods "x" is forbidden: error looking up service account ns/ner: serviceaccount "ner" not found'
    failed = condition("ReplicaFailure", "True", "FailedCreate", text)
    found = facts(deployment(1, conditions=[failed], replicas=0, readyReplicas=0))
    assert ObjectRef("ServiceAccount", "ner", "ns") in found.depends_on


def test_what_could_not_be_read_is_missing() -> None:
    missing = {"pods": "pods: forbidden", "replica_sets": "rollout: forbidden", "services": "services: slow"}
    item = deployment(2, readyReplicas=1)
    found = deployment_facts(item, reads(item, missing=missing), ThrottledFacts())
    assert found.missing.keys() >= {"pods", "creation", "change", "effect"}
    assert not found.healthy


def test_refusal_that_was_read_is_known_though_events_were_not() -> None:
    failed = condition("ReplicaFailure", "True", "FailedCreate", QUOTA)
    item = deployment(2, conditions=[failed], replicas=0, readyReplicas=0)
    assert "creation" not in facts(item, missing={"events": "events: forbidden"}).missing


def test_inference_service_owns_what_its_controller_writes() -> None:
    item = deployment(1)
    owner = {"kind": "InferenceService", "name": "iris", "uid": "u", "controller": True}
    owned = make(
        type(item),
        metadata=meta(ownerReferences=[owner], labels={"serving.kserve.io/inferenceservice": "iris"}),
        spec={"selector": {"matchLabels": {"app": "web"}}},
        status={"replicas": 1, "readyReplicas": 1, "updatedReplicas": 1},
    )
    found = facts(owned, well())
    assert found.top_owner == ObjectRef("InferenceService", "iris", "ns")
    assert found.inference_service == "iris"
    assert not found.editable


def usage(name: str, cpu: str) -> PodMetrics:
    return make(PodMetrics, metadata={"name": name}, containers=[{"name": "app", "usage": {"cpu": cpu}}])


def limited(name: str) -> Pod:
    return make(Pod, **owned_json(name, running(spec={"resources": {"limits": {"cpu": "200m"}}}), ready=True))


def test_throttling_of_all_pods() -> None:
    pods = [limited("web-1"), limited("web-2")]
    found = throttled_facts(pods, [usage("web-1", "199m"), usage("web-2", "198m")])
    assert (found.container, found.pods, found.measured, found.suggested) == ("app", 2, 2, "400m")
    assert str(found.said) == "container app uses 199m, 198m of 200m in 2 of 2 pods"
    assert is_throttled(pods[0], usage("web-1", "199m"))


def test_throttling_of_one_pod_and_of_none() -> None:
    pods = [limited("web-1"), limited("web-2")]
    assert throttled_facts(pods, [usage("web-1", "199m"), usage("web-2", "20m")]).pods == 1
    assert throttled_facts(pods, [usage("web-1", "20m")]) == ThrottledFacts(measured=1)
    assert throttled_facts(pods, []) == ThrottledFacts()
    assert not is_throttled(well(), usage("web-1", "199m"))


def test_selectors_as_kubectl_takes_them() -> None:
    selector = make_selector(
        matchLabels={"b": "2", "a": "1"},
        matchExpressions=[
            {"key": "tier", "operator": "In", "values": ["x", "y"]},
            {"key": "env", "operator": "NotIn", "values": ["dev"]},
            {"key": "kept", "operator": "Exists"},
            {"key": "old", "operator": "DoesNotExist"},
        ],
    )
    assert selector_text(selector) == "a=1,b=2,tier in (x,y),env notin (dev),kept,!old"


def make_selector(**fields: Any) -> LabelSelector:
    return deployment(1, spec={"selector": fields}).spec.selector


def test_events_about_other_things_are_no_refusal() -> None:
    assert (
        facts(deployment(2, replicas=1), well(), events=(event("Scaled", "up"),)).creation.refused == "none"
    )


@pytest.mark.parametrize(
    ("marks", "keeper", "editable"),
    [
        ({"annotations": {"argocd.argoproj.io/tracking-id": "web:apps/Deployment:ns/web"}}, "web", False),
        ({"labels": {"argocd.argoproj.io/instance": "web"}}, "web", False),
        ({"annotations": {"meta.helm.sh/release-name": "charted"}}, "Helm release charted", True),
        ({}, "", True),
    ],
)
def test_who_keeps_it_from_outside(marks: Json, keeper: str, editable: bool) -> None:
    item = deployment(1)
    kept = make(type(item), metadata=meta(**marks), spec={"selector": {"matchLabels": {"app": "web"}}})
    found = facts(kept)
    assert found.kept_by.endswith(keeper)
    assert found.editable == editable


def test_pods_that_run_and_are_not_ready_are_said_so() -> None:
    waits = make(Pod, **owned_json("web-1", running(ready=False), ready=False))
    found = facts(deployment(1, conditions=[DONE], readyReplicas=0), waits)
    assert str(found.pods.said) == "1 of 1 pods are unhealthy: 1 Running but not ready"
