"""Make text harmless for one surface; pure, without redaction.

Only `bot.render.door` calls this module: what goes out is cleaned, then redacted, then escaped.
"""

import html
import re

_ANSI = re.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]{0,2000}(?:\x07|\x1b\\|\x9c)"  # titles, links, clipboard
    r"|(?:\x1b\[|\x9b)(?:[0-9;:?]+[A-Za-z]|[mKJH])"  # colours and cursor moves
    r"|\x1b[()][0-9A-Z]"  # character sets
)
"""Only what is well-formed; of anything else only the control character goes, and no letter of the data."""
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # control characters, without tab and newline
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"  # zero width and direction marks
    "\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"  # tags
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
TICK = "\u02cb"
"""Stands for a back-tick where a real one would open or close code in Slack."""

_TOKEN = re.compile(
    r"(?<!\S)(?P<opening>[(\[{\"']?)`(?P<code>[^`\s](?:[^`]*[^`\s])?)`(?P<closing>[)\]}\"'.,;:!?]*)(?!\S)|\S+"
)
_EMOJI = r":(?:[a-z0-9_+'-]*[a-z][a-z0-9_+'-]*|100|1234):"
_EMPHASIS = r"(?<![A-Za-z0-9])[*_~]|[*_~](?![A-Za-z0-9])"
_LINK = r"://|\w@\w|@(?:here|channel|everyone)\b"
_FORMATTED = re.compile(f"^>|{_EMOJI}|{_EMPHASIS}|{_LINK}")
_EDGES = re.compile(r"\A([(\[{\"']*)(.*?)([)\]}\"'.,;:!?]*)\Z", re.DOTALL)

_MARKDOWN_START = re.compile(r"\A(?:[-+=#]|\d+(?=[.)]))")
_MARKDOWN = re.compile(r"[\\`*\[\]|<>~&$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_MARKDOWN_REFERENCE = re.compile(r"@(?=\w)|(?<=GH-)(?=\d)|#(?=\d)|(?<=ww)(?=w\.)", re.IGNORECASE)
_ZERO_WIDTH = "\u200b"


def visible(text: str) -> str:
    """Remove what a reader does not see: terminal sequences, control, zero-width and direction characters.

    Removal comes before redaction: a secret with an invisible character inside would be whole again after.
    """
    text = _LINE_ENDS.sub("\n", _ANSI.sub("", text))
    return _SURROGATES.sub("\ufffd", _UNSEEN.sub("", text))


def one_line(text: str) -> str:
    """Join the lines of a text, so that data cannot begin a line of its own."""
    return " ".join(text.split())


def slack_entities(text: str) -> str:
    """Escape the three characters with which Slack's mentions, links and dates begin."""
    return text.translate(_ENTITIES)


def without_entities(text: str) -> str:
    """Undo `slack_entities`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def slack_code(text: str) -> str:
    """Draw one line of inline code that the data cannot leave; empty text gives nothing."""
    text = one_line(text).replace("`", TICK)
    return f"`{slack_entities(text)}`" if text else ""


def slack_code_block(text: str) -> str:
    """Draw a block of code that the data cannot close."""
    text = re.sub("`{3,}", lambda run: TICK * len(run[0]), text.strip("\n"))
    return f"```\n{slack_entities(text)}\n```"


def slack_mrkdwn(text: str) -> str:
    """Draw a line of prose: nothing in it becomes a mention, a link, an emoji, a quote or bold.

    A word that Slack would format is shown as code, where it stays literal and can be copied.
    What stands between back-ticks becomes code as well; other back-ticks are replaced.
    """
    return _TOKEN.sub(_token, one_line(text))


def _token(found: re.Match[str]) -> str:
    if found["code"]:
        return found["opening"] + slack_code(found["code"]) + found["closing"]
    word = found[0].replace("`", TICK)
    if not _FORMATTED.search(word):
        return slack_entities(word)
    opening, core, closing = _core(word)
    return opening + slack_code(core) + closing


def _core(word: str) -> tuple[str, str, str]:
    """Divide a word into opening brackets, itself, and closing brackets and punctuation."""
    edges = _EDGES.match(word)
    if edges is None or not edges[2]:
        return "", word, ""
    return edges[1], edges[2], edges[3]


def markdown(text: str) -> str:
    """Draw a line of prose for GitHub's Markdown: no markup, link, mention or reference comes from the data.

    What stands between back-ticks becomes code.
    """
    return _MARKDOWN_START.sub(_markdown_start, _TOKEN.sub(_markdown_token, one_line(text)))


def _markdown_token(found: re.Match[str]) -> str:
    if found["code"]:
        edges = (_markdown_word(found[edge]) for edge in ("opening", "closing"))
        return markdown_code(found["code"]).join(edges)
    return _markdown_word(found[0])


def _markdown_word(word: str) -> str:
    if "://" in word:
        opening, core, closing = _core(word)
        return _markdown_word(opening) + markdown_code(core) + _markdown_word(closing)
    word = _MARKDOWN_REFERENCE.sub(lambda hit: hit[0] + _ZERO_WIDTH, word)
    return _MARKDOWN.sub(lambda mark: _markdown_mark(mark[0]), word)


def _markdown_start(start: re.Match[str]) -> str:
    return start[0] + "\\" if start[0].isdigit() else "\\" + start[0]


def _markdown_mark(mark: str) -> str:
    return {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(mark, "\\" + mark)


def html_text(text: str) -> str:
    """Draw a line of text between HTML tags."""
    return html.escape(_MARKDOWN_REFERENCE.sub(lambda hit: hit[0] + _ZERO_WIDTH, text))


def markdown_code(text: str) -> str:
    """Draw inline code in delimiters longer than any run of back-ticks inside; empty text gives nothing."""
    text = one_line(text)
    if not text:
        return ""
    ticks = "`" * (_longest_run(text) + 1)
    edge = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{edge}{text}{edge}{ticks}"


def markdown_code_block(text: str, language: str = "") -> str:
    """Draw a fence longer than any run of back-ticks inside."""
    fence = "`" * max(3, _longest_run(text) + 1)
    body = text.strip("\n")
    return f"{fence}{language}\n{body}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
