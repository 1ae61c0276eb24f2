"""What people type about the digest, and what is understood."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.command import DIGEST_USAGE, Asker, Defaults, DigestWish, Help, parse_digest
from bot.errors import UsageError
from bot.schedule_words import parse_schedule
from rules.finding import Severity

ASKER = Asker(user="U1", channel="C1", team="T1")
DEFAULTS = Defaults(clusters=("prod-eu", "staging"), zone="Europe/Dublin")
CAUSE = "0123456789ab"
DUBLIN = '"weekdays 09:00 Europe/Dublin"'


def attempt(text: str, defaults: Defaults = DEFAULTS) -> DigestWish | Help | UsageError | None:
    """What a text comes to; any other error ends the test."""
    try:
        return parse_digest(text, ASKER, defaults)
    except UsageError as error:
        return error


def words(text: str, defaults: Defaults = DEFAULTS) -> str:
    wish = attempt(text, defaults)
    assert isinstance(wish, DigestWish), wish
    assert wish.asker == ASKER
    return wish.words


@pytest.mark.parametrize("text", ["", "health", "diagnose pod digest", "mlops", "<@U1>", "digestion", "-"])
def test_what_is_about_something_else_is_left_alone(text: str) -> None:
    assert parse_digest(text, ASKER, DEFAULTS) is None


@pytest.mark.parametrize("text", ["digest help", "digest --help", "Digests -h", "mlops digest now --help"])
def test_help_is_help(text: str) -> None:
    assert parse_digest(text, ASKER, DEFAULTS) == Help("digest")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("digest", "digest preview"),
        ("Digest!", "digest preview"),
        ("mlops digest", "digest preview"),
        ("<@U1> digest list", "digest list"),
        ("@mlops digest: now", "digest now"),
        ("`digest list`", "digest list"),
        ("\u201cdigest now\u201d", "digest now"),
        ("digest now please", "digest now"),
        ("digest --cluster PROD-EU preview", "digest preview --cluster prod-eu"),
        ("digest preview --namespaces b,a -n c", "digest preview --namespaces a,b,c"),
        ("digest preview --namespaces a, b", "digest preview --namespaces a,b"),
        ("digest now -nmlops -n=Models", "digest now --namespaces mlops,models"),
        ("digest now -na", "digest now --namespaces a"),
        ("digest now -n a -A", "digest now"),
        ("digest now --Severity=HIGH", "digest now --min-severity high"),
        ("digest now \u2014namespaces=a", "digest now --namespaces a"),
        (f"digest subscribe {DUBLIN}", f"digest subscribe {DUBLIN}"),
        ("digest subscribe weekdays 9:00", f"digest subscribe {DUBLIN}"),
        ("digest subscribe \u201cweekdays 9:00\u201d", f"digest subscribe {DUBLIN}"),
        ("digest subscribe 'weekdays 9:00'", f"digest subscribe {DUBLIN}"),
        ("digest subscribe \u201cweekdays 9:00", f"digest subscribe {DUBLIN}"),
        ("digest subscribe weekdays 9 o\u2019clock", f"digest subscribe {DUBLIN}"),
        ("digest subscribe mon - fri 9am", f"digest subscribe {DUBLIN}"),
        ("digest add 0 9 * * 1-5", f"digest subscribe {DUBLIN}"),
        ('digest subscribe "0 */6 * * * UTC"', 'digest subscribe "0 */6 * * * UTC"'),
        (
            "digest subscribe --name=n weekdays 9:00 --cluster staging -s high --namespaces a,b",
            f"digest subscribe {DUBLIN} --namespaces a,b --min-severity high --cluster staging --name n",
        ),
        ("digest unsubscribe", "digest unsubscribe"),
        ("digest unsubscribe Prod.mornings", "digest unsubscribe Prod.mornings"),
        ("digest stop --name x", "digest unsubscribe x"),
        ("digest picture", "digest picture 7d"),
        ("digest picture 30", "digest picture 30d"),
        ("digest trend 30 days", "digest picture 30d"),
        ("digest picture the last week", "digest picture 7d"),
        ("digest picture month", "digest picture 30d"),
        (f"digest snooze {CAUSE}", f"digest snooze {CAUSE} 1d"),
        (
            f"digest snooze {CAUSE.upper()} 3d --cluster staging",
            f"digest snooze {CAUSE} 3d --cluster staging",
        ),
        (f"digest snooze 12h `{CAUSE}`", f"digest snooze {CAUSE} 12h"),
        (f"digest mute {CAUSE} for 3 days", f"digest snooze {CAUSE} 3d"),
        (f"digest snooze {CAUSE} a week", f"digest snooze {CAUSE} 7d"),
        (f"digest snooze {CAUSE} 36h", f"digest snooze {CAUSE} 36h"),
        (f"digest wake {CAUSE}", f"digest wake {CAUSE}"),
    ],
)
def test_wishes_are_understood(text: str, canonical: str) -> None:
    assert words(text) == canonical
    assert attempt(canonical) == attempt(text)


def test_the_fields_of_a_wish() -> None:
    assert attempt(f"digest snooze {CAUSE} 3d --cluster prod-eu") == DigestWish(
        action="snooze", fingerprint=CAUSE, seconds=3 * 86400, cluster="prod-eu", asker=ASKER
    )
    assert attempt(
        'digest subscribe "mondays 8:00 UTC" -n b,a,b --min-severity medium --name x'
    ) == DigestWish(
        action="subscribe",
        schedule="mon 08:00 UTC",
        name="x",
        namespaces=("a", "b"),
        min_severity=Severity.MEDIUM,
        asker=ASKER,
    )


def test_the_cluster_of_the_channel_counts_where_one_is_needed_and_its_namespace_does_not() -> None:
    channel = Defaults(cluster="staging", namespace="mlops", clusters=("prod-eu", "staging"))
    assert words("digest", channel) == "digest preview --cluster staging"
    assert words("digest picture --cluster prod-eu", channel) == "digest picture 7d --cluster prod-eu"
    assert words("digest list", channel) == "digest list"
    assert words("digest now --cluster any/thing", Defaults()) == "digest now --cluster any/thing"


@pytest.mark.parametrize(
    ("text", "sentence", "suggestion"),
    [
        ("digest subscibe weekdays 9:00", "knows no “subscibe”", f"digest subscribe {DUBLIN}"),
        ("digest prevew -n a", "knows no “prevew”", "digest preview --namespaces a"),
        ("digest frobnicate", "knows no “frobnicate”", ""),
        ("digest prod-eu", "takes no “prod-eu”", "digest preview --cluster prod-eu"),
        ("digest now staging", "takes no “staging”", "digest now --cluster staging"),
        ("digest list staging", "takes no “staging”", "digest list"),
        ("digest preview foo", "takes no “foo”", "digest preview"),
        ("digest list --cluster staging", "“digest list” has no option --cluster", ""),
        ("digest picture -n a", "“digest picture” has no option --namespaces", ""),
        ("digest now --name x", "“digest now” has no option --name", ""),
        ("digest now --clustr staging", "the option --clustr", "digest now --cluster staging"),
        ("digest now -namspaces a", "the option -namspaces", "digest now --namespaces a"),
        ("digest now --foo", "the option --foo", ""),
        ("digest now --namespaces", "--namespaces needs a value", ""),
        ("digest now --namespaces --cluster x", "--namespaces needs a value", ""),
        ("digest now -n a_b", "“a_b” is no namespace", ""),
        ("digest now --min-severity hihg", "takes no “hihg”", "digest now --min-severity high"),
        ("digest now --min-severity crit", "takes no “crit”", "digest now --min-severity critical"),
        ("digest now --min-severity 5", "takes no “5”", ""),
        ("digest now --cluster stagin", "a cluster called stagin", "digest now --cluster staging"),
        ("digest now --cluster elsewhere", "a cluster called elsewhere", ""),
        ("digest subscribe", "When should it be told?", f"digest subscribe {DUBLIN}"),
        ("digest subscribe weekdays --name n", "At what time", f"digest subscribe {DUBLIN} --name n"),
        ("digest subscribe weekdays 9:00 dublin", "zone “dublin”", f"digest subscribe {DUBLIN}"),
        ("digest subscribe weekdays 9:00 CET", "“CET” is an abbreviation", ""),
        ("digest subscribe 0 9 30 2 *", "never comes", ""),
        (
            "digest subscribe */5 * * * *",
            "more often than hourly",
            'digest subscribe "0 * * * * Europe/Dublin"',
        ),
        ('digest subscribe daily 9:00 --name "two words"', "“two words” is no name", ""),
        ("digest unsubscribe a b", "one name, and got 2: a, b", ""),
        ("digest picture 14", "7 or 30 days", "digest picture 7d"),
        ("digest snooze", "Snooze which cause?", ""),
        ("digest wake pod x", "Wake which cause?", ""),
        (f"digest snooze {CAUSE} 5m", "“5m” is no time to snooze", ""),
        (f"digest snooze {CAUSE} 60d", "from an hour to 30 days", ""),
        (f"digest snooze {CAUSE} 0h", "from an hour to 30 days", ""),
        (f"digest wake {CAUSE} now", "takes no “now”", f"digest wake {CAUSE}"),
        (
            "digest subscibe wekdays 9:00 --clustr stagin",
            "the option",
            f"digest subscribe {DUBLIN} --cluster staging",
        ),
        ("digest " + "x" * 1000, "a command has at most 1000", ""),
    ],
)
def test_what_makes_no_wish_is_told_with_what_to_say_instead(
    text: str, sentence: str, suggestion: str
) -> None:
    error = attempt(text)
    assert isinstance(error, UsageError)
    assert sentence in error.sentence
    assert error.suggestion == suggestion
    assert error.advice or suggestion
    assert not error.advice.startswith("Did you mean") or not suggestion


def test_every_usage_is_understood_when_its_brackets_are_taken_off() -> None:
    for usage in DIGEST_USAGE:
        typed = usage.replace("|1d|3d|1w", "").replace("|30d", "").replace("FINGERPRINT", CAUSE)
        typed = typed.replace("CLUSTER", "staging").replace("NAME", "n")
        wish = attempt(typed.replace("[", "").replace("]", ""))
        assert isinstance(wish, DigestWish)
        assert f"digest {wish.action}" in usage.replace("[", "").replace("]", "")


TYPED = st.lists(
    st.one_of(
        st.sampled_from(
            "preview now subscribe unsubscribe list picture snooze wake subscibe -n --namespaces=a,b --name"
            " x --cluster prod-eu stagin --min-severity high hihg 30 3d \u201cweekdays 9:00 Dublin UTC -A -"
            f" -- -= * daily 09:00 {CAUSE} --name=\u2018a b\u2019 ' \" ,".split(" ")
        ),
        st.text(max_size=8),
    ),
    max_size=8,
).map(lambda typed: " ".join(("digest", *typed)))


@settings(max_examples=150)
@given(TYPED, st.sampled_from([DEFAULTS, Defaults(), Defaults(cluster="staging")]))
@example("digest \ud800", DEFAULTS)
@example("digest --name '", DEFAULTS)
def test_any_text_is_a_wish_or_refused_and_what_is_suggested_is_understood(
    text: str, defaults: Defaults
) -> None:
    answer = attempt(text, defaults)
    if isinstance(answer, DigestWish):
        assert attempt(answer.words, defaults) == answer
    if isinstance(answer, UsageError):
        assert answer.sentence
        assert answer.advice or answer.suggestion
        assert not answer.suggestion or words(answer.suggestion, defaults) == answer.suggestion


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}[A-Za-z0-9]", fullmatch=True)
SCOPE = {
    "namespaces": st.sets(st.sampled_from(["a", "mlops", "kube-system", "now"]), max_size=3).map(
        lambda some: tuple(sorted(some))
    ),
    "min_severity": st.sampled_from([None, *Severity]),
    "cluster": st.sampled_from(["", "prod-eu", "staging"]),
}
CAUSES = st.from_regex("[0-9a-f]{12}", fullmatch=True)
WISHES = st.one_of(
    st.builds(DigestWish, action=st.sampled_from(["preview", "now"]), asker=st.just(ASKER), **SCOPE),
    st.builds(
        DigestWish,
        action=st.just("subscribe"),
        schedule=st.sampled_from(["daily 9:00 UTC", "0 9,17 1 * * Asia/Tokyo", "sat,sun 10:00 UTC"]).map(
            lambda text: parse_schedule(text, "UTC").words
        ),
        name=st.just("") | NAMES,
        asker=st.just(ASKER),
        **SCOPE,
    ),
    st.builds(DigestWish, action=st.just("unsubscribe"), name=st.just("") | NAMES, asker=st.just(ASKER)),
    st.builds(
        DigestWish,
        action=st.just("picture"),
        days=st.sampled_from([7, 30]),
        cluster=SCOPE["cluster"],
        asker=st.just(ASKER),
    ),
    st.builds(
        DigestWish,
        action=st.just("snooze"),
        fingerprint=CAUSES,
        seconds=st.integers(1, 720).map(lambda hours: hours * 3600.0),
        cluster=SCOPE["cluster"],
        asker=st.just(ASKER),
    ),
    st.builds(
        DigestWish,
        action=st.just("wake"),
        fingerprint=CAUSES,
        cluster=SCOPE["cluster"],
        asker=st.just(ASKER),
    ),
)


@settings(max_examples=100)
@given(WISHES)
def test_canonical_words_are_understood_as_the_same_wish(wish: DigestWish) -> None:
    assert attempt(wish.words) == wish
