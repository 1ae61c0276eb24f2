"""The AWS account under each cluster that has one: who the bot is there, and what it may do."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from bot.clusters import ClusterBook
from bot.doctor.aws_probes import Probe, probes
from bot.doctor.finding import Finding, Mark, beside
from bot.doctor.losing import losing
from handlers.contract import Handler
from handlers.sources.aws import Aws, Identity
from handlers.sources.errors import Forbidden, NotFound, Rejected, SourceError

_NO_BUCKET: Final = ("(NoSuchBucket)", "(404)")
"""What S3 tells everybody; elsewhere "not found" is only told to whom the action is granted."""


def _utc() -> datetime:
    return datetime.now(UTC)


async def check_aws(
    book: ClusterBook, handlers: Sequence[Handler], *, clock: Callable[[], datetime] = _utc
) -> AsyncIterator[Finding]:
    """The AWS account under each cluster that has one: accepted, and each action that can be tried."""
    for name in book.names:
        place = book.beside(name)
        if place.aws is None:
            continue
        try:
            identity = await place.aws.identity()
        except SourceError as error:
            yield Finding(Mark.MISSING, f"aws of {name}: {error.why}", beside(error.advice))
            continue
        who = f"account {identity.account}, {place.aws.place}, as {identity.arn}"
        yield Finding(Mark.FINE, f"aws of {name}: {who}")
        wanted = {action for handler in handlers for action in handler.iam}
        asked = [each for each in probes(place.platform, identity, clock()) if each.action in wanted]
        told = await _told(place.aws, asked)
        for finding in _actions(name, told, handlers):
            yield finding
        for finding in _untold(name, wanted - told.keys(), identity):
            yield finding


async def _told(aws: Aws, asked: Sequence[Probe]) -> Mapping[str, bool]:
    """Each action of which AWS's answer tells whether it is granted."""
    answers = await asyncio.gather(*(_granted(aws, probe) for probe in asked))
    return {probe.action: held for probe, held in zip(asked, answers, strict=True) if held is not None}


def _actions(name: str, told: Mapping[str, bool], handlers: Sequence[Handler]) -> Iterable[Finding]:
    lacking = sorted(action for action, held in told.items() if not held)
    count = f"aws of {name}: {len(told) - len(lacking)} of {len(told)} actions granted that can be tried"
    policy = "`mlops iam` prints the whole policy for the bot's role."
    yield Finding(Mark.MISSING if lacking else Mark.FINE, count, policy if lacking else "")
    for action in lacking:
        who = losing(handlers, lambda handler: action in handler.iam)  # noqa: B023 - called at once
        advice = f"Allow {action} to the bot's role; without it, {who} cannot tell everything."
        yield Finding(Mark.MISSING, f"aws of {name}: no right {action}", advice)


async def _granted(aws: Aws, probe: Probe) -> bool | None:
    """Whether AWS lets the call through; None where its answer does not tell."""
    try:
        await aws.list(probe.kind, region=probe.region, **probe.parameters)
    except Forbidden:
        return False
    except NotFound as error:
        return None if any(code in error.why for code in _NO_BUCKET) else True
    except Rejected as error:
        # A dry run that would have gone well is answered with an error of that name.
        return True if "DryRunOperation" in error.why else None
    except SourceError:
        return None
    return True


def _untold(name: str, actions: Iterable[str], identity: Identity) -> Iterable[Finding]:
    """What cannot be tried without something that exists, and how to find out."""
    if named := sorted(actions):
        command = f"aws iam simulate-principal-policy --policy-source-arn {_principal(identity)}"
        advice = f"Whoever may simulate policies checks them: `{command} --action-names {' '.join(named)}`"
        yield Finding(Mark.ASIDE, f"aws of {name}: not tried: {', '.join(named)}", f"{advice}.")


def _principal(identity: Identity) -> str:
    """The role behind a session: sessions have no policies of their own."""
    start, assumed, rest = identity.arn.partition(":assumed-role/")
    if not assumed:
        return identity.arn
    return f"{start.replace(':sts:', ':iam:')}:role/{rest.partition('/')[0]}"
