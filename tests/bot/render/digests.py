"""Digests written by hand, as a sweep and its comparison make them; golden files show how they are drawn."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from bot.changes import Change, Digest, Entry, Gone
from bot.render.digest.view import DigestView
from bot.report import Report, Verdict
from handlers.contract import Gap, Row, Table
from handlers.parts import Part, PartState
from rules.finding import Confidence, Finding, FixStep, ObjectRef, Severity, Undecided
from tests.bot.render.samples import AS_OF, DOWNLOAD, LIMITS, MIGRATION, PROBE, symptom
from tests.bot.render.slack_rules import RUNBOOKS

BEFORE = AS_OF - timedelta(days=1, minutes=12)
DISK = Finding(
    rule="node-disk-pressure",
    severity=Severity.HIGH,
    confidence=Confidence.CONFIRMED,
    fingerprint="5a5a5a5a5a5a",
    subject=ObjectRef("Node", "ip-10-2-14-7"),
    summary="node ip-10-2-14-7 is under disk pressure: 96 % of its root volume is used",
    cause="Images and logs fill the root volume of 20Gi.",
    fix=(FixStep("Give the EC2NodeClass a root volume of 100Gi."),),
    explains=tuple(symptom("Pod", f"etl-{number}", "was evicted") for number in range(7)),
)
QUEUE = replace(
    LIMITS,
    severity=Severity.MEDIUM,
    rule="workflow-fails-daily",
    fingerprint="6b6b6b6b6b6b",
    subject=ObjectRef("CronWorkflow", "nightly-train", "mlops"),
    owner=ObjectRef("CronWorkflow", "nightly-train", "mlops"),
    summary="CronWorkflow mlops/nightly-train fails at step features since 3 runs",
    fix=(FixStep("Correct the path of the input in step features."),),
)


def minor(number: int) -> Finding:
    """One of many causes that are not grave."""
    return replace(
        LIMITS,
        fingerprint=f"{number:012x}",
        subject=ObjectRef("Deployment", f"report-{number}", "batch"),
        summary=f"Deployment batch/report-{number} has no memory limit",
    )


def open_for(finding: Finding, days: float, change: Change = Change.ONGOING, **more: object) -> Entry:
    """A cause that has been open for so many days."""
    severity = min((finding.severity, *(s.severity for s in finding.explains)), key=lambda s: s.rank)
    entry = Entry(
        finding=finding,
        change=change,
        severity=severity,
        severity_then=None if change is Change.NEW else severity,
        affected=1 + len(finding.explains),
        since=AS_OF - timedelta(days=days),
    )
    return replace(entry, **more)


def gone(name: str, days: float, why: str = "", severity: Severity = Severity.HIGH) -> Gone:
    """A cause of the last digest that is not seen now."""
    return Gone(
        fingerprint=f"gone-{name}",
        rule="pod-crashing",
        severity=severity,
        subject=ObjectRef("Pod", name, "mlops"),
        summary=f"mlops/{name} crashes again and again",
        since=AS_OF - timedelta(days=days),
        why=why,
    )


def part(name: str, said: str, state: PartState = PartState.FINE, *items: str) -> Part:
    """A line about a part of the platform."""
    return Part(name=name, state=state, said=said, items=items)


FINE_PARTS = (
    part("Nodes", "14 ready"),
    part("Certificates", "9, none ends within 21 days"),
    part("Ingresses", "6, all targets healthy"),
)
PARTS = (
    *FINE_PARTS,
    part(
        "InferenceServices",
        "2 of 14 not ready",
        PartState.TROUBLE,
        "mlops/fraud-detector: its predictor is not ready",
        "mlops/stream: its predictor is not ready",
    ),
    part(
        "Workflows",
        "3 failed in 24 h",
        PartState.TROUBLE,
        "train-churn, step features: 2",
        "nightly-train, step load: 1",
        "etl, step write: 1",
    ),
    part("Claims", "1 of 22 over 85 %", PartState.TROUBLE, "mlflow/artifacts: 91 %"),
    part("Terraform", "no right s3:ListBucket", PartState.UNKNOWN),
    part("Karpenter", "not installed", PartState.ABSENT),
)
HYGIENE = Table(
    title="Hygiene",
    columns=("object", "what", "how often"),
    rows=tuple(
        Row((f"Deployment batch/report-{number}", what, f"{number + 1}"))
        for number, what in enumerate(
            ("no memory limit", "image tag latest", "no readiness probe", "1 replica")
        )
    ),
    note="4 of 61 workloads",
)
REPORT = Report(
    command="health",
    cluster="prod-eks",
    subject=ObjectRef("Cluster", "prod-eks"),
    verdict=Verdict.BROKEN,
    overview=True,
    checked=("214 pods", "14 nodes"),
    tables=(HYGIENE,),
    as_of=AS_OF,
    took_ms=2_412,
    api_calls=31,
)
BAD = Digest(
    name="morning",
    cluster="prod-eks",
    report=REPORT,
    verdict=Verdict.BROKEN,
    before=BEFORE,
    entries=(
        open_for(DOWNLOAD, 0, Change.NEW),
        open_for(DISK, 3.4, Change.WORSE, severity_then=Severity.MEDIUM),
        open_for(MIGRATION, 0.11, Change.NEW, came_back=AS_OF - timedelta(days=9)),
        open_for(QUEUE, 3.1),
        open_for(PROBE, 12, Change.WORSE, affected=4),
        *(open_for(minor(number), 20 + number) for number in range(9)),
        open_for(minor(99), 30, snoozed_until=AS_OF + timedelta(days=2)),
    ),
    resolved=(gone("billing-exporter", 2), gone("embedding-api-7d8f", 0.3)),
    parts=PARTS,
    gaps=(Gap("Terraform state", "no right s3:ListBucket"),),
    notes=("20 min late: Slack did not answer at 09:00",),
)
QUIET = replace(
    BAD,
    report=replace(REPORT, verdict=Verdict.HEALTHY),
    verdict=Verdict.HEALTHY,
    entries=(),
    resolved=(),
    parts=FINE_PARTS,
    gaps=(),
    notes=(),
)
BLIND = replace(
    QUIET,
    report=replace(
        REPORT,
        verdict=Verdict.UNKNOWN,
        undecided=(Undecided("node-root-volume", ("nodes: no right to list nodes cluster-wide",)),),
        checked=("214 pods",),
    ),
    verdict=Verdict.UNKNOWN,
    unseen=(
        gone("node-7", 4, "nodes: no right to list nodes cluster-wide"),
        gone("node-8", 4, "nodes: no right to list nodes cluster-wide"),
        gone("train-churn", 1, "workflows: no answer within 5 s"),
    ),
    parts=(
        part("Nodes", "no right to list nodes cluster-wide", PartState.UNKNOWN),
        part("Workflows", "no answer within 5 s", PartState.UNKNOWN),
        FINE_PARTS[1],
    ),
    gaps=(
        Gap("nodes", "no right to list nodes cluster-wide"),
        Gap("nodes' volumes", "no right to list nodes cluster-wide"),
        *(Gap(f"workflows in team-{number}", "no answer within 5 s") for number in range(4)),
    ),
    notes=("Saturday's digest was skipped: the bot was down for more than 2 h",),
)
FIRST = replace(
    BAD,
    before=None,
    namespaces=("mlops", "argo"),
    min_severity=Severity.MEDIUM,
    entries=(
        open_for(DOWNLOAD, 0, Change.NEW),
        open_for(MIGRATION, 6),
        open_for(PROBE, 0, Change.NEW),
    ),
    resolved=(),
    notes=(),
)
DIGESTS = {"bad": BAD, "quiet": QUIET, "blind": BLIND, "first": FIRST}
CLEARED = {
    DOWNLOAD.fingerprint: AS_OF + timedelta(minutes=40),
    PROBE.fingerprint: AS_OF + timedelta(hours=2),
}
MENUS = (("for a day", "v1.snooze.1"), ("for 3 days", "v1.snooze.3"), ("for a week", "v1.snooze.7"))


def view(digest: Digest, cleared: dict[str, datetime] | None = None) -> DigestView:
    """All buttons, and two owners."""
    names = [entry.finding.fingerprint for entry in digest.entries]
    return DigestView(
        diagnose={name: f"v1.diagnose.{name}" for name in names},
        snooze=dict.fromkeys(names, MENUS),
        owners={DOWNLOAD.fingerprint: ("U0OWNER01",), DISK.fingerprint: ("S0OWNER01", "U0OWNER01")},
        runbooks=RUNBOOKS,
        slot="weekdays 09:00 Europe/Dublin",
        cleared=cleared or {},
    )
