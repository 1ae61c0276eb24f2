"""How a workflow stands, told from its own object."""

import base64
import gzip
import json
from typing import Any

import pytest

from handlers.extract.workflow import WorkflowReads, standing, workflow_facts
from handlers.extract.workflow_controller import controller_facts, settings_of
from handlers.extract.workflow_lock import lock_facts, lock_waited_for
from handlers.extract.workflow_messages import meaning
from handlers.extract.workflow_nodes import NodesUnread, Tree, pod_names, pod_of
from handlers.sources.objects.argo import Workflow, WorkflowNode
from handlers.sources.objects.config_map import ConfigMap
from handlers.sources.objects.pod import Pod
from rules.finding import ObjectRef
from tests.handlers.build import NOW, Json, ago, make


def node(identity: str, kind: str = "Pod", phase: str = "Succeeded", **more: object) -> Json:
    known: Json = {"id": identity, "name": identity, "displayName": identity, "type": kind, "phase": phase}
    return {**known, "startedAt": ago(3600), "finishedAt": ago(600), **more}


def flow(*nodes: Json, phase: str = "Running", spec: Json | None = None, **status: Any) -> Workflow:
    made: Json = {"name": "flow", "namespace": "argo", "creationTimestamp": ago(3600)}
    made |= status.pop("metadata", {})
    return make(
        Workflow,
        metadata=made,
        spec=spec or {},
        status={"phase": phase, "nodes": {one["id"]: one for one in nodes}, **status},
    )


