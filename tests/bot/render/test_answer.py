"""What an answer in Slack says, and where."""

import json
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest
from msgspec.structs import replace

from bot.errors import UsageError
from bot.render.blocks import (
    ACTION_LOGS,
    ACTION_PICK,
    ACTION_RERUN,
    ACTION_SUGGEST,
    Buttons,
    SlackMessage,
    answer,
    classic,
    logs_message,
    plain,
    refusal,
)
from bot.render.wording import age_words, took_words
from bot.report import Verdict
from handlers.contract import Candidate, Exhibit, NameAmbiguous, NameNotFound
from rules.finding import FixStep, ObjectRef, Observation
from tests.bot.render.samples import AS_OF, CRASH, DOWNLOAD, HEALTHY, PENDING, PROBE, TRACEBACK, UNKNOWN
from tests.bot.render.slack_rules import RUNBOOKS, strings
from tests.tools.slack_preview import page

BUTTONS = Buttons(rerun="v1.rerun", logs="v1.logs")


def words(message: SlackMessage) -> str:
    return "\n".join(strings((message.text, message.blocks)))


def test_the_notification_alone_is_enough() -> None:
    assert answer(CRASH).message.text == (
        "🔴 Broken: fraud-detector-predictor-7c9d8b6f4-x2lqp is not serving: "
        "the model download is refused (S3 403) · prod-eks"
        " · Next: Compare with the ServiceAccount of a model that loads."
    )


@pytest.mark.parametrize(
    ("verdict", "sign"),
    [(Verdict.BROKEN, "🔴"), (Verdict.DEGRADED, "🟠"), (Verdict.HEALTHY, "🟢"), (Verdict.UNKNOWN, "⚪")],
)
def test_the_first_line_carries_the_verdict(verdict: Verdict, sign: str) -> None:
    message = answer(replace(PENDING, verdict=verdict)).message
    assert message.text.startswith(sign)
    assert msgspec.to_builtins(message.blocks[0])["text"]["text"].startswith(sign)


def test_cause_evidence_effect_fix_stand_in_this_order() -> None:
    drawn = words(answer(CRASH, BUTTONS, RUNBOOKS).message)
    order = [
        "critical severity",
        "*Cause*",
        "*Evidence*",
        "*Effect*",
        "*Fix*",
        "*Runbook*",
        "*Also*",
        "Not checked:",
    ]
    places = [drawn.index(title) for title in order]
    assert all(one < other for one, other in pairwise(places))


def test_old_evidence_is_marked_stale_and_new_is_not() -> None:
    at = (timedelta(minutes=59), timedelta(minutes=61), timedelta(seconds=-5))
    seen = tuple(Observation(f"sign {n}", "events of the pod", AS_OF - age) for n, age in enumerate(at))
    drawn = words(answer(replace(CRASH, findings=(replace(DOWNLOAD, evidence=seen),))).message)
    assert "1. sign 0  (events of the pod, 59 min ago)" in drawn
    assert "2. sign 1  (events of the pod, 1 h 1 min ago, stale)" in drawn
    assert "3. sign 2  (events of the pod, just now)" in drawn


@pytest.mark.parametrize(
    ("source", "stale"),
    [
        ("log of app, previous run, line 3 of 9", True),
        ("events", True),
        ("condition PodScheduled", False),
        ("metadata.deletionTimestamp", False),
        ("", False),
    ],
)
def test_only_what_happened_can_be_stale(source: str, stale: bool) -> None:
    told = age_words(Observation("sign", source, AS_OF - timedelta(hours=2)), AS_OF)
    assert told == ("2 h ago, stale" if stale else "2 h ago")


def test_a_command_that_changes_something_is_marked() -> None:
    drawn = words(answer(PENDING).message)
    assert "lift it.  ✏️ changes node\n```\nkubectl taint nodes ip-10-2-40-11 gpu-\n```" in drawn


