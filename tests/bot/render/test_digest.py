"""How digests look, letter by letter, and the sizes they keep; UPDATE_GOLDEN=1 writes the files anew."""

import csv
import json
import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from bot.changes import Digest
from bot.cli import main
from bot.render.blocks import SlackAnswer, classic, digest_message, hygiene_message, plain
from bot.render.digest.envelope import digest_schema, make_digest_schema, render_digest_json
from bot.render.digest.markdown import render_digest_markdown, render_hygiene_markdown
from bot.render.digest.view import DigestView
from bot.render.digest.words import headline
from bot.render.door import mention
from bot.render.message import ACTION_DIAGNOSE, ACTION_SNOOZE, Block
from bot.render.terminal import render_digest_text, render_hygiene_text
from bot.report import Verdict
from handlers.contract import Gap
from handlers.parts import PartState
from tests.bot.render.digests import (
    BAD,
    BLIND,
    CLEARED,
    DIGESTS,
    FIRST,
    QUIET,
    gone,
    minor,
    open_for,
    part,
    view,
)
from tests.bot.render.samples import AS_OF, DOWNLOAD, PROBE
from tests.bot.render.slack_rules import RUNBOOKS, check_size, check_text, messages, strings
from tests.bot.render.test_golden import agree, pretty

MARK = "digest.morning.2026-11-21T09:00"


def drawn(digest: Digest) -> SlackAnswer:
    return digest_message(digest, view(digest), MARK)


def words_of(answer: SlackAnswer) -> str:
    return plain(answer.message).text


def rows_of(answer: SlackAnswer) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(answer.files[0].content)))


def actions_of(answer: SlackAnswer) -> list[Block]:
    return [block for block in answer.message.blocks if block["type"] == "actions"]


def check_whole(answer: SlackAnswer) -> None:
    for message in messages(answer):
        for shown in (message, classic(message), plain(message)):
            check_size(shown)
            check_text(shown)


@pytest.mark.parametrize("name", DIGESTS)
def test_slack(name: str) -> None:
    answer = drawn(DIGESTS[name])
    check_whole(answer)
    agree(f"digest-{name}.slack.json", pretty(answer))
    agree(f"digest-{name}.slack.txt", words_of(answer) + "\n")


@pytest.mark.parametrize("name", DIGESTS)
def test_terminal(name: str) -> None:
    agree(f"digest-{name}.terminal.txt", render_digest_text(DIGESTS[name], color=False, width=100))


@pytest.mark.parametrize("name", DIGESTS)
def test_markdown(name: str) -> None:
    agree(f"digest-{name}.md", render_digest_markdown(DIGESTS[name], RUNBOOKS))


@pytest.mark.parametrize("name", DIGESTS)
def test_json(name: str) -> None:
    shown = render_digest_json(DIGESTS[name])
    agree(f"digest-{name}.json", shown)


def test_what_has_cleared_is_struck_in_the_same_message() -> None:
    before, after = drawn(BAD), digest_message(BAD, view(BAD, CLEARED), MARK)
    check_whole(after)
    agree("digest-cleared.slack.txt", words_of(after) + "\n")
    assert after.message.blocks[0]["block_id"] == before.message.blocks[0]["block_id"] == MARK
    assert len(actions_of(before)) == 5
    assert len(actions_of(after)) == 3
    assert DOWNLOAD.fingerprint not in json.dumps(after.message.blocks)


def test_a_message_whose_causes_have_all_cleared_says_so() -> None:
    at = AS_OF + timedelta(hours=1)
    everything = {entry.finding.fingerprint: at for entry in FIRST.entries}
    assert headline(FIRST, everything) == "🟢 mlops, argo on prod-eks: all 3 causes have cleared since"
    one = replace(FIRST, entries=FIRST.entries[:1])
    assert headline(one, everything) == "🟢 mlops, argo on prod-eks: the one cause has cleared since"
    unsure = replace(FIRST, report=replace(FIRST.report, verdict=Verdict.UNKNOWN))
    assert headline(unsure, everything).startswith("⚪ ")
    del everything[PROBE.fingerprint]
    assert (
        headline(FIRST, everything) == "🟠 mlops, argo on prod-eks is degraded: 1 open cause, 2 cleared since"
    )


