"""What AWS says of an MLflow server's database instance and bucket → facts."""

import re
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from handlers.sources.aws_objects.cloudwatch import MetricData
from handlers.sources.aws_objects.rds import DbEvent, DbInstance, DbSnapshot
from handlers.sources.aws_objects.s3 import BucketEncryption, BucketHead, PublicAccessBlock
from rules.facts.mlflow import InstanceFacts, InstanceState
from rules.finding import Observation

GIB = 1024**3
_STATES: Mapping[str, InstanceState] = {
    "available": "available",
    "backing-up": "available",
    "storage-optimization": "available",
    "storage-config-upgrade": "available",
    "configuring-enhanced-monitoring": "available",
    "configuring-log-exports": "available",
    "configuring-iam-database-auth": "available",
    "modifying": "available",
    "stopped": "stopped",
    "stopping": "stopped",
    "storage-full": "storage_full",
    "starting": "busy",
    "rebooting": "busy",
    "creating": "busy",
    "maintenance": "busy",
    "upgrading": "busy",
    "renaming": "busy",
    "resetting-master-credentials": "busy",
    "moving-to-vpc": "busy",
    "converting-to-vpc": "busy",
    "deleting": "stopped",
}
"""What each status means for whoever connects; others (failed, incompatible-…) are failures."""
_SIZES = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16}
_CLASS = re.compile(r"^db\.(?P<family>[a-z]+)\d\w*\.(?P<times>\d*)(?P<size>\w+)$")
_BYTES_A_CONNECTION = 9_531_392
_MOST_CONNECTIONS = 5_000


class InstanceReads(Struct, frozen=True, kw_only=True):
    """What was read of an instance; `asked` is false where no AWS account is configured."""

    name: str
    region: str = ""
    asked: bool = False
    instance: DbInstance | None = None
    events: tuple[DbEvent, ...] = ()
    snapshots: tuple[DbSnapshot, ...] = ()
    figures: tuple[MetricData, ...] = ()
    missing: Mapping[str, str] = {}


class BucketReads(Struct, frozen=True, kw_only=True):
    """What was read of a bucket; each is None where AWS says that there is none."""

    name: str = ""
    asked: bool = False
    head: BucketHead | None = None
    public: PublicAccessBlock | None = None
    encryption: BucketEncryption | None = None
    missing: Mapping[str, str] = {}

    @property
    def exists(self) -> bool:
        """Whether the bucket is there, as far as it is known."""
        return not self.asked or self.head is not None or "bucket_exists" in self.missing

    @property
    def public_blocked(self) -> bool:
        """Whether all four locks against the public are on; an unknown bucket is taken for locked."""
        if not self.asked or not self.exists or "public_blocked" in self.missing:
            return True
        found = self.public or PublicAccessBlock()
        return all(
            (
                found.block_public_acls,
                found.ignore_public_acls,
                found.block_public_policy,
                found.restrict_public_buckets,
            )
        )

    @property
    def encrypted(self) -> bool:
        """Whether objects are encrypted by default; a bucket that is not known is taken for encrypted."""
        if not self.asked or not self.exists or "encrypted" in self.missing:
            return True
        return self.encryption is not None


def instance_facts(reads: InstanceReads | None, now: datetime) -> InstanceFacts:
    """Facts about an RDS instance; empty without one."""
    if reads is None:
        return InstanceFacts()
    found = reads.instance
    if found is None:
        known = not reads.asked or reads.missing
        state: InstanceState = "unknown" if known else "missing"
        return InstanceFacts(name=reads.name, region=reads.region, state=state, missing=reads.missing)
    storage, free = found.allocated_storage * GIB, _newest(reads, "storage")
    used, most = _newest(reads, "connections"), most_connections(found.instance_class)
    return InstanceFacts(
        name=found.name,
        region=reads.region,
        state=_STATES.get(found.status, "failed"),
        status=found.status,
        said=Observation(f"RDS instance {found.name} is {found.status}", "AWS, DescribeDBInstances", now),
        event=_event(reads.events),
        storage=storage or None,
        storage_free=int(free) if free is not None else None,
        storage_free_share=round(100 * free / storage, 1) if free is not None and storage else None,
        storage_grows=found.max_allocated_storage > found.allocated_storage,
        connections=int(used) if used is not None else None,
        connections_most=most,
        connections_share=round(100 * used / most, 1) if used is not None and most else None,
        backups=found.backup_retention_period,
        backup_age=_backup_age(reads, now),
        public=found.publicly_accessible,
        encrypted=found.storage_encrypted,
        missing=reads.missing,
    )


def most_connections(instance_class: str) -> int | None:
    """The default max_connections of RDS for PostgreSQL: by the memory of the class, 5,000 at most."""
    found = _CLASS.match(instance_class)
    if found is None or found["size"] not in _SIZES:
        return None
    memory = _SIZES[found["size"]] * (int(found["times"]) if found["times"] else 1)
    memory *= 2 if found["family"] in {"r", "x"} else 1
    return min(memory * GIB // _BYTES_A_CONNECTION, _MOST_CONNECTIONS)


def _newest(reads: InstanceReads, series: str) -> float | None:
    found = next((one for one in reads.figures if one.id == series), None)
    if found is None or not found.values:
        return None
    pairs = zip(found.timestamps, found.values, strict=False)
    return max(pairs, key=lambda pair: pair[0], default=(None, found.values[0]))[1]


def _event(events: tuple[DbEvent, ...]) -> Observation | None:
    told = [(one.date, one.message) for one in events if one.date]
    at, message = max(told, default=(None, ""))
    return Observation(message, "AWS, RDS events", at) if at else None


def _backup_age(reads: InstanceReads, now: datetime) -> float | None:
    times = [one.snapshot_create_time for one in reads.snapshots if one.status == "available"]
    restorable = reads.instance.latest_restorable_time if reads.instance else None
    newest = max((at for at in (*times, restorable) if at), default=None)
    return (now - newest).total_seconds() if newest else None
