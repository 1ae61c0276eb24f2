"""The smallest call that shows whether AWS grants an action: dry, filtered, or about what is known."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from handlers.platform import Platform
from handlers.sources.aws import AwsObject, Identity, Parameter
from handlers.sources.aws_objects import (
    acm,
    cloudwatch,
    dynamodb,
    ec2,
    eks,
    elbv2,
    iam,
    pod_identity,
    rds,
    s3,
)

NOBODY: Final = "mlops-doctor"
"""The name of nothing: AWS checks rights before it looks whether a thing exists."""
_ROLE: Final = ":assumed-role/"


class Probe(Struct, frozen=True):
    """One call.

    Attributes:
        kind: what is listed.
        parameters: what is asked of it.
        region: that of the account's settings where it is empty.
    """

    kind: type[AwsObject]
    parameters: Mapping[str, Parameter]
    region: str = ""

    @property
    def action(self) -> str:
        """The IAM action it shows."""
        return self.kind.call.action


def probes(platform: Platform, identity: Identity, now: datetime) -> tuple[Probe, ...]:
    """Every call that can be made with what is known of the account."""
    return (
        *_of_account(now),
        *_of_own_role(identity),
        *_of_database(platform.mlflow.db_instance or NOBODY),
        *_of_cluster(platform.cluster_name),
        *_of_states(platform, identity.account),
    )


def _of_account(now: datetime) -> Iterable[Probe]:
    for kind in (ec2.Vpc, ec2.Subnet, ec2.SecurityGroup, ec2.Instance, ec2.InstanceStatus):
        yield Probe(kind, {"DryRun": True})
    yield Probe(elbv2.LoadBalancer, {"Names": (NOBODY,)})
    yield Probe(elbv2.TargetGroup, {"Names": (NOBODY,)})
    yield Probe(acm.AcmSummary, {"CertificateStatuses": ("FAILED",)})
    yield Probe(iam.RoleOfAccount, {"PathPrefix": f"/{NOBODY}/"})
    yield Probe(iam.OidcProviderName, {})
    metric = {"Namespace": "AWS/RDS", "MetricName": "DatabaseConnections"}
    figure: dict[str, object] = {"Metric": metric, "Period": 300, "Stat": "Average"}
    query: dict[str, object] = {"Id": "one", "MetricStat": figure}
    span = {"StartTime": _moment(now - timedelta(minutes=5)), "EndTime": _moment(now)}
    yield Probe(cloudwatch.MetricData, {"MetricDataQueries": (query,), **span})


def _of_own_role(identity: Identity) -> Iterable[Probe]:
    """IAM is asked about the role the bot runs as; a user has none."""
    role = identity.arn.partition(_ROLE)[2].partition("/")[0] or NOBODY
    yield Probe(iam.Role, {"RoleName": role})
    yield Probe(iam.AttachedPolicy, {"RoleName": role})


def _of_database(name: str) -> Iterable[Probe]:
    yield Probe(rds.DbInstance, {"DBInstanceIdentifier": name})
    yield Probe(rds.DbSnapshot, {"DBInstanceIdentifier": name})
    yield Probe(rds.DbEvent, {"SourceIdentifier": name, "SourceType": "db-instance", "Duration": 1})


def _of_cluster(name: str) -> Iterable[Probe]:
    if name:
        yield Probe(eks.Cluster, {"name": name})
        yield Probe(eks.Nodegroup, {"clusterName": name, "nodegroupName": NOBODY})
        yield Probe(
            pod_identity.PodIdentityAssociation,
            {"clusterName": name, "namespace": NOBODY, "serviceAccount": NOBODY},
        )
        yield Probe(pod_identity.PodIdentityRole, {"clusterName": name, "associationId": f"a-{NOBODY}"})


def _of_states(platform: Platform, account: str) -> Iterable[Probe]:
    """S3 and DynamoDB are asked about what holds the first state."""
    for state in platform.states[:1]:
        bucket = state.bucket.replace("{account}", platform.account or account)
        for kind in (s3.BucketHead, s3.BucketVersioning, s3.BucketEncryption, s3.PublicAccessBlock):
            yield Probe(kind, {"Bucket": bucket}, state.region)
        for table in state.lock_tables[:1]:
            key: dict[str, object] = {"LockID": {"S": NOBODY}}
            yield Probe(dynamodb.DynamoTable, {"TableName": table}, state.region)
            yield Probe(dynamodb.LockItem, {"TableName": table, "Key": key}, state.region)


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