def test_a_command_too_long_for_a_message_becomes_a_file_and_is_never_cut() -> None:
    command = "kubectl delete pod " + " ".join(f"worker-{n}" for n in range(400))
    drawn = answer(replace(CRASH, findings=(replace(DOWNLOAD, fix=(FixStep("Delete them.", run=command),)),)))
    assert "worker-1" not in words(drawn.message)
    assert "see the file `fix_isvc-download-forbidden_1.sh`" in words(drawn.message)
    assert drawn.files[0].filename == "fix_isvc-download-forbidden_1.sh"
    assert drawn.files[0].content == command


def test_three_causes_in_the_answer_and_all_of_them_in_the_thread() -> None:
    more = tuple(replace(PROBE, summary=f"reason {n}") for n in range(5))
    drawn = answer(replace(CRASH, findings=(DOWNLOAD, *more)))
    assert "reason 1" in words(drawn.message)
    assert "reason 2" not in words(drawn.message)
    assert "More causes: 3 in the thread" in words(drawn.message)
    thread = "\n".join(words(message) for message in drawn.thread)
    assert all(f"reason {n}" in thread for n in range(5))


def test_evidence_that_does_not_fit_is_in_the_thread() -> None:
    seen = tuple(Observation(f"sign {n}") for n in range(20))
    drawn = answer(replace(CRASH, findings=(replace(DOWNLOAD, evidence=seen),)))
    assert "… and 14 more in the thread" in words(drawn.message)
    assert "20. sign 19" in "\n".join(words(message) for message in drawn.thread)


def test_a_report_too_long_for_the_thread_is_also_a_file() -> None:
    many = tuple(replace(DOWNLOAD, cause=f"{n} " + "long cause " * 120) for n in range(60))
    drawn = answer(replace(CRASH, findings=many))
    assert len(drawn.thread) == 5
    assert drawn.files[-1].filename == "report.md"
    assert all(f"{n} long cause" in drawn.files[-1].content for n in range(60))


def test_a_headline_longer_than_a_header_is_whole_below_it() -> None:
    long = "it is broken because " + "of this and of that " * 12 + "END"
    message = answer(replace(CRASH, findings=(replace(DOWNLOAD, summary=long),))).message
    header, below = msgspec.to_builtins(message.blocks[:2])
    assert header["text"]["text"].endswith("…")
    assert below["text"]["text"] == long


def test_a_healthy_answer_is_one_green_line_and_what_was_checked() -> None:
    drawn = answer(HEALTHY, BUTTONS)
    first, *_ = msgspec.to_builtins(drawn.message.blocks)
    assert first["type"] == "section"
    assert (
        first["text"]["text"]
        == "🟢 pod mlops/checkout-scorer-5b7dd9b55f-4tz4x is healthy (Running, 2/2 ready)"
    )
    assert "Checked: pod status, events, logs of 2 containers, owner, node" in words(drawn.message)
    assert "last restart 3 d ago: OOMKilled" in words(drawn.message)
    assert not drawn.thread
    assert not drawn.files


def test_an_unknown_answer_says_what_is_missing_and_what_to_do() -> None:
    drawn = words(answer(UNKNOWN).message)
    assert "Could not tell why pod mlops/eval-runner-5f988fc68b-dv586 is Pending" in drawn
    assert "kubectl describe pod eval-runner-5f988fc68b-dv586 -n mlops" in drawn
    assert "Not checked: nodes (no right to list nodes cluster-wide)" in drawn
    assert "pod-pending-untolerated-taint, pod-pending-no-room (nodes: no right" in drawn


def test_a_name_from_the_cluster_cannot_end_the_command() -> None:
    subject = ObjectRef("Pod", "x; rm -rf /", "$(id)")
    drawn = words(answer(replace(UNKNOWN, subject=subject)).message)
    assert "kubectl describe pod 'x; rm -rf /' -n '$(id)'" in drawn


def test_logs_begin_with_what_they_show() -> None:
    drawn = logs_message(CRASH.exhibits)
    assert drawn.files[0].content.startswith(
        "# log of storage-initializer, previous run: last 199 of 3,412 lines, 30 min, 1 value redacted\n"
    )
    assert drawn.files[0].filename.endswith("_storage-initializer_previous_0912.log")
    assert "Traceback (most recent call last):" in words(drawn.message)


