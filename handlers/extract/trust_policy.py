"""Whether a role's trust policy takes the token of one service account.

A statement must allow sts:AssumeRoleWithWebIdentity to the cluster's OIDC provider, and its conditions must
hold for `sub` and `aud`. Of several statements the one that comes farthest counts.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct

from rules.facts.service_account import TrustVerdict

ACTION = "sts:AssumeRoleWithWebIdentity"
STS = "sts.amazonaws.com"
_ORDER: tuple[TrustVerdict, ...] = ("no_statement", "other_provider", "subject", "wildcard", "audience", "ok")
_OPERATOR = re.compile(
    r"^(?:ForAnyValue:|ForAllValues:)?(StringEquals|StringLike)(?:IfExists)?$", re.IGNORECASE
)


class Trust(Struct, frozen=True, kw_only=True):
    """How far a trust policy goes: the first rung that fails, what it wanted, and what stands there."""

    verdict: TrustVerdict = "no_statement"
    wanted: str = ""
    found: tuple[str, ...] = ()


def judge_trust(document: Mapping[str, object], *, issuer: str, subject: str, audience: str = STS) -> Trust:
    """Judge a trust policy.

    Args:
        document: the policy, decoded.
        issuer: the cluster's token issuer, with or without `https://`; empty where it is not known: then any
            provider counts as the cluster's.
        subject: `system:serviceaccount:NAMESPACE:NAME`.
        audience: the audience of the tokens.
    """
    issuer = issuer.removeprefix("https://").rstrip("/")
    judged = [_statement(each, issuer, subject, audience) for each in _statements(document)]
    return max(judged, key=lambda trust: _ORDER.index(trust.verdict), default=Trust(wanted=ACTION))


def _statements(document: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    for each in _many(document.get("Statement")):
        if isinstance(each, Mapping) and each.get("Effect") == "Allow" and _allows(each):
            yield each


def _allows(statement: Mapping[str, object]) -> bool:
    return any(fnmatchcase(ACTION.lower(), action.lower()) for action in _texts(statement.get("Action")))


def _statement(statement: Mapping[str, object], issuer: str, subject: str, audience: str) -> Trust:
    principal = statement.get("Principal")
    providers = _texts(principal.get("Federated")) if isinstance(principal, Mapping) else ()
    if not any(
        each.endswith(f"oidc-provider/{issuer}") if issuer else "oidc-provider/" in each for each in providers
    ):
        return Trust(verdict="other_provider", wanted=f"oidc-provider/{issuer}", found=providers)
    conditions = [*_conditions(statement.get("Condition"))]
    own = (
        issuer or next(each for each in providers if "oidc-provider/" in each).partition("oidc-provider/")[2]
    )
    failed = _failing(conditions, f"{own}:sub", subject, "subject") or _failing(
        conditions, f"{own}:aud", audience, "audience"
    )
    return failed or Trust(verdict="ok")


def _failing(
    conditions: Sequence[tuple[str, str, tuple[str, ...]]], key: str, value: str, verdict: TrustVerdict
) -> Trust | None:
    """The first condition on a key that the value does not satisfy; a wildcard needs StringLike."""
    for operator, name, wanted in conditions:
        if name.lower() != key.lower() or _holds(operator, wanted, value):
            continue
        as_pattern = operator == "stringequals" and _holds("stringlike", wanted, value)
        return Trust(verdict="wildcard" if as_pattern else verdict, wanted=value, found=wanted)
    return None


def _holds(operator: str, wanted: Iterable[str], value: str) -> bool:
    if operator == "stringequals":
        return value in wanted
    return any(fnmatchcase(value, each.replace("[", "[[]")) for each in wanted)


def _conditions(block: object) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for operator, keys in block.items() if isinstance(block, Mapping) else ():
        known = _OPERATOR.match(operator) if isinstance(operator, str) else None
        for key, values in keys.items() if known and isinstance(keys, Mapping) else ():
            yield (known[1].lower() if known else ""), str(key), _texts(values)


def _many(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else () if value is None else (value,)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in _many(value) if isinstance(each, str))
