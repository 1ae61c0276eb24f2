"""All resources of a state and what AWS says of them → the facts about drift."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from handlers.extract.terraform_compare import compare, resource
from handlers.extract.terraform_groups import Rules, compare_rules, separate_rules
from handlers.extract.terraform_lock import KIND, SpotReads
from handlers.extract.terraform_state import State, StateItem
from handlers.sources.aws import AwsObject
from handlers.sources.aws_objects.ec2 import SecurityGroup
from handlers.sources.aws_objects.s3 import PublicAccessBlock
from rules.facts.terraform import ResourceFacts, TerraformDriftFacts
from rules.finding import ObjectRef, Observation

_NONE_IS_OPEN: Mapping[str, AwsObject] = {"aws_s3_bucket_public_access_block": PublicAccessBlock()}
"""What a resource that is gone is like: a bucket without the block lets public policies count."""


class Looked(Struct, frozen=True, kw_only=True):
    """One resource that was looked for in AWS.

    Attributes:
        found: what AWS has; None where it has none, or could not be asked.
        unread: why AWS could not be asked; empty when it was.
    """

    item: StateItem
    found: AwsObject | None = None
    unread: str = ""


def drift_facts(
    env: str, home: SpotReads, state: State, looked: Sequence[Looked], absence: Observation
) -> TerraformDriftFacts:
    """The facts about one state that was read, or is not there."""
    ref = ObjectRef(KIND, env)
    exists = home.state is not None
    return TerraformDriftFacts(
        ref=ref,
        top_owner=ref,
        env=env,
        address=home.spot.address,
        bucket=home.spot.bucket,
        exists=exists,
        absence=None if exists else absence,
        readable=not state.problem,
        problem=state.problem,
        version=state.version,
        serial=state.serial,
        written=_written(home),
        total=len(state.items),
        compared=sum(not each.unread for each in looked),
        resources=(*_differing(state, looked), *_unread(looked)),
        tainted=tuple(each.address for each in state.items if each.tainted),
        deposed=tuple(each.address for each in state.items if each.deposed),
    )


def unknown_facts(env: str, address: str, why: str) -> TerraformDriftFacts:
    """The facts about a state that could not be read."""
    ref = ObjectRef(KIND, env)
    missing = dict.fromkeys(("exists", "readable", "resources", "tainted", "deposed"), why)
    return TerraformDriftFacts(ref=ref, top_owner=ref, env=env, address=address, missing=missing)


def counted(types: Iterable[str]) -> str:
    """How many there are of each type, the most frequent first ("3 aws_subnet, 1 aws_vpc")."""
    return ", ".join(f"{count} {kind}" for kind, count in Counter(types).most_common())


def _written(home: SpotReads) -> Observation | None:
    if home.state is None or home.state.modified is None:
        return None
    return Observation(
        f"state written {home.state.modified:%Y-%m-%d %H:%M:%SZ}", home.spot.address, home.state.modified
    )


def _differing(state: State, looked: Iterable[Looked]) -> tuple[ResourceFacts, ...]:
    separate = separate_rules(state.items)
    judged = (_judged(each, separate) for each in looked if not each.unread)
    return tuple(each for each in judged if each is not None)


def _judged(looked: Looked, separate: Mapping[str, Rules]) -> ResourceFacts | None:
    item, found = looked.item, looked.found or _NONE_IS_OPEN.get(looked.item.type)
    if found is None:
        return resource(item, gone=True)
    plain = compare(item, found)
    if not isinstance(found, SecurityGroup):
        return plain
    rules = compare_rules(item, found, separate.get(found.group_id, frozenset()))
    if not rules.differences:
        return plain
    return resource(item, (*rules.differences, *(plain.differences if plain else ())), exposes=rules.exposes)


def _unread(looked: Iterable[Looked]) -> tuple[ResourceFacts, ...]:
    """A place for each kind that could not be compared, so that its rules are undecided, with the reason."""
    unread: dict[tuple[str, str], int] = {}
    for each in looked:
        if each.unread:
            key = (each.item.type, each.unread)
            unread[key] = unread.get(key, 0) + 1
    facts = ("gone", "differences", "exposes", "upgraded", "only_tags")
    return tuple(
        ResourceFacts(name=f"{count} {kind}", type=kind, missing=dict.fromkeys(facts, why))
        for (kind, why), count in unread.items()
    )