def test_the_first_block_is_known_again() -> None:
    for digest in (BAD, QUIET):
        answer = drawn(digest)
        assert answer.message.blocks[0]["block_id"] == MARK
        assert classic(answer.message).blocks[0]["block_id"] == MARK
        assert "block_id" not in digest_message(digest, DigestView()).message.blocks[0]
        assert "block_id" not in digest_message(digest, DigestView(), "x" * 256).message.blocks[0]


def test_empty_values_leave_buttons_and_menus_out() -> None:
    assert not actions_of(digest_message(BAD, DigestView()))
    name = DOWNLOAD.fingerprint
    (row,) = actions_of(digest_message(BAD, DigestView(diagnose={name: "v1.x"}, snooze={name: ()})))
    assert ACTION_DIAGNOSE in strings(row)
    assert ACTION_SNOOZE not in strings(row)


def test_a_quiet_day_is_one_line() -> None:
    asleep = replace(
        QUIET,
        entries=(open_for(PROBE, 3, snoozed_until=AS_OF + timedelta(days=1)),),
        gaps=(Gap("logs of 31 workloads", "only 120 are skimmed in one look"),),
    )
    for digest in (QUIET, asleep, replace(QUIET, before=None)):
        assert digest.quiet
        answer = drawn(digest)
        assert [block["type"] for block in answer.message.blocks] == ["section"]
        assert (answer.thread, answer.files) == ((), ())
        assert "\n" not in words_of(answer)
        assert "\n\n" not in render_digest_text(digest, color=False, width=100)
        assert render_digest_markdown(digest).count("\n") == 1
    assert drawn(asleep).message.text.startswith(
        "🟢 prod-eks is healthy: nothing new; 214 pods, 14 nodes checked; 1 snoozed; "
        "1 source not read, as before"
    )


def test_a_digest_without_its_cluster_says_so() -> None:
    away = replace(
        BLIND,
        gaps=(Gap("the cluster", "no answer within 25 s"),),
        unseen=(gone("x", 1, "the cluster"),),
        parts=(),
    )
    shown = drawn(away)
    assert shown.message.text == (
        "⚪ prod-eks could not be judged: 1 source not read, 1 not looked for"
        " · Not read: the cluster (no answer within 25 s)"
    )
    assert "so not called resolved" in words_of(shown)


def test_the_file_has_everything() -> None:
    rows = rows_of(drawn(BAD))
    assert [row["change"] for row in rows] == [
        *("new", "worse", "back", "ongoing", "worse"),
        *["ongoing"] * 9,
        *("snoozed", "resolved", "resolved"),
    ]
    assert drawn(BAD).files[0].filename == "digest_prod-eks_2026-11-21.csv"
    unseen = rows_of(drawn(BLIND))
    assert {row["change"] for row in unseen} == {"not looked for"}
    assert unseen[0]["why not looked for"] == "nodes: no right to list nodes cluster-wide"


def test_no_cell_of_the_file_is_a_formula() -> None:
    evil = replace(DOWNLOAD, summary="=HYPERLINK(1)", rule="@SUM(1)", fingerprint="+1+1")
    (row,) = rows_of(drawn(replace(BAD, entries=(open_for(evil, 1),), resolved=())))
    assert (row["summary"], row["rule"], row["fingerprint"]) == ("'=HYPERLINK(1)", "'@SUM(1)", "'+1+1")


