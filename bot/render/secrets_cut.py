"""Secrets that were cut short: a text, or a line of it, ends inside one, or goes on with an ellipsis.

What is left is too short for the shape of the whole, so it must stand at the cut, and where it might be a
harmless word it must look random. Left alone is what nobody can tell from something harmless: one to five
digits behind a host (a port), a short key before a host (the host), plain lower-case letters behind `hf_`,
`npm_` or "password is".
"""

import re
from collections.abc import Callable

from bot.render.secret_words import NOT_A_VALUE, looks_random
from bot.render.secrets_patterns import MARK, SecretPattern, always, random_looking

CUT = r"(?:(?<=\.{3})|(?=[ \t]?(?:…|\.{3})|[ \t]{0,9}\r?$))"
"""Where a text was cut: before an ellipsis, or at the end of a line. Needs the flag (?m)."""

_IMAGE_SCHEMES = ("docker", "docker-pullable", "oci", "containerd", "cri-o", "image", "s3", "gs", "hdfs")
_PLAIN_SCHEMES = ("http", "https", "tcp", "udp", "ws", "wss", "grpc")
_SCHEME = re.compile(r"[\w+.\-]{1,30}$")
_PORT = re.compile(r"(?:\d{1,5}|port|\*|\$.*|\{.*|%.{1,3})$", re.IGNORECASE)


def _password(found: re.Match[str]) -> bool:
    """Whether what follows `scheme://user:` is a password; a tag of an image and a port are none."""
    named = _SCHEME.search(found.string[max(0, found.start() - 30) : found.start()])
    scheme = named[0].lower() if named else ""
    value = found["v"].rstrip(".,;:)]}")
    if scheme in _IMAGE_SCHEMES or value.lower() in NOT_A_VALUE:
        return False
    alone = not found["user"] and scheme not in (*_PLAIN_SCHEMES, "")
    return alone or not _PORT.match(value.partition("/")[0])


def _mixed(found: re.Match[str]) -> bool:
    """Letters of both cases, or letters and digits; error names in capitals and small letters are none."""
    value = found["v"]
    return looks_random(value) and any(character.isdigit() for character in value)


def _cut(
    needles: tuple[str, ...],
    pattern: str,
    plausible: Callable[[re.Match[str]], bool],
    leads: tuple[int, ...] = (0,),
) -> SecretPattern:
    return SecretPattern(needles, f"(?m){pattern}{CUT}", plausible, leads)


CUT_SHORT = (
    _cut(("akia", "asia"), r"(?<![A-Za-z0-9])(?P<v>(?-i:AKIA|ASIA)(?-i:[A-Z0-9]){1,100}+)", always),
    _cut(("akia", "asia"), rf"{MARK}\W{{1,5}}(?P<v>[A-Za-z0-9/+]{{5,39}}+)", random_looking, ()),
    _cut(("eyj",), r"(?P<v>(?-i:eyJ)[\w\-]{1,7}+)", always),
    _cut(("xox", "xapp-"), r"(?P<v>(?:xox[a-z](?:\.xox[a-z])?|xapp)-[\w\-]{1,4}+)", always),
    _cut(
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"(?<![A-Za-z0-9])(?P<v>(?:gh[pousr]|github_pat)_\w{1,300}+)",
        always,
    ),
    _cut(
        ("glpat-", "gldt-", "glrt", "glcbt-", "glptt-", "glft-", "glimt-", "gloas-", "glsoat-", "glagent-"),
        r"(?<![A-Za-z0-9])(?P<v>gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|oas|soat|agent)-[\w\-]{1,300}+)",
        always,
    ),
    _cut(
        ("glsa_", "glc_", "hf_", "npm_"),
        r"(?<![A-Za-z0-9])(?P<v>(?:glsa|glc|hf|npm)_(?P<rest>[A-Za-z0-9]{5,300}+))",
        lambda found: looks_random(found["rest"]),
    ),
    _cut(
        ("sk-",),
        r"(?<![A-Za-z0-9])(?P<v>sk-(?:proj|ant|svcacct|admin|or|None)-[\w\-]{1,300}+)",
        always,
    ),
    _cut(("sk-",), r"(?<![A-Za-z0-9])(?P<v>sk-[A-Za-z0-9_]{5,300}+)", _mixed),
    _cut(
        ("k_live_", "k_test_", "whsec_"),
        r"(?P<v>(?:[srp]k_(?:live|test)|whsec)_[A-Za-z0-9+/=]{1,300}+)",
        always,
        (0, 1),
    ),
    _cut(
        ("aiza", "ya29.", "gocspx-", "pypi-ag"),
        r"(?P<v>(?:(?-i:AIza)|ya29\.|GOCSPX-|pypi-Ag)[\w\-]{1,300}+)",
        always,
    ),
    _cut(
        ("dapi", "hvs.", "hvb.", "sg.", "dckr_pat_", "dop_v1_", "age-secret-key"),
        r"(?<![A-Za-z0-9])(?P<v>dapi[0-9a-f]{5,31}+"
        r"|(?:hv[sb]\.|(?-i:SG)\.|dckr_pat_|dop_v1_|AGE-SECRET-KEY-)[\w\-]{5,300}+(?:\.[\w\-]{0,300}+)?)",
        _mixed,
    ),
    _cut(
        ("://",),
        r"://(?P<user>[^\s:/@\"'<>\[]{0,100}):(?!\d{1,5}[/?#])(?P<v>[^\s\"'<>@…«]{1,500}+)",
        _password,
    ),
    _cut(("://",), r"https?://(?P<v>[0-9a-f]{16,200}+)", always, (4, 5)),
    _cut(
        ("%3a%2f%2f",),
        r"%3A%2F%2F[^\s%]{0,100}%3A(?!\d{1,5}(?:%2F|%3F|[^\w%]|$))(?P<v>[^\s\"'&…«]{1,500}+)",
        always,
    ),
    _cut(("bearer", "basic "), r"\b(?:bearer|basic)[ \t]{1,3}(?P<v>[\w.~+/=\-]{5}+)", _mixed),
    _cut(
        ("auth",),
        r"(?:[\"']_?auth\\{0,8}[\"'][ \t]{0,3}:[ \t]{0,3}\\{0,8}[\"']|_auth[ \t]{0,3}=[ \t]{0,3})"
        r"(?P<v>[\w+/=\-]{5}+)",
        random_looking,
        (0, 1, 2),
    ),
)
