"""No question sends a request outside the rights it declares, so the generated ClusterRole is enough."""

from collections.abc import Iterator

import pytest

from handlers import HANDLERS
from handlers.contract import Handler, Need, Question, QuestionError, Sources
from handlers.sources.errors import SourceError
from tests.fakes.kubernetes import ApiServer
from tests.fakes.kubernetes.routes import parse
from tests.fakes.kubernetes.server import Seen
from tests.handlers.conftest import Connect, told
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


def need_of(request: Seen) -> Need | None:
    """The right a request takes; None for what everybody may ask (/version)."""
    route = parse(request.path)
    if route is None:
        return None
    resource = f"{route.plural}/{route.subresource}" if route.subresource else route.plural
    verb = route.verb if request.method == "GET" else "create"
    return Need(verb, route.group, resource)


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: f"{handler.verb} {handler.subject}".strip())
async def test_a_question_asks_only_for_what_it_declares(
    handler: Handler, server: ApiServer, connect: Connect
) -> None:
    cluster = connect(server)
    for question in questions(handler):
        try:
            await handler.gather(question, Sources(cluster=cluster), told)
        except (QuestionError, SourceError):
            continue
    used = {need for request in server.requests if (need := need_of(request))}
    assert used <= set(handler.needs), sorted(map(str, used - set(handler.needs)))


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: f"{handler.verb} {handler.subject}".strip())
def test_a_question_only_reads_and_never_reads_secrets(handler: Handler) -> None:
    writing = {need for need in handler.needs if need.verb not in {"get", "list"}}
    assert writing <= {Need("create", "", "services/proxy")}
    assert not any(need.resource == "secrets" for need in handler.needs)
    assert all(
        action.partition(":")[2].startswith(("Describe", "Get", "List", "Query", "Head"))
        for action in handler.iam
    )
