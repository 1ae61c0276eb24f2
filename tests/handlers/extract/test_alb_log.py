"""Which lines of the controller's log are about an Ingress."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.extract.alb_log import binding_failure, binding_prefix, newest_failure
from handlers.sources.objects.event import Event
from tests.handlers.build import event

ME = {("monitoring", "grafana")}


def line(error: str = "boom", *, at: Any = "2026-11-22T10:00:00Z", **fields: Any) -> str:
    return json.dumps(
        {
            "level": "error",
            "ts": at,
            "controller": "ingress",
            "namespace": "monitoring",
            "name": "grafana",
            "error": error,
            **fields,
        }
    )


def binding(name: str, namespace: str = "monitoring") -> str:
    return line("no targets", controller="targetGroupBinding", name=name, namespace=namespace)


def test_newest_of_all_pods_is_taken() -> None:
    logs = [line("old", at="2026-11-22T09:00:00Z"), f"plain text\n{line('new')}\n{{broken"]
    found = newest_failure(logs, ME, "monitoring", ())
    assert found is not None
    assert found.text == "new"
    assert found.at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert found.source == "log of the load balancer controller (ingress)"


@pytest.mark.parametrize(
    "other",
    [
        line(name="prometheus"),
        line(namespace="mlops"),
        line(level="info"),
        line(""),
        line(controller="service"),
        binding("k8s-monitori-promethe-1"),
        binding("k8s-monitori-grafana-1", namespace="mlops"),
        line("x" * 200_000),
    ],
)
def test_lines_about_others_are_left_out(other: str) -> None:
    assert newest_failure([other], ME, "monitoring", ("grafana",)) is None


def test_target_groups_of_its_services_belong_to_it() -> None:
    found = newest_failure([binding("k8s-monitori-grafana-5e4d")], ME, "monitoring", ("grafana",))
    assert found is not None
    assert "targetGroupBinding" in found.source
    assert newest_failure([binding("k8s-monitori-grafana-5e4d")], ME, "monitoring", ()) is None


def test_names_of_target_groups_keep_letters_and_digits_only() -> None:
    assert binding_prefix("feature-store", "inference-gateway") == "k8s-features-inferenc-"


def test_group_is_known_by_its_own_name_and_older_releases_write_seconds() -> None:
    group = line("conflict", namespace="", name="shared", at=1_763_800_000.5)
    found = newest_failure([group], {*ME, ("", "shared")}, "monitoring", ())
    assert found is not None
    assert found.at == datetime.fromtimestamp(1_763_800_000.5, UTC)
    assert newest_failure([line(at=10**12)], ME, "monitoring", ()) is not None


def warning(name: str, *, kind: str = "Warning", seconds: float = 60) -> Event:
    involved = {"kind": "TargetGroupBinding", "name": name, "namespace": "monitoring"}
    return event("FailedNetworkReconcile", "no rule", seconds=seconds, type=kind, involvedObject=involved)


def test_events_of_target_groups_count_until_they_succeed() -> None:
    name = "k8s-monitori-grafana-5e4d"
    found = binding_failure([warning(name), warning("k8s-monitori-loki-1")], "monitoring", ("grafana",))
    assert found is not None
    assert found.source == f"event FailedNetworkReconcile by kubelet of TargetGroupBinding {name}"
    mended = [warning(name, seconds=60), warning(name, kind="Normal", seconds=30)]
    assert binding_failure(mended, "monitoring", ("grafana",)) is None
    assert binding_failure([warning(name)], "monitoring", ()) is None
