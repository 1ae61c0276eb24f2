"""Every pod of the recorded cluster without a node gets the right cause."""

import csv
from pathlib import Path

import pytest

from handlers.extract.node_fit import NodeFit, demand, node_fit
from handlers.extract.occupancy import occupancy
from handlers.extract.pod_claims import reachable_from
from handlers.extract.scheduling import scheduling_facts
from handlers.extract.surroundings import Surroundings
from handlers.sources.objects.pod import Pod
from rules.facts.node_fit import Blocker
from rules.facts.scheduling import SchedulingFacts
from tests.handlers.extract import scheduling_lab as lab

LAB = Path(__file__).parents[2] / "lab"
EXPECTED = {
    "pod-pending-insufficient-cpu": ("cpu", "instance_types_too_small"),
    "pod-pending-insufficient-memory": ("memory", "none"),
    "pod-pending-insufficient-gpu": ("extended_resource", "limits"),
    "pod-pending-node-selector": ("node_selector", "none"),
    "pod-pending-node-affinity": ("node_affinity", "none"),
    "pod-pending-pod-affinity": ("pod_affinity", "none"),
    "pod-pending-taint": ("taints", "none"),
    "pod-pending-pvc-not-found": ("claim_missing", "none"),
    "pod-pending-pvc-unbound": ("claim_unbound", "none"),
    "pod-pending-volume-zone": ("volume_zone", "none"),
    "pod-pending-topology-spread": ("topology_spread", "none"),
    "pod-scheduling-gated": ("gates", "none"),
    "pod-pending-no-scheduler": ("scheduler_absent", "none"),
    "pod-pending-karpenter-ice": ("memory", "no_capacity"),
}
SYMPTOMS = {
    "train-xgb-7h5lm-train-4201": ("claim_missing", "none"),
    "eval-runner": ("claim_unbound", "none"),
    "stream-scorer": ("topology_spread", "none"),
    "summarizer-7b-predictor": ("extended_resource", "limits"),
}
SAME: dict[Blocker, set[Blocker]] = {
    "cpu": {"cpu"},
    "memory": {"memory"},
    "extended_resource": {"extended_resource"},
    "taints": {"taints", "nodes_not_ready"},
    "cordoned": {"cordoned"},
    "node_affinity": {"node_selector", "node_affinity"},
    "pod_affinity": {"pod_affinity"},
    "topology_spread": {"topology_spread"},
    "volume_zone": {"volume_zone"},
}
"""The scheduler calls a selector affinity, and an unwell node's condition a taint."""


def _rows() -> dict[str, dict[str, str]]:
    with (LAB / "expected.tsv").open(encoding="utf-8") as file:
        return {row["tag"]: row for row in csv.DictReader(file, delimiter="\t")}


def _facts(prefix: str) -> SchedulingFacts:
    pod = lab.pod_named(prefix)
    return scheduling_facts(pod, lab.surroundings(pod), now=lab.now())


@pytest.mark.lab
@pytest.mark.parametrize("tag", EXPECTED)
def test_each_row_has_its_blocker(tag: str) -> None:
    facts = _facts(_rows()[tag]["owner"].partition("/")[2])
    assert (facts.blocker, facts.karpenter_verdict) == EXPECTED[tag]
    assert facts.missing == {}
    assert facts.blocker_said is not None


@pytest.mark.lab
@pytest.mark.parametrize("prefix", SYMPTOMS)
def test_each_symptom_has_its_blocker(prefix: str) -> None:
    facts = _facts(prefix)
    assert (facts.blocker, facts.karpenter_verdict) == SYMPTOMS[prefix]


@pytest.mark.lab
def test_no_pod_without_a_node_is_left_out() -> None:
    waiting = [pod for pod in lab.pods() if pod.status.phase == "Pending" and not pod.spec.node_name]
    owners = [_rows()[tag]["owner"].partition("/")[2] for tag in EXPECTED]
    for pod in waiting:
        assert pod.metadata.name.startswith((*owners, *SYMPTOMS)), pod.metadata.name


@pytest.mark.lab
def test_the_simulation_agrees_with_the_scheduler_on_every_node() -> None:
    """The scheduler gives each node its first obstacle; all of those must be among the computed ones."""
    compared = 0
    for pod in lab.pods():
        if pod.spec.node_name or pod.status.phase != "Pending":
            continue
        around = lab.surroundings(pod)
        fits = _fits(pod, around)
        for reason in scheduling_facts(pod, around, now=lab.now()).scheduler_reasons:
            if reason.nodes:
                seen = sum(bool(fit.blockers & SAME[reason.blocker]) for fit in fits)
                assert seen >= reason.nodes, (pod.metadata.name, reason)
                compared += 1
    assert compared > 30


