"""From judgement and evidence to a verdict; and the report as it crosses between replicas."""

from datetime import UTC, datetime

import msgspec
import pytest

from bot.render.parcel import pack, secrets_in, unpack, without_secrets
from bot.render.wording import headline
from bot.report import Report, Verdict
from handlers.contract import Evidence, Exhibit, Gap
from rules.facts.base import SubjectFacts
from rules.finding import Confidence, Finding, ObjectRef, Observation, Severity, Undecided
from rules.judge import Judgement

POD = ObjectRef("Pod", "x", "mlops")
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
SECRET = "postgresql://app:s3cr3tPassw0rd@db/x"


def finding(severity: Severity) -> Finding:
    return Finding(
        rule=f"pod-{severity}",
        severity=severity,
        confidence=Confidence.CONFIRMED,
        fingerprint="f",
        subject=POD,
        summary="it crashes",
        cause=f"it cannot reach {SECRET}",
        evidence=(Observation(f"refused: {SECRET}", "log", NOW),),
    )


def report(*severities: Severity, healthy: bool = False, unjudged: Severity = Severity.MEDIUM) -> Report:
    judgement = Judgement(
        findings=tuple(map(finding, severities)),
        undecided=(Undecided("pod-dns", ("nodes: forbidden",), unjudged),),
    )
    evidence = Evidence(
        subject=POD,
        facts=SubjectFacts(),
        healthy=healthy,
        symptom="Running",
        exhibits=(Exhibit(title="log", filename="x.log", text=f"a\npassword={'q' * 20}\n{SECRET}\n"),),
        gaps=(Gap("nodes", "forbidden"),),
        as_of=NOW,
        api_calls=7,
    )
    return Report.of("diagnose pod mlops/x", "prod", judgement, evidence, 12)


@pytest.mark.parametrize(
    ("severities", "healthy", "verdict"),
    [
        ([Severity.CRITICAL], False, Verdict.BROKEN),
        ([Severity.MEDIUM, Severity.HIGH], True, Verdict.BROKEN),
        ([Severity.MEDIUM], True, Verdict.DEGRADED),
        ([Severity.LOW, Severity.INFO], True, Verdict.HEALTHY),
        ([Severity.LOW], False, Verdict.UNKNOWN),
        ([], True, Verdict.HEALTHY),
        ([], False, Verdict.UNKNOWN),
    ],
)
def test_the_verdict_is_earned(severities: list[Severity], healthy: bool, verdict: Verdict) -> None:
    made = report(*severities, healthy=healthy)
    assert made.verdict is verdict
    assert all(one.severity in (Severity.LOW, Severity.INFO) for one in made.also_noticed)
    assert len(made.findings) + len(made.also_noticed) == len(severities)


@pytest.mark.parametrize("unjudged", [Severity.CRITICAL, Severity.HIGH])
def test_healthy_is_not_said_while_a_grave_cause_is_unjudged(unjudged: Severity) -> None:
    made = report(healthy=True, unjudged=unjudged)
    assert made.verdict is Verdict.UNKNOWN
    assert "shows no symptom (Running), but not all of it could be read" in headline(made)


def test_nothing_of_the_evidence_is_lost() -> None:
    made = report(Severity.HIGH)
    assert (made.cluster, made.took_ms, made.api_calls, made.as_of) == ("prod", 12, 7, NOW)
    assert made.gaps == (Gap("nodes", "forbidden"),)
    assert made.undecided[0].rule == "pod-dns"


def test_a_report_reaches_other_replicas_without_its_secrets() -> None:
    made = report(Severity.HIGH, Severity.LOW)
    packed = pack(made)
    assert b"s3cr3t" not in packed
    assert b"qqqq" not in packed
    assert unpack(packed) == without_secrets(made)
    assert unpack(packed).findings[0].cause == "it cannot reach postgresql://app:«redacted»@db/x"


def test_secrets_are_counted_and_taken_out_once() -> None:
    made = report(Severity.HIGH)
    assert secrets_in(made) == 4
    assert secrets_in(without_secrets(made)) == 0
    assert without_secrets(without_secrets(made)) == without_secrets(made)


def test_bytes_of_another_version_are_not_taken_for_a_report() -> None:
    with pytest.raises(msgspec.MsgspecError):
        unpack(msgspec.msgpack.encode({"answer": 42}))