MESSAGES = [
    ("main: Error (exit code 1)", "exit", "", "main"),
    ("main: OOMKilled (exit code 137)", "oom", "", "main"),
    ("train: Error (exit code 3)", "exit", "", "train"),
    ("wait: Error (exit code 64)", "executor_failed", "", "wait"),
    (
        "init: Error (exit code 64): artifact features failed to load: The specified key does not exist.",
        "artifact_key_missing",
        "features",
        "init",
    ),
    ("wait: Error (exit code 1): failed to put file: Access Denied.", "artifact_denied", "", "wait"),
    (
        'wait: Error (exit code 64): workflowtaskresults.argoproj.io is forbidden: User "x" cannot create',
        "executor_rbac",
        "",
        "wait",
    ),
    (
        'pods "x" is forbidden: error looking up service account argo/etl: serviceaccount "etl" not found',
        "service_account",
        "etl",
        "",
    ),
    ('pods "x" is forbidden: exceeded quota: argo-quota, requested: pods=1', "quota", "argo-quota", ""),
    ('pods "x" is forbidden: violates PodSecurity "baseline:latest"', "refused", "", ""),
    (
        'Unschedulable: 0/3 nodes are available: persistentvolumeclaim "cache" not found.',
        "claim_missing",
        "cache",
        "",
    ),
    ("Unschedulable: pod has unbound immediate PersistentVolumeClaims.", "claim_unbound", "", ""),
    ("Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.", "unschedulable", "", ""),
    ("ImagePullBackOff: Back-off pulling image", "image_pull", "", ""),
    ('CreateContainerConfigError: secret "s" not found', "config", "", ""),
    ("required artifact 'data' not supplied", "artifact_not_supplied", "data", ""),
    ("artifact storage is not configured; see the docs", "artifact_not_configured", "", ""),
    ("artifact model failed to save: timeout", "artifact_failed", "model", ""),
    ("template trian not found", "template_missing", "trian", ""),
    ('workflowtemplates.argoproj.io "daily" not found', "template_missing", "daily", ""),
    ("failed to resolve {{inputs.parameters.day}}", "unresolved", "", ""),
    ("Step exceeded its deadline", "deadline", "", ""),
    ("Pod was active on the node longer than the specified deadline", "deadline", "", ""),
    ("pod deleted", "pod_deleted", "", ""),
    ("Evicted: The node was low on resource: memory.", "evicted", "", ""),
    ("workflow is longer than maximum allowed size. compressed size 2 > maxSize 1", "too_large", "", ""),
    ("Max parallelism reached", "step_parallelism", "", ""),
    ("Waiting for argo/Mutex/one lock. Lock status: 0/1", "lock", "", ""),
    ("Workflow processing has been postponed because too many workflows are already running",
     "parallelism", "", ""),
    ("child 'flow-1' failed", "none", "", ""),
    ("No more retries left", "none", "", ""),
    ("", "none", "", ""),
    ("something new", "unknown", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem", "name", "container"), MESSAGES)
def test_what_the_controller_says(text: str, problem: str, name: str, container: str) -> None:
    told = meaning(text)
    assert (told.problem, told.name, told.container) == (problem, name, container)


def test_the_deepest_step_decides_not_the_chain_above_it() -> None:
    stands = standing(
        flow(
            node("flow", "DAG", "Failed", children=["a"], message="child 'a' failed"),
            node("a", "Steps", "Failed", boundaryID="flow", children=["b"], message="child 'b' failed"),
            node("b", "Pod", "Failed", boundaryID="a", message="main: Error (exit code 2)"),
            phase="Failed",
            message="child 'a' failed",
        ),
        NOW,
    )
    assert stands.node is not None
    assert (stands.node.id, stands.meaning.problem, stands.meaning.exit_code) == ("b", "exit", 2)


def retried(retry: str, *attempts: str, flow_phase: str) -> Workflow:
    children = [f"try-{number}" for number in range(len(attempts))]
    return flow(
        node("flow", "Steps", flow_phase, children=["retry"]),
        node("retry", "Retry", retry, boundaryID="flow", children=children),
        *(
            node(name, "Pod", phase, boundaryID="flow", message=f"main: Error (exit code {number})")
            for number, (name, phase) in enumerate(zip(children, attempts, strict=True), 1)
        ),
        phase=flow_phase,
    )


def test_of_retries_the_last_attempt_decides() -> None:
    facts = workflow_facts(
        WorkflowReads(workflow=retried("Failed", "Failed", "Failed", flow_phase="Failed"), now=NOW)
    )
    assert (facts.step.exit_code, facts.step.attempts, facts.steps_failed) == (2, 2, 1)


def test_an_attempt_that_was_made_good_is_no_fault() -> None:
    facts = workflow_facts(
        WorkflowReads(workflow=retried("Succeeded", "Failed", "Succeeded", flow_phase="Succeeded"), now=NOW)
    )
    assert facts.healthy
    assert not facts.failed


def test_a_step_that_is_being_tried_again_is_no_failure_yet() -> None:
    facts = workflow_facts(
        WorkflowReads(workflow=retried("Running", "Failed", "Running", flow_phase="Running"), now=NOW)
    )
    assert facts.healthy
    assert facts.retrying


def test_a_failed_step_of_a_running_workflow_is_told_at_once() -> None:
    running = flow(
        node("flow", "DAG", "Running", children=["a", "b"]),
        node("a", "Pod", "Failed", boundaryID="flow", message="main: Error (exit code 1)"),
        node("b", "Pod", "Running", boundaryID="flow"),
    )
    assert standing(running, NOW).failed


def test_a_failure_that_its_group_forgave_is_no_fault() -> None:
    forgiven = flow(
        node("flow", "Steps", "Running", children=["group"]),
        node("group", "Steps", "Succeeded", boundaryID="flow", children=["a"]),
        node("a", "Pod", "Failed", boundaryID="group", message="main: Error (exit code 1)"),
    )
    assert not standing(forgiven, NOW).trouble


def test_what_ended_first_is_the_cause_and_exit_handlers_come_last() -> None:
    stands = standing(
        flow(
            node("flow", "DAG", "Failed", children=["a", "b", "c"]),
            node("a", "Pod", "Failed", finishedAt=ago(900), message="workflow shutdown with strategy: Stop"),
            node("b", "Pod", "Failed", finishedAt=ago(500), message="main: Error (exit code 1)"),
            node("flow.onExit", "Pod", "Failed", finishedAt=ago(800), message="main: Error (exit code 9)"),
            phase="Failed",
        ),
        NOW,
    )
    assert stands.node is not None
    assert stands.node.id == "b"


def test_skipped_and_omitted_steps_are_no_faults() -> None:
    well = flow(
        node("flow", "DAG", "Running", children=["a", "b"]),
        node("a", "Skipped", "Skipped", message="when 'x' evaluated false"),
        node("b", "Skipped", "Omitted", message="omitted: depends condition not met"),
    )
    assert workflow_facts(WorkflowReads(workflow=well, now=NOW)).healthy


@pytest.mark.parametrize(
    "stopped",
    [
        flow(phase="Failed", spec={"shutdown": "Stop"}, message="Stopped with strategy 'Stop'"),
        flow(phase="Failed", message="Stopped with strategy 'Terminate'"),
    ],
)
def test_what_a_person_ended_is_no_fault(stopped: Workflow) -> None:
    facts = workflow_facts(WorkflowReads(workflow=stopped, now=NOW))
    assert facts.healthy
    assert facts.stopped_by in {"Stop", "Terminate"}


def test_a_workflow_is_not_stuck_in_its_first_minutes() -> None:
    young = flow(phase="", metadata={"creationTimestamp": ago(60)})
    old = flow(phase="", metadata={"creationTimestamp": ago(200)})
    assert not standing(young, NOW).stuck
    assert standing(old, NOW).stuck


def test_a_node_may_take_minutes_to_come() -> None:
    def waits(seconds: float) -> Workflow:
        pending = node("a", "Pod", "Pending", startedAt=ago(seconds), message="Unschedulable: 0/3 nodes")
        return flow(node("flow", "Steps", "Running", children=["a"]), pending)

    assert not standing(waits(200), NOW).stuck
    assert standing(waits(400), NOW).meaning.problem == "unschedulable"


def test_a_suspended_workflow_is_neither_stuck_nor_ill() -> None:
    facts = workflow_facts(WorkflowReads(workflow=flow(node("s", "Suspend", "Running")), now=NOW))
    assert facts.suspended
    assert facts.healthy


def compressed(nodes: Json) -> str:
    return base64.b64encode(gzip.compress(json.dumps(nodes).encode(), mtime=0)).decode()


def test_compressed_nodes_are_read() -> None:
    packed = compressed({"b": node("b", "Pod", "Error", message="pod deleted")})
    facts = workflow_facts(WorkflowReads(workflow=flow(phase="Error", compressedNodes=packed), now=NOW))
    assert facts.problem == "pod_deleted"
    assert facts.missing == {}


@pytest.mark.parametrize("text", ["???", base64.b64encode(b"no gzip").decode(), compressed([])])  # type: ignore[arg-type]
def test_nodes_that_cannot_be_read_are_said(text: str) -> None:
    with pytest.raises(NodesUnread, match="cannot be read"):
        Tree.of(flow(phase="Failed", compressedNodes=text))


def test_offloaded_nodes_leave_the_cause_open() -> None:
    away = flow(phase="Failed", offloadNodeStatusVersion="fnv:1", message="child 'x' failed")
    facts = workflow_facts(WorkflowReads(workflow=away, now=NOW))
    assert facts.failed
    assert {"problem", "step"} <= facts.missing.keys()
    assert "offloaded" in facts.missing["step"]


def test_nodes_that_name_each_other_end_the_walk() -> None:
    round_about = flow(
        node("a", "Steps", "Failed", boundaryID="b"), node("b", "Steps", "Failed", boundaryID="a")
    )
    assert Tree.of(round_about).failed_leaves() == ()


NODE = WorkflowNode(id="flow-123", name="flow.train", type="Pod", template_name="train")


def test_pods_are_named_after_the_template_or_as_the_node() -> None:
    assert pod_names("flow", NODE) == ("flow-train-123", "flow-123")
    long = WorkflowNode(id="flow-123", template_name="x" * 300)
    assert len(pod_names("flow", long)[0]) == 253 - 10 - 1 + len("-123")


@pytest.mark.parametrize(
    "metadata",
    [
        {"name": "any", "annotations": {"workflows.argoproj.io/node-id": "flow-123"}},
        {"name": "flow-train-123"},
        {"name": "flow-123"},
    ],
)
def test_the_pod_of_a_step_is_found(metadata: Json) -> None:
    other = make(Pod, metadata={"name": "flow-load-7"})
    own = make(Pod, metadata=metadata)
    assert pod_of("flow", NODE, [other, own]) is own
    assert pod_of("flow", NODE, [other]) is None


def test_the_holder_of_a_semaphore_is_told_with_its_own_trouble() -> None:
    waiting = flow(
        phase="Pending",
        message="Waiting for argo/ConfigMap/locks/train lock. Lock status: 0/1",
        synchronization={
            "semaphore": {
                "waiting": [{"semaphore": "argo/ConfigMap/locks/train", "holders": ["argo/other/other-7"]}]
            }
        },
    )
    wait = lock_waited_for(waiting)
    assert wait is not None
    assert wait.holding == (ObjectRef("Workflow", "other", "argo"),)
    stuck = flow(phase="", metadata={"name": "other"})
    facts = lock_facts(wait, {wait.holding[0]: stuck}, NOW, {})
    assert (facts.config, facts.key, facts.holder_stuck, facts.holder_gone) == ("locks", "train", True, False)
    gone = lock_facts(wait, {wait.holding[0]: None}, NOW, {})
    assert gone.holder_gone
    unread = lock_facts(wait, {}, NOW, {"holder_gone": "forbidden"})
    assert not unread.holder_gone
    assert unread.holder_said is None


def test_a_mutex_without_a_status_is_read_from_the_message() -> None:
    wait = lock_waited_for(flow(phase="Pending", message="Waiting for argo/Mutex/one lock. Lock status: 0/1"))
    assert wait is not None
    assert (wait.kind, wait.name, wait.holding) == ("mutex", "argo/Mutex/one", ())


def controller(*words: str) -> Pod:
    containers = [{"name": "controller", "args": list(words)}]
    return make(Pod, metadata={"name": "c", "namespace": "argo"}, spec={"containers": containers})


@pytest.mark.parametrize(
    ("words", "watches"),
    [
        ((), True),
        (("--namespaced",), False),
        (("--namespaced", "--managed-namespace", "team"), True),
        (("--namespaced", "--managed-namespace=other"), False),
    ],
)
def test_which_namespace_a_controller_watches(words: tuple[str, ...], *, watches: bool) -> None:
    other = make(Workflow, metadata={"name": "flow", "namespace": "team"})
    assert controller_facts(other, [controller(*words)], [], "argo", {}).watches is watches


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        ({"config": "parallelism: 20\nnamespaceParallelism: 4\ninstanceID: blue\n"}, ("blue", 20, 4)),
        ({"parallelism": "20", "instanceID": "blue"}, ("blue", 20, None)),
        ({"config": "{{: no yaml"}, ("", None, None)),
        ({"config": "parallelism: 0"}, ("", None, None)),
    ],
)
def test_what_the_controller_is_set_to(data: dict[str, str], limits: tuple[object, ...]) -> None:
    found = settings_of(make(ConfigMap, metadata={"name": "c"}, data=data))
    assert (found.instance_id, found.parallelism, found.namespace_parallelism) == limits
