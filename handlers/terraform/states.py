"""Which Terraform states are asked about, and where each may lie."""

import difflib
from collections.abc import Sequence

from handlers.contract import Candidate, NameNotFound, Question
from handlers.extract.terraform_lock import KIND, Spot
from handlers.look import NO_AWS, Look, Read
from handlers.platform import TerraformState
from handlers.sources.aws import Identity
from rules.finding import ObjectRef

LONGEST_STATE = 32 * 1024 * 1024
"""Bytes of a state above which it is not read; a state of 1,000 resources has about 5 MiB."""
ACCOUNT = "{account}"


def chosen(question: Question, states: Sequence[TerraformState]) -> tuple[TerraformState, ...]:
    """The state people call by that name, or all of them.

    Raises:
        NameNotFound: no state is called so.
    """
    if not question.name:
        return tuple(states)
    named = tuple(each for each in states if each.env.lower() == question.name.lower())
    if named:
        return named
    known = [each.env for each in states]
    near = difflib.get_close_matches(question.name, known, cutoff=0.0, n=5)
    raise NameNotFound(
        f"No Terraform state is called {question.name}; the settings know {', '.join(known) or 'none'}.",
        tuple(Candidate(ObjectRef(KIND, name)) for name in near),
    )


async def identity(look: Look) -> Read[Identity]:
    """Who the bot is in AWS; tells the account's number."""
    if look.sources.aws is None:
        look.note("AWS", NO_AWS)
        return Read(missing=NO_AWS)
    return await look.read(look.sources.aws.identity(), "AWS account")


async def account_of(look: Look, states: Sequence[TerraformState]) -> Read[str]:
    """The account's number: of the platform profile, or asked of AWS where a bucket's name needs it."""
    if look.sources.aws is not None and (look.platform.account or not any(map(_needs_account, states))):
        return Read(look.platform.account)
    asked = await identity(look)
    return Read(asked.value.account) if asked.value else Read(missing=asked.missing)


def spots(state: TerraformState, account: str) -> tuple[Spot, ...]:
    """Every place in which a state may lie, the likeliest first."""
    bucket = state.bucket.replace(ACCOUNT, account)
    return tuple(
        Spot(bucket, key.replace("{env}", state.env).replace(ACCOUNT, account)) for key in state.keys
    )


def _needs_account(state: TerraformState) -> bool:
    return any(ACCOUNT in text for text in (state.bucket, *state.keys))
