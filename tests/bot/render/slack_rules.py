"""Slack's own rules, written a second time and apart from the code, to check what the code makes."""

import re
from collections.abc import Iterator, Mapping, Sequence

from slack_sdk.models.blocks import Block as SdkBlock

from bot.render.message import SlackAnswer, SlackMessage

RUNBOOKS = "https://runbooks.example.org/pages"
OWN_TOKEN = re.compile(
    r"<!date\^-?\d+\^\{date_short_pretty\} \{time\}\|\d{4}-\d\d-\d\d \d\d:\d\d UTC>"
    r"|<@U0OWNER01>|<!subteam\^S0OWNER01>"
    r"|<https://runbooks\.example\.org/pages/[^<>|\s]*\|[^<>|\n]*>"
)
OWN_BOLD = re.compile(
    r"(?m)^\*(?:Cause|Also explains|Evidence|Effect|Fix|Runbook|Also|What to do next|What I can look into)\*"
    r"(?=\s|$)"
    r"|^\*Platform\*$|^✅ \*Resolved\*(?=  )|^⚪ \*Could not be looked for\*(?=, so)"
    r"|^(?:🔴|🟠|🔵) \d+\. \*(?:NEW|WORSE|BACK)\*(?= )"
)
OWN_STRIKE = re.compile(r"(?m)^~(.*)~ ✅ cleared ")
CODE = re.compile(r"```\n.*?\n```|`[^`\n]+`", re.DOTALL)
FORMATTED = re.compile(
    r"(?<![A-Za-z0-9])[*_~]|[*_~](?![A-Za-z0-9])|`|://|:[a-z0-9_+'-]*[a-z][a-z0-9_+'-]*:|\w@\w|(?m:^&gt;)|@here|@channel"
)
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff\ud800-\udfff]"
)


def messages(answer: SlackAnswer) -> tuple[SlackMessage, ...]:
    return (answer.message, *answer.thread)


def strings(value: object) -> Iterator[str]:
    """Every string a person or Slack reads, wherever it stands."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, Sequence):
        for item in value:
            yield from strings(item)


def marked(value: object) -> Iterator[str]:
    """Every text that Slack formats."""
    if isinstance(value, Mapping):
        if value.get("type") == "mrkdwn":
            yield str(value["text"])
        for item in value.values():
            yield from marked(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from marked(item)


def check_size(message: SlackMessage) -> None:
    assert message.text
    assert units(message.text) <= (400 if message.blocks else 3_900)
    assert len(message.blocks) <= 25
    assert units(message.text) + sum(units(text) for text in strings(message.blocks)) <= 9_000
    for block in message.blocks:
        _check_block(block)
    for parsed in SdkBlock.parse_all(list(message.blocks)):
        parsed.to_dict()


def check_text(message: SlackMessage) -> None:
    for text in strings((message.text, message.blocks)):
        assert not HIDDEN.search(text)
        rest = OWN_TOKEN.sub("", text)
        assert "<" not in rest
        assert ">" not in rest
        assert not re.search(r"&(?!amp;|lt;|gt;)", rest)
    for text in (message.text, *marked(message.blocks)):
        unstruck = OWN_STRIKE.sub(r"\1 cleared ", OWN_TOKEN.sub("", text))
        prose = CODE.sub("code", OWN_BOLD.sub("", unstruck))
        found = FORMATTED.search(prose)
        assert not found, (found, prose)


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _check_block(block: Mapping[str, object]) -> None:
    kind = block["type"]
    texts = list(_texts(block))
    assert all(texts)
    if kind == "header":
        assert units(texts[0]) <= 150
    elif kind == "section":
        assert units(texts[0]) <= 3_000
    elif kind == "context":
        elements = block["elements"]
        assert isinstance(elements, list)
        assert 1 <= len(elements) <= 10
        assert all(units(text) <= 3_000 for text in texts)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        if value.get("type") in ("mrkdwn", "plain_text"):
            yield str(value["text"])
        else:
            for item in value.values():
                yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