def test_thousands_of_findings_keep_within_the_budget() -> None:
    findings = [
        replace(minor(number), summary=f"{number} " + "long <words> & more " * 15) for number in range(5_000)
    ]
    many = replace(
        BAD,
        entries=tuple(open_for(finding, number % 40) for number, finding in enumerate(findings)),
        resolved=tuple(gone(f"{number}-" + "y" * 200, 3) for number in range(500)),
        unseen=tuple(gone(f"{number}-" + "z" * 200, 3, f"why {number}") for number in range(500)),
        gaps=tuple(Gap(f"source {number}", "&" * 300) for number in range(500)),
        parts=tuple(
            part(f"Part {n}", "<trouble> " * 60, PartState.TROUBLE, "a" * 300, "b") for n in range(20)
        ),
        notes=("note " * 200,) * 5,
    )
    answer = drawn(many)
    check_whole(answer)
    shown = words_of(answer)
    assert "… and 4,995 more in the thread" in shown
    for words in ("5,000 ongoing", "500 resolved", "500 not looked for", "*Platform*", "Not read: "):
        assert words in answer.message.text + json.dumps(answer.message.blocks, ensure_ascii=False)
    assert len(rows_of(answer)) == 6_000
    assert len(answer.files) == 2
    assert len(answer.thread) <= 5


def test_buttons_give_way_before_causes_do() -> None:
    names = [entry.finding.fingerprint for entry in BAD.entries]
    answer = digest_message(BAD, replace(view(BAD), diagnose={name: f"{name:x>1900}" for name in names}))
    check_whole(answer)
    assert 0 < len(actions_of(answer)) < 5
    assert "🟠 5. *WORSE*" in words_of(answer)
    assert "*Resolved*" in words_of(answer)


def test_a_long_name_leaves_the_counts_readable() -> None:
    answer = drawn(replace(BAD, cluster="arn:aws:eks:eu-west-1:111122223333:cluster/" + "prod-" * 20))
    check_whole(answer)
    assert "2 new (1 back), 2 worse, 10 ongoing" in json.dumps(answer.message.blocks[1])


@pytest.mark.parametrize(
    ("slack_id", "shown"),
    [
        ("U012AB3CD", "<@U012AB3CD>"),
        ("W012AB3CD", "<@W012AB3CD>"),
        ("S012AB3CD", "<!subteam^S012AB3CD>"),
        *(
            (bad, "")
            for bad in ("", "U", "u012ab3cd", "@ada", "C012AB3CD", "channel", "!here", "U012AB3CD\n")
        ),
        *(
            (bad, "")
            for bad in ("U012AB3CD> <!channel", "S012|x", "<@U012AB3CD>", "U\uff10\uff11\uff12", "U" * 40)
        ),
    ],
)
def test_only_ids_are_mentioned(slack_id: str, shown: str) -> None:
    assert mention(slack_id).text == shown


def test_only_some_people_are_mentioned_once() -> None:
    ids = ("U012AB3CD", "U012AB3CD", "nobody", "U012AB3CE", "U012AB3CF", "U012AB3CG")
    answer = digest_message(BAD, DigestView(owners={DOWNLOAD.fingerprint: ids}))
    assert "critical · <@U012AB3CD> <@U012AB3CE> <@U012AB3CF>\n" in words_of(answer)


def test_hygiene_is_a_message_of_its_own() -> None:
    answer = hygiene_message(BAD)
    assert answer is not None
    check_whole(answer)
    agree("digest-hygiene.slack.txt", words_of(answer) + "\n")
    assert answer.files[0].filename == "hygiene_prod-eks_2026-11-21.csv"
    assert "Hygiene" not in render_digest_text(BAD, color=False, width=100)
    assert render_hygiene_text(BAD, color=False, width=100).startswith("  Hygiene  4 of 61 workloads\n")
    assert "| Deployment batch/report-3 | 1 replica | 4 |" in render_hygiene_markdown(BAD)
    tidy = replace(BAD, report=replace(BAD.report, tables=()))
    assert hygiene_message(tidy) is None
    assert not render_hygiene_text(tidy, color=False, width=100).strip()
    assert not render_hygiene_markdown(tidy)


def test_the_shipped_schema_is_the_one_of_the_types(capsys: pytest.CaptureFixture[str]) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        path = Path(__file__).parents[3] / "bot/render/digest/digest.schema.json"
        path.write_text(make_digest_schema(), "utf-8")
    assert digest_schema() == make_digest_schema()
    for digest in DIGESTS.values():
        Draft202012Validator(json.loads(digest_schema())).validate(json.loads(render_digest_json(digest)))
    assert main(["schema", "digest"]) == 0
    assert capsys.readouterr().out == digest_schema()
