"""The trend: what it shows day by day, its words, and the picture that a process of its own draws."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.changes import Sweep
from bot.errors import PictureError
from bot.render.limits import ALT_TEXT, length
from bot.render.trend import Easel, draw_trend, run
from bot.render.trend_series import prepare
from bot.render.trend_values import Look, Trend
from bot.render.trend_words import alt_text, number, span
from rules.finding import Severity
from tests.bot.render.hostile import ACCESS_KEY, FRAGMENTS, texts

NOW = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)
"""A Monday."""
NODE = "memory of node "


def sweep(days_ago: float, causes: Mapping[str, int], *, complete: bool = True, **figures: float) -> Sweep:
    return Sweep(
        at=NOW - timedelta(days=days_ago),
        severities={Severity(name): count for name, count in causes.items()},
        figures={name.replace("_", " "): value for name, value in figures.items()},
        complete=complete,
    )


def memory(days_ago: float, **nodes: float) -> Sweep:
    figures = {f"{NODE}{name}": value for name, value in nodes.items()}
    return Sweep(at=NOW - timedelta(days=days_ago), severities={}, figures=figures)


def trend(*sweeps: Sweep, days: int = 7, cluster: str = "prod-eks") -> Trend:
    return prepare(sweeps, days, now=NOW, cluster=cluster)


WEEK = (
    sweep(6, {"critical": 1, "high": 3, "low": 9}, restarts=12, pods_not_ready=3),
    sweep(4, {"critical": 3, "high": 6, "medium": 6, "low": 4}, restarts=88, pods_not_ready=9),
    sweep(2, {"high": 4}, complete=False, restarts=35),
    sweep(0, {"critical": 2, "medium": 5, "low": 5}, restarts=14, pods_not_ready=3),
)


def test_days_without_a_look_are_gaps_not_zeros() -> None:
    shown = trend(*WEEK)
    critical, high, *_ = shown.causes.lines
    assert list(critical.values) == [1, None, 3, None, 0, None, 2]
    assert list(high.values) == [3, None, 6, None, 4, None, 0]
    assert list(shown.restarts.lines[0].values) == [12, None, 88, None, 35, None, 14]
    assert list(shown.unready.lines[0].values) == [3, None, 9, None, None, None, 3]
    assert shown.looks == (
        *(Look.WHOLE, Look.NONE, Look.WHOLE, Look.NONE, Look.PARTLY, Look.NONE, Look.WHOLE),
    )
    assert shown.notes == ("Hollow: not everything could be read.", "Grey: no look that day.")


def test_the_last_look_of_a_day_in_utc_counts_in_any_order() -> None:
    zone = datetime.fromisoformat("2025-11-24T00:30:00+02:00")  # the 23rd in UTC
    shown = trend(
        sweep(-0.01, {"low": 3}),  # a cluster's clock may be ahead
        sweep(0.3, {"low": 7}),
        Sweep(at=zone, severities={Severity.LOW: 5}),
        sweep(7, {"low": 99}),  # eight days ago, counting today
    )
    assert list(shown.causes.lines[3].values) == [None, None, None, None, None, 5, 3]
    assert [day.isoformat() for day in (shown.days[0], shown.days[-1])] == ["2025-11-18", "2025-11-24"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({6: 12, 4: 88, 0: 14}, "14 now, most 88 on Thu 20"),
        ({0: 14}, "14 now"),
        ({6: 9, 0: 9}, "9 now"),
        ({6: 0, 0: 0}, "none"),
        ({0: 0}, "0 now"),
        ({3: 4, 2: 1}, "1 on Sat 22, most 4 on Fri 21"),
        ({1: 8_600_000, 0: 1_234_567}, "1.2M now, most 8.6M on Sun 23"),
        ({1: float("nan"), 0: float("inf")}, "not read"),
        ({}, "not read"),
    ],
)
def test_what_stands_beside_a_chart(values: dict[int, float], said: str) -> None:
    looks = [sweep(back, {}, restarts=value) for back, value in values.items()]
    assert trend(*looks, sweep(0.3, {})).restarts.said == said


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (2.5, "2.5"), (9_999, "9,999"), (10_000, "10k"), (999_999, "1,000k"), (2e9, "2G")],
)
def test_numbers_are_short(value: float, words: str) -> None:
    assert number(value) == words


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2025-11-18", "2025-11-24", "18 to 24 Nov 2025"),
        ("2025-10-26", "2025-11-24", "26 Oct to 24 Nov 2025"),
        ("2025-12-28", "2026-01-03", "28 Dec 2025 to 3 Jan 2026"),
        ("2026-01-03", "2026-01-03", "3 Jan 2026"),
    ],
)
def test_a_span_of_days(first: str, last: str, words: str) -> None:
    assert span([datetime.fromisoformat(day).date() for day in (first, last)]) == words


def test_of_forty_nodes_the_fullest_three_of_the_last_look() -> None:
    before = {f"node-{at}": float(at) for at in range(40)} | {"gone": 99.0}
    shown = trend(memory(1, **before), memory(0, **{f"node-{at}": 60 - at for at in range(40)}))
    assert [line.said for line in shown.memory.lines] == ["node-0 60 %", "node-1 59 %", "node-2 58 %"]
    assert list(shown.memory.lines[1].values[-2:]) == [1, 59]


def test_a_node_that_is_gone_is_said_to_be() -> None:
    shown = trend(memory(3, gone=97), memory(0, here=10))
    assert [line.said for line in shown.memory.lines] == ["here 10 %", "gone 97 % on Fri 21"]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["ip-1.eu.internal", "ip-2.eu.internal"], ["ip-1", "ip-2"]),
        (["a.one.internal", "a.two.internal"], ["a.one.internal", "a.two.internal"]),
        (["10.0.0.7"], ["10.0.0.7"]),
        (["pool-" + "x" * 60 + "-000017"], ["pool-xxxxxxxxxxx…xxxxxxxxxx-000017"]),
        ([f"n-{ACCESS_KEY}.x"], ["n-«redacted»"]),
    ],
)
def test_names_of_nodes_are_short_and_differ(names: list[str], shown: list[str]) -> None:
    nodes = {name: 90.0 - at for at, name in enumerate(names)}
    assert [line.name for line in trend(memory(0, **nodes)).memory.lines] == shown


def test_the_words_for_who_cannot_see_it() -> None:
    full = memory(0, **{"ip-1.eu.internal": 91.4}).figures
    *before, last = WEEK
    last = msgspec.structs.replace(last, figures={**last.figures, **full})
    assert alt_text(trend(*before, last)) == (
        "prod-eks, open causes over 7 days: 12 now (2 critical), most 19 on 20 Nov; "
        "restarts 14 now, most 88 on 20 Nov; pods not ready 3 now, most 9 on 20 Nov; "
        "memory of the fullest node, ip-1, 91 % now. "
        "4 days with a look (1 of them not of everything), 3 without; days are in UTC."
    )


def test_the_words_of_a_quiet_month() -> None:
    shown = trend(*(sweep(back, {}) for back in range(30)), days=30)
    assert (
        alt_text(shown) == "prod-eks, open causes over 30 days: none. A look on every day; days are in UTC."
    )


@settings(max_examples=15)
@given(texts, texts, st.floats(), st.integers(0, 10**18))
def test_words_are_redacted_and_within_slacks_limit(
    cluster: str, node: str, figure: float, count: int
) -> None:
    figures = {f"{NODE}{node}": figure, "restarts": figure, "pods not ready": figure}
    looks = [
        Sweep(at=NOW - timedelta(days=back), severities={Severity.HIGH: count}, figures=figures)
        for back in (0, 3)
    ]
    shown = trend(*looks, cluster=cluster)
    words = alt_text(shown)
    assert length(words) <= ALT_TEXT
    assert "\n" not in words
    everything = msgspec.json.encode(shown).decode() + words
    assert [fragment for fragment in FRAGMENTS if fragment in everything] == []


@pytest.mark.parametrize(
    ("sweeps", "sentence", "advice"),
    [
        ((), "Nothing is remembered yet.", "The first trend comes after two digests."),
        (
            (sweep(40, {}), sweep(12, {})),
            "Nothing is remembered of the last 7 days; the last look was on 2025-11-12.",
            "Ask for a digest now, and for the trend tomorrow.",
        ),
    ],
)
async def test_without_a_look_there_is_no_picture(
    sweeps: tuple[Sweep, ...], sentence: str, advice: str
) -> None:
    with pytest.raises(PictureError) as failed:
        await draw_trend(sweeps, 7, now=NOW, cluster="prod-eks")
    assert (failed.value.sentence, failed.value.advice) == (sentence, advice)


async def test_the_picture_is_a_picture() -> None:
    nodes = memory(0, **{"$x^2$": 143.0, r"\frac{": 7.0}).figures
    month = [
        sweep(back, {"low": back}, complete=back % 5 > 0, restarts=1e14 * back) for back in range(1, 30, 2)
    ]
    today = Sweep(at=NOW, severities={Severity.CRITICAL: 10**9}, figures=nodes)
    picture = await Easel().draw_trend([*month, today], 30, now=NOW, cluster="$prod_{eks")
    drawn = Image.open(io.BytesIO(picture.png))
    assert drawn.format == "PNG"
    assert drawn.width == 1_080
    assert 1_300 < drawn.height < 1_600
    colors = drawn.convert("RGB").getcolors(1 << 24)
    assert {(0xF4, 0xF5, 0xF7), (0x6D, 0x0F, 0x1F), (0xE1, 0xE4, 0xE9)} <= {
        color for _, color in colors or ()
    }
    assert (picture.filename, picture.title) == (
        "prod__eks_30_days_2025-11-24.png",
        "$prod_{eks, the last 30 days",
    )
    assert picture.alt.startswith("$prod_{eks, open causes over 30 days: 1G now (1G critical); ")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import time; time.sleep(60)", "The trend was not drawn within 0.2 s."),
        ("raise SystemExit('no room')", "The trend cannot be drawn: the drawing ended with exit code 1."),
        (
            "import os; os.kill(os.getpid(), 9)",
            "The trend cannot be drawn: the drawing was ended by signal 9.",
        ),
    ],
)
async def test_a_drawing_that_fails_becomes_a_sentence(code: str, sentence: str) -> None:
    patience = 0.2 if "sleep" in code else 20.0
    with pytest.raises(PictureError) as failed:
        await run(("-I", "-S", "-c", code), b"{}", patience=patience)
    assert failed.value.sentence == sentence
    assert "give the bot more memory or processor time" in failed.value.advice


async def test_the_drawing_sees_nothing_of_the_bots_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-not-real")
    names = await run(("-S", "-c", "import os; print(*sorted(os.environ))"), b"")
    ours = {"HOME", "MPLCONFIGDIR", "OPENBLAS_NUM_THREADS", "PATH", "PYTHONPATH"}
    assert set(names.decode().split()) - {"LC_CTYPE"} == ours  # Python sets that one itself
