"""Facts of the recorded broken pods: the field a rule would ask for says what the recording says is wrong."""

from operator import attrgetter
from pathlib import Path

import pytest

from handlers.contract import Evidence
from handlers.extract.pod_status import looks_healthy
from handlers.sources.recorded import RecordedCluster
from rules.facts.container import ContainerFacts
from rules.facts.pod import PodFacts
from tests.handlers.conftest import ask
from tests.handlers.extract.scheduling_lab import pods

DEMO = Path(__file__).parents[2] / "bot" / "demo.tar.gz"
RECORDED = RecordedCluster.open(DEMO)


async def look(name: str, namespace: str = "") -> tuple[Evidence, PodFacts]:
    evidence = await ask(RECORDED, name, namespace)
    assert isinstance(evidence.facts, PodFacts)
    return evidence, evidence.facts


def failing(facts: PodFacts) -> ContainerFacts:
    """The container in trouble; the first one of a pod without any."""
    return next((c for c in facts.containers if c.failing), facts.containers[0])


ROWS = [
    ("fraud-scorer", "container.log.exception_type", "KeyError"),
    ("fraud-scorer", "pod.change.previous_works", "True"),
    ("ab-router", "container.config.problem container.config.name", "configmap_missing | ab-router-config"),
    ("ab-router", "container.config.used_as", "envFrom"),
    (
        "slack-relay",
        "container.config.problem container.config.name container.config.key",
        "secret_key_missing | slack-relay | webhook-url",
    ),
    (
        "billing-exporter",
        "container.config.problem container.config.name",
        "secret_missing | billing-exporter-credentials",
    ),
    (
        "embedding-api",
        "container.killed_by_probe container.oom_killed container.kill_probe.problem",
        "liveness | False | timeout",
    ),
    ("rag-indexer", "container.killed_by_probe container.kill_probe.allows", "startup | 30"),
    ("schema-migrator", "container.start_problem container.executable", "command_not_found | alembic"),
    ("metrics-bridge", "container.start_problem container.executable", "not_executable | /app/entrypoint.sh"),
    ("onnx-gateway", "container.start_problem container.executable", "command_not_found | serve"),
    ("catalog-sync", "container.exit_code container.crashed", "0 | True"),
    ("image-resizer", "container.signal container.exit_code", "SIGSEGV | 139"),
    ("recommender", "container.name container.kind", "feature-proxy | main"),
    ("pii-redactor", "container.config.problem", "runs_as_root"),
    ("online-store", "container.name container.kind", "db-migrate | init"),
    (
        "xgb-scorer",
        "container.oom_killed container.restarts container.memory_limit",
        "True | 14 | 1073741824",
    ),
    ("batch-embedder", "container.oom_killed container.ran_for", "True | 38.0"),
    ("feature-api", "container.signature.kind", "worker_killed"),
    ("churn-model", "container.pull.problem", "not_found"),
    (
        "ranker",
        "container.pull.problem container.pull.registry_account container.pull.own_account",
        "ecr_denied | 444455556666 | 111122223333",
    ),
    ("redis-buffer", "container.pull.problem container.pull.registry", "rate_limited | docker.io"),
    (
        "report-renderer",
        "pod.eviction.kind pod.eviction.own_fault pod.eviction.container",
        "node_memory | True | app",
    ),
    ("report-renderer", "container.crashed pod.ended", "False | True"),
    (
        "thumbnailer",
        "pod.eviction.kind pod.eviction.volume pod.eviction.limit",
        "empty_dir_limit | scratch | 1073741824",
    ),
    ("click-stream", "pod.termination.stuck pod.node.ready pod.disruption", "True | Unknown | none"),
    ("session-store", "pod.termination.finalizers", "('backup.mlops.example.com/snapshot-before-delete',)"),
    ("offline-store-compactor", "pod.volume.problem", "multi_attach"),
    ("offline-store-compactor", "pod.volume.holder_node", "ip-10-0-2-75.eu-west-1.compute.internal"),
    (
        "cert-watcher",
        "pod.volume.problem pod.volume.name pod.volume.volume",
        "secret_missing | gateway-client-tls | tls",
    ),
    ("kafka-bridge", "pod.sandbox.problem", "no_ip_address"),
    ("feature-builder", "pod.volume.problem", "none"),
    ("image-policy-webhook", "container.start_problem pod.node.architecture", "wrong_architecture | amd64"),
    (
        "dataset-sync",
        "pod.identity.said",
        "service account feature-reader names no role; the pod has no web identity token",
    ),
    ("dataset-sync", "pod.identity.aws_failing pod.identity.role_arn", "True | "),
    ("embedding-writer", "pod.identity.has_token", "True"),
    ("dataset-exporter", "pod.identity.older_than_role pod.identity.used_node_role", "True | True"),
    ("webhook-dispatcher", "container.signature.kind container.failing", "dns_failure | False"),
    (
        "latency-sensitive-api",
        "container.readiness.problem container.readiness.status_code",
        "http_status | 503",
    ),
    (
        "latency-sensitive-api",
        "pod.dependency.said",
        "Service mlops/feature-gateway has no endpoints: no pod carries app=feature-gateway,tier=edge",
    ),
    ("prometheus-adapter", "pod.dependency.said", "Service monitoring/prometheus-operated does not exist"),
    ("aws-node-9slrf", "container.readiness.problem container.readiness_failing", "not_serving | True"),
    ("bert-ner", "container.kind container.oom_killed container.name", "init | True | storage-initializer"),
    ("checkout-scorer", "pod.gate_is_alb", "True"),
    (
        "image-classifier",
        "container.readiness.problem container.readiness.timeout container.cpu_share",
        "timeout | 1 | 99.8",
    ),
    ("quality-report-t5g3b", "pod.ready container.crashed container.will_restart", "False | True | False"),
    ("backfill-features-20261121", "pod.owner", "Job backfill-features-20261121"),
    ("otel-collector", "pod.node.ready container.kind", "Unknown | sidecar"),
]


