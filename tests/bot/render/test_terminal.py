"""How the terminal is drawn on: colour, width, and lines one can copy."""

import re
import subprocess
import sys

import pytest
from msgspec.structs import replace

from bot.render.terminal import render_terminal, wants_color
from rules.finding import FixStep
from tests.bot.render.samples import CRASH, DOWNLOAD, HEALTHY

SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(
    ("environment", "is_terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colour_as_terminals_expect(environment: dict[str, str], is_terminal: bool, wanted: bool) -> None:
    assert wants_color(environment, is_terminal=is_terminal) is wanted


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_prose_is_wrapped_and_commands_are_not(width: int) -> None:
    command = "kubectl get pods -n mlops " + "--show-labels " * 20 + "-o wide"
    report = replace(CRASH, findings=(replace(DOWNLOAD, fix=(FixStep("Look at them all.", run=command),)),))
    lines = render_terminal(report, color=False, width=width).split("\n")
    assert f"       $ {command}" in lines
    prose = [line for line in lines if not line.startswith(" " * 7)]
    assert max(map(len, prose)) <= min(width, 110)


def test_a_log_line_is_never_wrapped() -> None:
    drawn = render_terminal(CRASH, color=False, width=60)
    assert DOWNLOAD.evidence[1].text in drawn


def test_colour_adds_nothing_but_colour() -> None:
    bare, coloured = (render_terminal(CRASH, color=color, width=90) for color in (False, True))
    assert "\x1b" not in bare
    assert "\x1b[" in coloured
    assert SGR.sub("", coloured).split() == bare.split()


def test_console_markup_in_data_is_shown_as_it_is() -> None:
    report = replace(CRASH, findings=(replace(DOWNLOAD, cause="[red]x[/red] :boom: [link=y]z"),))
    assert "[red]x[/red] :boom: [link=y]z" in render_terminal(report, color=True, width=100)


def test_the_verdict_comes_first() -> None:
    assert render_terminal(CRASH, color=False).startswith("✗ BROKEN  fraud-detector")
    assert render_terminal(HEALTHY, color=False).startswith("✓ HEALTHY  pod mlops/checkout-scorer")


def test_rich_is_loaded_only_when_something_is_printed() -> None:
    code = "import sys, bot.render.terminal, bot.render.blocks; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own words
