"""One resource of a state and the same thing in AWS → what differs.

Only attributes named here are looked at, and each is harmless to show: versions, sizes, classes, switches,
addresses of networks. Of tags the keys are told, of policies only that they differ.
"""

import json
import re
from collections.abc import Iterable, Mapping

from handlers.extract.terraform_expected import POLICY, Value, expected_of, trusted_by
from handlers.extract.terraform_found import found_in
from handlers.extract.terraform_state import Attributes, StateItem
from handlers.sources.aws import AwsObject
from rules.facts.terraform import DifferenceFacts, ResourceFacts
from rules.finding import Observation

ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
BRIEF = 90
"""Characters of differences that still fit into a headline; above it only the attributes are named."""
_OPENING = {
    "publicly_accessible": True,
    "endpoint_public_access": True,
    "map_public_ip_on_launch": True,
    "internal": False,
    "block_public_acls": False,
    "ignore_public_acls": False,
    "block_public_policy": False,
    "restrict_public_buckets": False,
}
"""Switches, and the position that lets more callers in."""
_VERSIONS = frozenset({"version", "engine_version"})
_UNWELL = re.compile(
    r"fail|delet|degraded|stop|inaccessible|incompatible|error|full|archived|suspended", re.IGNORECASE
)
_AWS_OWN = "aws:"


def compare(item: StateItem, found: AwsObject) -> ResourceFacts | None:
    """What differs; None where nothing does."""
    attributes = Attributes.of(item)
    expected, actual = expected_of(item.type, attributes), found_in(found)
    names = [name for name in expected if name in actual and _differs(name, expected[name], actual[name])]
    differences = tuple(
        DifferenceFacts(name=name, text=_text(name, expected[name], actual[name])) for name in names
    )
    tags = _tags(attributes, actual)
    if not differences and tags is None:
        return None
    return resource(
        item,
        (*differences, *((tags,) if tags else ())),
        exposes=any(_opens(name, expected[name], actual[name]) for name in names),
        upgraded=any(_newer(name, expected[name], actual[name]) for name in names),
    )


def resource(
    item: StateItem,
    differences: tuple[DifferenceFacts, ...] = (),
    *,
    gone: bool = False,
    exposes: bool = False,
    upgraded: bool = False,
) -> ResourceFacts:
    """The facts about a resource that differs, or is gone."""
    attributes = Attributes.of(item)
    identity = attributes.text("identifier") or attributes.text("id")
    told = "; ".join(each.text for each in differences)
    said = f"AWS has no such {item.type}" if gone else told
    return ResourceFacts(
        name=item.address,
        type=item.type,
        identity=identity,
        gone=gone,
        differences=differences,
        brief=told if len(told) <= BRIEF else ", ".join(each.name for each in differences),
        exposes=exposes,
        upgraded=upgraded,
        only_tags=bool(differences) and all(each.name == "tags" for each in differences),
        look=f"terraform state show {json.dumps(item.address)}",
        said=Observation(f"{identity or item.address}: {said}", "AWS beside the state"),
    )


def _differs(name: str, expected: Value, actual: Value) -> bool:
    if name == "status":
        return expected != actual and bool(_UNWELL.search(str(actual)))
    if name == "engine_version":  # "16" in the code stands for every 16.x
        return actual != expected and not str(actual).startswith(f"{expected}.")
    return expected != actual


def _text(name: str, expected: Value, actual: Value) -> str:
    if name == POLICY:
        return "the trust policy differs"
    if isinstance(expected, frozenset) and isinstance(actual, frozenset):
        return f"{name}: {_sets(expected, actual)}"
    return f"{name} is {_word(actual)} in AWS, {_word(expected)} in the state"


def _sets(expected: frozenset[str], actual: frozenset[str]) -> str:
    more, less = sorted(actual - expected), sorted(expected - actual)
    parts = [f"AWS has {', '.join(more)} more"] if more else []
    return " and ".join([*parts, *([f"lacks {', '.join(less)}"] if less else [])])


def _word(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) or "none"


def _opens(name: str, expected: Value, actual: Value) -> bool:
    if name == POLICY:
        return not trusted_by(str(actual)) <= trusted_by(str(expected))
    if isinstance(expected, frozenset) and isinstance(actual, frozenset):
        return bool((actual - expected) & ANYWHERE)
    return name in _OPENING and actual is _OPENING[name]


def _newer(name: str, expected: Value, actual: Value) -> bool:
    return name in _VERSIONS and _numbers(str(actual)) > _numbers(str(expected))


def _numbers(version: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", version)]


def _tags(attributes: Attributes, actual: Mapping[str, Value]) -> DifferenceFacts | None:
    """Tags by key. `tags_all` holds the resource's own and the provider's default ones."""
    there = actual.get("tags")
    if not isinstance(there, frozenset):
        return None
    wanted = attributes.pairs("tags_all") or attributes.pairs("tags")
    expected = frozenset(f"{key}={value}" for key, value in _own(wanted.items()))
    present = frozenset(each for each in there if not each.startswith(_AWS_OWN))
    more, less = _keys(present - expected), _keys(expected - present)
    changed = more & less
    parts = {"added": more - changed, "gone": less - changed, "changed": changed}
    said = [f"{', '.join(sorted(keys))} {word}" for word, keys in parts.items() if keys]
    return DifferenceFacts(name="tags", text=f"tags: {'; '.join(said)}") if said else None


def _own(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((key, value) for key, value in pairs if not key.startswith(_AWS_OWN))


def _keys(pairs: Iterable[str]) -> set[str]:
    return {each.partition("=")[0] for each in pairs}
