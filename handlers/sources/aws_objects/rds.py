"""RDS: database instances."""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct, field

from handlers.sources.aws import AwsCall, AwsObject


class DbEndpoint(Struct, frozen=True, rename="pascal"):
    """Where an instance listens."""

    address: str = ""
    port: int = 0


class VpcSecurityGroup(Struct, frozen=True, rename="pascal"):
    """A security group of an instance; status "active"."""

    vpc_security_group_id: str = ""
    status: str = ""


class DbInstance(AwsObject, frozen=True):
    """A database instance; status "available" is well, "stopped", "storage-full", … are not.

    Attributes:
        allocated_storage: GiB.
        backup_retention_period: days.
    """

    call: ClassVar[AwsCall] = AwsCall(
        service="rds",
        operation="describe_db_instances",
        result="DBInstances",
        action="rds:DescribeDBInstances",
    )
    name: str = field(default="", name="DBInstanceIdentifier")
    arn: str = field(default="", name="DBInstanceArn")
    resource_id: str = field(default="", name="DbiResourceId")
    status: str = field(default="", name="DBInstanceStatus")
    instance_class: str = field(default="", name="DBInstanceClass")
    engine: str = ""
    engine_version: str = ""
    endpoint: DbEndpoint | None = None
    allocated_storage: int = 0
    max_allocated_storage: int = 0
    storage_type: str = ""
    storage_encrypted: bool = False
    multi_az: bool = field(default=False, name="MultiAZ")
    publicly_accessible: bool = False
    backup_retention_period: int = 0
    deletion_protection: bool = False
    vpc_security_groups: tuple[VpcSecurityGroup, ...] = ()
    instance_create_time: datetime | None = None
    latest_restorable_time: datetime | None = None
    pending_modified_values: dict[str, object] = {}


class DbEvent(AwsObject, frozen=True):
    """What happened to an instance. Ask with `SourceIdentifier`, `SourceType` and `Duration` (minutes)."""

    call: ClassVar[AwsCall] = AwsCall(
        service="rds", operation="describe_events", result="Events", action="rds:DescribeEvents"
    )
    message: str = ""
    date: datetime | None = None


class DbSnapshot(AwsObject, frozen=True):
    """A snapshot of an instance. Ask with `DBInstanceIdentifier`; status "available" can be restored."""

    call: ClassVar[AwsCall] = AwsCall(
        service="rds",
        operation="describe_db_snapshots",
        result="DBSnapshots",
        action="rds:DescribeDBSnapshots",
    )
    name: str = field(default="", name="DBSnapshotIdentifier")
    status: str = ""
    snapshot_create_time: datetime | None = None
