import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.extract.scheduler_message import parse_scheduler_message
from rules.facts.node_fit import Blocker
from tests.handlers.extract import scheduling_lab as lab

Counted = list[tuple[int, Blocker]]
TAINT_WITH_COMMA = (
    "0/3 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't "
    "tolerate, 2 node(s) had volume node affinity conflict."
)
TWO_POST_FILTERS = (
    "0/2 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, 1 node(s) had "
    "untolerated taint(s). no new claims to deallocate, preemption: 0/2 nodes are available: "
    "2 Preemption is not helpful for scheduling."
)
OLD_SELECTOR = (
    "0/5 nodes are available: 1 node(s) had volume node affinity conflict, "
    "4 node(s) didn't match node selector"
)
RESOURCES = (
    "0/11 nodes are available: 10 Insufficient cpu, 2 Insufficient memory, 3 Insufficient nvidia.com/gpu, "
    "4 Insufficient ephemeral-storage, 5 Too many pods. preemption: 0/11 nodes are available: "
    "1 No preemption victims found for incoming pod, 10 Preemption is not helpful for scheduling.."
)
TAINT_WITH_KEY = (
    "0/3 nodes are available: 1 node(s) had untolerated taint {gpu: true}, 1 node(s) were unschedulable, "
    "1 node(s) didn't have free ports for the requested pod ports."
)
RULES = (
    "0/6 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, "
    "1 node(s) didn't match pod affinity rules, 1 node(s) didn't match pod anti-affinity rules, "
    "1 node(s) didn't satisfy existing pods anti-affinity rules, "
    "2 node(s) didn't match pod topology spread constraints (missing required label). "
    "preemption: not eligible due to preemptionPolicy=Never."
)
VOLUMES = (
    "0/2 nodes are available: 1 node(s) exceed max volume count, "
    "1 node(s) didn't find available persistent volumes to bind."
)
UNBOUND_PER_NODE = "0/4 nodes are available: 4 pod has unbound immediate PersistentVolumeClaims."
UNBOUND = "0/12 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
ABSENT = '0/12 nodes are available: persistentvolumeclaim "label-studio-data" not found. not found'
DELETED = '0/1 nodes are available: persistentvolumeclaim "data" is being deleted.'
EPHEMERAL = 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-scratch"'
DEVICES = "0/2 nodes are available: 2 cannot allocate all claims. still not schedulable"
SAMPLES: list[tuple[str, int | None, Counted]] = [
    (TWO_POST_FILTERS, 2, [(1, "volume_zone"), (1, "taints")]),
    (TAINT_WITH_COMMA, 3, [(1, "taints"), (2, "volume_zone")]),
    (OLD_SELECTOR, 5, [(1, "volume_zone"), (4, "node_affinity")]),
    (UNBOUND_PER_NODE, 4, [(4, "claim_unbound")]),
    (UNBOUND, 12, [(0, "claim_unbound")]),
    (ABSENT, 12, [(0, "claim_missing")]),
    ('0/1 nodes are available: persistentvolumeclaim "data" not found', 1, [(0, "claim_missing")]),
    (DELETED, 1, [(0, "claim_unbound")]),
    (EPHEMERAL, None, [(0, "claim_missing")]),
    ("no nodes available to schedule pods", 0, [(0, "no_nodes")]),
    (
        RESOURCES,
        11,
        [(10, "cpu"), (2, "memory"), (3, "extended_resource"), (4, "ephemeral_storage"), (5, "pod_count")],
    ),
    (TAINT_WITH_KEY, 3, [(1, "taints"), (1, "cordoned"), (1, "host_ports")]),
    (
        RULES,
        6,
        [
            (1, "node_affinity"),
            (1, "pod_affinity"),
            (1, "pod_anti_affinity"),
            (1, "pod_anti_affinity"),
            (2, "topology_spread"),
        ],
    ),
    (VOLUMES, 2, [(1, "volume_limit"), (1, "claim_unbound")]),
    (DEVICES, 2, [(2, "unknown")]),
    ("waiting for scheduling gates: [kueue.x-k8s.io/admission]", None, [(0, "gates")]),
    ("something never seen", None, [(0, "unknown")]),
    ("", None, []),
]


@pytest.mark.parametrize(("message", "total", "expected"), SAMPLES)
def test_known_messages(message: str, total: int | None, expected: Counted) -> None:
    verdict = parse_scheduler_message(message)
    assert verdict.nodes_total == total
    assert [(reason.nodes, reason.blocker) for reason in verdict.reasons] == expected


def test_a_comma_inside_a_reason_does_not_divide_it() -> None:
    first = parse_scheduler_message(TAINT_WITH_COMMA).reasons[0]
    assert first.text == "node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't tolerate"


def test_the_tail_about_preemption_is_kept_apart() -> None:
    verdict = parse_scheduler_message(TWO_POST_FILTERS)
    assert verdict.post_filter.startswith("no new claims to deallocate, preemption: 0/2 nodes")
    assert verdict.reasons[-1].text == "node(s) had untolerated taint(s)"


def test_the_claim_is_named() -> None:
    assert parse_scheduler_message(ABSENT).claim == "label-studio-data"


def test_a_message_that_was_cut_off_says_so() -> None:
    assert parse_scheduler_message("0/9 nodes are available: 4 Insufficient cpu, 5 node(s) didn ...").cut
    assert not parse_scheduler_message("0/9 nodes are available: 9 Insufficient cpu.").cut


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    verdict = parse_scheduler_message(f"0/3 nodes are available: {text}")
    assert all(reason.nodes >= 0 and reason.text for reason in verdict.reasons)


def test_every_recorded_message_is_understood() -> None:
    failed = [event for event in lab.events() if event.reason == "FailedScheduling"]
    messages = [event.message for event in failed if event.component == "default-scheduler"]
    assert len(messages) > 10
    for message in messages:
        assert "unknown" not in {reason.blocker for reason in parse_scheduler_message(message).reasons}, (
            message
        )
