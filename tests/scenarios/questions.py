"""Questions that are put to every handler: about objects of the lab that are broken, unwell and fine."""

from collections.abc import Iterator

from handlers.contract import Handler, Question
from tests.scenarios.lab import LabRow, every_broken, healthy, unwell

KINDS = {
    "cronjob": "CronJob",
    "daemonset": "DaemonSet",
    "deployment": "Deployment",
    "hpa": "HorizontalPodAutoscaler",
}
NAMES = {
    "daemonset": ("aws-node", "kube-system"),
    "statefulset": ("session-store", "mlops"),
    "replicaset": ("fraud-scorer", "mlops"),
    "serviceaccount": ("feature-reader", "mlops"),
    "namespace": ("mlops", ""),
    "latency": ("mlops", ""),
    "mlflow": ("", "mlops"),
    "certificate": ("gateway", "mlops"),
    "cronworkflow": ("nightly-features", "argo"),
}
"""What is asked of kinds that the lists of the lab do not name."""
MOST = 6


def rows(subject: str) -> list[LabRow]:
    """Objects of the lab of a handler's kind: broken, unwell and fine."""
    kind = KINDS.get(subject, subject).lower()
    every = [*every_broken(), *unwell("Pod", "Service", "Deployment"), *_fine()]
    return [row for row in every if row.kind.lower() == kind]


def _fine() -> Iterator[LabRow]:
    kinds = {row.kind for row in every_broken()} | {"Deployment", "Node", "PersistentVolumeClaim"}
    yield from healthy(*kinds)


def questions(handler: Handler) -> list[Question]:
    if handler.takes == "nothing":
        return [Question(name=""), Question(name="", namespace="mlops")]
    if handler.subject in NAMES:
        name, namespace = NAMES[handler.subject]
        return [Question(name=name, namespace=namespace)]
    found = rows(handler.subject)
    step = max(1, len(found) // MOST)
    asked = [Question(name=row.name, namespace=row.namespace) for row in found[::step]]
    return asked or [Question(name="fraud-scorer", namespace="mlops")]


def named(handler: Handler) -> str:
    """What is asked, for the name of a test."""
    return f"{handler.verb} {handler.subject}".strip()
