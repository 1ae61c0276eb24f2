"""No secret of the recorded logs leaves by any door but Slack's, which has a test of its own."""

import logging
from collections.abc import Callable

import pytest

from bot.render.envelope import render_json
from bot.render.markdown import render_markdown
from bot.render.parcel import pack
from bot.render.redact import redact_text
from bot.render.terminal import render_terminal
from bot.report import Report
from tests.bot.log import captured_text
from tests.scenarios.test_blind import ask
from tests.scenarios.test_lab_in_slack import lab_corridor, log_of, secret_cases

pytestmark = pytest.mark.lab
DOORS: dict[str, Callable[[Report], str]] = {
    "json": render_json,
    "markdown": render_markdown,
    "terminal": lambda report: render_terminal(report, color=False, width=200),
    "redis": lambda report: pack(report).decode("utf-8", "replace"),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("namespace", "pod", "secret"), secret_cases())
async def test_no_secret_leaves_by_this_door(namespace: str, pod: str, secret: str, door: str) -> None:
    report = await ask(lab_corridor(), pod, namespace)
    assert any(secret in exhibit.text for exhibit in report.exhibits)
    assert secret not in DOORS[door](report).replace("\n", "")


@pytest.mark.parametrize(("namespace", "pod", "secret"), secret_cases())
def test_no_secret_is_logged(namespace: str, pod: str, secret: str) -> None:
    text = log_of(namespace, pod)
    assert secret in text
    log = logging.getLogger("tests.secrets")
    with captured_text(redact_text) as written:
        log.warning("read %s", text, extra={"excerpt": text})
        log.error("could not read it", exc_info=ValueError(text))
        assert "could not read it" in written.getvalue()
        assert secret not in written.getvalue()
