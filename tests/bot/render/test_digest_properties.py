"""Whatever a cluster says, and was remembered to have said: no secret and no markup leaves in a digest."""

import csv
import json
from io import StringIO

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from bot.changes import Change, Digest, Entry, Gone
from bot.render.blocks import SlackAnswer, digest_message, hygiene_message
from bot.render.digest.envelope import digest_schema, render_digest_json
from bot.render.digest.markdown import render_digest_markdown
from bot.render.digest.view import DigestView
from bot.render.terminal import render_digest_text
from bot.report import Report, Verdict
from handlers.contract import Gap, Row, Table
from handlers.parts import Figure, Part, PartState
from rules.finding import Severity, Undecided
from tests.bot.render import hostile
from tests.bot.render.samples import AS_OF
from tests.bot.render.slack_rules import HIDDEN, RUNBOOKS, messages, strings
from tests.bot.render.test_properties import check_secrets, check_slack

FEW = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
times = hostile.moments.filter(bool)
severities = st.sampled_from(Severity)
entries = st.builds(
    Entry,
    finding=hostile.findings,
    change=st.sampled_from(Change),
    severity=severities,
    severity_then=st.one_of(st.none(), severities),
    affected=st.integers(1, 9),
    since=times,
    came_back=hostile.moments,
    labels=st.dictionaries(hostile.texts, hostile.texts, max_size=1),
    snoozed_until=st.one_of(st.none(), st.none(), times),
)
gone = st.builds(
    Gone,
    fingerprint=hostile.texts,
    rule=hostile.texts,
    severity=severities,
    subject=hostile.refs,
    summary=hostile.texts,
    since=times,
    why=hostile.texts,
)
tables = st.builds(
    Table,
    title=st.just("Hygiene"),
    columns=st.tuples(hostile.texts, hostile.texts),
    rows=hostile.tuples(st.builds(Row, st.tuples(hostile.texts, hostile.texts)), 3),
)
reports = st.builds(
    Report,
    command=hostile.texts,
    cluster=hostile.texts,
    subject=hostile.refs,
    verdict=st.sampled_from(Verdict),
    undecided=hostile.tuples(st.builds(Undecided, hostile.texts, hostile.tuples(hostile.texts, 2)), 2),
    tables=hostile.tuples(tables, 1),
    figures=hostile.tuples(st.builds(Figure, name=hostile.texts, value=st.just(1.5), unit=hostile.texts), 1),
    checked=hostile.tuples(hostile.texts, 2),
    as_of=st.just(AS_OF),
)
parts = st.builds(
    Part,
    name=hostile.texts,
    state=st.sampled_from(PartState),
    said=hostile.texts,
    items=hostile.tuples(hostile.texts, 3),
)
digests = st.builds(
    Digest,
    name=hostile.texts,
    cluster=hostile.texts,
    namespaces=hostile.tuples(hostile.texts, 2),
    min_severity=severities,
    report=reports,
    verdict=st.sampled_from(Verdict),
    before=hostile.moments,
    entries=st.one_of(st.just(()), hostile.tuples(entries, 7)),
    resolved=hostile.tuples(gone, 2),
    unseen=hostile.tuples(gone, 2),
    parts=hostile.tuples(parts, 4),
    gaps=hostile.tuples(st.builds(Gap, hostile.texts, hostile.texts), 6),
    notes=hostile.tuples(hostile.texts, 2),
)


def look(digest: Digest) -> DigestView:
    """Everything a view can have; every third cause has cleared, and ids are as hostile as the rest."""
    names = [entry.finding.fingerprint for entry in digest.entries]
    return DigestView(
        diagnose=dict.fromkeys(names, "v1.diagnose"),
        snooze=dict.fromkeys(names, (("for a day", "v1.snooze"),)),
        owners=dict.fromkeys(names, (*digest.notes, "U0OWNER01", "S0OWNER01")),
        runbooks=RUNBOOKS,
        slot=digest.name,
        cleared=dict.fromkeys(names[::3], AS_OF),
    )


def check_answer(answer: SlackAnswer) -> None:
    for message in messages(answer):
        check_slack(message)
    for file in answer.files:
        check_secrets(file.filename, file.title, file.content)
        cells = [cell for row in csv.reader(StringIO(file.content)) for cell in row]
        assert not [cell for cell in cells if cell[:1] in {"=", "+", "@"}]


@FEW
@given(digests)
def test_slack_is_within_limits_escaped_and_redacted(digest: Digest) -> None:
    check_answer(digest_message(digest, look(digest), "mark"))
    hygiene = hygiene_message(digest)
    if hygiene:
        check_answer(hygiene)


@FEW
@given(digests)
def test_text_and_json_show_no_secret(digest: Digest) -> None:
    bare = render_digest_text(digest, color=False, width=80)
    assert not HIDDEN.search(bare)
    shown = render_digest_json(digest)
    Draft202012Validator(json.loads(digest_schema())).validate(json.loads(shown))
    check_secrets(bare, shown, *strings(json.loads(shown)))


@FEW
@given(digests)
def test_markdown_has_only_our_own_links_and_tags(digest: Digest) -> None:
    drawn = render_digest_markdown(digest, RUNBOOKS)
    check_secrets(drawn)
    assert not HIDDEN.search(drawn.replace("\u200b", ""))
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(drawn)
    for token in (*tokens, *(child for each in tokens for child in each.children or ())):
        assert token.type not in {"image", "html_inline", "html_block", "s_open", "em_open", "hr"}, token
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith(RUNBOOKS)
