"""Facts about StatefulSets and DaemonSets: what they have beyond any workload."""

from typing import Annotated, Literal

from rules.facts.base import fact
from rules.facts.workload import WorkloadFacts
from rules.finding import ObjectRef, Observation

Strategy = Literal["RollingUpdate", "OnDelete"]


class StatefulSetFacts(WorkloadFacts, frozen=True, kw_only=True):
    """Facts about one StatefulSet."""

    ref: Annotated[ObjectRef, fact("The StatefulSet")] = ObjectRef("StatefulSet", "db", "default")
    top_owner: Annotated[ObjectRef, fact("What owns it; itself without an owner")] = ObjectRef(
        "StatefulSet", "db", "default"
    )
    kind: Annotated[str, fact("Its kind")] = "StatefulSet"
    path: Annotated[str, fact("As kubectl takes it")] = "statefulset/db"
    selector: Annotated[str, fact("Its label selector as kubectl takes it")] = "app=db"
    ordered: Annotated[
        bool, fact("Whether each pod waits for the one before it", read="spec.podManagementPolicy")
    ] = True
    strategy: Annotated[Strategy, fact("How pods get a new template", read="spec.updateStrategy")] = (
        "RollingUpdate"
    )
    partition: Annotated[
        int, fact("Pods below this ordinal keep the old template", read="spec.updateStrategy")
    ] = 0
    updating: Annotated[
        bool, fact("Whether some pods have an older template", read="status.updateRevision")
    ] = False
    outdated: Annotated[int, fact("Pods of an older template that the update should have reached")] = 0
    blocked_by: Annotated[
        str, fact("The unhealthy pod that an ordered rollout or scale-up waits for, or empty")
    ] = ""
    claim: Annotated[
        str, fact("The PersistentVolumeClaim that could not be made for a pod, or empty", read="FailedCreate")
    ] = ""
    claim_pod: Annotated[str, fact("The pod it was to be made for")] = ""


class DaemonSetFacts(WorkloadFacts, frozen=True, kw_only=True):
    """Facts about one DaemonSet; `wanted` is the number of nodes that should run a pod of it."""

    ref: Annotated[ObjectRef, fact("The DaemonSet")] = ObjectRef("DaemonSet", "agent", "default")
    top_owner: Annotated[ObjectRef, fact("What owns it; itself without an owner")] = ObjectRef(
        "DaemonSet", "agent", "default"
    )
    kind: Annotated[str, fact("Its kind")] = "DaemonSet"
    path: Annotated[str, fact("As kubectl takes it")] = "daemonset/agent"
    selector: Annotated[str, fact("Its label selector as kubectl takes it")] = "app=agent"
    strategy: Annotated[Strategy, fact("How pods get a new template", read="spec.updateStrategy")] = (
        "RollingUpdate"
    )
    misscheduled: Annotated[
        int, fact("Nodes that run a pod of it and should not", read="status.numberMisscheduled")
    ] = 0
    nodes_total: Annotated[int, fact("Nodes of the cluster")] = 1
    unready: Annotated[tuple[str, ...], fact("Nodes whose pod of it is not healthy")] = ()
    unready_said: Annotated[Observation | None, fact("Those nodes, and how the pod stands on each")] = None
    lacking: Annotated[tuple[str, ...], fact("Nodes that should run a pod of it and have none")] = ()
    lacking_count: Annotated[int, fact("How many nodes those are")] = 0
    lacking_said: Annotated[Observation | None, fact("Those nodes, and how each stands")] = None
    excluded: Annotated[int, fact("Nodes that its selector or a taint keeps it off")] = 0
    excluded_said: Annotated[Observation | None, fact("Those nodes, each with what keeps it off")] = None
    gone: Annotated[tuple[str, ...], fact("Nodes that do not exist any more and still have a pod of it")] = ()
