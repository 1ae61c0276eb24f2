"""Text of the worst kind, and Reports in which every text is of that kind."""

from datetime import UTC, datetime

from hypothesis import strategies as st
from msgspec.structs import replace

from bot.report import Report, Verdict
from handlers.contract import Exhibit, Gap, Row, Table
from rules.finding import Confidence, Finding, FixStep, ObjectRef, Observation, Severity, Symptom, Undecided

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
GITLAB = "glpat-EXAMPLE-not-real-00"
FRAGMENTS = (ACCESS_KEY[:12], "IOSFODNN7", GITLAB[:14], "not-real-00")
"""Parts of the planted secrets; none may be seen anywhere."""

_PIECES = (
    ACCESS_KEY,
    GITLAB,
    "AKIA\u200bIOSFODNN7EXAMPLE",
    "AKIA\x1b[31mIOSFODNN7EXAMPLE\x1b[0m",
    "\u202eAKIAIOSFODNN7EXAMPLE\u202c",
    "<!channel> <!here> <@U123> <#C1|x> <!subteam^S1>",
    "<https://evil.example|click me>",
    "https://evil.example/a?b=1&c=2 www.evil.example mail@evil.example",
    "<!date^1^{date}|x>",
    "*bold* _italic_ ~strike~ **both** __under__",
    "`tick` ``` fence\n``` more",
    "`",
    "```",
    "````",
    "> quote",
    "&amp; &lt; & < >",
    ":aws: :100: arn:aws:iam::1:role/x",
    "[link](https://evil.example) ![image](https://evil.example/x.png)",
    "[red]markup[/red] [link=https://evil.example]x[/link]",
    "# heading\n- list\n1. item\n===\n| table |",
    "<script>alert(1)</script> <img src=x> </details>",
    "@here @channel @someone #12 GH-3",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07 \x1b[2J\x07\x00\x9b31m",
    "\r\x0b\x0c\x85\u2028\u2029",
    "\ud800",
    "👩‍💻🔴\U0001f600",
    "word " * 40,
    "x" * 700,
    "&" * 300,
)

pieces = st.one_of(st.sampled_from(_PIECES), st.text(max_size=20))
texts = st.lists(pieces, max_size=5).map(" ".join)
long_texts = st.builds(
    lambda piece, times, end: "\n".join([piece] * times + [end]),
    pieces,
    st.sampled_from((0, 3, 40, 900)),
    texts,
)
moments = st.one_of(
    st.none(),
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
)


def tuples(items: st.SearchStrategy, most: int) -> st.SearchStrategy:
    return st.lists(items, max_size=most).map(tuple)


refs = st.builds(ObjectRef, texts, texts, texts)
observations = st.builds(
    Observation, texts, st.one_of(texts, st.just("log of app, previous run, line 3 of 9")), moments
)
steps = st.builds(FixStep, texts, st.one_of(texts, long_texts), st.one_of(texts, long_texts), texts)
symptoms = st.builds(
    Symptom,
    rule=texts,
    severity=st.sampled_from(Severity),
    fingerprint=texts,
    subject=refs,
    summary=texts,
    owner=st.one_of(st.none(), refs),
)
findings = st.builds(
    Finding,
    rule=texts,
    severity=st.sampled_from(Severity),
    confidence=st.sampled_from(Confidence),
    fingerprint=texts,
    subject=refs,
    summary=texts,
    cause=st.one_of(texts, long_texts),
    evidence=tuples(observations, 9),
    effect=texts,
    fix=tuples(steps, 4),
    runbook=texts,
    owner=st.one_of(st.none(), refs),
    explains=st.one_of(st.just(()), tuples(symptoms, 5)),
)
exhibits = st.builds(Exhibit, title=texts, filename=texts, text=long_texts, note=texts)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A table, with as many cells in each row as there are columns."""
    columns = draw(tuples(texts, 6))
    cells = st.tuples(*[st.one_of(texts, st.sampled_from(["12Mi", "-", "=1+1", "3 h"]))] * len(columns))
    rows = draw(tuples(st.builds(Row, cells), 5)) * draw(st.sampled_from((1, 1, 30)))
    return Table(title=draw(texts), columns=columns, rows=rows, judged=draw(st.booleans()), note=draw(texts))


_reports = st.builds(
    Report,
    command=texts,
    cluster=texts,
    subject=refs,
    verdict=st.sampled_from(Verdict),
    findings=st.one_of(
        tuples(findings, 5), tuples(findings, 5), tuples(findings, 2).map(lambda few: few * 20)
    ),
    also_noticed=tuples(findings, 2),
    undecided=tuples(st.builds(Undecided, texts, tuples(texts, 2)), 5),
    gaps=tuples(st.builds(Gap, texts, texts), 7),
    exhibits=tuples(exhibits, 3),
    tables=tuples(tables(), 2),
    overview=st.booleans(),
    said=texts,
    well=st.booleans(),
    about=tuples(texts, 4),
    symptom=texts,
    checked=tuples(texts, 4),
    as_of=moments.filter(bool),
    took_ms=st.integers(0, 100_000),
    api_calls=st.integers(0, 100),
)


def _asked_below(report: Report) -> Report:
    """The same, asked about something that the first cause explains."""
    explained = report.findings[0].explains if report.findings else ()
    return replace(report, subject=explained[0].subject) if explained else report


reports = st.one_of(_reports, _reports.map(_asked_below))
