"""`terraform drift`: what a state says, beside what is in AWS; without Terraform, and without the code."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from handlers.contract import Evidence, Handler, Progress, Question, Row, Sources, Table
from handlers.extract.terraform_drift import Looked, counted, drift_facts, unknown_facts
from handlers.extract.terraform_lock import KIND, Spot, SpotReads, absence_of
from handlers.extract.terraform_state import State, read_state
from handlers.look import Look, Read
from handlers.platform import TerraformState
from handlers.sources.aws import Identity
from handlers.sources.aws_objects.s3 import BucketHead
from handlers.terraform.drift_reads import ACTIONS, COMPARED, look_for
from handlers.terraform.states import LONGEST_STATE, chosen, identity, spots
from rules.facts.base import SubjectFacts
from rules.facts.terraform import TerraformDriftFacts
from rules.finding import ObjectRef

COLUMNS = ("type", "resources")


class _Compared(Struct, frozen=True):
    """One state, compared as far as possible."""

    facts: TerraformDriftFacts
    state: State = State()
    looked: tuple[Looked, ...] = ()


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Compare one state, or all, with AWS.

    Raises:
        NameNotFound: no state is called so.
    """
    states = chosen(question, sources.platform.states)
    async with Look(sources, question.deadline, progress) as look:
        who = await identity(look)
        every = await asyncio.gather(*(_of_state(each, who, look) for each in states))
        asked = [replace(each, facts=replace(each.facts, asked=bool(question.name))) for each in every]
        return _evidence(asked, look, look.cluster.now())


async def _of_state(state: TerraformState, who: Read[Identity], look: Look) -> _Compared:
    if who.value is None:
        return _Compared(unknown_facts(state.env, spots(state, "ACCOUNT")[0].address, who.missing))
    places = spots(state, look.platform.account or who.value.account)
    reads = await asyncio.gather(*(_of_spot(each, state, look) for each in places))
    home = next((each for each in reads if each.state), reads[0])
    unread = next((each.undigested for each in reads if each.undigested), "")
    if home.state is None and unread:
        return _Compared(unknown_facts(state.env, home.spot.address, unread))
    if home.state is None:
        return _Compared(await _absent(state, home, look))
    read = await asyncio.to_thread(read_state, home.state.body)
    looked = await look_for(read.items, who.value.account, look)
    absence = absence_of(home.spot.bucket, bucket_exists=True)
    return _Compared(drift_facts(state.env, home, read, looked, absence), read, looked)


async def _absent(state: TerraformState, home: SpotReads, look: Look) -> TerraformDriftFacts:
    bucket = home.spot.bucket
    head = await look.aws(BucketHead, what=f"bucket {bucket}", region=state.region, Bucket=bucket)
    exists = head.value is not None or bool(head.missing)
    return drift_facts(state.env, home, State(), (), absence_of(bucket, bucket_exists=exists))


async def _of_spot(spot: Spot, state: TerraformState, look: Look) -> SpotReads:
    body = await look.stored(
        spot.bucket, spot.key, what=f"state {spot.address}", most=LONGEST_STATE, region=state.region
    )
    return SpotReads(spot=spot, state=body.value, undigested=body.missing)


def _evidence(every: Sequence[_Compared], look: Look, now: datetime) -> Evidence:
    facts = [each.facts for each in every]
    subject = facts[0].ref if len(facts) == 1 else ObjectRef(KIND, ", ".join(each.env for each in facts))
    main: SubjectFacts = facts[0] if len(facts) == 1 else SubjectFacts(ref=subject, top_owner=subject)
    return Evidence(
        subject=subject,
        facts=main,
        related=() if len(facts) == 1 else tuple(facts),
        about=tuple(_about(each) for each in every),
        healthy=all(_is_well(each) for each in facts) and any(each.compared for each in facts),
        headline=_headline(facts),
        tables=tuple(_table(each) for each in every if _others(each)),
        gaps=look.gaps,
        checked=tuple(
            f"{each.facts.env}: {counted(one.item.type for one in each.looked if not one.unread)}"
            for each in every
            if each.facts.compared
        ),
        as_of=now,
    )


def _is_well(facts: TerraformDriftFacts) -> bool:
    resting = facts.missing or facts.resources or facts.tainted or facts.deposed or facts.problem
    return not resting


def _about(each: _Compared) -> str:
    facts = each.facts
    if facts.missing:
        return f"{facts.env}: not known"
    if not facts.exists:
        return f"{facts.env}: no state"
    return f"{facts.env}: {facts.compared} of {facts.total} resources compared"


def _headline(facts: Sequence[TerraformDriftFacts]) -> str:
    compared = [each for each in facts if each.compared]
    names = ", ".join(each.env for each in compared)
    count = sum(each.compared for each in compared)
    return f"AWS has what the Terraform state of {names} says, in {count} resources" if compared else ""


def _others(each: _Compared) -> list[str]:
    return [item.type for item in each.state.items if item.type not in COMPARED]


def _table(each: _Compared) -> Table:
    types = _others(each)
    rows = sorted(set(types), key=lambda kind: (-types.count(kind), kind))
    return Table(
        title=f"types of {each.facts.env} that are not compared",
        columns=COLUMNS,
        rows=tuple(Row((kind, str(types.count(kind)))) for kind in rows),
        note=f"{len(types)} of {each.facts.total} resources",
    )


TERRAFORM_DRIFT = Handler(
    verb="terraform",
    subject="drift",
    takes="optional",
    namespaced=False,
    usage="terraform drift [ENV] [--cluster CLUSTER]",
    summary="What AWS has otherwise than the Terraform state says: changed, opened, upgraded or gone.",
    cost=4,
    iam=(*ACTIONS, "s3:GetObject"),
    gather=gather,
)
