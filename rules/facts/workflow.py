"""Facts about an Argo Workflow and about a CronWorkflow: every word a rule about them may say."""

from typing import Annotated, Literal

from rules.facts.base import Facts, SubjectFacts, fact
from rules.finding import ObjectRef, Observation

WorkflowPhase = Literal["not picked up", "Pending", "Running", "Succeeded", "Failed", "Error"]
WorkflowProblem = Literal[
    "none",
    "not_picked_up",
    "parallelism",
    "step_parallelism",
    "lock",
    "service_account",
    "claim_missing",
    "claim_unbound",
    "quota",
    "refused",
    "unschedulable",
    "image_pull",
    "config",
    "template_missing",
    "unresolved",
    "artifact_key_missing",
    "artifact_denied",
    "artifact_not_supplied",
    "artifact_not_configured",
    "artifact_failed",
    "executor_rbac",
    "deadline",
    "oom",
    "exit",
    "executor_failed",
    "pod_deleted",
    "evicted",
    "too_large",
    "offload",
    "unknown",
]
StoppedBy = Literal["", "Stop", "Terminate"]
LockKind = Literal["none", "semaphore", "mutex"]


class StepFacts(Facts, frozen=True, kw_only=True):
    """The step that decides how the workflow stands: the deepest that failed, or that waits."""

    name: Annotated[str, fact("The step as `argo get` shows it", read="status.nodes.displayName")] = ""
    template: Annotated[str, fact("Template it runs", read="status.nodes.templateName")] = ""
    phase: Annotated[str, fact("Phase of the node", read="status.nodes.phase")] = ""
    said: Annotated[
        Observation | None, fact("What the controller says of it", read="status.nodes.message")
    ] = None
    container: Annotated[str, fact("Container that ended it: main, init, wait; or empty")] = ""
    exit_code: Annotated[int | None, fact("Exit code of that container")] = None
    node: Annotated[str, fact("Node its pod ran on, or empty", read="status.nodes.hostNodeName")] = ""
    attempts: Annotated[int, fact("How often it was tried; 1 without retries")] = 1
    attempts_said: Annotated[Observation | None, fact("Its attempts in a sentence; None for one")] = None
    waits: Annotated[float, fact("How long it is pending", unit="seconds")] = 0.0
    pod: Annotated[str, fact("Name of its pod; empty when it never had one")] = ""
    pod_exists: Annotated[bool, fact("Whether that pod is still there")] = False
    pod_gone: Annotated[Observation | None, fact("That its pod, and the log with it, is gone")] = None
    error: Annotated[
        Observation | None, fact("What its log says went wrong", read="log of the container that ended it")
    ] = None
    signature: Annotated[str, fact("What a known failure in that log means, or empty")] = ""
    memory_limit: Annotated[int | None, fact("Memory limit of the container", unit="bytes")] = None
    memory_suggested: Annotated[str, fact("One and a half times the limit, or empty")] = ""
    missing_name: Annotated[
        str, fact("Service account, claim, quota, template or artifact that it lacks; or empty")
    ] = ""
    artifact: Annotated[str, fact("The artifact in words (artifact features, an artifact)")] = "an artifact"
    key: Annotated[str, fact("Object key of the artifact, or empty", read="node inputs, log of init")] = ""


class LockFacts(Facts, frozen=True, kw_only=True):
    """The semaphore or mutex a workflow waits for."""

    kind: Annotated[LockKind, fact("What it is", read="status.synchronization")] = "none"
    name: Annotated[str, fact("Its name (ns/ConfigMap/name/key, ns/Mutex/name)")] = ""
    config: Annotated[str, fact("ConfigMap that limits a semaphore, or empty")] = ""
    key: Annotated[str, fact("Key in that ConfigMap, or empty")] = ""
    holders: Annotated[tuple[str, ...], fact("Workflows that hold it")] = ()
    held: Annotated[str, fact("Who holds it, in words")] = "and nothing says who holds it"
    holder: Annotated[str, fact("Name of the first of them, or empty")] = ""
    holder_namespace: Annotated[str, fact("Its namespace")] = ""
    holder_gone: Annotated[bool, fact("Whether it has ended or is not there any more")] = False
    holder_stuck: Annotated[bool, fact("Whether it does not get on itself")] = False
    holder_said: Annotated[Observation | None, fact("How it stands")] = None


class ControllerFacts(Facts, frozen=True, kw_only=True):
    """The workflow controllers of the platform."""

    pods: Annotated[int, fact("Their pods", read="pods of the platform's component")] = 1
    ready: Annotated[int, fact("How many of them are ready")] = 1
    namespace: Annotated[str, fact("Where they were looked for")] = "argo"
    deployment: Annotated[str, fact("What makes those pods, as kubectl takes it, or empty")] = ""
    instance_ids: Annotated[
        tuple[str, ...], fact("Instance ids they work for; empty text: none", read="controller ConfigMap")
    ] = ("",)
    answers: Annotated[bool, fact("Whether one of them works for this workflow's instance id")] = True
    instances_said: Annotated[Observation | None, fact("Their instance ids in a sentence")] = None
    watches: Annotated[
        bool, fact("Whether one of them watches this namespace", read="arguments --namespaced")
    ] = True
    parallelism: Annotated[int | None, fact("Most workflows it runs at once", read="ConfigMap")] = None
    namespace_parallelism: Annotated[
        int | None, fact("Most workflows it runs at once in one namespace", read="ConfigMap")
    ] = None
    limits_said: Annotated[Observation | None, fact("Both limits in a sentence")] = None
    config: Annotated[str, fact("Its ConfigMap, or empty")] = ""


class WorkflowFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one Workflow."""

    ref: Annotated[ObjectRef, fact("The workflow")] = ObjectRef("Workflow", "flow", "argo")
    top_owner: Annotated[ObjectRef, fact("Its CronWorkflow, or itself")] = ObjectRef(
        "Workflow", "flow", "argo"
    )
    phase: Annotated[WorkflowPhase, fact("Phase", read="status.phase")] = "Running"
    age: Annotated[float, fact("Time since creation", unit="seconds")] = 3600.0
    completed: Annotated[bool, fact("Whether it has ended")] = False
    failed: Annotated[
        bool, fact("Whether it, or a step of it for good, has failed, and no person stopped it")
    ] = False
    stuck: Annotated[bool, fact("Whether it, or a step of it, waits longer than that takes")] = False
    healthy: Annotated[bool, fact("Succeeded, running within its time, or ended by a person")] = True
    stopped_by: Annotated[
        StoppedBy,
        fact("How a person ended it, or empty", read="spec.shutdown, status.message"),
    ] = ""
    stopped_said: Annotated[Observation | None, fact("What the controller says of that")] = None
    suspended: Annotated[bool, fact("Whether it waits for a person to resume it")] = False
    retrying: Annotated[bool, fact("Whether a failed step is being tried again")] = False
    problem: Annotated[WorkflowProblem, fact("The kind of failure, or why it waits")] = "none"
    said: Annotated[Observation | None, fact("What the controller says of it", read="status.message")] = None
    step: Annotated[StepFacts, fact("The step that decides")] = StepFacts()
    steps_failed: Annotated[int, fact("Steps that failed for good")] = 0
    service_account: Annotated[str, fact("Service account of its pods", read="spec")] = "default"
    account_exists: Annotated[bool, fact("Whether that service account is there")] = True
    instance_id: Annotated[
        str,
        fact(
            "Instance id it is labelled for, or empty",
            read="label workflows.argoproj.io/controller-instanceid",
        ),
    ] = ""
    instance: Annotated[str, fact("That id in words, or that it has none")] = (
        "workflows without an instance id"
    )
    deadline: Annotated[
        int | None, fact("Deadline of the whole workflow", unit="seconds", read="spec.activeDeadlineSeconds")
    ] = None
    parallelism: Annotated[int | None, fact("Most steps at once", read="spec.parallelism")] = None
    lock: Annotated[LockFacts, fact("The lock it waits for")] = LockFacts()
    controller: Annotated[ControllerFacts, fact("The workflow controllers")] = ControllerFacts()
    beside: Annotated[tuple[str, ...], fact("Workflows that run in the same namespace now, ten at most")] = ()
    effect: Annotated[str, fact("How far it came, in a sentence; empty when unknown")] = ""


class CronWorkflowFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one CronWorkflow."""

    ref: Annotated[ObjectRef, fact("The CronWorkflow")] = ObjectRef("CronWorkflow", "daily", "argo")
    top_owner: Annotated[ObjectRef, fact("Itself")] = ObjectRef("CronWorkflow", "daily", "argo")
    healthy: Annotated[bool, fact("It starts workflows, and the last one did not fail")] = True
    schedules: Annotated[tuple[str, ...], fact("When it starts workflows", read="spec.schedules")] = ()
    suspended: Annotated[bool, fact("Whether it is suspended", read="spec.suspend")] = False
    stopped: Annotated[bool, fact("Whether its stop strategy has ended it", read="status.phase Stopped")] = (
        False
    )
    last_scheduled_ago: Annotated[
        float | None, fact("Time since it last started one", unit="seconds", read="status.lastScheduledTime")
    ] = None
    never_scheduled: Annotated[bool, fact("Whether it never started any")] = False
    missed_by: Annotated[
        float | None,
        fact(
            "Time since the last due time at which it started nothing; None when it missed none",
            unit="seconds",
        ),
    ] = None
    controllers: Annotated[int, fact("Pods of the workflow controller")] = 1
    controllers_ready: Annotated[int, fact("How many of them are ready")] = 1
    spec_error: Annotated[Observation | None, fact("Its spec is refused", read="condition SpecError")] = None
    submission_error: Annotated[
        Observation | None, fact("A workflow could not be made", read="condition SubmissionError")
    ] = None
    concurrency: Annotated[str, fact("Allow, Forbid or Replace", read="spec.concurrencyPolicy")] = "Allow"
    active: Annotated[tuple[str, ...], fact("Workflows it started that have not ended")] = ()
    blocked: Annotated[
        bool, fact("Whether a stuck workflow keeps the next one from starting (policy Forbid)")
    ] = False
    blocker: Annotated[str, fact("That workflow, or empty")] = ""
    last_child: Annotated[str, fact("The newest workflow of it, or empty")] = ""
    last_failed: Annotated[bool, fact("Whether the newest one that ended has failed")] = False
    last_said: Annotated[Observation | None, fact("How the newest one that ended stands")] = None
    failed_in_a_row: Annotated[int, fact("The newest ones that failed one after another")] = 0
    effect: Annotated[str, fact("What it did lately, in a sentence")] = ""
