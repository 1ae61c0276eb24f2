"""`terraform lock`: who holds the lock of a state, since when, doing what, and whether it was left behind."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from handlers.contract import Evidence, Handler, Progress, Question, Sources
from handlers.extract.terraform_lock import (
    KIND,
    Spot,
    SpotReads,
    TableReads,
    is_mismatched,
    lock_facts,
)
from handlers.look import Look, Read
from handlers.platform import TerraformState
from handlers.sources.aws import Stored
from handlers.sources.aws_objects.dynamodb import LockItem
from handlers.sources.aws_objects.s3 import BucketHead
from handlers.terraform.states import LONGEST_STATE, account_of, chosen, spots
from rules.facts.base import SubjectFacts
from rules.facts.terraform import TerraformLockFacts
from rules.finding import ObjectRef

LONGEST_LOCK = 64 * 1024
SECOND_LOOK_SECONDS = 2.0
"""Between writing a state and writing its digest lies one request; after this time both are done."""


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Look at the locks of one state, or of all.

    Raises:
        NameNotFound: no state is called so.
    """
    states = chosen(question, sources.platform.states)
    async with Look(sources, question.deadline, progress) as look:
        account = await account_of(look, states)
        now = look.cluster.now()
        every = await asyncio.gather(*(_of_state(each, account, look, now) for each in states))
        facts = [replace(each, asked=bool(question.name)) for each in every]
        return _evidence(facts, look, now)


async def _of_state(
    state: TerraformState, account: Read[str], look: Look, now: datetime
) -> TerraformLockFacts:
    if account.value is None:
        unread = [
            SpotReads(spot=each, unread=account.missing, undigested=account.missing)
            for each in spots(state, "ACCOUNT")
        ]
        return lock_facts(state.env, unread, now)
    reads = await asyncio.gather(*(_of_spot(each, state, look) for each in spots(state, account.value)))
    again = [_again(each, state, look) if is_mismatched(each) else _same(each) for each in reads]
    settled = await asyncio.gather(*again)
    exists = await _bucket_exists(settled, state, look)
    return lock_facts(state.env, settled, now, bucket_exists=exists)


async def _same(reads: SpotReads) -> SpotReads:
    return reads


async def _again(reads: SpotReads, state: TerraformState, look: Look) -> SpotReads:
    """Look again where digest and state differ: an apply that just ends writes one after the other."""
    await asyncio.sleep(SECOND_LOOK_SECONDS)
    return await _of_spot(reads.spot, state, look)


async def _of_spot(spot: Spot, state: TerraformState, look: Look) -> SpotReads:
    async def stored(key: str, what: str, most: int) -> Read[Stored]:
        return await look.stored(spot.bucket, key, what=what, most=most, region=state.region)

    async with asyncio.TaskGroup() as group:
        body = group.create_task(stored(spot.key, f"state {spot.address}", LONGEST_STATE))
        lock = group.create_task(stored(f"{spot.key}.tflock", f"lock {spot.address}.tflock", LONGEST_LOCK))
        tables = [group.create_task(_of_table(name, spot, state, look)) for name in state.lock_tables]
    of_tables = [task.result() for task in tables]
    unread = [lock.result().missing, *(items.missing for _, items, _ in of_tables)]
    undigested = [body.result().missing, *(digests.missing for _, _, digests in of_tables)]
    return SpotReads(
        spot=spot,
        state=body.result().value,
        lock_object=lock.result().value,
        tables=tuple(
            TableReads(table=name, lock=_first(items), digest=_first(digests))
            for name, items, digests in of_tables
        ),
        unread=next(filter(None, unread), ""),
        undigested=next(filter(None, undigested), ""),
    )


_Items = Read[tuple[LockItem, ...]]


async def _of_table(table: str, spot: Spot, state: TerraformState, look: Look) -> tuple[str, _Items, _Items]:
    async def item(lock_id: str) -> _Items:
        return await look.aws(
            LockItem,
            what=f"lock table {table}",
            region=state.region,
            TableName=table,
            Key={"LockID": {"S": lock_id}},
            ConsistentRead=True,
        )

    lock, digest = await asyncio.gather(item(spot.lock_id), item(f"{spot.lock_id}-md5"))
    return table, lock, digest


def _first(items: _Items) -> LockItem | None:
    return next(iter(items.value or ()), None)


async def _bucket_exists(reads: Sequence[SpotReads], state: TerraformState, look: Look) -> bool:
    """Whether the bucket is there; asked only where no state was found, for a state says so itself."""
    if any(each.state or each.undigested for each in reads):
        return True
    bucket = reads[0].spot.bucket
    head = await look.aws(BucketHead, what=f"bucket {bucket}", region=state.region, Bucket=bucket)
    return head.value is not None or bool(head.missing)


def _evidence(facts: Sequence[TerraformLockFacts], look: Look, now: datetime) -> Evidence:
    subject = facts[0].ref if len(facts) == 1 else ObjectRef(KIND, ", ".join(each.env for each in facts))
    main: SubjectFacts = facts[0] if len(facts) == 1 else SubjectFacts(ref=subject, top_owner=subject)
    known = [each for each in facts if each.exists or each.locks]
    return Evidence(
        subject=subject,
        facts=main,
        related=() if len(facts) == 1 else tuple(facts),
        about=tuple(f"{each.env}: {_state_of(each)}" for each in facts),
        healthy=all(_is_well(each) for each in facts) and bool(known),
        symptom=", ".join(dict.fromkeys(_state_of(each) for each in facts if not each.missing)),
        headline=_headline(facts),
        gaps=look.gaps,
        checked=_checked(facts, look),
        as_of=now,
    )


def _is_well(facts: TerraformLockFacts) -> bool:
    return not facts.missing and not facts.locks and not any(each.mismatch for each in facts.digests)


def _state_of(facts: TerraformLockFacts) -> str:
    if facts.locks:
        return "locked"
    if "locks" in facts.missing:
        return "not known"
    return "not locked" if facts.exists else "no state"


def _headline(facts: Sequence[TerraformLockFacts]) -> str:
    """Where no cause is found: that nobody holds a lock, or that there is no state to lock."""
    names = ", ".join(each.env for each in facts if each.exists)
    if any(each.missing for each in facts):
        return ""
    if not names:
        return f"no Terraform state called {', '.join(each.env for each in facts)} was found"
    return f"nobody holds the Terraform lock of {names}"


def _checked(facts: Sequence[TerraformLockFacts], look: Look) -> tuple[str, ...]:
    tables = dict.fromkeys(table for state in look.platform.states for table in state.lock_tables)
    unread = {gap.source for gap in look.gaps}
    read = [table for table in tables if f"lock table {table}" not in unread]
    places = [place for each in facts if not each.missing for place in each.looked_at]
    digests = sum(len(each.digests) for each in facts)
    return (
        *(f"{place}.tflock" for place in places),
        *(f"DynamoDB table {table}" for table in read if places),
        *((f"{digests} digest{'s' if digests > 1 else ''} against the state",) if digests else ()),
    )


TERRAFORM_LOCK = Handler(
    verb="terraform",
    subject="lock",
    aliases=("locks",),
    takes="optional",
    namespaced=False,
    usage="terraform lock [ENV] [--cluster CLUSTER]",
    summary="Who holds the lock of a Terraform state, since when, and whether it was left behind.",
    cost=2,
    iam=("dynamodb:GetItem", "s3:GetObject", "s3:ListBucket"),
    gather=gather,
)
