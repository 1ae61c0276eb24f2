"""Why a namespace is not gone: the conditions of its deletion (texts of the namespace controller, v1.36)."""

import re
from datetime import datetime

from handlers.extract.events import plain
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.network import Namespace
from rules.facts.namespace import DeletionFacts
from rules.finding import Observation

STUCK_AFTER = 300.0
"""Seconds after which a deletion counts as stuck: pods get their grace period, volumes are detached."""
_CONTROLLER = "kubernetes"
_GROUP_VERSION = re.compile(r"([a-z0-9][a-z0-9.-]*)/(v\d+(?:(?:alpha|beta)\d+)?)\b")
_FINALIZER = re.compile(r"(?:remaining: |, )(\S+) in \d+ resource instances")
_KIND = re.compile(r"(?:remaining: |, )([a-z0-9.-]+?)\.? has (\d+) resource instances")


def deletion_facts(namespace: Namespace, now: datetime) -> DeletionFacts:
    """Read a deletion; none where the namespace stays."""
    deleted = namespace.metadata.deletion_timestamp
    if deleted is None and namespace.status.phase != "Terminating":
        return DeletionFacts()
    lasts = max(0.0, (now - deleted).total_seconds()) if deleted else 0.0
    told = {each.type: each for each in namespace.status.conditions if each.status == "True"}
    discovery = told.get("NamespaceDeletionDiscoveryFailure")
    finalizers = told.get("NamespaceFinalizersRemaining")
    remaining = told.get("NamespaceContentRemaining")
    own = (*namespace.metadata.finalizers, *namespace.spec.finalizers)
    return DeletionFacts(
        under_way=True,
        lasts=lasts,
        stuck=lasts > STUCK_AFTER,
        dead_apis=_apis(discovery) if discovery else (),
        discovery=_said(discovery),
        finalizers=tuple(dict.fromkeys(_FINALIZER.findall(finalizers.message))) if finalizers else (),
        finalizers_said=_said(finalizers),
        remaining=tuple(f"{count} {kind}" for kind, count in _KIND.findall(remaining.message))
        if remaining
        else (),
        remaining_said=_said(remaining),
        failure=_said(told.get("NamespaceDeletionContentFailure")),
        own_finalizers=tuple(name for name in own if name != _CONTROLLER),
    )


def _apis(discovery: Condition) -> tuple[str, ...]:
    """The APIServices of the groups that failed ("metrics.k8s.io/v1beta1" is v1beta1.metrics.k8s.io)."""
    found = _GROUP_VERSION.findall(discovery.message)
    return tuple(dict.fromkeys(f"{version}.{group}" for group, version in found))


def _said(condition: Condition | None) -> Observation | None:
    if condition is None:
        return None
    text = f"{condition.reason}: {plain(condition.message)}"
    return Observation(text, f"condition {condition.type}", condition.last_transition_time)
