"""What lies beside a Terraform state → who holds its lock, and whether the digest fits.

A lock is an item of a DynamoDB table (attribute Info) or an object KEY.tflock in S3, with the same JSON. An
item whose LockID ends in -md5 holds the digest of the state (attribute Digest): always there, never a lock.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import Struct, field

from handlers.sources.aws import Stored
from handlers.sources.aws_objects.dynamodb import LockItem
from rules.facts.terraform import DigestFacts, StateLockFacts, TerraformLockFacts
from rules.finding import ObjectRef, Observation
from rules.units import seconds_in_words

KIND = "TerraformState"
APPLY_PATIENCE = 2 * 3600.0
"""Seconds an apply may take: a new EKS cluster or a changed RDS instance takes up to an hour."""
PATIENCE = 1800.0
"""Seconds anything else may take: a plan reads, it does not wait for anything to be built."""
_OPERATIONS = {
    "OperationTypeApply": "apply",
    "OperationTypePlan": "plan",
    "OperationTypeRefresh": "refresh",
    "OperationTypeInvalid": "an operation without a name",
    "": "an operation without a name",
}
_WRITES = frozenset({"OperationTypeApply"})
_AUTOMATED = re.compile(
    r"\b(?:runner|gitlab|github|jenkins|atlantis|buildkite|codebuild|circleci|drone|tekton|argocd|ci|agent|"
    r"spacelift|terraform-?cloud|azure-?pipelines)",
    re.IGNORECASE,
)
_POD_HOST = re.compile(r"[a-z0-9-]+-[a-z0-9]{8,10}-[a-z0-9]{5}|fv-az\d+-\d+")


class Spot(Struct, frozen=True):
    """One place in which a state may lie."""

    bucket: str
    key: str

    @property
    def address(self) -> str:
        """As the AWS command line writes it."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def lock_id(self) -> str:
        """What Terraform calls its lock in a table."""
        return f"{self.bucket}/{self.key}"


class TableReads(Struct, frozen=True, kw_only=True):
    """What one lock table holds for a place; None where there is nothing."""

    table: str
    lock: LockItem | None = None
    digest: LockItem | None = None


class SpotReads(Struct, frozen=True, kw_only=True):
    """What was read of one place.

    Attributes:
        state: the state itself; None where there is none.
        lock_object: the object KEY.tflock; None where there is none.
        unread: why the locks of this place could not be read; empty when they all were.
        undigested: why state or digest could not be read; empty when they were.
    """

    spot: Spot
    state: Stored | None = None
    lock_object: Stored | None = None
    tables: tuple[TableReads, ...] = ()
    unread: str = ""
    undigested: str = ""


class _Info(Struct, frozen=True, rename="pascal"):
    """A lock as Terraform writes it (statemgr.LockInfo)."""

    id: str = field(default="", name="ID")
    operation: str = ""
    who: str = ""
    version: str = ""
    created: str = ""


def lock_facts(
    env: str, reads: Iterable[SpotReads], now: datetime, *, asked: bool = True, bucket_exists: bool = True
) -> TerraformLockFacts:
    """The facts about one state, of all the places in which it may lie.

    `asked` tells whether it was asked for by its name.
    """
    every = tuple(reads)
    home = _home(every)
    locks = _locks(every, now)
    ref = ObjectRef(KIND, env)
    return TerraformLockFacts(
        ref=ref,
        top_owner=ref,
        env=env,
        address=home.spot.address,
        bucket=home.spot.bucket,
        asked=asked,
        exists=any(each.state for each in every),
        absence=absence_of(home.spot.bucket, bucket_exists=bucket_exists),
        looked_at=tuple(each.spot.address for each in every),
        locks=locks,
        digests=tuple(
            _digest(each.spot, table, each.state)
            for each in every
            for table in each.tables
            if table.digest is not None and not each.undigested
        ),
        missing=_missing(every, found=bool(locks)),
    )


def absence_of(bucket: str, *, bucket_exists: bool) -> Observation:
    """What there is in the place of a state that is not there."""
    said = f"bucket {bucket} is there, the state is not" if bucket_exists else f"there is no bucket {bucket}"
    return Observation(said, "S3")


def is_mismatched(reads: SpotReads) -> bool:
    """Whether a digest of that place differs from its state: worth a second look, for both change in turn."""
    return not reads.undigested and any(
        table.digest is not None and _digest(reads.spot, table, reads.state).mismatch
        for table in reads.tables
    )


def _home(every: tuple[SpotReads, ...]) -> SpotReads:
    return next((each for each in every if each.state), every[0])


def _missing(every: tuple[SpotReads, ...], *, found: bool) -> Mapping[str, str]:
    """What could not be told: of the places where the state is; of all of them, where it is nowhere."""
    own = [each for each in every if each.state] or list(every)
    locks = next((each.unread for each in own if each.unread), "") if not found else ""
    digests = next((each.undigested for each in own if each.undigested), "")
    exists = digests if not any(each.state for each in every) else ""
    reasons = {"locks": locks, "digests": digests, "exists": exists}
    return {name: why for name, why in reasons.items() if why}


