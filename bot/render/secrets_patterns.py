"""What secrets look like by their own form, or by the place they stand in.

Every pattern names the part to remove `v`. A pattern is tried only on texts that hold one of its needles
(lower case), and none backtracks over more than a bounded stretch.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from bot.render.secret_words import NOT_A_VALUE, looks_random

MARK = "«redacted»"


class SecretPattern(NamedTuple):
    """One shape of a secret.

    Attributes:
        needles: lower-case pieces, one of which every text with such a secret holds.
        pattern: regular expression, case ignored unless it says otherwise; group `v` is removed.
        plausible: judges a match by its surroundings; False keeps it.
        beside: a piece that must be there too.
        leads: how many characters before a needle the pattern may begin; empty: it may begin anywhere.
    """

    needles: tuple[str, ...]
    pattern: str
    plausible: Callable[[re.Match[str]], bool]
    leads: tuple[int, ...] = (0,)
    beside: str = ""


def always(_found: re.Match[str]) -> bool:
    """Whatever stands around it."""
    return True


def random_looking(found: re.Match[str]) -> bool:
    """Whether it is no plain word."""
    return looks_random(found["v"])


def _credentials(found: re.Match[str]) -> bool:
    return found["v"].lower() not in NOT_A_VALUE


_USER = r"://[^\s:/@\"'<>]{0,100}:(?!\d{1,5}(?:[/?#\s\"'\\]|$))"
_HOST = r"@(?=[\w.\-\[\]:,%]{0,260}(?:[/?#\s\"'<>);\\…]|$))"

BY_FORM = (
    SecretPattern(
        ("akia", "asia"),
        r"(?P<v>(?-i:AKIA|ASIA)(?-i:[A-Z0-9]){12,})",
        always,
    ),
    SecretPattern(
        ("akia", "asia"),
        rf"{MARK}\W{{1,5}}(?P<v>[A-Za-z0-9/+]{{40}})(?![A-Za-z0-9/+])",
        always,
        (),
    ),
    SecretPattern(("ls0tls1crudjti",), r"(?P<v>(?-i:LS0tLS1CRUdJTi(?!BDRVJU))[A-Za-z0-9+/=]{4,})", always),
    SecretPattern(
        ("eyj",),
        r"(?P<v>(?-i:eyJ)[\w\-]{8,}=*(?:\.[\w\-]*=*){0,4})",
        always,
    ),
    SecretPattern(
        ("xox", "xapp-"),
        r"(?P<v>(?:xox[a-z](?:\.xox[a-z])?|xapp)-[\w\-]{5,})",
        always,
    ),
    SecretPattern(
        ("hooks.slack", "/webhooks/", "webhook.office"),
        r"(?:hooks\.slack(?:-gov)?\.com/\w{1,20}/|/api/webhooks/|webhook\.office\.com/)"
        r"(?P<v>[^\s\"'<>|)\\]{4,})",
        always,
        (0, 4),
    ),
    SecretPattern(
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"(?P<v>gh[pousr]_[A-Za-z0-9]{10,}|github_pat_\w{10,})",
        always,
    ),
    SecretPattern(
        (
            "glpat-",
            "gldt-",
            "glrt",
            "glcbt-",
            "glptt-",
            "glft-",
            "glimt-",
            "gloas-",
            "glsoat-",
            "glagent-",
            "glsa_",
            "glc_",
        ),
        r"(?<![A-Za-z0-9])(?P<v>gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|oas|soat"
        r"|agent)-[\w\-]{8,}|gl(?:sa|c)_[\w\-]{20,})",
        always,
    ),
    SecretPattern(
        ("hf_", "npm_"),
        r"(?<![A-Za-z0-9])(?P<v>(?:hf|npm)_[A-Za-z0-9]{16,})",
        always,
    ),
    SecretPattern(
        ("sk-",),
        r"(?<![A-Za-z0-9])(?P<v>sk-(?:[a-z0-9]{2,10}-){0,3}[A-Za-z0-9_]{20,}[\w\-]*)",
        always,
    ),
    SecretPattern(
        ("k_live_", "k_test_", "whsec_"),
        r"(?P<v>[srp]k_(?:live|test)_[A-Za-z0-9]{8,}|whsec_[A-Za-z0-9+/=]{8,})",
        always,
        (0, 1),
    ),
    SecretPattern(
        ("aiza", "ya29.", "gocspx-"),
        r"(?P<v>(?-i:AIza)[\w\-]{30,}|ya29\.[\w\-]{10,}|GOCSPX-[\w\-]{10,})",
        always,
    ),
    SecretPattern(
        ("pypi-ag",),
        r"(?P<v>pypi-Ag[\w\-]{16,})",
        always,
    ),
    SecretPattern(
        ("dapi", "hvs.", "hvb.", "sg.", "dckr_pat_", "dop_v1_", "age-secret-key", "atlasv1"),
        r"(?<![A-Za-z0-9])(?P<v>dapi[0-9a-f]{32}|hv[sb]\.[\w\-]{20,}|(?-i:SG)\.[\w\-]{16,}\.[\w\-]{16,"
        r"}|dckr_pat_[\w\-]{10,}|dop_v1_\w{20,}|AGE-SECRET-KEY-\w{20,}|[A-Za-z0-9]{14}\.atlasv1\.[\w\-"
        r"]{20,})",
        always,
        (0, 15),
    ),
)

BY_PLACE = (
    SecretPattern(
        ("://",),
        _USER + r"(?P<v>[^\s\"'<>?#]{1,500})" + _HOST,
        always,
        beside="@",
    ),
    SecretPattern(("://",), _USER + r"(?P<v>[^\s\"'<>]{1,500}?)" + _HOST, always, beside="@"),
    SecretPattern(
        ("://",),
        r"://(?P<v>[\w\-.%]{16,200})@",
        random_looking,
    ),
    SecretPattern(
        ("%3a%2f%2f",),
        r"%3A%2F%2F[^\s%]{0,100}%3A(?P<v>[^\s\"'&]{1,500}?)%40",
        always,
    ),
    SecretPattern(
        ("sig=", "key=", "x-amz-", "code_verifier"),
        r"(?:[?&;]|%26|%3F)(?:sig|key|X-Amz-(?:Signature|Security-Token|Credential)"
        r"|code_verifier)(?:=|%3D)(?P<v>[^\s&\"'<>#\\]{4,})",
        always,
        (0, 1, 3),
    ),
    SecretPattern(
        ("authorization",),
        r"authorization\\{0,8}[\"']?\s{0,3}(?:[:=]|=>|%3A)\s{0,3}\\{0,8}[\"'\[]{0,2}"
        r"(?:(?:[A-Za-z][A-Za-z\-]{1,30})(?:[ \t]{1,3}|%20))?(?P<v>[^\s\"'\\,]{3,})",
        _credentials,
    ),
    SecretPattern(
        ("bearer", "basic ", "negotiate "),
        r"\b(?:bearer|basic|negotiate)[ \t]{1,3}(?P<v>[\w.~+/=\-]{6,})",
        random_looking,
    ),
    SecretPattern(
        ("cookie",),
        r"cookie\\{0,8}[\"']?[ \t]{0,3}[:=][ \t]{0,3}\\{0,8}[\"']?(?P<v>[^\s\"'=]{1,100}=[^\n\"'\\]{1,4000})",
        always,
    ),
    SecretPattern(
        ("auth",),
        r"[\"']_?auth\\{0,8}[\"'][ \t]{0,3}:[ \t]{0,3}\\{0,8}[\"'](?P<v>[\w+/=\-]{6,})",
        random_looking,
        (1, 2),
    ),
    SecretPattern(
        ("_auth",),
        r"(?m)_auth[ \t]{0,3}=[ \t]{0,3}(?P<v>[\w+/=\-]{6,})",
        random_looking,
    ),
    SecretPattern(
        ("-u ", "--user "),
        r"(?:^|\s)(?:-u|--user)[ \t]{1,3}[\"']?[^\s:\"']{1,100}:(?P<v>[^\s\"']{1,200})",
        always,
        (0, 1),
    ),
)
