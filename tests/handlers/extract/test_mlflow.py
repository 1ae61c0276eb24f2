"""An MLflow server's configuration, logs and AWS objects, as facts."""

from datetime import timedelta
from typing import Any

import pytest

from handlers.extract.mlflow import MlflowReads, mlflow_facts
from handlers.extract.mlflow_aws import BucketReads, InstanceReads, instance_facts, most_connections
from handlers.extract.mlflow_config import rds_name, server_container, stores_of
from handlers.sources.aws_objects.cloudwatch import MetricData
from handlers.sources.aws_objects.rds import DbEvent, DbInstance, DbSnapshot
from handlers.sources.aws_objects.s3 import BucketEncryption, BucketHead, PublicAccessBlock
from handlers.sources.objects.container import Container, EnvVar
from handlers.sources.objects.ingress import Ingress
from handlers.sources.objects.network import EndpointSlice, Namespace, Service
from handlers.sources.objects.network_policy import NetworkPolicy
from handlers.sources.objects.pod import Pod, PodSpec
from handlers.sources.objects.workload import Deployment
from rules.facts.container import ContainerFacts
from rules.facts.identity import IdentityFacts
from rules.facts.log import LogFacts, LogResponses, LogSignature, SignatureKind
from rules.facts.pod import PodFacts
from rules.finding import Observation
from tests.handlers.build import NOW, Json, make

HOST = "dev-mlflow.c9akciq32rgw.eu-west-1.rds.amazonaws.com"


def server(*args: str, **variables: str) -> Container:
    env = tuple(EnvVar(name=name, value=value) for name, value in variables.items())
    return Container(name="mlflow", command=("mlflow", "server"), args=args, env=env)


@pytest.mark.parametrize(
    ("container", "engine", "host", "port"),
    [
        (
            server(f"--backend-store-uri=postgresql+psycopg2://u:secret@{HOST}:5433/db"),
            "postgresql",
            HOST,
            5433,
        ),
        (server("--backend-store-uri", f"mysql+pymysql://u:secret@{HOST}/db"), "mysql", HOST, 3306),
        (server(MLFLOW_BACKEND_STORE_URI=f"postgresql://u:secret@{HOST}/db"), "postgresql", HOST, 5432),
        (server("--backend-store-uri=postgresql://u:p@$(DB):5432/x", DB=HOST), "postgresql", HOST, 5432),
        (server(f"mlflow server --backend-store-uri postgresql://u:p@{HOST}/x"), "postgresql", HOST, 5432),
        (server(PGHOST=HOST, PGPORT="6432"), "postgresql", HOST, 6432),
        (server("--backend-store-uri=sqlite:///mlflow.db"), "sqlite", "", 5432),
        (server("--backend-store-uri=postgresql://u:p@[broken"), "", "", 5432),
        (server("--backend-store-uri"), "", "", 5432),
        (None, "", "", 0),
    ],
)
def test_the_database_is_read_from_arguments_and_variables(
    container: Container | None, engine: str, host: str, port: int
) -> None:
    kept = stores_of(container)
    assert (kept.engine, kept.host, kept.port) == (engine, host, port)
    assert "secret" not in repr(kept)


@pytest.mark.parametrize(
    ("container", "uri", "bucket", "proxied"),
    [
        (server("--artifacts-destination=s3://b/path"), "s3://b/path", "b", True),
        (server("--default-artifact-root", "s3://b", "--no-serve-artifacts"), "s3://b", "b", False),
        (server(MLFLOW_ARTIFACTS_DESTINATION="s3://b", MLFLOW_SERVE_ARTIFACTS="false"), "s3://b", "b", False),
        (server("--artifacts-destination=sftp://u:p@host/x"), "sftp://host/x", "", True),
        (server(), "", "", True),
    ],
)
def test_the_artifact_store(container: Container, uri: str, bucket: str, *, proxied: bool) -> None:
    kept = stores_of(container)
    assert (kept.uri, kept.bucket, kept.proxied) == (uri, bucket, proxied)


def test_the_container_that_runs_mlflow() -> None:
    proxy, own = Container(name="proxy"), Container(name="app", args=("mlflow", "server"))
    assert server_container(PodSpec(containers=(proxy, own))) is own
    assert server_container(PodSpec(containers=(proxy, own)), "proxy") is proxy
    assert server_container(PodSpec()) is None


