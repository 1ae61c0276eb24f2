"""Argo Workflows: workflows, and what starts them by the clock (argoproj.io/v1alpha1)."""

from datetime import datetime
from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import Condition, KubernetesObject, LocalReference, Part, Resource


class WorkflowTemplateSpec(Part, frozen=True):
    """One template of a workflow; `active_deadline_seconds` may be an expression."""

    name: str = ""
    service_account_name: str = ""
    active_deadline_seconds: int | str | None = None


class PodGC(Part, frozen=True):
    """When the controller deletes the pods of steps ("OnPodCompletion", "OnWorkflowSuccess")."""

    strategy: str = ""


class WorkflowSpec(Part, frozen=True):
    """spec of a Workflow; `shutdown` is Stop or Terminate when a person ended it."""

    entrypoint: str = ""
    service_account_name: str = ""
    templates: tuple[WorkflowTemplateSpec, ...] = ()
    workflow_template_ref: LocalReference | None = None
    shutdown: str = ""
    suspend: bool | None = None
    active_deadline_seconds: int | None = None
    parallelism: int | None = None
    pod_gc: PodGC | None = field(default=None, name="podGC")


class S3Artifact(Part, frozen=True):
    """Where in S3 an artifact lies."""

    bucket: str = ""
    key: str = ""


class Artifact(Part, frozen=True):
    """An artifact of a step."""

    name: str = ""
    s3: S3Artifact | None = None


class NodeInputs(Part, frozen=True):
    """What a step takes."""

    artifacts: tuple[Artifact, ...] = ()


class TemplateRef(Part, frozen=True):
    """A template of a WorkflowTemplate."""

    name: str = ""
    template: str = ""


class WorkflowNode(Part, frozen=True):
    """One node of a workflow's tree: a step's pod, or what groups and retries steps.

    `type` is Pod, Steps, StepGroup, DAG, TaskGroup, Retry, Skipped, Suspend, HTTP, Plugin or Container;
    `phase` one of a workflow's, or Skipped or Omitted.
    """

    id: str = ""
    name: str = ""
    display_name: str = ""
    type: str = ""
    template_name: str = ""
    template_ref: TemplateRef | None = None
    phase: str = ""
    boundary_id: str = field(default="", name="boundaryID")
    message: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    children: tuple[str, ...] = ()
    host_node_name: str = ""
    inputs: NodeInputs | None = None


class SemaphoreHolding(Part, frozen=True):
    """A semaphore by its name ("ns/ConfigMap/name/key") and the keys ("ns/workflow[/node]") that hold it."""

    semaphore: str = ""
    holders: tuple[str, ...] = ()


class SemaphoreStatus(Part, frozen=True):
    """Semaphores this workflow waits for."""

    waiting: tuple[SemaphoreHolding, ...] = ()


class MutexHolding(Part, frozen=True):
    """A mutex by its name ("ns/Mutex/name") and the key that holds it."""

    mutex: str = ""
    holder: str = ""


class MutexStatus(Part, frozen=True):
    """Mutexes this workflow waits for."""

    waiting: tuple[MutexHolding, ...] = ()


class SynchronizationStatus(Part, frozen=True):
    """Locks of a workflow."""

    semaphore: SemaphoreStatus | None = None
    mutex: MutexStatus | None = None


class WorkflowStatus(Part, frozen=True):
    """status of a Workflow.

    `compressed_nodes` holds the nodes as base64 of gzip of JSON when they are too many; with
    `offload_node_status_version` they are in the controller's database.
    """

    phase: str = ""
    message: str = ""
    progress: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    nodes: dict[str, WorkflowNode] = {}
    compressed_nodes: str = ""
    offload_node_status_version: str = ""
    conditions: tuple[Condition, ...] = ()
    synchronization: SynchronizationStatus | None = None


class Workflow(KubernetesObject, frozen=True):
    """A Workflow."""

    resource: ClassVar[Resource] = Resource("argoproj.io", "v1alpha1", "workflows", "Workflow")
    spec: WorkflowSpec = field(default_factory=WorkflowSpec)
    status: WorkflowStatus = field(default_factory=WorkflowStatus)


class CronWorkflowSpec(Part, frozen=True):
    """spec of a CronWorkflow; older ones have one `schedule` in place of `schedules`.

    `when` is an expression that must hold for a workflow to be started.
    """

    schedule: str = ""
    schedules: tuple[str, ...] = ()
    timezone: str = ""
    suspend: bool = False
    concurrency_policy: str = ""
    when: str = ""
    workflow_spec: WorkflowSpec = field(default_factory=WorkflowSpec)


class ObjectReference(Part, frozen=True):
    """A workflow that a CronWorkflow started and that has not ended."""

    name: str = ""
    namespace: str = ""


class CronWorkflowStatus(Part, frozen=True):
    """status of a CronWorkflow; `phase` is Active or Stopped, conditions SpecError and SubmissionError."""

    active: tuple[ObjectReference, ...] = ()
    last_scheduled_time: datetime | None = None
    conditions: tuple[Condition, ...] = ()
    phase: str = ""
    succeeded: int = 0
    failed: int = 0


class CronWorkflow(KubernetesObject, frozen=True):
    """A CronWorkflow."""

    resource: ClassVar[Resource] = Resource("argoproj.io", "v1alpha1", "cronworkflows", "CronWorkflow")
    spec: CronWorkflowSpec = field(default_factory=CronWorkflowSpec)
    status: CronWorkflowStatus = field(default_factory=CronWorkflowStatus)
