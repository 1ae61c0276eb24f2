"""Owners as far as a pod tells of them."""

from typing import Any

import pytest

from handlers.extract.owner import grouping_selector, owner_in_words, owner_names, same_owner, top_owner
from handlers.sources.objects.pod import Pod
from tests.handlers.build import NOW, Json, pod

MINUTE = int(NOW.timestamp()) // 60


def owned(kind: str, name: str, /, labels: Json | None = None, **meta: Any) -> Pod:
    owners = [
        {"kind": "Other", "name": "bystander", "uid": "x"},
        {"kind": kind, "name": name, "uid": "u", "controller": True},
    ]
    return pod(meta={"ownerReferences": owners, "labels": labels or {}, **meta})


HASH = {"pod-template-hash": "7b9bc"}


@pytest.mark.parametrize(
    ("owner", "of"),
    [
        ("Deployment web", owned("ReplicaSet", "web-7b9bc", HASH)),
        ("ReplicaSet web-7b9bc", owned("ReplicaSet", "web-7b9bc")),
        ("ReplicaSet web-x7b9bc", owned("ReplicaSet", "web-x7b9bc", HASH)),
        ("Rollout web", owned("ReplicaSet", "web-abc", {"rollouts-pod-template-hash": "abc"})),
        ("StatefulSet db", owned("StatefulSet", "db")),
        ("DaemonSet agent", owned("DaemonSet", "agent")),
        ("Workflow train-x", owned("Workflow", "train-x")),
        ("CronJob nightly", owned("Job", f"nightly-{MINUTE}")),
        ("CronJob nightly", owned("Job", f"nightly-{MINUTE - 60 * 24 * 30}")),
        ("Job backfill-20261121", owned("Job", "backfill-20261121")),
        ("Job train-12", owned("Job", "train-12")),
        ("Job nightly-29395080", owned("Job", "nightly-29395080", creationTimestamp=None)),
        ("Pod p", pod()),
        ("Pod p", owned("Node", "ip-10-0-0-1")),
    ],
)
def test_top_owner(owner: str, of: Pod) -> None:
    found = top_owner(of)
    assert (f"{found.kind} {found.name}", found.namespace) == (owner, "ns")


@pytest.mark.parametrize(
    ("names", "of"),
    [
        ({"web", "web-7b9bc"}, owned("ReplicaSet", "web-7b9bc", HASH)),
        ({"nightly", f"nightly-{MINUTE}"}, owned("Job", f"nightly-{MINUTE}")),
        ({"train"}, owned("Workflow", "train", {"workflows.argoproj.io/workflow": "train"})),
        (
            {"iris", "iris-predictor", "iris-predictor-7b9bc"},
            owned(
                "ReplicaSet", "iris-predictor-7b9bc", HASH | {"serving.kserve.io/inferenceservice": "iris"}
            ),
        ),
        (set(), pod()),
        (set(), owned("Node", "ip-10-0-0-1")),
    ],
)
def test_names_people_call_an_owner_by(names: set[str], of: Pod) -> None:
    assert owner_names(of) == names


def test_owner_in_words_names_the_inference_service_behind() -> None:
    of = owned("ReplicaSet", "iris-predictor-7b9bc", HASH | {"serving.kserve.io/inferenceservice": "iris"})
    assert owner_in_words(of, top_owner(of)) == "Deployment iris-predictor (InferenceService iris)"
    plain = owned("StatefulSet", "db")
    assert owner_in_words(plain, top_owner(plain)) == "StatefulSet db"


@pytest.mark.parametrize(
    ("selector", "labels"),
    [
        ("app=web", {"app": "web", "pod-template-hash": "1", "zone": "a"}),
        ("app.kubernetes.io/name=web", {"app": "x", "app.kubernetes.io/name": "web"}),
        (
            "serving.kserve.io/inferenceservice=iris",
            {"app": "x", "serving.kserve.io/inferenceservice": "iris"},
        ),
        ("workflows.argoproj.io/workflow=t", {"app": "x", "workflows.argoproj.io/workflow": "t"}),
        ("job-name=j", {"controller-uid": "1", "job-name": "j"}),
        ("tier=edge", {"tier": "edge", "controller-revision-hash": "1", "apps.kubernetes.io/pod-index": "0"}),
        (
            "",
            {
                "pod-template-hash": "1",
                "statefulset.kubernetes.io/pod-name": "p",
                "topology.kubernetes.io/zone": "a",
            },
        ),
        ("", {}),
    ],
)
def test_selector_that_finds_siblings(selector: str, labels: Json) -> None:
    assert grouping_selector(pod(meta={"labels": labels})) == selector


def test_same_owner_looks_through_replica_sets_and_keeps_namespaces_apart() -> None:
    one = owned("ReplicaSet", "web-7b9bc", HASH)
    other = owned("ReplicaSet", "web-55", {"pod-template-hash": "55"})
    assert same_owner(one, other)
    assert not same_owner(one, owned("ReplicaSet", "web-7b9bc", HASH, namespace="elsewhere"))
    assert not same_owner(owned("Node", "n"), owned("Node", "n", name="q"))
