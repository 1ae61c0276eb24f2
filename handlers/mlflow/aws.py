"""The reads in AWS: the RDS instance of an MLflow server, and the bucket of its artifacts."""

import asyncio
from datetime import datetime, timedelta

from handlers.extract.mlflow_aws import BucketReads, InstanceReads
from handlers.extract.mlflow_config import Stores, rds_name
from handlers.look import NO_AWS, Look, Read
from handlers.sources.aws_objects.cloudwatch import MetricData
from handlers.sources.aws_objects.rds import DbEvent, DbInstance, DbSnapshot
from handlers.sources.aws_objects.s3 import BucketEncryption, BucketHead, PublicAccessBlock

IAM = (
    "rds:DescribeDBInstances",
    "rds:DescribeEvents",
    "rds:DescribeDBSnapshots",
    "cloudwatch:GetMetricData",
    "s3:ListBucket",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetEncryptionConfiguration",
)
EVENT_MINUTES = 24 * 60
_METRICS = {"storage": "FreeStorageSpace", "connections": "DatabaseConnections"}
_OF_INSTANCE = ("state", "status", "public", "encrypted", "backups", "backup_age", "storage_grows")
_OF_FIGURES = ("storage_free", "storage_free_share", "connections", "connections_share")


async def read_instance(kept: Stores, look: Look, *, sweep: bool) -> InstanceReads | None:
    """Read the RDS instance the configuration names, or that of the platform profile; None without one.

    That no AWS account is configured is a gap where somebody asks about this server alone.
    """
    name, region = rds_name(kept.host)
    name = name or (look.platform.mlflow.db_instance if kept.host == "" else "")
    if not name:
        return None
    if look.sources.aws is None:
        _unasked(f"RDS instance {name}", look, sweep=sweep)
        return InstanceReads(name=name, region=region)
    found, events, snapshots, figures = await asyncio.gather(
        look.aws(DbInstance, what=f"RDS instance {name}", region=region, DBInstanceIdentifier=name),
        look.aws(
            DbEvent,
            what="RDS events",
            region=region,
            SourceIdentifier=name,
            SourceType="db-instance",
            Duration=EVENT_MINUTES,
        ),
        look.aws(DbSnapshot, what="RDS snapshots", region=region, DBInstanceIdentifier=name),
        _figures(name, region, look),
    )
    return InstanceReads(
        name=name,
        region=region,
        asked=True,
        instance=next(iter(found.value or ()), None),
        events=events.value or (),
        snapshots=snapshots.value or (),
        figures=figures.value or (),
        missing={
            **dict.fromkeys(_OF_INSTANCE if found.missing else (), found.missing),
            **dict.fromkeys(("backup_age",) if snapshots.missing else (), snapshots.missing),
            **dict.fromkeys(_OF_FIGURES if figures.missing else (), figures.missing),
        },
    )


async def _figures(name: str, region: str, look: Look) -> Read[tuple[MetricData, ...]]:
    now = look.cluster.now()
    return await look.aws(
        MetricData,
        what="figures of the RDS instance",
        region=region,
        MetricDataQueries=tuple(_query(series, metric, name) for series, metric in _METRICS.items()),
        StartTime=_moment(now - timedelta(minutes=15)),
        EndTime=_moment(now),
    )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _query(series: str, metric: str, name: str) -> dict[str, object]:
    dimensions = [{"Name": "DBInstanceIdentifier", "Value": name}]
    stat = {
        "Metric": {"Namespace": "AWS/RDS", "MetricName": metric, "Dimensions": dimensions},
        "Period": 60,
        "Stat": "Average",
    }
    return {"Id": series, "MetricStat": stat}


async def read_bucket(kept: Stores, look: Look, *, sweep: bool) -> BucketReads:
    """Ask S3 about the bucket of the artifacts: is it there, closed to the public, encrypted."""
    bucket = kept.bucket or look.platform.mlflow.bucket
    if not bucket:
        return BucketReads()
    if look.sources.aws is None:
        _unasked(f"bucket {bucket}", look, sweep=sweep)
        return BucketReads(name=bucket)
    region = rds_name(kept.host)[1]
    head, public, encryption = await asyncio.gather(
        look.aws(BucketHead, what=f"bucket {bucket}", region=region, Bucket=bucket),
        look.aws(PublicAccessBlock, what="public access of the bucket", region=region, Bucket=bucket),
        look.aws(BucketEncryption, what="encryption of the bucket", region=region, Bucket=bucket),
    )
    return BucketReads(
        name=bucket,
        asked=True,
        head=next(iter(head.value or ()), None),
        public=next(iter(public.value or ()), None),
        encryption=next(iter(encryption.value or ()), None),
        missing={
            fact: why
            for fact, why in (
                ("bucket_exists", head.missing),
                ("public_blocked", public.missing),
                ("encrypted", encryption.missing),
            )
            if why
        },
    )


def _unasked(what: str, look: Look, *, sweep: bool) -> None:
    if not sweep:
        look.note(what, NO_AWS)