def _fits(pod: Pod, around: Surroundings) -> list[NodeFit]:
    nodes = around.nodes or ()
    reachable = tuple(reachable_from(pod, around).values())
    wanted = demand(pod, nodes, occupancy(around.pods or ()), reachable)
    return [node_fit(wanted, node) for node in nodes]


def test_a_pod_too_large_for_every_node() -> None:
    resource = _facts("corpus-dedup").resource
    assert (resource.name, resource.request_text, resource.allocatable_text) == ("memory", "96Gi", "30.9Gi")
    assert resource.never_fits
    assert resource.request == 96 * 2**30


def test_who_holds_the_only_gpu() -> None:
    facts = _facts("whisper-transcriber")
    assert facts.resource.holders == ("mlops/llm-chat-predictor-dd5c8cd8c-6v4p4",)
    assert not facts.resource.never_fits
    assert facts.resource.nodes_that_could == 1
    assert [(each.pool, each.resource, each.used, each.limit) for each in facts.karpenter.limits] == [
        ("gpu-workloads", "nvidia.com/gpu", "1", "1")
    ]
    assert facts.karpenter.quota


def test_the_label_no_node_has_and_those_there_are() -> None:
    labels = _facts("onnx-bench").labels
    assert labels.wanted == ("node-type=inferentia",)
    assert set(labels.existing) == {"general", "gpu", "system", "training"}
    assert not labels.key_missing


def test_the_zone_no_node_is_in() -> None:
    labels = _facts("geo-scorer").labels
    assert labels.wanted == ("topology.kubernetes.io/zone=eu-west-1d",)
    assert labels.existing == ("eu-west-1a", "eu-west-1b", "eu-west-1c")


def test_the_taint_on_the_only_node_that_is_selected() -> None:
    facts = _facts("hyperopt-worker")
    assert facts.taints.blocking == ("workload=training:NoSchedule",)
    assert (facts.nodes_matching, facts.nodes_open_but_for_taints) == (1, 1)
    assert facts.taints.node == "ip-10-0-3-77.eu-west-1.compute.internal"


def test_the_likest_label_of_a_pod() -> None:
    affinity = _facts("cache-warmer").pod_affinity
    assert (affinity.wanted, affinity.nearest) == ("app=prompt-cache-primary", "app=prompt-cache")
    assert affinity.nearest_pod.startswith("mlops/prompt-cache-")


def test_the_volume_in_another_zone() -> None:
    volume = _facts("labeling-backend").volume
    assert (volume.claim, volume.zones) == ("labeling-data", ("eu-west-1c",))
    assert volume.allowed_zones == ("eu-west-1a", "eu-west-1b")
    assert volume.node_selector == ("eks.amazonaws.com/nodegroup=system-20261009",)


def test_the_spread_over_a_label_no_node_has() -> None:
    spread = _facts("stream-scorer").spread
    assert (spread.topology_key, spread.key_missing) == ("topology.kubernetes.io/rack", True)


def test_the_scheduler_that_does_not_run() -> None:
    facts = _facts("gang-trainer")
    assert (facts.scheduler_name, facts.scheduler_known, facts.scheduler_silent) == ("volcano", False, True)
    assert facts.schedulers_seen == ("default-scheduler",)


def test_the_gate() -> None:
    assert _facts("quota-gated-trainer").scheduling_gates == ("kueue.x-k8s.io/admission",)


def test_the_claim_whose_class_is_missing() -> None:
    claim = _facts("dataset-cache").claim
    assert (claim.problem, claim.storage_class, claim.storage_class_exists) == (
        "storage_class_missing",
        "gp3-fast",
        False,
    )
    assert claim.existing_classes == ("gp3-immediate", "gp3")


def test_the_claim_whose_provisioner_is_denied() -> None:
    claim = _facts("eval-runner").claim
    assert (claim.problem, claim.denied_action) == ("unauthorized", "ec2:CreateVolume")
    assert "mlops-platform-dev-ebs-csi" in claim.denied_identity
    assert claim.said is not None
    assert claim.said.source.startswith("event ProvisioningFailed")


def test_karpenter_without_spot_capacity() -> None:
    karpenter = _facts("distill-trainer").karpenter
    assert (karpenter.verdict, karpenter.pool) == ("no_capacity", "training")


def test_the_condition_is_preferred_to_the_event() -> None:
    message = _facts("corpus-dedup").scheduler_message
    assert message is not None
    assert message.source == "pod condition PodScheduled"


def test_pods_with_a_node_have_nothing_to_explain() -> None:
    placed = next(pod for pod in lab.pods() if pod.spec.node_name and pod.status.phase == "Pending")
    facts = scheduling_facts(placed, lab.surroundings(placed), now=lab.now())
    assert (facts.unscheduled, facts.blocker, facts.missing) == (False, "none", {})
