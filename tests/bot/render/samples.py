"""Reports written by hand, as handlers and rules would make them; golden files show how they are drawn."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from bot.report import Report, Verdict
from handlers.contract import Exhibit, Gap, Row, Table
from rules.finding import Confidence, Finding, FixStep, ObjectRef, Observation, Severity, Symptom, Undecided

AS_OF = datetime(2026, 11, 21, 9, 12, 3, tzinfo=UTC)
SERVING = ObjectRef("Pod", "fraud-detector-predictor-7c9d8b6f4-x2lqp", "mlops")

TRACEBACK = """\
2026-11-21T09:09:58Z INFO  loading model from s3://models/fraud/7
2026-11-21T09:09:58Z DEBUG credentials AKIAIOSFODNN7EXAMPLE from the environment
Traceback (most recent call last):
  File "/storage-initializer/scripts/initializer-entrypoint", line 17, in <module>
    Storage.download(src_uri, dest_path)
  File "/usr/local/lib/python3.11/site-packages/kserve_storage/kserve_storage.py", line 74, in download
    Storage._download_s3(uri, out_dir)
botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the ListObjectsV2 operation: \
User: arn:aws:sts::111122223333:assumed-role/default-node/i-0abc is not authorized to perform: s3:ListBucket
"""
LONG_LOG = (
    "".join(f"2026-11-21T09:09:{n % 60:02} INFO  fetched part {n} <ok> & went on\n" for n in range(190))
    + TRACEBACK
)

DOWNLOAD = Finding(
    rule="isvc-download-forbidden",
    severity=Severity.CRITICAL,
    confidence=Confidence.CONFIRMED,
    fingerprint="3f2a9c1d7e5b",
    subject=SERVING,
    summary="fraud-detector-predictor-7c9d8b6f4-x2lqp is not serving: the model download is refused (S3 403)",
    cause=(
        "The init container storage-initializer exits 1: AccessDenied on s3://models/fraud/7, because "
        "the pod runs with the node's role (arn:aws:sts::111122223333:assumed-role/default-node), "
        "not with one of its own."
    ),
    evidence=(
        Observation(
            "Init container storage-initializer: exit 1, 6 restarts",
            "pod status",
            AS_OF - timedelta(minutes=2),
        ),
        Observation(
            "botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the "
            "ListObjectsV2 operation",
            "log of storage-initializer, previous run, line 198 of 199",
            AS_OF - timedelta(minutes=2, seconds=5),
        ),
        Observation(
            "ServiceAccount fraud-detector has no annotation eks.amazonaws.com/role-arn",
            "serviceaccount mlops/fraud-detector",
        ),
        Observation(
            "Revision 7 was rolled out: storageUri s3://models/fraud/6 → s3://models/fraud/7",
            "replicasets",
            AS_OF - timedelta(hours=3, minutes=14),
        ),
    ),
    effect="Revision 6 still serves 100 % of the traffic; the rollout has been stuck for 14 min.",
    fix=(
        FixStep(
            "Compare with the ServiceAccount of a model that loads.",
            run=(
                "kubectl get serviceaccount -n mlops "
                "-o custom-columns=NAME:.metadata.name,ROLE:.metadata.annotations"
            ),
        ),
        FixStep(
            "Give the ServiceAccount a role that may read the bucket.",
            run=(
                "kubectl annotate serviceaccount fraud-detector -n mlops \\\n"
                "  eks.amazonaws.com/role-arn=arn:aws:iam::111122223333:role/model-reader"
            ),
            changes="serviceaccount",
        ),
        FixStep(
            "Let the role read exactly this prefix.",
            show=(
                "- Effect: Allow\n  Action: [s3:GetObject, s3:ListBucket]\n"
                "  Resource:\n    - arn:aws:s3:::models\n    - arn:aws:s3:::models/fraud/*"
            ),
        ),
    ),
    runbook="runbooks/model-download.md#access-denied",
)
LIMITS = Finding(
    rule="pod-no-memory-limit",
    severity=Severity.LOW,
    confidence=Confidence.CONFIRMED,
    fingerprint="0b1c2d3e4f5a",
    subject=SERVING,
    summary="container queue-proxy has no memory limit",
    cause="Without a limit it can take the memory of its node.",
    runbook="runbooks/resources.md",
)
PROBE = Finding(
    rule="isvc-probe-too-early",
    severity=Severity.MEDIUM,
    confidence=Confidence.LIKELY,
    fingerprint="9a8b7c6d5e4f",
    subject=SERVING,
    summary="the readiness probe begins before the model can be loaded",
    cause="The last good start took 95 s; the probe gives up after 60 s.",
    evidence=(Observation("initialDelaySeconds 10, failureThreshold 5, periodSeconds 10", "pod spec"),),
    fix=(
        FixStep(
            "Give it a startupProbe of 180 s.",
            show="startupProbe:\n  failureThreshold: 18\n  periodSeconds: 10",
        ),
    ),
    runbook="runbooks/probes.md",
)

CRASH = Report(
    command="diagnose pod fraud-detector -n mlops",
    cluster="prod-eks",
    subject=SERVING,
    verdict=Verdict.BROKEN,
    findings=(DOWNLOAD, PROBE),
    also_noticed=(LIMITS,),
    undecided=(
        Undecided("node-role-denied", ("iam: no right iam:SimulatePrincipalPolicy",)),
        Undecided("bucket-policy-denied", ("iam: no right iam:SimulatePrincipalPolicy",)),
    ),
    gaps=(Gap("S3 bucket policy", "no right s3:GetBucketPolicy"),),
    exhibits=(
        Exhibit(
            title="log of storage-initializer, previous run",
            filename="fraud-detector-predictor-7c9d8b6f4-x2lqp_storage-initializer_previous_0912.log",
            text=LONG_LOG,
            note="last 199 of 3,412 lines, 30 min",
        ),
    ),
    about=("node ip-10-2-14-7", "owner InferenceService fraud-detector", "age 14 min"),
    symptom="Init:CrashLoopBackOff",
    checked=("pod", "events", "logs", "owner", "node"),
    as_of=AS_OF,
    took_ms=1_912,
    api_calls=9,
)

PENDING = Report(
    command="diagnose pod stream-scorer-69b57d4cf-hpx5b -n mlops",
    cluster="prod-eks",
    subject=ObjectRef("Pod", "stream-scorer-69b57d4cf-hpx5b", "mlops"),
    verdict=Verdict.BROKEN,
    findings=(
        Finding(
            rule="pod-pending-untolerated-taint",
            severity=Severity.HIGH,
            confidence=Confidence.CONFIRMED,
            fingerprint="77aa88bb99cc",
            subject=ObjectRef("Pod", "stream-scorer-69b57d4cf-hpx5b", "mlops"),
            summary="stream-scorer-69b57d4cf-hpx5b is pending: it does not tolerate gpu:NoSchedule",
            cause="1 of 3 nodes has room and matches its selectors, but has a taint it does not tolerate.",
            evidence=(
                Observation("Blocking taints: gpu:NoSchedule", "node spec.taints"),
                Observation("Tolerations: none", "pod spec.tolerations"),
                Observation(
                    "0/3 nodes are available: 1 node(s) had untolerated taint {gpu: }, 2 Insufficient cpu.",
                    "event FailedScheduling",
                    AS_OF - timedelta(seconds=38),
                ),
            ),
            effect="2 of 3 replicas are ready.",
            fix=(
                FixStep(
                    "If Deployment stream-scorer belongs there, add the toleration to its pod template.",
                    show="tolerations:\n  - key: gpu\n    operator: Exists\n    effect: NoSchedule",
                ),
                FixStep(
                    "If the taint was left behind by mistake, ask the node's owner to lift it.",
                    run="kubectl taint nodes ip-10-2-40-11 gpu-",
                    changes="node",
                ),
            ),
            runbook="runbooks/pod-pending.md#untolerated-taint",
        ),
    ),
    about=("no node yet", "owner Deployment stream-scorer", "age 12 min"),
    symptom="Pending",
    checked=("pod", "events", "nodes"),
    as_of=AS_OF,
    took_ms=640,
    api_calls=4,
)

HEALTHY = Report(
    command="diagnose pod checkout-scorer-5b7dd9b55f-4tz4x -n mlops",
    cluster="prod-eks",
    subject=ObjectRef("Pod", "checkout-scorer-5b7dd9b55f-4tz4x", "mlops"),
    verdict=Verdict.HEALTHY,
    also_noticed=(LIMITS,),
    about=("node ip-10-2-14-7", "last restart 3 d ago: OOMKilled", "age 12 d 4 h"),
    symptom="Running, 2/2 ready",
    checked=("pod status", "events", "logs of 2 containers", "owner", "node"),
    as_of=AS_OF,
    took_ms=812,
    api_calls=6,
)

UNKNOWN = Report(
    command="diagnose pod eval-runner-5f988fc68b-dv586 -n mlops",
    cluster="prod-eks",
    subject=ObjectRef("Pod", "eval-runner-5f988fc68b-dv586", "mlops"),
    verdict=Verdict.UNKNOWN,
    undecided=(
        Undecided("pod-pending-untolerated-taint", ("nodes: no right to list nodes cluster-wide",)),
        Undecided("pod-pending-no-room", ("nodes: no right to list nodes cluster-wide",)),
        Undecided("pvc-unbound", ("claims: no answer within 5 s",)),
    ),
    gaps=(
        Gap("nodes", "no right to list nodes cluster-wide"),
        Gap("persistentvolumeclaims in mlops", "no answer within 5 s"),
    ),
    about=("no node yet", "owner Deployment eval-runner", "age 2 h 5 min"),
    symptom="Pending",
    checked=("pod", "events"),
    as_of=AS_OF,
    took_ms=25_000,
    api_calls=5,
)


def symptom(kind: str, name: str, seen: str, severity: Severity = Severity.HIGH) -> Symptom:
    """Something in mlops that is unwell because of something else."""
    return Symptom(
        rule=f"{kind.lower()}-unwell",
        severity=severity,
        fingerprint=f"{kind}-{name}",
        subject=ObjectRef(kind, name, "mlops"),
        summary=f"mlops/{name} {seen}",
    )


MIGRATION = replace(
    PENDING.findings[0],
    explains=(
        symptom("Deployment", "stream-scorer", "has 2 of 3 pods ready", Severity.MEDIUM),
        symptom("InferenceService", "stream", "is not ready: its predictor is not"),
        symptom("Service", "stream-scorer", "has no ready endpoint: no pod is ready"),
        *(
            Symptom(
                rule=PENDING.findings[0].rule,
                severity=Severity.HIGH,
                fingerprint=PENDING.findings[0].fingerprint,
                subject=ObjectRef("Pod", f"stream-scorer-69b57d4cf-{end}", "mlops"),
                summary=f"stream-scorer-69b57d4cf-{end} is pending: it does not tolerate gpu:NoSchedule",
            )
            for end in ("2zzqk", "bb7lp")
        ),
    ),
)
SERVICE = replace(
    PENDING,
    command="diagnose service mlops/stream-scorer",
    subject=ObjectRef("Service", "stream-scorer", "mlops"),
    findings=(MIGRATION,),
    about=("type ClusterIP", "selects app=stream-scorer"),
    symptom="no ready endpoint",
)
"""A service, asked about, whose cause is a pod's."""