def _locks(every: Iterable[SpotReads], now: datetime) -> tuple[StateLockFacts, ...]:
    """Each lock once: a backend that uses table and object takes both with the same ID."""
    found: dict[str, StateLockFacts] = {}
    for each in every:
        for table in each.tables:
            if table.lock is not None:
                lock = _of_item(each.spot, table.table, table.lock, now)
                found[lock.name or f"{table.table} {each.spot.lock_id}"] = lock
        if each.lock_object is not None:
            lock = _of_object(each.spot, each.lock_object, now)
            twin = found.get(lock.name) if lock.name else None
            found[lock.name or lock.object] = (
                msgspec.structs.replace(twin, object=lock.object) if twin else lock
            )
    return tuple(found.values())


def _of_item(spot: Spot, table: str, item: LockItem, now: datetime) -> StateLockFacts:
    where = f"item {spot.lock_id} of DynamoDB table {table}"
    lock = _lock(item.info.get("S", ""), where, now)
    return msgspec.structs.replace(lock, table=table, item_key=_item_key(spot.lock_id))


def _of_object(spot: Spot, stored: Stored, now: datetime) -> StateLockFacts:
    address = f"{spot.address}.tflock"
    lock = _lock(stored.body.decode("utf-8", "replace"), f"object {address}", now)
    return msgspec.structs.replace(lock, object=address)


def _lock(text: str, where: str, now: datetime) -> StateLockFacts:
    if not text.strip():
        return _unreadable("its information is empty", where)
    try:
        info = msgspec.json.decode(text.encode(), type=_Info)
    except msgspec.DecodeError as error:
        return _unreadable(f"its information is not JSON as Terraform writes it: {error}", where)
    if not info.id:
        return _unreadable("its information names no ID", where)
    age = _age(info.created, now)
    patience = APPLY_PATIENCE if info.operation in _WRITES else PATIENCE
    operation = _OPERATIONS.get(info.operation, info.operation)
    return StateLockFacts(
        name=info.id,
        operation=operation,
        writes=info.operation in _WRITES,
        who=info.who or "somebody",
        host=info.who.rpartition("@")[2],
        automated=bool(_AUTOMATED.search(info.who) or _POD_HOST.fullmatch(info.who.rpartition("@")[2])),
        version=info.version,
        age=age,
        patience=patience,
        abandoned=age is not None and age >= patience,
        because=_because(operation, age, patience, where),
        said=_said(info, operation, where),
        missing={} if age is not None else {"age": _NO_TIME, "abandoned": _NO_TIME},
    )


_NO_TIME = "the lock does not say when it was taken"


def _unreadable(problem: str, where: str) -> StateLockFacts:
    return StateLockFacts(
        readable=False,
        problem=problem,
        said=Observation(f"a lock is held, and {problem}", where),
        missing={"abandoned": problem, "age": problem},
    )


def _age(created: str, now: datetime) -> float | None:
    try:
        taken = datetime.fromisoformat(created)
    except ValueError:
        return None
    zoned = taken if taken.tzinfo else taken.replace(tzinfo=UTC)
    return max(0.0, (now - zoned).total_seconds())


def _because(operation: str, age: float | None, patience: float, where: str) -> Observation | None:
    if age is None:
        return None
    held, long = seconds_in_words(age), seconds_in_words(patience)
    subject = operation if operation.startswith("an ") else f"a Terraform {operation}"
    verdict = "takes less than" if age >= patience else "may take up to"
    return Observation(f"held for {held}; {subject} {verdict} {long}", where)


def _said(info: _Info, operation: str, where: str) -> Observation:
    version = f", Terraform {info.version}" if info.version else ""
    since = f" since {info.created[:19]}Z" if info.created else ""
    return Observation(f"{info.who or 'somebody'} holds lock {info.id}{since}: {operation}{version}", where)


def _digest(spot: Spot, table: TableReads, state: Stored | None) -> DigestFacts:
    name = f"{spot.lock_id}-md5"
    stored = table.digest.digest.get("S", "") if table.digest else ""
    computed = hashlib.md5(state.body, usedforsecurity=False).hexdigest() if state else ""
    return DigestFacts(
        name=name,
        table=table.table,
        item_key=_item_key(name),
        object=spot.address,
        stored=stored,
        computed=computed,
        state_missing=state is None,
        mismatch=bool(stored) and stored != computed,
        written=Observation(f"written {state.modified:%Y-%m-%d %H:%M:%SZ}", spot.address, state.modified)
        if state and state.modified
        else None,
    )


def _item_key(lock_id: str) -> str:
    return json.dumps({"LockID": {"S": lock_id}})
