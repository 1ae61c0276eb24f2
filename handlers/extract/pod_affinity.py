"""Required pod affinity and anti-affinity by the scheduler's rules (plugin InterPodAffinity).

Labels of namespaces other than their name are not read: a term whose namespace selector asks for them is
left out, so that it neither opens nor blocks a node.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from handlers.extract.occupancy import Occupancy
from handlers.extract.selectors_match import matches_labels
from handlers.sources.objects.placement import PodAffinityTerm
from handlers.sources.objects.pod import Pod

Labels = Mapping[str, str]
NAMESPACE_NAME = "kubernetes.io/metadata.name"
Domains = Mapping[str, frozenset[str]]
"""Domains by topology key."""


class PodAffinityRules(Struct, frozen=True, kw_only=True):
    """What the pod's terms, and those of others, allow; worked out once for all nodes.

    Attributes:
        near: for each required term its topology key and the domains with matching pods.
        self_opens: whether the pod, the first of its kind, satisfies its own terms anywhere.
        avoid: domains the pod keeps away from.
        kept_off: domains whose pods keep it away.
    """

    near: tuple[tuple[str, frozenset[str]], ...] = ()
    self_opens: bool = False
    avoid: Domains = {}
    kept_off: Domains = {}

    def allows_near(self, labels: Labels) -> bool:
        """Whether a node with these labels satisfies required affinity."""
        return all(
            key in labels and (self.self_opens or labels[key] in domains) for key, domains in self.near
        )

    def allows_apart(self, labels: Labels) -> bool:
        """Whether a node with these labels breaks nobody's anti-affinity."""
        return not any(
            labels.get(key) in values
            for domains in (self.avoid, self.kept_off)
            for key, values in domains.items()
        )


def pod_affinity_rules(pod: Pod, taken: Occupancy, labels_of: Mapping[str, Labels]) -> PodAffinityRules:
    """Work out the rules for a pod from the pods placed on nodes with these labels."""
    near, apart = near_terms(pod), apart_terms(pod)
    matching = matching_all(near, pod, candidates(near, pod, taken))
    return PodAffinityRules(
        near=tuple((term.topology_key, _domains(term, matching, labels_of)) for term in near),
        self_opens=not matching and all(term_matches(term, pod, pod) for term in near),
        avoid=_avoided(pod, apart, taken, labels_of),
        kept_off=_kept_off(pod, taken, labels_of),
    )


def near_terms(pod: Pod) -> tuple[PodAffinityTerm, ...]:
    """Required affinity terms that can be judged."""
    affinity = pod.spec.affinity
    terms = affinity.pod_affinity.required if affinity and affinity.pod_affinity else ()
    return tuple(term for term in terms if _judgeable(term))


def apart_terms(pod: Pod) -> tuple[PodAffinityTerm, ...]:
    """Required anti-affinity terms that can be judged."""
    affinity = pod.spec.affinity
    terms = affinity.pod_anti_affinity.required if affinity and affinity.pod_anti_affinity else ()
    return tuple(term for term in terms if _judgeable(term))


def term_matches(term: PodAffinityTerm, owner: Pod, other: Pod) -> bool:
    """Whether a term of `owner` means the pod `other`."""
    namespace = other.metadata.namespace
    return _in_namespaces(term, owner.metadata.namespace, namespace) and matches_labels(
        term.label_selector, other.metadata.labels
    )


def candidates(terms: Sequence[PodAffinityTerm], owner: Pod, taken: Occupancy) -> tuple[Pod, ...]:
    """Pods that all of the terms may mean: of the first one's namespaces, with a label it asks for."""
    if not terms:
        return ()
    first = terms[0]
    if first.namespace_selector is not None:
        return taken.pods
    spaces = sorted({*first.namespaces} or {owner.metadata.namespace})
    label = next(iter(first.label_selector.match_labels.items()), None) if first.label_selector else None
    if label is None:
        return tuple(pod for space in spaces for pod in taken.by_namespace.get(space, ()))
    key, value = label
    return tuple(pod for space in spaces for pod in taken.labelled(space, key).get(value, ()))


def matching_all(terms: Sequence[PodAffinityTerm], owner: Pod, pods: Iterable[Pod]) -> tuple[Pod, ...]:
    """Pods that every term means; none without terms."""
    if not terms:
        return ()
    return tuple(pod for pod in pods if all(term_matches(term, owner, pod) for term in terms))


def _judgeable(term: PodAffinityTerm) -> bool:
    selector = term.namespace_selector
    if selector is None:
        return True
    keys = {*selector.match_labels, *(part.key for part in selector.match_expressions)}
    return keys <= {NAMESPACE_NAME}


def _in_namespaces(term: PodAffinityTerm, own: str, namespace: str) -> bool:
    if namespace in term.namespaces:
        return True
    if term.namespace_selector is not None:
        return matches_labels(term.namespace_selector, {NAMESPACE_NAME: namespace})
    return not term.namespaces and namespace == own


def _domains(term: PodAffinityTerm, pods: Iterable[Pod], labels_of: Mapping[str, Labels]) -> frozenset[str]:
    values = (labels_of.get(pod.spec.node_name, {}).get(term.topology_key) for pod in pods)
    return frozenset(value for value in values if value is not None)


def _avoided(
    pod: Pod, terms: Iterable[PodAffinityTerm], taken: Occupancy, labels_of: Mapping[str, Labels]
) -> Domains:
    by_key: defaultdict[str, set[str]] = defaultdict(set)
    for term in terms:
        by_key[term.topology_key] |= _domains(
            term, matching_all((term,), pod, candidates((term,), pod, taken)), labels_of
        )
    return _frozen(by_key)


def _kept_off(pod: Pod, taken: Occupancy, labels_of: Mapping[str, Labels]) -> Domains:
    by_key: defaultdict[str, set[str]] = defaultdict(set)
    for other in taken.avoiding:
        for term in apart_terms(other):
            if term_matches(term, other, pod):
                by_key[term.topology_key] |= _domains(term, (other,), labels_of)
    return _frozen(by_key)


def _frozen(by_key: Mapping[str, set[str]]) -> Domains:
    return {key: frozenset(values) for key, values in by_key.items()}
