"""Disruption budgets (policy/v1)."""

from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import KubernetesObject, LabelSelector, Part, Resource


class PodDisruptionBudgetSpec(Part, frozen=True):
    """spec of a disruption budget; no selector takes no pod, an empty one every pod of the namespace."""

    selector: LabelSelector | None = None


class PodDisruptionBudgetStatus(Part, frozen=True):
    """status of a disruption budget."""

    disruptions_allowed: int = 0


class PodDisruptionBudget(KubernetesObject, frozen=True):
    """A disruption budget: how many of the pods it selects may be evicted now."""

    resource: ClassVar[Resource] = Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget")
    spec: PodDisruptionBudgetSpec = field(default_factory=PodDisruptionBudgetSpec)
    status: PodDisruptionBudgetStatus = field(default_factory=PodDisruptionBudgetStatus)
