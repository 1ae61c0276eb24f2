"""Whatever a cluster says: no secret, no markup and no message over a limit leaves a renderer."""

import csv
import json
import re
from datetime import UTC, datetime
from io import StringIO

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from bot.errors import BotError, UsageError
from bot.render.blocks import Buttons, answer, classic, help_message, logs_message, plain, progress, refusal
from bot.render.envelope import render_json, schema
from bot.render.markdown import render_markdown
from bot.render.message import SlackMessage
from bot.render.tables import csv_file
from bot.render.terminal import render_refusal, render_terminal
from bot.report import Report, Verdict
from handlers.contract import Candidate, Exhibit, NameAmbiguous, NameInvalid, NameNotFound, Table
from handlers.sources.errors import SourceError
from rules.finding import ObjectRef
from tests.bot.render import hostile
from tests.bot.render.slack_rules import HIDDEN, RUNBOOKS, check_size, check_text, messages, strings

MANY = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
SGR = re.compile(r"\x1b\[[0-9;]*m")
BUTTONS = Buttons(rerun="v1.rerun", logs="v1.logs")


def check_secrets(*texts: str) -> None:
    for text in texts:
        for fragment in hostile.FRAGMENTS:
            assert fragment not in text
            assert fragment not in HIDDEN.sub("", text)


def check_slack(message: SlackMessage) -> None:
    for shown in (message, classic(message), plain(message), plain(classic(message))):
        check_size(shown)
        check_text(shown)
        check_secrets(*strings((shown.text, shown.blocks)))


@MANY
@given(hostile.reports)
def test_a_slack_answer_is_within_limits_escaped_and_redacted(report: Report) -> None:
    drawn = answer(report, BUTTONS, RUNBOOKS)
    assert len(drawn.thread) <= 5
    for message in messages(drawn):
        check_slack(message)
    for file in drawn.files:
        check_secrets(file.filename, file.title, file.content)
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", file.filename)


@MANY
@given(hostile.tuples(hostile.exhibits, 4))
def test_logs_are_within_limits_escaped_and_redacted(exhibits: tuple[Exhibit, ...]) -> None:
    drawn = logs_message(exhibits)
    for message in messages(drawn):
        check_slack(message)
    check_secrets(*(file.content for file in drawn.files))


candidates = hostile.tuples(st.builds(Candidate, hostile.refs, hostile.texts), 30)
errors = st.one_of(
    st.builds(BotError, hostile.texts, hostile.texts),
    st.builds(UsageError, hostile.texts, hostile.texts, hostile.texts),
    st.builds(NameInvalid, hostile.texts),
    st.builds(NameNotFound, hostile.texts, candidates),
    st.builds(NameAmbiguous, hostile.texts, candidates),
    st.builds(SourceError, hostile.texts, hostile.texts, hostile.texts),
    st.builds(ValueError, hostile.texts),
)


@MANY
@given(errors, st.lists(st.text("abc", max_size=30), max_size=30), hostile.texts)
def test_a_refusal_is_within_limits_escaped_and_redacted(
    error: Exception, values: list[str], text: str
) -> None:
    check_slack(refusal(error, values, text))
    drawn = render_refusal(error, text, color=False)
    check_secrets(drawn)
    assert not HIDDEN.search(drawn)


@MANY
@given(hostile.texts, st.lists(hostile.texts, max_size=30), st.lists(hostile.texts, max_size=30))
def test_progress_and_help_are_within_limits_escaped_and_redacted(
    text: str, done: list[str], waiting: list[str]
) -> None:
    check_slack(progress(text, done, waiting))
    check_slack(help_message((), text, text))


@MANY
@given(hostile.reports)
def test_the_terminal_shows_no_secret_and_obeys_no_sequence_of_the_data(report: Report) -> None:
    bare = render_terminal(report, color=False, width=80)
    assert not HIDDEN.search(bare)
    coloured = render_terminal(report, color=True, width=80)
    assert not HIDDEN.search(SGR.sub("", coloured))
    assert SGR.sub("", coloured).split() == bare.split()
    check_secrets(bare, SGR.sub("", coloured), coloured)


@MANY
@given(hostile.reports)
def test_json_validates_and_shows_no_secret(report: Report) -> None:
    drawn = render_json(report)
    Draft202012Validator(json.loads(schema()), format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
        json.loads(drawn)
    )
    check_secrets(drawn, *strings(json.loads(drawn)))
    assert render_json(report) == drawn


HEADINGS = re.compile(r"[🔴🟠🟢⚪]|Cause \d+:|What to do next")


@MANY
@given(hostile.reports)
def test_markdown_has_only_our_own_links_headings_and_tags(report: Report) -> None:
    drawn = render_markdown(report, RUNBOOKS)
    check_secrets(drawn)
    assert not HIDDEN.search(drawn.replace("\u200b", ""))
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(drawn)
    inline = [child for token in tokens for child in token.children or ()]
    for token in (*tokens, *inline):
        assert token.type not in {"image", "html_inline", "s_open", "em_open", "hr"}, token
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith(RUNBOOKS)
        if token.type == "html_block":
            assert re.fullmatch(r"<details><summary>[^<>]*</summary>\n?|</details>\n?", token.content)
    drawn_tables = [table for table in report.tables if table.rows and table.columns]
    assert [token.type for token in tokens].count("table_open") == len(drawn_tables)
    assert [token.type for token in tokens].count("tr_open") == sum(1 + len(t.rows) for t in drawn_tables)
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            assert HEADINGS.match(tokens[number + 1].content), tokens[number + 1].content


@MANY
@given(hostile.tables())
def test_no_cell_of_a_file_is_a_formula(table: Table) -> None:
    file = csv_file(table)
    rows = list(csv.reader(StringIO(file.content)))
    assert len(rows) in {len(table.rows) + 1, 0}
    for cell in (cell for row in rows for cell in row):
        assert cell[:1] not in {"=", "+", "@"}


def test_a_time_without_a_zone_is_taken_for_utc() -> None:
    naive = datetime(2026, 11, 21, 9, 12)  # noqa: DTZ001 - the point of the test
    report = Report(
        command="",
        cluster="",
        subject=ObjectRef("Pod", "x"),
        verdict=Verdict.HEALTHY,
        as_of=naive,
    )
    assert json.loads(render_json(report))["as_of"] == "2026-11-21T09:12:00Z"
    assert naive.replace(tzinfo=UTC).timestamp() == 1795252320
