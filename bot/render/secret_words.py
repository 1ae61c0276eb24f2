"""What tells a secret from a harmless word: its name, its letters, what it stands for."""

import re

_HARMLESS_SUFFIX = re.compile(
    r"(?:names?|ref|refs|keyref|files?|path|dir|types?|kind|count|len|length"
    r"|size|expir\w*|ttl|age|policy|version"
    r"|seconds|ms|url|uri|endpoint|issuer|audiences?|arns?|class|enabled|required"
    r"|rotation|providers?|manager|store|budget"
    r"|error|exception|invalid|notfound|missing|failed|failure|rejected|denied"
    r"|status|reason|mode|less|izer\w*|ization"
    r"|ized|izing|per[_-]sec\w*|limit|usage|used|cache|generator|review\w*"
    r"|request\w*|validator|volume|projection)$",
    re.IGNORECASE,
)
_SPECIAL_TOKEN = re.compile(
    r"(?:eos|bos|pad|unk|cls|sep|mask|image|stop|special|max|min|num|total"
    r"|prompt|completion"
    r"|unexpected)[_ -]$",
    re.IGNORECASE,
)
_PLAIN_WORDS = """
    true false null none nil yes no on off is was are not has have must should cannot can and or to for
    from in of the a an with set unset given provided empty missing required invalid expired
    unauthorized forbidden denied rejected revoked unknown unexpected eof timeout disabled enabled
    default optional str string int bool bytes any undefined found valid incorrect wrong malformed
    absent flag flags option argument authentication auth via by
"""
NOT_A_VALUE = frozenset(_PLAIN_WORDS.split())
"""Words that follow the name of a secret in sentences."""

_NOT_SECRET = re.compile(
    r"[*x•.]{3,}$|\[?\(?<?(?:redacted|hidden|masked|omitted|nil|none"
    r"|unset|unknown|empty|no value)>?\)?\]?$"
    r"|arn:aws|\$[({]|\$[A-Z_]+$|\{\{|%\(|/var/run/secrets/|/etc/|/mnt/|<[a-z_ |]{1,30}>$",
    re.IGNORECASE,
)
_OBJECT_NAME = re.compile(r"[a-z0-9]+(?:[-./][a-z0-9]+)+$")
_LONG_HEX = re.compile(r"[0-9a-f]{20,}")
_WORDS = re.compile(r"[A-Za-z,']{1,20}(?: [A-Za-z,'().:]{1,20}){1,30}\.?$")
_WORD_ENDS = " \t\n\"'="
_NUMBER = re.compile(r"[\d.,]{1,12}[a-z%]{0,3}$")
_SHORTEST = 4


def looks_random(value: str) -> bool:
    """Whether it is no plain word: digits among letters, capitals inside, or symbols of passwords."""
    if len(value) < _SHORTEST:
        return False
    letters = any(character.isalpha() for character in value)
    digits = any(character.isdigit() for character in value)
    capitals = any(character.isupper() for character in value[1:])
    mixed = capitals and any(character.islower() for character in value)
    return (letters and digits) or mixed or any(character in "!@#$%^*+=~?" for character in value)


def is_plain_sentence(value: str) -> bool:
    """Whether it is two plain words or more: the text of an error rather than a secret."""
    return _WORDS.match(value.strip()) is not None


def names_a_secret(before: str, core: str, suffix: str) -> bool:
    """Whether a name is one of a secret, and not of its file, count, error or class, nor part of an ARN."""
    suffix = suffix.rstrip(".-_")
    if suffix and _HARMLESS_SUFFIX.search(suffix):
        return False
    if core == "token" and _SPECIAL_TOKEN.search(before[-24:]):
        return False
    word = before[max(map(before.rfind, _WORD_ENDS)) + 1 :]
    return not word.startswith("arn:")


def is_value(core: str, suffix: str, value: str) -> bool:
    """Whether a value may be a secret: no placeholder, no reference, no count, no name of a Secret object."""
    value = value.strip()
    if not value or value.lower().rstrip(".,;:") in NOT_A_VALUE or _NOT_SECRET.match(value):
        return False
    if core in {"token", "secret", "signature", "pass"} and (_NUMBER.match(value) or len(value) < _SHORTEST):
        return False
    bare = core in {"secret", "credential"} and suffix.lower() in {"", "s"}
    return not (bare and _OBJECT_NAME.match(value) and not _LONG_HEX.search(value))
