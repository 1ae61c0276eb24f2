"""Facts about one component of the platform: how many of its pods are ready."""

from typing import Annotated

from rules.facts.base import SubjectFacts, fact
from rules.finding import ObjectRef, Observation


class ComponentFacts(SubjectFacts, frozen=True, kw_only=True):
    """One component of the platform profile."""

    ref: Annotated[ObjectRef, fact("The component, by its name in the profile")] = ObjectRef(
        "Component", "component"
    )
    top_owner: Annotated[ObjectRef, fact("The same")] = ObjectRef("Component", "component")
    name: Annotated[str, fact("What people call it (MLflow)")] = "component"
    places: Annotated[str, fact("Namespaces it is looked for in, in words")] = ""
    found: Annotated[bool, fact("Whether a workload or a pod of it is there")] = True
    workload: Annotated[str, fact("The workload that is worst off (Deployment mlflow/mlflow)")] = ""
    workload_path: Annotated[str, fact("That workload as kubectl takes it (deployment/mlflow)")] = ""
    namespace: Annotated[str, fact("Its namespace")] = ""
    desired: Annotated[int, fact("Pods its workloads want", read="spec.replicas")] = 0
    ready: Annotated[int, fact("Pods of them that are ready", read="status.readyReplicas")] = 0
    stands: Annotated[Observation | None, fact("That, in a sentence")] = None
