"""Facts about an MLflow server with its database and artifact store: every word a rule about it may say."""

from typing import Annotated, Literal

from rules.facts.base import Facts, SubjectFacts, fact
from rules.finding import ObjectRef, Observation

DatabaseProblem = Literal[
    "none",
    "refused",
    "unreachable",
    "auth",
    "dns",
    "tls",
    "slots",
    "pool",
    "schema_old",
    "schema_new",
    "schema_other",
]
ArtifactProblem = Literal[
    "none", "node_role", "access_denied", "credentials", "bucket_missing", "kms", "region", "other"
]
InstanceState = Literal["unknown", "available", "stopped", "storage_full", "failed", "busy", "missing"]


class InstanceFacts(Facts, frozen=True, kw_only=True):
    """The RDS instance behind the server; read from AWS where that is configured."""

    name: Annotated[str, fact("Its identifier; empty when the database is no RDS instance")] = ""
    region: Annotated[str, fact("Its region, or empty")] = ""
    state: Annotated[InstanceState, fact("How it stands; unknown when AWS was not asked")] = "unknown"
    status: Annotated[str, fact("Its status in AWS's words", read="DBInstanceStatus")] = ""
    said: Annotated[Observation | None, fact("Its status in a sentence")] = None
    event: Annotated[Observation | None, fact("The newest event of the last day", read="DescribeEvents")] = (
        None
    )
    storage: Annotated[int | None, fact("Allocated storage", unit="bytes", read="AllocatedStorage")] = None
    storage_free: Annotated[int | None, fact("Free storage", unit="bytes", read="FreeStorageSpace")] = None
    storage_free_share: Annotated[float | None, fact("Free storage of all", unit="percent")] = None
    storage_grows: Annotated[bool, fact("Whether AWS enlarges it by itself", read="MaxAllocatedStorage")] = (
        False
    )
    connections: Annotated[int | None, fact("Connections now", read="DatabaseConnections")] = None
    connections_most: Annotated[
        int | None, fact("Connections it takes, by its class; None when the class is not known")
    ] = None
    connections_share: Annotated[float | None, fact("Connections of those it takes", unit="percent")] = None
    backups: Annotated[int | None, fact("Days backups are kept; 0: none", read="BackupRetentionPeriod")] = (
        None
    )
    backup_age: Annotated[
        float | None, fact("Age of the newest point that can be restored", unit="seconds")
    ] = None
    public: Annotated[bool, fact("Whether it has a public address", read="PubliclyAccessible")] = False
    encrypted: Annotated[bool, fact("Whether its storage is encrypted", read="StorageEncrypted")] = True


class DatabaseFacts(Facts, frozen=True, kw_only=True):
    """The database, as the pods' configuration and log tell."""

    engine: Annotated[str, fact("postgresql, mysql, sqlite, …; empty when it is not said")] = ""
    host: Annotated[str, fact("Its host, without credentials; empty when it is not said")] = ""
    port: Annotated[int, fact("Its port")] = 5432
    endpoint: Annotated[str, fact("host:port, or “its database” when that is not said")] = "its database"
    problem: Annotated[DatabaseProblem, fact("What its log says is wrong with it")] = "none"
    said: Annotated[Observation | None, fact("The line that says so")] = None
    times: Annotated[int, fact("Lines that say so", unit="lines")] = 0
    user: Annotated[str, fact("User that is refused, or empty")] = ""
    instance: Annotated[InstanceFacts, fact("The RDS instance")] = InstanceFacts()


