"""What every Kubernetes object carries, and how its resource is addressed.

Only fields that something reads are declared: unknown fields are skipped by the decoder, absent ones
take the default. Field names follow the API (camelCase on the wire).
"""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct, field

from rules.finding import ObjectRef

Quantity = str | int | float
"""An amount as the API writes it ("500m", "1Gi"); custom resources also use plain numbers."""


class Part(Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """A part of an API object; `gc=False` since decoded objects hold no cycles."""


class Resource(Struct, frozen=True):
    """How the API server addresses a kind; `group` is empty for the core group."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def path(self) -> str:
        """The path of the group and version, without a trailing slash."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    @property
    def label(self) -> str:
        """The resource as RBAC and kubectl write it ("pods", "nodepools.karpenter.sh")."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


class OwnerReference(Part, frozen=True):
    """An owner of an object; at most one has `controller` true."""

    kind: str = ""
    name: str = ""
    uid: str = ""
    api_version: str = ""
    controller: bool = False


class ObjectMeta(Part, frozen=True):
    """metadata of any object."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    deletion_grace_period_seconds: int | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    finalizers: tuple[str, ...] = ()
    owner_references: tuple[OwnerReference, ...] = ()

    @property
    def controller(self) -> OwnerReference | None:
        """The owner that manages this object, if there is one."""
        return next((owner for owner in self.owner_references if owner.controller), None)


class KubernetesObject(Part, frozen=True):
    """Base of every kind that can be read; subclasses name their `resource`."""

    resource: ClassVar[Resource]
    metadata: ObjectMeta = field(default_factory=ObjectMeta)

    @property
    def ref(self) -> ObjectRef:
        """Kind, namespace and name."""
        return ObjectRef(self.resource.kind, self.metadata.name, self.metadata.namespace)


class ListMeta(Part, frozen=True):
    """metadata of a list; `continue_` is the token of the next page, empty on the last."""

    continue_: str = field(default="", name="continue")
    resource_version: str = ""
    remaining_item_count: int | None = None


class Condition(Part, frozen=True):
    """A status condition; `status` is "True", "False" or "Unknown".

    Only a Deployment's conditions carry `last_update_time`.
    """

    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    last_transition_time: datetime | None = None
    last_update_time: datetime | None = None


class LabelSelectorRequirement(Part, frozen=True):
    """One expression of a label or node selector; operator In, NotIn, Exists, DoesNotExist, Gt, Lt."""

    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


class LabelSelector(Part, frozen=True):
    """Labels that must match; both parts must hold, empty matches everything."""

    match_labels: dict[str, str] = {}
    match_expressions: tuple[LabelSelectorRequirement, ...] = ()


class LocalReference(Part, frozen=True):
    """A reference by name to an object in the same namespace."""

    name: str = ""
    optional: bool = False