OVERVIEW = Report(
    command="health",
    cluster="prod-eks",
    subject=ObjectRef("Cluster", "prod-eks"),
    verdict=Verdict.BROKEN,
    findings=(
        DOWNLOAD,
        MIGRATION,
        PROBE,
        *(
            replace(
                DOWNLOAD,
                rule="pod-image-not-found",
                severity=Severity.HIGH,
                fingerprint=f"00000000000{number}",
                subject=ObjectRef("Pod", f"churn-{number}", "mlops"),
                summary=f"mlops/churn-{number} cannot start: image churn:{number} does not exist",
                fix=(FixStep("Correct the tag in its Deployment."),),
                explains=(symptom("Deployment", f"churn-{number}", "has 0 of 1 pods ready"),),
            )
            for number in range(4)
        ),
    ),
    undecided=tuple(Undecided("node-root-volume", ("AWS is not configured",)) for _ in range(12)),
    gaps=(Gap("EC2 instances", "AWS is not configured for this cluster"),),
    overview=True,
    about=("10 of 12 nodes ready", "127 of 198 pods are ready"),
    checked=("214 pods", "12 nodes"),
    as_of=AS_OF,
    took_ms=2_412,
    api_calls=31,
)
TABLE = Report(
    command="top pods -n mlops --sort-by memory",
    cluster="prod-eks",
    subject=ObjectRef("Namespace", "mlops"),
    verdict=Verdict.HEALTHY,
    well=True,
    tables=(
        Table(
            title="the pods that use most memory",
            columns=("pod", "owner", "memory", "of its limit", "worst finding"),
            rows=tuple(
                Row(
                    (
                        f"mlops/fraud-detector-predictor-7c9d8b6f4-{number:05}",
                        "InferenceService fraud-detector",
                        f"{(40 - number) * 131}Mi",
                        f"{90 - number} %",
                        "" if number else "crashes: it is OOM-killed at its limit of 5Gi again and again",
                    )
                )
                for number in range(30)
            ),
            judged=True,
            note="30 of 198 pods",
        ),
    ),
    said="30 pods use 118Gi of memory, 81 % of what their limits allow",
    checked=("198 pods", "their metrics"),
    as_of=AS_OF,
    took_ms=310,
    api_calls=3,
)
QUIET = replace(
    TABLE,
    command="health",
    subject=ObjectRef("Cluster", "prod-eks"),
    tables=(),
    overview=True,
    said="cluster prod-eks is healthy: 214 pods, 12 nodes checked",
)
"""A cluster where nothing is wrong."""

REPORTS = {
    "crash": CRASH,
    "pending": PENDING,
    "healthy": HEALTHY,
    "unknown": UNKNOWN,
    "service": SERVICE,
    "overview": OVERVIEW,
    "table": TABLE,
    "quiet": QUIET,
}
