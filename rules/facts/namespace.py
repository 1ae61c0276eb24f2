"""Facts about a namespace: a deletion that does not end, what it may use, who may connect."""

from typing import Annotated

from rules.facts.base import Facts, SubjectFacts, fact
from rules.finding import ObjectRef, Observation


class DeletionFacts(Facts, frozen=True, kw_only=True):
    """A namespace that is being deleted, as its conditions tell."""

    under_way: Annotated[bool, fact("Whether it is Terminating", read="status.phase")] = False
    lasts: Annotated[float, fact("Time since its deletion was asked for", unit="seconds")] = 0.0
    stuck: Annotated[bool, fact("Whether that is longer than five minutes")] = False
    dead_apis: Annotated[
        tuple[str, ...],
        fact("APIServices that do not answer, so that nobody knows what is left", read="DiscoveryFailed"),
    ] = ()
    discovery: Annotated[
        Observation | None, fact("What the discovery said", read="NamespaceDeletionDiscoveryFailure")
    ] = None
    finalizers: Annotated[
        tuple[str, ...], fact("Finalizers of objects in it", read="NamespaceFinalizersRemaining")
    ] = ()
    finalizers_said: Annotated[Observation | None, fact("That, as the controller says it")] = None
    remaining: Annotated[
        tuple[str, ...], fact("Kinds of objects that are left", read="NamespaceContentRemaining")
    ] = ()
    remaining_said: Annotated[Observation | None, fact("That, as the controller says it")] = None
    failure: Annotated[
        Observation | None,
        fact("What the deletion of its content met", read="NamespaceDeletionContentFailure"),
    ] = None
    own_finalizers: Annotated[
        tuple[str, ...], fact("Finalizers of the namespace itself, but for its controller's own")
    ] = ()


class QuotaFacts(Facts, frozen=True, kw_only=True):
    """One resource of one ResourceQuota."""

    name: Annotated[str, fact("Quota and resource (mlops-quota pods)")] = ""
    quota: Annotated[str, fact("Name of the quota")] = ""
    resource: Annotated[str, fact("The resource (requests.cpu)")] = ""
    used: Annotated[str, fact("What is used", read="status.used")] = ""
    hard: Annotated[str, fact("What may be used", read="status.hard")] = ""
    share: Annotated[float, fact("How much of it is used", unit="percent")] = 0.0


class QuotaRefusal(Facts, frozen=True, kw_only=True):
    """Pods or other objects that a quota refused within the last hour."""

    name: Annotated[str, fact("Name of the quota")] = ""
    owners: Annotated[tuple[str, ...], fact("Who was refused (ReplicaSet app-5f7f5)")] = ()
    requested: Annotated[str, fact("What the newest of them asked for")] = ""
    used: Annotated[str, fact("What was used then")] = ""
    limited: Annotated[str, fact("What the quota allows")] = ""
    said: Annotated[Observation | None, fact("The newest refusal", read="event FailedCreate")] = None


class NamespaceFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one namespace."""

    ref: Annotated[ObjectRef, fact("The namespace")] = ObjectRef("Namespace", "mlops")
    top_owner: Annotated[ObjectRef, fact("The namespace")] = ObjectRef("Namespace", "mlops")
    deletion: Annotated[DeletionFacts, fact("Deletion")] = DeletionFacts()
    quotas: Annotated[tuple[QuotaFacts, ...], fact("Every resource of its quotas, the fullest first")] = ()
    refusals: Annotated[tuple[QuotaRefusal, ...], fact("Quotas that refuse somebody")] = ()
    limits: Annotated[tuple[str, ...], fact("What its LimitRanges set, in words")] = ()
    pod_security: Annotated[
        str, fact("Pod Security level that is enforced", read="label pod-security.kubernetes.io/enforce")
    ] = ""
    default_deny: Annotated[
        tuple[str, ...], fact("Network policies that choose every pod", read="spec.podSelector")
    ] = ()
    pods: Annotated[int, fact("Pods in it; 0 in a look at the whole cluster")] = 0
    pods_unwell: Annotated[int, fact("Those that are not as they should be", read="status of pods")] = 0
    states_of_unwell: Annotated[
        tuple[str, ...], fact("Their states, most frequent first (12 CrashLoopBackOff)")
    ] = ()
    effect: Annotated[str, fact("What that means for whoever uses it, in a sentence")] = ""