@pytest.mark.parametrize(
    ("took_ms", "words"), [(0, "0 ms"), (99, "99 ms"), (100, "0.1 s"), (9_999, "10.0 s"), (25_000, "25 s")]
)
def test_how_long_it_took_is_said_as_people_say_it(took_ms: int, words: str) -> None:
    assert took_words(took_ms) == words


def test_a_short_log_needs_no_file() -> None:
    drawn = logs_message((Exhibit(title="log", filename="a.log", text=TRACEBACK[:200]),))
    assert drawn.files == ()


def test_buttons_carry_what_they_were_given_and_are_left_out_without() -> None:
    actions = msgspec.to_builtins(answer(CRASH, BUTTONS).message.blocks[-1])
    assert [(button["action_id"], button["value"]) for button in actions["elements"]] == [
        (ACTION_LOGS, "v1.logs"),
        (ACTION_RERUN, "v1.rerun"),
    ]
    assert "actions" not in words(answer(CRASH).message)


def test_a_runbook_is_a_link_only_where_its_address_is_known() -> None:
    assert f"<{RUNBOOKS}/probes.md|probes>" in words(answer(CRASH, BUTTONS, RUNBOOKS).thread[0])
    assert "*Runbook*  `mlops runbook model-download.md#access-denied`" in words(answer(CRASH).message)


def pods(count: int) -> tuple[Candidate, ...]:
    return tuple(Candidate(ObjectRef("Pod", f"session-api-{n}", "mlops"), "Running") for n in range(count))


def test_a_few_candidates_are_rows_with_buttons() -> None:
    message = refusal(NameNotFound("No pod x.", pods(3)), ("a", "", "c"))
    rows = msgspec.to_builtins(message.blocks[1:])
    assert [row.get("accessory", {}).get("value") for row in rows] == ["a", None, "c"]
    assert rows[0]["accessory"]["action_id"] == ACTION_PICK


def test_many_candidates_are_a_menu() -> None:
    message = refusal(NameAmbiguous("Several.", pods(60)), [f"v{n}" for n in range(60)])
    menu = msgspec.to_builtins(message.blocks[-1])["elements"][0]
    assert (menu["type"], menu["action_id"], len(menu["options"])) == ("static_select", ACTION_PICK, 60)
    assert "15. pod mlops/session-api-14" in words(message)
    assert "… and 45 more" in words(message)


def test_a_suggestion_is_a_button_that_runs_it() -> None:
    message = refusal(UsageError("No.", "", "diagnose pod x"), ("v1",))
    button = msgspec.to_builtins(message.blocks[-1])["elements"][0]
    assert (button["action_id"], button["value"]) == (ACTION_SUGGEST, "v1")


def test_an_unforeseen_error_shows_nothing_of_itself() -> None:
    drawn = words(refusal(RuntimeError("boom at 10.0.0.7"), (), "req-7f3a"))
    assert "boom" not in drawn
    assert "req-7f3a" in drawn


def test_classic_blocks_have_no_menus_headers_or_buttons_beside_text() -> None:
    message = refusal(NameAmbiguous("Several.", pods(60)), [f"v{n}" for n in range(60)])
    assert "static_select" not in words(classic(message))
    kinds = {block["type"] for block in classic(answer(CRASH, BUTTONS).message).blocks}
    assert kinds == {"section", "context", "actions"}


def test_plain_text_keeps_the_words() -> None:
    message = plain(answer(CRASH, BUTTONS, RUNBOOKS).message)
    assert message.blocks == ()
    assert message.text.startswith("🔴 fraud-detector")
    assert "kubectl annotate serviceaccount" in message.text


def test_a_message_can_be_drawn_as_a_page() -> None:
    drawn = page(json.loads(msgspec.json.encode(answer(CRASH, BUTTONS, RUNBOOKS))))
    assert "<h3>🔴 fraud-detector" in drawn
    assert "<b>Cause</b> (confirmed)" in drawn
    assert "<pre>kubectl annotate serviceaccount" in drawn
    assert "http-equiv" not in drawn
    assert "src=" not in drawn
