"""Owners of pods: apps/v1 and batch/v1, as far as a pod's diagnosis reads them."""

from datetime import datetime
from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import Condition, KubernetesObject, LabelSelector, Part, Resource
from handlers.sources.objects.pod import PodTemplate


class RollingUpdate(Part, frozen=True):
    """How a rollout goes on; only a StatefulSet has a partition."""

    partition: int = 0


class UpdateStrategy(Part, frozen=True):
    """updateStrategy of a StatefulSet or DaemonSet; type RollingUpdate or OnDelete."""

    type: str = "RollingUpdate"
    rolling_update: RollingUpdate | None = None


class WorkloadSpec(Part, frozen=True):
    """spec of a Deployment, ReplicaSet, StatefulSet or DaemonSet."""

    replicas: int | None = None
    selector: LabelSelector = field(default_factory=LabelSelector)
    template: PodTemplate = field(default_factory=PodTemplate)
    progress_deadline_seconds: int | None = None
    paused: bool = False
    update_strategy: UpdateStrategy = field(default_factory=UpdateStrategy)
    pod_management_policy: str = "OrderedReady"


class WorkloadStatus(Part, frozen=True):
    """status of a Deployment, ReplicaSet or StatefulSet; numbers of pods."""

    replicas: int = 0
    ready_replicas: int = 0
    updated_replicas: int = 0
    available_replicas: int = 0
    unavailable_replicas: int = 0
    observed_generation: int = 0
    current_revision: str = ""
    update_revision: str = ""
    conditions: tuple[Condition, ...] = ()


class Deployment(KubernetesObject, frozen=True):
    """A Deployment."""

    resource: ClassVar[Resource] = Resource("apps", "v1", "deployments", "Deployment")
    spec: WorkloadSpec = field(default_factory=WorkloadSpec)
    status: WorkloadStatus = field(default_factory=WorkloadStatus)


class ReplicaSet(KubernetesObject, frozen=True):
    """A ReplicaSet; annotation deployment.kubernetes.io/revision numbers rollouts."""

    resource: ClassVar[Resource] = Resource("apps", "v1", "replicasets", "ReplicaSet")
    spec: WorkloadSpec = field(default_factory=WorkloadSpec)
    status: WorkloadStatus = field(default_factory=WorkloadStatus)


class StatefulSet(KubernetesObject, frozen=True):
    """A StatefulSet."""

    resource: ClassVar[Resource] = Resource("apps", "v1", "statefulsets", "StatefulSet")
    spec: WorkloadSpec = field(default_factory=WorkloadSpec)
    status: WorkloadStatus = field(default_factory=WorkloadStatus)


class DaemonSetStatus(Part, frozen=True):
    """status of a DaemonSet; numbers of pods."""

    desired_number_scheduled: int = 0
    current_number_scheduled: int = 0
    updated_number_scheduled: int = 0
    number_ready: int = 0
    number_available: int = 0
    number_unavailable: int = 0
    number_misscheduled: int = 0
    observed_generation: int = 0
    conditions: tuple[Condition, ...] = ()


class DaemonSet(KubernetesObject, frozen=True):
    """A DaemonSet."""

    resource: ClassVar[Resource] = Resource("apps", "v1", "daemonsets", "DaemonSet")
    spec: WorkloadSpec = field(default_factory=WorkloadSpec)
    status: DaemonSetStatus = field(default_factory=DaemonSetStatus)


class JobSpec(Part, frozen=True):
    """spec of a Job."""

    backoff_limit: int | None = None
    active_deadline_seconds: int | None = None
    completions: int | None = None
    parallelism: int | None = None
    suspend: bool = False
    ttl_seconds_after_finished: int | None = None
    selector: LabelSelector = field(default_factory=LabelSelector)
    template: PodTemplate = field(default_factory=PodTemplate)


class JobStatus(Part, frozen=True):
    """status of a Job; numbers of pods."""

    active: int = 0
    succeeded: int = 0
    failed: int = 0
    start_time: datetime | None = None
    completion_time: datetime | None = None
    conditions: tuple[Condition, ...] = ()


class Job(KubernetesObject, frozen=True):
    """A Job."""

    resource: ClassVar[Resource] = Resource("batch", "v1", "jobs", "Job")
    spec: JobSpec = field(default_factory=JobSpec)
    status: JobStatus = field(default_factory=JobStatus)
