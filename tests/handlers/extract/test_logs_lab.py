"""The logs of the recorded cluster: every failure is found, and nothing is made of chatter."""

import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.extract.logs import excerpt, log_facts
from rules.facts.log import LogFacts, SignatureKind

pytestmark = pytest.mark.lab

ROOT = Path(__file__).parents[3]
LOGS = "bundle/cluster-resources/pods/logs/"
NOW = datetime(2026, 11, 22, 10, 6, 26, tzinfo=UTC)
TROUBLED = ("kube-system/", "karpenter/")

KINDS = {
    "pod-exit-127": "command_not_found",
    "pod-exit-126": "permission_denied",
    "pod-sidecar-crashloop": "invalid_config",
    "pod-init-crashloop": "database_schema",
    "pod-worker-oom": "worker_killed",
    "pod-exec-format-error": "exec_format",
    "isvc-download-403": "aws_access_denied",
    "isvc-download-not-found": "model_download_failed",
    "isvc-download-nosuchkey": "aws_not_found",
    "isvc-ready-but-crashing": "model_unreadable",
    "predict-400": "request_invalid",
    "predict-404": "model_not_found",
    "predict-500": "request_invalid",
    "mlflow-s3-access-denied": "aws_access_denied",
    "mlflow-db-refused": "database_refused",
    "mlflow-schema-out-of-date": "database_schema",
    "irsa-annotation-missing": "aws_no_credentials",
    "irsa-wrong-audience": "aws_token_audience",
    "irsa-pod-older-than-annotation": "aws_access_denied",
    "coredns-upstream-timeout": "dns_failure",
    "dns-resolution-failing": "dns_failure",
    "wf-artifact-key-missing": "aws_not_found",
    "karpenter-ice": "aws_capacity",
}


@pytest.fixture(scope="module")
def logs() -> dict[str, str]:
    with tarfile.open(ROOT / "bot" / "demo.tar.gz") as demo:
        streams = {
            member.name.removeprefix(LOGS): demo.extractfile(member)
            for member in demo.getmembers()
            if member.name.startswith(LOGS) and member.name.endswith(".log")
        }
        return {
            name: stream.read().decode()
            for name, stream in streams.items()
            if stream is not None and not name.endswith("-logs-errors.log")
        }


def facts(name: str, text: str) -> LogFacts:
    container = name.rpartition("/")[2].removesuffix(".log")
    previous = container.endswith("-previous")
    return log_facts(text, container=container.removesuffix("-previous"), previous=previous, now=NOW)


def rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (ROOT / "tests" / "lab" / name).read_text().splitlines()[1:]]


EXPECTED = [row for row in rows("expected.tsv") if row[6].endswith(".log")]


@pytest.mark.parametrize("row", EXPECTED, ids=[row[0] for row in EXPECTED])
def test_the_log_of_every_expected_row_is_understood(row: list[str], logs: dict[str, str]) -> None:
    tag, path, evidence = row[0], row[6], row[7]
    name = path.removeprefix(LOGS.removeprefix("bundle/"))
    found = facts(name, logs[name])
    said = [found.error.text] if found.error else []
    said += [signature.line.text for signature in found.signatures]
    said += [group.example.text for group in found.error_groups]
    said += [response.example.text for response in found.responses]
    assert any(evidence in text for text in said)
    if tag in KINDS:
        assert found.signatures[0].kind == KINDS[tag]


def test_rows_about_a_failing_process_have_it_as_the_error(logs: dict[str, str]) -> None:
    for row in EXPECTED:
        if row[0] in {"predict-400", "predict-503", "alb-security-group"}:
            continue
        name = row[6].removeprefix(LOGS.removeprefix("bundle/"))
        found = facts(name, logs[name])
        assert found.error is not None
        shown = [found.error.text, *(signature.line.text for signature in found.signatures)]
        assert any(row[7] in text for text in shown), row[0]


def test_healthy_objects_have_quiet_logs(logs: dict[str, str]) -> None:
    walked = 0
    for _kind, namespace, owner, _looks, _why in rows("healthy.tsv"):
        for name, text in logs.items():
            if (
                namespace
                and name.startswith(f"{namespace}/{owner}")
                and not name.startswith(f"{namespace}/mlflow-cd")
            ):
                walked += 1
                found = facts(name, text)
                assert (name, found.error, found.signatures, found.error_groups) == (name, None, (), ())
    assert walked >= 20
    for name, text in logs.items():
        if name.startswith("mlflow-staging/"):
            assert facts(name, text).error is None


def test_only_logs_of_unwell_objects_say_anything(logs: dict[str, str]) -> None:
    unwell = {f"{row[2]}/{row[3]}" for row in rows("expected.tsv")}
    unwell |= {f"{row[2]}/{row[4].rpartition('/')[2]}" for row in rows("expected.tsv") if row[4]}
    unwell |= {f"{row[1]}/{row[2]}" for row in rows("symptoms.tsv")}
    quiet = 0
    for name, text in logs.items():
        if name.startswith((*unwell, *TROUBLED)):
            continue
        quiet += 1
        found = facts(name, text)
        assert (name, found.error, found.signatures) == (name, None, ())
    assert quiet > 60


def test_a_node_role_is_told_from_the_account_s_own(logs: dict[str, str]) -> None:
    name = next(name for name in logs if name.startswith("mlops/dataset-exporter-"))
    denied = facts(name, logs[name]).signatures[0]
    assert denied.kind is SignatureKind.AWS_ACCESS_DENIED
    assert denied.as_instance
    assert denied.role == "mlops-platform-dev-karpenter-node"
    assert denied.action == "s3:PutObject"
    assert denied.denied_by == "identity-based policy"
    assert denied.count == 20
    name = next(name for name in logs if name.endswith("8qds2/storage-initializer-previous.log"))
    denied, download = facts(name, logs[name]).signatures
    assert (denied.role, denied.as_instance) == ("mlops-platform-dev-model-reader", False)
    assert download.kind is SignatureKind.MODEL_DOWNLOAD_FAILED
    assert download.subject == "s3://mlops-platform-dev-models-restricted/credit-risk/9/model"
    assert "An error occurred (AccessDenied)" in download.line.text


def test_the_crash_of_fraud_scorer_in_full(logs: dict[str, str]) -> None:
    name = next(name for name in logs if name.endswith("zwcc5/app-previous.log"))
    found = facts(name, logs[name])
    assert found.error is not None
    assert found.error.text == "KeyError: 'velocity_30d'"
    assert found.error.source == "log of app, previous run, line 20 of 20"
    assert found.error.at == datetime(2026, 11, 22, 10, 4, 9, 475000, UTC)
    assert found.error_seconds_ago == pytest.approx(136.525)
    assert found.last_frame == "/app/fraud_scorer/pipeline.py:134 in <dictcomp>"
    shown = excerpt(logs[name], lines=8).splitlines()
    assert shown[0] == "… 12 lines before"
    assert shown[-1] == "KeyError: 'velocity_30d'"


def test_all_logs_are_read_quickly(logs: dict[str, str]) -> None:
    begun = time.perf_counter()
    lines = sum(facts(name, text).lines for name, text in logs.items())
    per_line = (time.perf_counter() - begun) / lines
    assert lines > 10_000
    assert per_line < 150e-6
