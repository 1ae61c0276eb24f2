"""A source that was not read makes its facts missing, and nothing is guessed."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from handlers.extract.scheduling import scheduling_facts
from handlers.extract.surroundings import Surroundings
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.volume import PersistentVolumeClaim, StorageClass
from rules.facts.scheduling import SchedulingFacts
from tests.handlers.extract import scheduling_lab as lab
from tests.handlers.extract.scheduling_build import (
    NOW,
    event,
    node,
    pod,
    refusal,
)

FORBIDDEN = {"nodes": "no right to list nodes cluster-wide", "pods": "no right to list pods cluster-wide"}
ONE_REASON = (
    "0/5 nodes are available: 5 Insufficient memory. preemption: not eligible due to preemptionPolicy=Never."
)
MIXED = "0/5 nodes are available: 2 Insufficient memory, 3 node(s) had untolerated taint(s)."


def _without(asker: Pod, **around: Any) -> SchedulingFacts:
    return scheduling_facts(asker, Surroundings(missing=FORBIDDEN, **around), now=NOW)


def test_without_nodes_nothing_is_guessed() -> None:
    facts = _without(pod(conditions=[refusal(MIXED)]), nodes=None)
    assert facts.missing["blocker"] == "nodes: no right to list nodes cluster-wide"
    assert {"nodes_total", "nodes_open_but_for_taints", "labels", "taints"} <= facts.missing.keys()
    assert [reason.blocker for reason in facts.scheduler_reasons] == ["memory", "taints"]


def test_without_nodes_one_reason_for_all_of_them_is_enough() -> None:
    facts = _without(pod(conditions=[refusal(ONE_REASON)]), nodes=None, pods=None)
    assert facts.blocker == "memory"
    assert "blocker" not in facts.missing
    assert "resource" in facts.missing


def test_without_pods_what_every_node_shows_is_known() -> None:
    facts = _without(pod(requests={"memory": "99Gi"}), nodes=(node("a"), node("b")), pods=None)
    assert (facts.blocker, facts.resource.never_fits) == ("memory", True)
    assert "resource" not in facts.missing
    assert "free_text" in facts.resource.missing
    assert "nodes_open_but_for_memory" in facts.missing


def test_without_pods_a_node_that_looks_open_proves_nothing() -> None:
    facts = _without(pod(), nodes=(node("a"),), pods=None)
    assert facts.missing["blocker"] == "pods: no right to list pods cluster-wide"


def test_without_pods_a_selector_in_vain_is_known() -> None:
    facts = _without(pod(nodeSelector={"x": "y"}), nodes=(node("a"),), pods=None)
    assert (facts.blocker, facts.nodes_matching) == ("node_selector", 0)
    assert not {"labels", "nodes_matching", "blocker"} & facts.missing.keys()


def test_without_events_silence_cannot_be_told() -> None:
    facts = _without(pod(conditions=[]), nodes=(node("a"),), events=None)
    assert {"scheduler_silent", "karpenter_verdict", "scheduler_message", "blocker"} <= facts.missing.keys()


def test_missing_names_only_facts_there_are() -> None:
    parts = [name for name in Surroundings.__struct_fields__ if name != "missing"]
    asker = pod(conditions=[], volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}])
    around = msgspec.structs.replace(Surroundings(), **dict.fromkeys(parts))
    facts = scheduling_facts(asker, around, now=NOW)
    for part in (facts, facts.karpenter, *facts.claims):
        assert part.missing
        assert set(part.missing) <= set(part.__struct_fields__)


MOUNT = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
CHOSEN = {"volume.kubernetes.io/selected-node": "a"}
LAZY = {"metadata": {"name": "gp3"}, "provisioner": "ebs", "volumeBindingMode": "WaitForFirstConsumer"}
BLIND = [
    ("nodes",),
    ("pods",),
    ("volumes",),
    ("nodes", "pods", "volumes"),
    ("nodes", "pods", "volumes", "storage_classes", "node_pools", "node_claims"),
]


def _blind(parts: Sequence[str], asker: Pod, **around: Any) -> SchedulingFacts:
    unread: dict[str, Any] = dict.fromkeys(parts)
    return scheduling_facts(asker, Surroundings(**{"nodes": (node("a"),), **around, **unread}), now=NOW)


def _claim(**annotations: str) -> PersistentVolumeClaim:
    metadata = {"name": "data", "namespace": "mlops", "uid": "u1", "annotations": annotations}
    plain = {"metadata": metadata, "spec": {"storageClassName": "gp3"}, "status": {"phase": "Pending"}}
    return msgspec.convert(plain, PersistentVolumeClaim)


def _waiting(parts: Sequence[str], *conditions: dict[str, Any]) -> SchedulingFacts:
    """The node of the claim was chosen, and its provisioner is refused."""
    denied = event("ProvisioningFailed", "AccessDenied", "ebs", type="Warning", involvedObject={"uid": "u1"})
    return _blind(
        parts,
        pod(volumes=MOUNT, conditions=list(conditions)),
        claims=(_claim(**CHOSEN),),
        claim_events=(denied,),
        storage_classes=(msgspec.convert(LAZY, StorageClass),),
    )


@pytest.mark.parametrize("parts", BLIND)
def test_what_needs_no_node_is_told_without_them(parts: Sequence[str]) -> None:
    assert _blind(parts, pod(volumes=MOUNT)).blocker == "claim_missing"
    assert _blind(parts, pod(schedulingGates=[{"name": "g"}])).blocker == "gates"
    facts = _waiting(parts)
    assert (facts.blocker, facts.claim.problem) == ("claim_unbound", "unauthorized")
    assert not {"blocker", "blocker_said", "claim"} & facts.missing.keys()


@pytest.mark.parametrize("parts", BLIND)
def test_a_scheduler_that_says_nothing_is_silent_without_nodes_and_pods(parts: Sequence[str]) -> None:
    facts = _blind(parts, pod(conditions=[], schedulerName="volcano"))
    assert (facts.blocker, facts.scheduler_silent, facts.scheduler_known) == ("scheduler_absent", True, False)
    assert not {"blocker", "scheduler_silent", "scheduler_known"} & facts.missing.keys()
    assert ("schedulers_seen" in facts.missing) is ("pods" in parts)


def test_whether_a_scheduler_runs_is_unknown_while_it_may_still_speak() -> None:
    facts = _blind(("pods", "events"), pod(conditions=[], schedulerName="volcano"))
    assert {"scheduler_known", "scheduler_silent", "blocker"} <= facts.missing.keys()


def test_a_claims_failure_of_the_past_is_no_cause_where_nodes_refuse_the_pod() -> None:
    assert _waiting(("pods",), refusal(MIXED)).missing["blocker"] == "pods: not read"


def test_a_chosen_node_leaves_only_the_claim_to_wait_for() -> None:
    claims, unread = (_claim(**CHOSEN),), ("nodes", "pods", "claim_events")
    classes = (msgspec.convert(LAZY, StorageClass),)
    facts = _blind(unread, pod(volumes=MOUNT, conditions=[]), claims=claims, storage_classes=classes)
    assert (facts.blocker, "problem" in facts.claim.missing) == ("claim_unbound", True)


def test_volumes_matter_only_to_claims_that_have_one() -> None:
    facts = _blind(("volumes",), pod(volumes=MOUNT), claims=(_claim(),))
    assert "nodes_open" not in facts.missing


@pytest.mark.lab
@pytest.mark.parametrize("parts", BLIND)
@pytest.mark.parametrize(
    "prefix", ["gang-trainer", "eval-runner", "label-studio", "dataset-cache", "quota-gated-trainer"]
)
def test_causes_of_the_recorded_cluster_stay_without_what_they_do_not_need(
    prefix: str, parts: Sequence[str]
) -> None:
    asker = lab.pod_named(prefix)
    around = lab.surroundings(asker)
    seen = scheduling_facts(asker, around, now=lab.now())
    unread: dict[str, Any] = dict.fromkeys(parts)
    facts = scheduling_facts(asker, msgspec.structs.replace(around, **unread), now=lab.now())
    assert facts.blocker == seen.blocker
    assert facts.claim.problem == seen.claim.problem
    assert (facts.scheduler_silent, facts.scheduler_known) == (seen.scheduler_silent, seen.scheduler_known)
    assert not {"blocker", "claim", "scheduler_silent", "scheduler_known"} & facts.missing.keys()
