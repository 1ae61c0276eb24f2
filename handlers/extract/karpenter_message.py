"""Karpenter's refusals, taken apart: `Failed to schedule pod, <why> (NodePool=a); <why> (NodePool=b)`.

Texts: karpenter v1 (provisioning/scheduling), and the older wording with the pool's name in quotes.
"""

import re
from collections.abc import Iterator, Sequence

from rules.facts.node_supply import KarpenterVerdict, PoolProblem, PoolRefusal

_PREFIX = re.compile(r"^(?:Failed to schedule pod|failed to schedule pod|could not schedule pod),?:?\s*")
_POOL = re.compile(r"\s*\(NodePool=([^)]+)\)")
_QUOTED_POOL = re.compile(r'(?:nodepool|provisioner):?\s+"([^"]+)"')
_NOMINATED = re.compile(r"\b(nodeclaim|node)/([A-Za-z0-9.-]+)")
_SEPARATOR = re.compile(r";\s+")
_PROBLEMS: tuple[tuple[PoolProblem, re.Pattern[str]], ...] = (
    ("no_pools", re.compile(r"no nodepools found|no provisioners found")),
    ("limits", re.compile(r"exceed limits|limits have been exhausted|limits exceeded")),
    (
        "no_capacity",
        re.compile(
            r"(?:has the|which had an?|which had the|, had an?|, had the) required offering|"
            r"insufficient capacity|InsufficientInstanceCapacity",
            re.IGNORECASE,
        ),
    ),
    ("topology", re.compile(r"unsatisfiable topology constraint|topology")),
    ("taint", re.compile(r"did not tolerate")),
    ("instance_types", re.compile(r"no instance type|enough resources|minValues")),
    ("requirements", re.compile(r"incompatible|does not have known values| not in ")),
    ("volume", re.compile(r"\bpvc\b|persistentvolumeclaim|volume", re.IGNORECASE)),
)
"""First match wins; a refusal that ends in "or had a required offering" blames more than the offering."""

_DETAILS = (
    re.compile(r"taint=(\S+?)\)"),
    re.compile(r"did not tolerate(?: taint)? (\S+)"),
    re.compile(r'label "([^"]+)"'),
    re.compile(r"key (\S+?),"),
)
_BY_WEIGHT: tuple[tuple[PoolProblem, KarpenterVerdict], ...] = (
    ("limits", "limits"),
    ("no_capacity", "no_capacity"),
    ("instance_types", "instance_types_too_small"),
    ("volume", "error"),
    ("other", "error"),
    ("topology", "no_matching_pool"),
    ("taint", "no_matching_pool"),
    ("requirements", "no_matching_pool"),
    ("no_pools", "no_pools"),
)
"""A pool that would take the pod if it could grow says more than one that is not meant for it."""


def parse_refusals(message: str) -> tuple[PoolRefusal, ...]:
    """Take a FailedScheduling message of Karpenter apart, one refusal for each NodePool."""
    text = _PREFIX.sub("", " ".join(message.split()))
    return tuple(_refusal(part) for part in _parts(text))


def nominated(message: str) -> tuple[str, str]:
    """What a Nominated message names: ("nodeclaim" or "node", its name); both empty when nothing."""
    named = _NOMINATED.search(message)
    return (named[1], named[2]) if named else ("", "")


def verdict(refusals: Sequence[PoolRefusal]) -> tuple[KarpenterVerdict, str]:
    """The verdict that follows from the refusals, and the pool it is about."""
    for problem, result in _BY_WEIGHT:
        for refusal in refusals:
            if refusal.problem == problem:
                return result, refusal.pool
    return "none", ""


def _parts(text: str) -> Iterator[str]:
    """Divide at semicolons, and keep a part without a pool together with the next one that names it."""
    pending = ""
    for part in _SEPARATOR.split(text):
        pending = f"{pending}; {part}" if pending else part
        if _POOL.search(pending) or _QUOTED_POOL.search(pending):
            yield pending
            pending = ""
    if pending:
        yield pending


def _refusal(part: str) -> PoolRefusal:
    pool = _POOL.search(part) or _QUOTED_POOL.search(part)
    problem: PoolProblem = next((kind for kind, words in _PROBLEMS if words.search(part)), "other")
    detail = next((found[1] for words in _DETAILS if (found := words.search(part))), "")
    text = _POOL.sub("", part).strip()
    return PoolRefusal(pool=pool[1] if pool else "", problem=problem, text=text, detail=detail)