@pytest.mark.parametrize(
    ("host", "name"),
    [
        (HOST, ("dev-mlflow", "eu-west-1")),
        ("dev.cluster-c9akciq32rgw.eu-west-1.rds.amazonaws.com", ("", "")),
        ("postgres.mlflow.svc", ("", "")),
        ("", ("", "")),
    ],
)
def test_the_rds_instance_of_a_host(host: str, name: tuple[str, str]) -> None:
    assert rds_name(host) == name


def pod(
    *signatures: LogSignature,
    responses: tuple[LogResponses, ...] = (),
    identity: IdentityFacts | None = None,
    **more: Any,
) -> PodFacts:
    log = LogFacts(container="mlflow", signatures=signatures, responses=responses)
    return PodFacts(
        containers=(ContainerFacts(name="mlflow", log=log, **more),), identity=identity or IdentityFacts()
    )


def sign(kind: SignatureKind, ago: float | None = 60.0, **more: Any) -> LogSignature:
    return LogSignature(kind=kind, seconds_ago=ago, line=Observation("the line"), count=2, **more)


LABELS = {"app": "mlflow"}


def reads(*behind: PodFacts, ready: bool = True, replicas: int = 1, **more: Any) -> MlflowReads:
    container = {"name": "mlflow", "args": ["mlflow", "server"], "ports": [{"containerPort": 5000}]}
    spec: Json = {
        "replicas": replicas,
        "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}},
    }
    own = make(Deployment, metadata={"name": "mlflow", "namespace": "mlflow"}, spec=spec)
    running = make(
        Pod,
        metadata={"name": "p", "namespace": "mlflow", "labels": LABELS},
        spec={"containers": [container]},
        status={"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]},
    )
    endpoint = {"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}
    sliced = {"name": "s", "namespace": "mlflow", "labels": {"kubernetes.io/service-name": "mlflow"}}
    known: dict[str, Any] = {
        "pods": (running,) if replicas else (),
        "services": (
            make(
                Service,
                metadata={"name": "mlflow", "namespace": "mlflow"},
                spec={"selector": LABELS, "ports": [{"port": 5000}]},
            ),
        ),
        "slices": (make(EndpointSlice, metadata=sliced, endpoints=[endpoint] if replicas else []),),
    }
    return MlflowReads(deployment=own, now=NOW, behind=behind, **(known | more))


DATABASE = [
    (SignatureKind.DATABASE_REFUSED, "", "refused"),
    (SignatureKind.DATABASE_TIMEOUT, "", "unreachable"),
    (SignatureKind.DATABASE_LOST, "", "unreachable"),
    (SignatureKind.DATABASE_AUTH, "", "auth"),
    (SignatureKind.DATABASE_DNS, "", "dns"),
    (SignatureKind.DATABASE_TLS, "", "tls"),
    (SignatureKind.DATABASE_SLOTS, "", "slots"),
    (SignatureKind.DATABASE_POOL, "", "pool"),
    (SignatureKind.DATABASE_SCHEMA, "out_of_date", "schema_old"),
    (SignatureKind.DATABASE_SCHEMA, "newer", "schema_new"),
    (SignatureKind.DATABASE_SCHEMA, "missing", "schema_other"),
]


@pytest.mark.parametrize(("kind", "code", "problem"), DATABASE)
def test_what_the_log_says_of_the_database(kind: SignatureKind, code: str, problem: str) -> None:
    facts = mlflow_facts(reads(pod(sign(kind, code=code, subject="db:6000"))))
    assert facts.database.problem == problem
    assert not facts.healthy
    if problem != "dns":
        assert facts.database.endpoint == "db:6000"


def test_what_is_long_over_does_not_count_in_a_server_that_works() -> None:
    old = sign(SignatureKind.DATABASE_REFUSED, 7200.0)
    assert mlflow_facts(reads(pod(old))).healthy
    assert mlflow_facts(reads(pod(old, failing=True), ready=False)).database.problem == "refused"


@pytest.mark.parametrize(
    ("signature", "identity", "problem"),
    [
        (sign(SignatureKind.AWS_ACCESS_DENIED, as_instance=True), IdentityFacts(), "node_role"),
        (sign(SignatureKind.AWS_ACCESS_DENIED), IdentityFacts(used_node_role=True), "node_role"),
        (sign(SignatureKind.AWS_ACCESS_DENIED), IdentityFacts(), "access_denied"),
        (sign(SignatureKind.AWS_NO_CREDENTIALS), IdentityFacts(), "credentials"),
        (sign(SignatureKind.AWS_KMS), IdentityFacts(), "kms"),
        (sign(SignatureKind.AWS_NOT_FOUND, code="NoSuchBucket"), IdentityFacts(), "bucket_missing"),
        (sign(SignatureKind.AWS_NOT_FOUND, code="NoSuchKey"), IdentityFacts(), "other"),
    ],
)
def test_what_the_log_says_of_the_artifacts(
    signature: LogSignature, identity: IdentityFacts, problem: str
) -> None:
    facts = mlflow_facts(reads(pod(signature, identity=identity)))
    assert facts.artifacts.problem == problem
    assert facts.effect == "Runs and metrics are tracked; artifacts and models are not"


def test_workers_that_are_killed_and_requests_that_fail() -> None:
    failing = LogResponses(status=500, count=9, seconds_ago=30.0, example=Observation("PUT 500"))
    old = LogResponses(status=503, count=90, seconds_ago=9000.0)
    facts = mlflow_facts(reads(pod(sign(SignatureKind.WORKER_TIMEOUT), responses=(failing, old))))
    assert (facts.workers_killed, facts.errors) == (2, 9)
    few = LogResponses(status=500, count=4, seconds_ago=30.0)
    assert mlflow_facts(reads(pod(responses=(few,)))).healthy


def test_without_a_ready_pod_nothing_is_tracked() -> None:
    facts = mlflow_facts(reads(pod(), ready=False))
    assert (facts.healthy, facts.ready, facts.endpoints_ready) == (False, 0, 0)
    assert "connection refused" in facts.effect


def test_a_server_scaled_to_zero_is_not_called_well() -> None:
    facts = mlflow_facts(reads(replicas=0))
    assert (facts.wanted, facts.healthy) == (0, False)


def test_a_service_of_another_name_that_selects_its_pods_is_taken() -> None:
    other = make(Service, metadata={"name": "tracking", "namespace": "mlflow"}, spec={"selector": LABELS})
    assert mlflow_facts(reads(pod(), services=(other,))).service == "tracking"
    assert mlflow_facts(reads(pod(), services=())).service == ""


def space(name: str, **labels: str) -> Namespace:
    return make(Namespace, metadata={"name": name, "labels": labels})


def policy(*peers: Json) -> NetworkPolicy:
    ingress = [{"from": list(peers)}] if peers else []
    spec = {"podSelector": {}, "ingress": ingress, "policyTypes": ["Ingress"]}
    return make(NetworkPolicy, metadata={"name": "deny", "namespace": "mlflow"}, spec=spec)


@pytest.mark.parametrize(
    ("policies", "blocked"),
    [
        ((), ()),
        ((policy(),), ("argo", "mlops")),
        ((policy({"namespaceSelector": {"matchLabels": {"team": "ml"}}}),), ("argo",)),
        ((policy({"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "b"}}}),), ()),
        ((policy({"ipBlock": {"cidr": "10.0.0.0/16"}}),), ()),
        ((policy({"podSelector": {}}),), ("argo", "mlops")),
    ],
)
def test_callers_that_no_policy_lets_in(
    policies: tuple[NetworkPolicy, ...], blocked: tuple[str, ...]
) -> None:
    callers = (space("argo"), space("mlops", team="ml"))
    assert mlflow_facts(reads(pod(), policies=policies, callers=callers)).blocked_callers == blocked


@pytest.mark.parametrize(("address", "said"), [([], "web"), ([{"hostname": "x.elb"}], "")])
def test_an_ingress_without_an_address(address: list[Json], said: str) -> None:
    path = {"path": "/", "backend": {"service": {"name": "mlflow", "port": {"number": 5000}}}}
    ingress = make(
        Ingress,
        metadata={"name": "web", "namespace": "mlflow"},
        spec={"rules": [{"http": {"paths": [path]}}]},
        status={"loadBalancer": {"ingress": address}},
    )
    assert mlflow_facts(reads(pod(), ingresses=(ingress,))).ingress == said


def test_what_could_not_be_read_is_not_taken_for_fine() -> None:
    facts = mlflow_facts(reads(missing={"pods": "forbidden", "slices": "forbidden", "policies": "forbidden"}))
    assert {"ready", "healthy", "endpoints_ready", "blocked_callers"} <= facts.missing.keys()
    assert "problem" in facts.database.missing
    assert "problem" in facts.artifacts.missing
    unread = PodFacts(containers=(ContainerFacts(missing={"signature": "forbidden"}),))
    assert "problem" in mlflow_facts(reads(unread)).database.missing


def instance(status: str = "available", **more: Any) -> DbInstance:
    return DbInstance(name="x", status=status, instance_class="db.t4g.small", allocated_storage=20, **more)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("available", "available"),
        ("backing-up", "available"),
        ("stopped", "stopped"),
        ("storage-full", "storage_full"),
        ("rebooting", "busy"),
        ("incompatible-network", "failed"),
        ("something-new", "failed"),
    ],
)
def test_the_state_of_an_instance(status: str, state: str) -> None:
    facts = instance_facts(InstanceReads(name="x", asked=True, instance=instance(status)), NOW)
    assert (facts.state, facts.status) == (state, status)


def test_an_instance_that_is_not_there_is_told_from_one_that_could_not_be_read() -> None:
    assert instance_facts(InstanceReads(name="x", asked=True), NOW).state == "missing"
    assert instance_facts(InstanceReads(name="x"), NOW).state == "unknown"
    unread = InstanceReads(name="x", asked=True, missing={"state": "forbidden"})
    assert instance_facts(unread, NOW).state == "unknown"
    assert instance_facts(unread, NOW).missing
    assert instance_facts(None, NOW).name == ""


def test_figures_backups_and_events_of_an_instance() -> None:
    hour = timedelta(hours=1)
    found = InstanceReads(
        name="x",
        asked=True,
        instance=instance(backup_retention_period=7, latest_restorable_time=NOW - hour),
        events=(
            DbEvent(message="older", date=NOW - 2 * hour),
            DbEvent(message="DB instance restarted", date=NOW - hour),
        ),
        snapshots=(DbSnapshot(status="available", snapshot_create_time=NOW - 5 * hour),),
        figures=(
            MetricData(id="storage", timestamps=(NOW - hour, NOW), values=(9e9, 1073741824.0)),
            MetricData(id="connections", timestamps=(NOW,), values=(200.0,)),
        ),
    )
    facts = instance_facts(found, NOW)
    assert (facts.storage_free, facts.storage_free_share) == (1073741824, 5.0)
    assert (facts.connections, facts.connections_most) == (200, 225)
    assert facts.connections_share == pytest.approx(88.9)
    assert facts.backup_age == 3600.0
    assert str(facts.event) == "DB instance restarted"


@pytest.mark.parametrize(
    ("name", "most"),
    [("db.t3.micro", 112), ("db.m6g.2xlarge", 3604), ("db.r5.4xlarge", 5000), ("db.serverless", None)],
)
def test_connections_by_the_memory_of_a_class(name: str, most: int | None) -> None:
    assert most_connections(name) == most


def test_a_bucket_that_is_open_absent_or_unread() -> None:
    closed = PublicAccessBlock(
        block_public_acls=True,
        ignore_public_acls=True,
        block_public_policy=True,
        restrict_public_buckets=True,
    )
    well = BucketReads(asked=True, head=BucketHead(), public=closed, encryption=BucketEncryption())
    assert (well.exists, well.public_blocked, well.encrypted) == (True, True, True)
    plain = BucketReads(asked=True, head=BucketHead())
    assert (plain.exists, plain.public_blocked, plain.encrypted) == (True, False, False)
    gone = BucketReads(asked=True)
    assert (gone.exists, gone.public_blocked, gone.encrypted) == (False, True, True)
    unread = BucketReads(
        asked=True, missing={"bucket_exists": "no", "public_blocked": "no", "encrypted": "no"}
    )
    assert (unread.exists, unread.public_blocked, unread.encrypted) == (True, True, True)
    assert BucketReads().exists