class ArtifactFacts(Facts, frozen=True, kw_only=True):
    """The artifact store."""

    uri: Annotated[str, fact("Where artifacts go, without credentials; empty when it is not said")] = ""
    bucket: Annotated[str, fact("Bucket of it, or empty")] = ""
    place: Annotated[str, fact("The bucket in words (bucket x, its bucket)")] = "its bucket"
    proxied: Annotated[
        bool, fact("Whether the server moves artifacts itself; else clients use their own identity")
    ] = False
    problem: Annotated[ArtifactProblem, fact("What the server's log says is wrong with it")] = "none"
    said: Annotated[Observation | None, fact("The line that says so")] = None
    times: Annotated[int, fact("Lines that say so", unit="lines")] = 0
    action: Annotated[str, fact("IAM action that is refused, or empty")] = ""
    refusal: Annotated[str, fact("What is refused to whom, in words")] = "a call"
    used_role: Annotated[str, fact("Role AWS saw, or empty")] = ""
    wanted_role: Annotated[str, fact("Role the service account names, or empty")] = ""
    service_account: Annotated[str, fact("Service account of the pods")] = "default"
    restart_helps: Annotated[bool, fact("Whether the pod is older than the role of its service account")] = (
        False
    )
    identity_said: Annotated[Observation | None, fact("How the pod stands with AWS credentials")] = None
    bucket_exists: Annotated[bool, fact("Whether AWS knows the bucket", read="HeadBucket")] = True
    public_blocked: Annotated[
        bool, fact("Whether public access is blocked in all four ways", read="GetPublicAccessBlock")
    ] = True
    encrypted: Annotated[bool, fact("Whether it is encrypted by default", read="GetBucketEncryption")] = True


class MlflowFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one MLflow server."""

    ref: Annotated[ObjectRef, fact("The server, by the name of its Deployment")] = ObjectRef(
        "MLflow", "mlflow", "mlflow"
    )
    top_owner: Annotated[ObjectRef, fact("Its Deployment")] = ObjectRef("Deployment", "mlflow", "mlflow")
    healthy: Annotated[bool, fact("Whether it serves, and its log shows no trouble that matters")] = True
    deployed: Annotated[bool, fact("Whether a Deployment with its label is there")] = True
    wanted: Annotated[int, fact("Pods it wants", read="spec.replicas")] = 1
    ready: Annotated[int, fact("Pods that are ready")] = 1
    starting: Annotated[bool, fact("Whether a pod began within the last two minutes")] = False
    pods_said: Annotated[Observation | None, fact("How its pods stand, in a sentence")] = None
    pod: Annotated[str, fact("The pod that tells most, or empty")] = ""
    container: Annotated[str, fact("Its container")] = "mlflow"
    previous: Annotated[bool, fact("Whether the run before the current one tells")] = False
    service: Annotated[str, fact("Service that leads to it, or empty")] = "mlflow"
    port: Annotated[int, fact("Port of that Service")] = 5000
    endpoints_ready: Annotated[int, fact("Endpoints of it that take traffic", read="EndpointSlice")] = 1
    endpoints_said: Annotated[Observation | None, fact("How its endpoints stand, in a sentence")] = None
    database: Annotated[DatabaseFacts, fact("Its database")] = DatabaseFacts()
    artifacts: Annotated[ArtifactFacts, fact("Its artifact store")] = ArtifactFacts()
    workers_killed: Annotated[int, fact("Lines that tell of workers killed or timed out", unit="lines")] = 0
    workers_said: Annotated[Observation | None, fact("The latest of them")] = None
    memory_limit: Annotated[int | None, fact("Memory limit of the container", unit="bytes")] = None
    memory_suggested: Annotated[str, fact("One and a half times the limit, or empty")] = ""
    host_refused: Annotated[
        Observation | None, fact("That it refuses requests for the host name they use", read="log")
    ] = None
    errors: Annotated[int, fact("Requests it answered with 500 and above lately", unit="requests")] = 0
    errors_said: Annotated[Observation | None, fact("The most frequent of them")] = None
    blocked_callers: Annotated[
        tuple[str, ...], fact("Namespaces of the platform that no network policy lets in")
    ] = ()
    policies: Annotated[tuple[str, ...], fact("Network policies on its pods")] = ()
    ingress: Annotated[str, fact("Ingress that leads to it and has no address, or empty")] = ""
    effect: Annotated[str, fact("Whether it still serves, in a sentence")] = ""
