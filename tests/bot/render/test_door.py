"""The door: clean, redact, escape; and nobody goes around it."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.render import door
from tests.bot.render.hostile import ACCESS_KEY

ROOM = Path(door.__file__).parent
MODULES = {path.name: ast.parse(path.read_text("utf-8")) for path in sorted(ROOM.glob("*.py"))}


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("<!channel> & <@U123>", "&lt;!channel&gt; &amp; &lt;@U123&gt;"),
        ("&amp;", "&amp;amp;"),
        ("*full* now", "`*full*` now"),
        ("_a_, ~b~.", "`_a_`, `~b~`."),
        ("my_var 2*3 a-b", "my_var 2*3 a-b"),
        ("> quote", "`&gt;` quote"),
        ("10 < 12 & rising > limit", "10 &lt; 12 &amp; rising `&gt;` limit"),
        ("(arn:aws:iam::1:role/x)", "(`arn:aws:iam::1:role/x`)"),
        ("at 12:34:56", "at 12:34:56"),
        ("see https://evil.example/x.", "see `https://evil.example/x`."),
        ("run `mlops doctor`.", "run `mlops doctor`."),
        ("`nightly & weekly`", "`nightly &amp; weekly`"),
        ("```rm -rf```", "\u02cb\u02cb\u02cbrm -rf\u02cb\u02cb\u02cb"),
        ("one `tick", "one \u02cbtick"),
        ("a\nb\r\n\tc", "a b c"),
        ("x\u202ey\u200bz\x1b[31m!", "xyz!"),
    ],
)
def test_prose_in_slack(data: str, shown: str) -> None:
    assert door.say(data).text == shown


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("a `b` *c* <d> &", "`a \u02cbb\u02cb *c* &lt;d&gt; &amp;`"),
        ("line\nline", "`line line`"),
        ("", ""),
    ],
)
def test_code_in_slack(data: str, shown: str) -> None:
    assert door.code(data).text == shown


def test_a_code_block_cannot_be_closed_by_the_data() -> None:
    block = door.code_block("echo `date`\n```\n<!channel>\n````")
    assert block is not None
    assert (
        block.text == "```\necho `date`\n\u02cb\u02cb\u02cb\n&lt;!channel&gt;\n\u02cb\u02cb\u02cb\u02cb\n```"
    )


def test_a_command_is_whole_or_not_there() -> None:
    assert door.code_block("x" * 2_993) is None
    assert door.code_block("x" * 2_992) is not None
    assert door.code_block("&" * 700) is None


def test_shortening_comes_after_redaction() -> None:
    for limit in range(8, 60):
        text = "the key is " + ACCESS_KEY + " and more"
        for shown in (door.say(text, limit), door.code(text, limit), door.label(text, limit)):
            assert "AKIA" not in shown.text
            assert len(shown.text) <= limit
    assert "AKIA" not in door.label_between(f"a {ACCESS_KEY} b", 20).text
    assert "AKIA" not in door.excerpt(f"{ACCESS_KEY}\n" * 50, 3, 100).block.text


def test_shortening_never_cuts_an_entity() -> None:
    for limit in range(1, 40):
        shown = door.say("a & b < c > d & e & f", limit).text
        assert len(shown) <= limit
        assert "&" not in shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


def test_a_private_key_is_redacted_before_the_log_is_divided() -> None:
    body = "\n".join(f"MIIEpAIBAAKCAQEA{n}xyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyz" for n in range(9))
    log = f"start\n-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"
    for shown in (
        door.excerpt(log, 4, 900).block.text,
        "\n".join(door.last_lines(log, 4)),
        door.markdown_tail(log, 4),
    ):
        assert "MIIE" not in shown


def test_what_is_hidden_cannot_save_a_secret() -> None:
    for data in (
        f"\x9b, {ACCESS_KEY}",
        "AKIA\u200bIOSFODNN7EXAMPLE",
        "AKIA\x1b[0mIOSFODNN7EXAMPLE",
        f"\x1b[{ACCESS_KEY}",
    ):
        assert "IOSFODNN7" not in door.say(data).text
        assert "IOSFODNN7" not in door.data(data)
        assert "IOSFODNN7" not in door.file_content(data).text


def test_a_file_counts_what_was_redacted() -> None:
    content = door.file_content(f"a {ACCESS_KEY}\nb {ACCESS_KEY}\n")
    assert content.count == door.file_content(content.text).count == 2
    assert content.text.count("\n") == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("pod_app_previous_0912.log", "pod_app_previous_0912.log"),
        ("../../etc/passwd", "etc_passwd"),
        ("a b\n<c>.log", "a_b__c_.log"),
        ("", "exhibit.log"),
        ("...", "exhibit.log"),
        ("-rf.csv", "rf.csv"),
    ],
)
def test_file_names_are_plain(name: str, shown: str) -> None:
    assert door.file_name(name) == shown


def test_a_long_name_keeps_both_ends() -> None:
    shown = door.label_between("fraud-detector-predictor-" + "x" * 60 + "-7c9d8b6f4-x2lqp", 40).text
    assert shown.startswith("fraud-detector")
    assert shown.endswith("-x2lqp")
    assert len(shown) == 40


def test_a_time_is_shown_in_the_zone_of_the_reader() -> None:
    shown = door.moment(datetime(2026, 11, 21, 9, 12, 3, tzinfo=UTC)).text
    assert shown == "<!date^1795252323^{date_short_pretty} {time}|2026-11-21 09:12 UTC>"


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "https://x|y", "https://x>y", "https://", "https://[x", "ftp://x", "x y", ""],
)
def test_only_web_addresses_become_links(address: str) -> None:
    assert "<" not in door.link(address, "page").text


def test_a_link_has_escaped_words() -> None:
    assert door.link("https://x.example/a&b", "a|b <c>").text == "<https://x.example/a&amp;b|a/b &lt;c&gt;>"


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield module, node


def test_our_own_words_are_literals() -> None:
    found = list(calls("own"))
    assert found
    for module, call in found:
        assert len(call.args) == 1, module
        assert isinstance(call.args[0], ast.Constant), (module, call.lineno)


@pytest.mark.parametrize(
    ("maker", "modules"),
    [
        ("Mrkdwn", {"door.py"}),
        ("Label", {"door.py"}),
        ("from_mrkdwn", {"degrade.py"}),
        ("Marked", {"elements.py", "clamp.py"}),
        ("Plain", {"elements.py", "clamp.py"}),
        ("Text", {"paper.py"}),
        ("redact", {"redact.py", "parcel.py"}),
        ("redact_text", {"door.py"}),
    ],
)
def test_shown_text_is_made_in_one_place(maker: str, modules: set[str]) -> None:
    assert {module for module, _ in calls(maker)} <= modules


def test_only_the_door_escapes() -> None:
    users = {
        module
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module == "bot.render.escape" or any(alias.name == "escape" for alias in node.names))
    }
    assert users == {"door.py"}
