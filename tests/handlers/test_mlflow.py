"""`diagnose mlflow` over HTTP, with and without an AWS account beside the cluster."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers.contract import Evidence, NameInvalid, NameNotFound, Question, Sources
from handlers.look import Look
from handlers.mlflow import MLFLOW, MLFLOW_SWEEP
from handlers.sources.aws import Aws
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError
from rules.facts.mlflow import MlflowFacts
from tests.fakes.aws import AwsFront, Moto, Spoilt
from tests.fakes.kubernetes import ApiServer, Fault
from tests.fakes.kubernetes.server import NEWEST_EVENT
from tests.handlers.build import Json
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import thing, write_cluster

RDS = "mlops-platform-dev-mlflow"
BUCKET = "mlops-platform-dev-mlflow-artifacts"
FAULTS = {
    "403": Fault.recorded("403-nodes.http"),
    "500": Fault(status=500),
    "hang": Fault.hang(),
    "no JSON": Fault.answer(b"{"),
}


async def ask(  # noqa: PLR0913 - what a question may say
    cluster: Cluster,
    namespace: str = "",
    name: str = "",
    *,
    aws: Aws | None = None,
    sweep: bool = False,
    deadline: float = 20,
) -> tuple[Evidence, MlflowFacts]:
    question = Question(name=name, namespace=namespace, sweep=sweep, deadline=deadline)
    evidence = await MLFLOW.gather(question, Sources(cluster=cluster, aws=aws), told)
    assert isinstance(evidence.facts, MlflowFacts)
    return evidence, evidence.facts


async def test_every_server_of_the_platform_is_looked_at(cluster: Cluster) -> None:
    evidence, facts = await ask(cluster)
    assert str(facts.ref) == "mlops/mlflow"
    assert {str(one.ref) for one in evidence.related if isinstance(one, MlflowFacts)} == {"mlflow/mlflow"}


async def test_one_namespace_is_asked_alone_wherever_it_is(cluster: Cluster) -> None:
    evidence, facts = await ask(cluster, "team-vision")
    assert facts.database.problem == "schema_old"
    assert not any(isinstance(one, MlflowFacts) for one in evidence.related)


async def test_no_password_is_in_what_is_told(cluster: Cluster) -> None:
    evidence, facts = await ask(cluster, "mlflow")
    assert "@" not in facts.database.endpoint
    assert "PGPASSWORD" not in repr(evidence.facts)


async def test_where_there_is_none_it_says_where_they_are(cluster: Cluster) -> None:
    with pytest.raises(NameNotFound, match="found in mlflow, mlflow-staging, mlops, team-vision") as asked:
        await ask(cluster, "default")
    assert len(asked.value.near) == 4
    with pytest.raises(NameNotFound, match="No MLflow server tracker"):
        await ask(cluster, "", "tracker")
    with pytest.raises(NameInvalid):
        await ask(cluster, "", "No_Name")


async def test_a_cluster_without_mlflow_says_what_was_looked_for(tmp_path: Path, connect: Connect) -> None:
    async with ApiServer(write_cluster(tmp_path, thing("Namespace", "mlflow"))) as server:
        with pytest.raises(NameNotFound, match="app=mlflow"):
            await ask(connect(server))


async def test_a_service_without_a_deployment_is_a_server_that_does_not_run(
    tmp_path: Path, connect: Connect
) -> None:
    service = thing("Service", "mlflow", "mlflow", spec={"ports": [{"port": 5000}]})
    async with ApiServer(write_cluster(tmp_path, service)) as server:
        evidence, facts = await ask(connect(server))
    assert not facts.deployed
    assert not evidence.healthy
    assert facts.port == 5000


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize(
    ("path", "source", "fact"),
    [
        ("/api/v1/namespaces/mlflow/pods", "pods of MLflow", "ready"),
        ("/apis/discovery.k8s.io", "endpoints", "endpoints_ready"),
        (
            "/apis/networking.k8s.io/v1/namespaces/mlflow/networkpolicies",
            "network policies",
            "blocked_callers",
        ),
        ("/api/v1/namespaces/mlflow/services", "services", "service"),
    ],
)
async def test_what_cannot_be_read_is_a_gap_and_missing(  # noqa: PLR0913, PLR0917 - what is spoilt, and what that takes
    server: ApiServer, connect: Connect, fault: Fault, path: str, source: str, fact: str
) -> None:
    server.fail(path, fault)
    evidence, facts = await ask(connect(server, timeout=fault.patience), "mlflow")
    assert source in {gap.source for gap in evidence.gaps}
    assert fact in facts.missing


async def test_deployments_that_may_not_be_listed_are_no_answer(server: ApiServer, connect: Connect) -> None:
    server.fail("/apis/apps/v1", FAULTS["403"])
    with pytest.raises(SourceError):
        await ask(connect(server), "mlflow")


async def test_a_log_that_cannot_be_read_leaves_the_cause_open(server: ApiServer, connect: Connect) -> None:
    server.fail("/api/v1/namespaces/mlops/pods/mlflow-cd85d5f54-6dtk7/log", FAULTS["500"])
    _, facts = await ask(connect(server), "mlops")
    assert facts.ready == 0
    assert "problem" in facts.database.missing


async def test_without_an_account_aws_is_a_gap_and_nothing_is_missing(cluster: Cluster) -> None:
    evidence, facts = await ask(cluster, "mlflow-staging")
    assert {gap.source for gap in evidence.gaps} == {f"RDS instance {RDS}", f"bucket {BUCKET}"}
    assert facts.database.instance.missing == {}
    assert facts.database.instance.state == "unknown"
    quiet, _ = await ask(cluster, "mlflow-staging", sweep=True)
    assert quiet.gaps == ()


def set_up(moto: Moto, *, stopped: bool = False) -> None:
    rds: Any = moto.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier=RDS,
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="mlflow",
        MasterUserPassword="made-up-password",
        BackupRetentionPeriod=0,
    )
    if stopped:
        rds.stop_db_instance(DBInstanceIdentifier=RDS)
    s3: Any = moto.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


async def test_the_instance_and_the_bucket_are_read_from_aws(
    cluster: Cluster, moto: Moto, aws_front: AwsFront
) -> None:
    set_up(moto)
    evidence, facts = await ask(cluster, "mlflow-staging", aws=aws_front.account())
    assert evidence.gaps == ()
    assert (facts.database.instance.state, facts.database.instance.backups) == ("available", 0)
    assert facts.artifacts.bucket_exists
    assert not facts.artifacts.public_blocked
    asked = set(aws_front.seen)
    assert {"rds:DescribeDBInstances", "rds:DescribeEvents", "rds:DescribeDBSnapshots"} <= asked


async def test_figures_of_the_instance_are_read_from_cloudwatch(
    cluster: Cluster, moto: Moto, aws_front: AwsFront
) -> None:
    set_up(moto)
    cloudwatch: Any = moto.client("cloudwatch")
    for metric, value in (("FreeStorageSpace", 1024.0**3), ("DatabaseConnections", 101.0)):
        cloudwatch.put_metric_data(
            Namespace="AWS/RDS",
            MetricData=[
                {
                    "MetricName": metric,
                    "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": RDS}],
                    "Timestamp": NEWEST_EVENT - timedelta(minutes=3),
                    "Value": value,
                }
            ],
        )
    _, facts = await ask(cluster, "mlflow-staging", aws=aws_front.account())
    instance = facts.database.instance
    assert (instance.storage_free, instance.storage_free_share) == (1024**3, 5.0)
    assert (instance.connections, instance.connections_most) == (101, 112)


async def test_a_server_of_the_platform_that_is_scaled_to_zero_is_swept(
    tmp_path: Path, connect: Connect
) -> None:
    def scaled(namespace: str) -> Json:
        labels = {"app": "mlflow"}
        return thing(
            "Deployment", "mlflow", namespace, "apps/v1", metadata={"labels": labels}, spec={"replicas": 0}
        )

    async with ApiServer(write_cluster(tmp_path, scaled("mlflow"), scaled("team"))) as server:
        cluster = connect(server)
        async with Look(Sources(cluster=cluster), 5, told) as look:
            assert [str(ref) for ref in await MLFLOW_SWEEP.suspects(look, "")] == ["mlflow/mlflow"]
        evidence, facts = await ask(cluster, "team")
    assert facts.wanted == 0
    assert not evidence.healthy


async def test_a_stopped_instance_is_told(cluster: Cluster, moto: Moto, aws_front: AwsFront) -> None:
    set_up(moto, stopped=True)
    _, facts = await ask(cluster, "mlops", aws=aws_front.account())
    assert facts.database.instance.state == "stopped"


async def test_an_instance_and_a_bucket_that_are_not_there(cluster: Cluster, aws_front: AwsFront) -> None:
    _, facts = await ask(cluster, "mlops", aws=aws_front.account())
    assert facts.database.instance.state == "missing"
    assert not facts.artifacts.bucket_exists


@pytest.mark.parametrize("how", [Spoilt.DENIED, Spoilt.FAILING, Spoilt.GARBAGE])
async def test_what_aws_does_not_tell_is_missing_not_absent(
    cluster: Cluster, moto: Moto, aws_front: AwsFront, how: Spoilt
) -> None:
    set_up(moto)
    for action in ("rds:DescribeDBInstances", "s3:HEAD", "s3:GET"):
        aws_front.spoil(action, how)
    account = aws_front.account(reach={"attempts": 1})
    evidence, facts = await ask(cluster, "mlflow-staging", aws=account)
    assert facts.database.instance.state == "unknown"
    assert "state" in facts.database.instance.missing
    assert facts.artifacts.public_blocked
    assert "public_blocked" in facts.artifacts.missing
    assert f"RDS instance {RDS}" in {gap.source for gap in evidence.gaps}
