"""A source that was not read makes its facts missing, and nothing is guessed."""

from typing import Any

import msgspec

from handlers.extract.scheduling import scheduling_facts
from handlers.extract.surroundings import Surroundings
from handlers.sources.objects.pod import Pod
from rules.facts.scheduling import SchedulingFacts
from tests.handlers.extract.scheduling_build import (
    NOW,
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