WORKS = {"webhook-dispatcher", "feature-api", "dataset-sync", "dataset-exporter"}
"""Pods whose trouble does not show in their status."""


@pytest.mark.parametrize(("name", "fields", "said"), ROWS)
async def test_facts_of_broken_pods(name: str, fields: str, said: str) -> None:
    evidence, facts = await look(name)
    seen = {"pod": facts, "container": failing(facts)}
    values = (attrgetter(field.partition(".")[2])(seen[field.partition(".")[0]]) for field in fields.split())
    assert " | ".join(map(str, values)) == said
    assert evidence.gaps == ()
    assert evidence.healthy == (name in WORKS)


async def test_pods_that_an_owner_lacks_are_in_the_facts_of_those_it_has() -> None:
    evidence, facts = await look("defect-detector")
    assert evidence.healthy
    assert (facts.creation.refused, facts.creation.name) == ("quota", "team-vision-quota")
    assert (facts.creation.wanted, facts.creation.existing) == (3, 1)
    assert facts.creation.limited == "requests.cpu=2"


async def test_an_owner_without_any_pod() -> None:
    evidence, facts = await look("ner-service")
    assert (facts.exists, evidence.symptom, evidence.healthy) == (False, "not created", False)
    assert (facts.creation.refused, facts.creation.name) == (
        "webhook_down",
        "image-policy.kserve.example.com",
    )
    assert evidence.about == ("Deployment ner-service has 0 of 2 pods",)


async def test_an_owner_scaled_to_zero_is_healthy() -> None:
    evidence, facts = await look("weekend-batch")
    assert (evidence.symptom, evidence.healthy, facts.creation.refused) == ("scaled to zero", True, "none")


@pytest.mark.parametrize(
    ("name", "symptom"),
    [
        ("tokenizer-svc-756c57dbc7-7zcv8", "Running"),
        ("snapshot-registry-29395080", "Completed"),
        ("mlflow-cd85d5f54-d5m92", "Running"),
        ("sklearn-iris", "Running"),
        ("inference-gateway", "Running"),
        ("train-daily-f0c2l", "Running"),
        ("embed-refresh-9c4tq", "Completed"),
        ("loki-0", "Running"),
    ],
)
async def test_noisy_but_healthy_pods(name: str, symptom: str) -> None:
    evidence, facts = await look(name)
    assert (evidence.healthy, evidence.symptom) == (True, symptom)
    assert not any(container.crashed or container.failing for container in facts.containers)


@pytest.mark.parametrize("name", ["catalog-search", "price-optimizer"])
async def test_pods_of_a_rollout_that_has_just_begun_are_starting(name: str) -> None:
    evidence, facts = await look(name)
    assert (evidence.healthy, facts.starting, facts.change.rolling_out) == (True, True, True)


async def test_an_old_restart_is_told_as_history() -> None:
    evidence, _ = await look("tokenizer-svc-756c57dbc7-7zcv8", "mlops")
    assert evidence.about[-1] == "last restart 1 d ago (exit code 137, Error), stable since"


async def test_the_change_is_told_to_the_new_pod_only() -> None:
    evidence, facts = await look("fraud-scorer")
    assert "changed image of app" in str(facts.change.diff)
    assert evidence.about[-1] == "1 of 3 pods of Deployment fraud-scorer is unhealthy"
    older = next(
        pod for pod in pods() if pod.metadata.name.startswith("fraud-scorer-") and looks_healthy(pod)
    )
    _, facts = await look(older.metadata.name, "mlops")
    assert (facts.change.recent, facts.change.this_revision, facts.change.diff) == (True, False, None)


async def test_what_was_checked_is_listed() -> None:
    evidence, _ = await look("sklearn-iris")
    assert [each.partition(" (")[0] for each in evidence.checked] == [
        "status of 2 containers",
        "0 events",
        "log of kserve-container",
        "node ip-10-0-1-142.eu-west-1.compute.internal",
        "rollout of Deployment sklearn-iris-predictor",
        "endpoints of Service sklearn-iris-predictor",
        "memory and cpu against limits",
        "service account model-reader",
    ]


async def test_exhibits_are_the_logs_of_both_runs() -> None:
    evidence, _ = await look("fraud-scorer")
    assert [each.title for each in evidence.exhibits] == [
        "log of app, previous run",
        "log of app, current run",
        "error lines of app, grouped",
    ]
    first = evidence.exhibits[0]
    assert first.filename == f"{evidence.subject.name}_app_previous_20261122T100623Z.log"
    assert first.note.endswith("lines, all there is")
    assert "KeyError" in first.text


async def test_error_lines_are_picked_and_grouped() -> None:
    evidence, _ = await look("mlflow-cd85d5f54-6dtk7", "mlops")
    (grouped,) = [exhibit for exhibit in evidence.exhibits if "grouped" in exhibit.title]
    assert grouped.title == "error lines of mlflow, grouped"
    assert grouped.note == "11 error lines in 3 forms"
    assert grouped.text.splitlines()[0].startswith(
        "    9 x  (psycopg2.OperationalError) connection to server"
    )
