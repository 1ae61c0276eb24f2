"""Draw a Slack message as an HTML page that looks like Slack, for pictures.

    python -m tests.tools.slack_preview message.json > out.html

The input is one message ({"text", "blocks"}) or a whole answer ({"message", "thread", "files"}); "-" reads
standard input. Nothing is fetched: the page carries its own style.
"""

import html
import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_STYLE = """
body { margin: 0; padding: 24px; background: #fff; color: #1d1c1d; width: 760px;
  font: 15px/1.46668 Lato, "Slack-Lato", "Segoe UI", "Helvetica Neue", Arial, "Noto Color Emoji",
  sans-serif; }
.message { display: flex; gap: 8px; padding: 8px 0; }
.thread { margin-left: 44px; border-left: 2px solid #e8e8e8; padding-left: 14px; }
.avatar { flex: none; width: 36px; height: 36px; border-radius: 8px; background: #4a154b; color: #fff;
  display: flex; align-items: center; justify-content: center; font-size: 19px; }
.body { flex: 1; min-width: 0; }
.name { font-weight: 900; } .time { color: #616061; font-size: 12px; margin-left: 6px; }
.app { background: #e8e8e8; color: #616061; font-size: 10px; font-weight: 700; border-radius: 2px;
  padding: 1px 3px;
  margin-left: 5px; vertical-align: 1px; }
h3 { font-size: 18px; line-height: 1.33; font-weight: 900; margin: 8px 0; }
.section { margin: 8px 0; display: flex; gap: 16px; align-items: flex-start; white-space: pre-wrap; }
.section > div { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.context { color: #616061; font-size: 13px; margin: 8px 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.actions { display: flex; gap: 8px; margin: 10px 0; }
hr { border: 0; border-top: 1px solid #e8e8e8; margin: 12px 0; }
button { font: 700 13px/1 inherit; font-family: inherit; background: #fff; color: #1d1c1d;
  border-radius: 8px;
  border: 1px solid #bbbabb; padding: 8px 12px; }
button.primary { background: #007a5a; border-color: #007a5a; color: #fff; }
code { font: 12px/1.5 Monaco, Menlo, Consolas, "DejaVu Sans Mono", monospace; color: #c01343;
  background: #f6f6f6;
  border: 1px solid #e1e1e1; border-radius: 3px; padding: 2px 3px 1px; overflow-wrap: anywhere; }
pre { font: 12px/1.5 Monaco, Menlo, Consolas, "DejaVu Sans Mono", monospace; background: #f8f8f8;
  margin: 4px 0;
  border: 1px solid #e1e1e1; border-radius: 4px; padding: 8px; white-space: pre-wrap;
  overflow-wrap: anywhere; }
a { color: #1264a3; text-decoration: none; }
.file { border: 1px solid #ddd; border-radius: 8px; padding: 10px 12px; margin: 6px 0 6px 58px;
  font-size: 13px; }
.file b { display: block; }
"""
_MARKUP = re.compile(
    r"```\n?(?P<block>.*?)\n?```\n?|`(?P<code>[^`\n]+)`|<(?P<token>[^<>]+)>"
    r"|(?<![A-Za-z0-9])(?P<mark>[*_~])(?P<inner>[^\s*_~](?:[^*_~\n]*[^\s*_~])?)(?P=mark)(?![A-Za-z0-9])",
    re.DOTALL,
)
_TAGS = {"*": "b", "_": "i", "~": "s"}


def page(document: Mapping[str, Any]) -> str:
    """Draw a message or an answer as a whole HTML page."""
    whole = "message" in document
    parts = [_message(document["message"] if whole else document, "message")]
    parts += [_message(message, "message thread") for message in document.get("thread", ())]
    parts += [_file(file) for file in document.get("files", ())]
    head = f'<head><meta charset="utf-8"><style>{_STYLE}</style></head>'
    return f"<!doctype html><html>{head}<body>{''.join(parts)}</body></html>\n"


def _message(message: Mapping[str, Any], kind: str) -> str:
    body = "".join(_block(block) for block in message["blocks"]) or _section(_text(message["text"]))
    name = '<span class="name">mlops</span><span class="app">APP</span><span class="time">9:12 AM</span>'
    return f'<div class="{kind}"><div class="avatar">🩺</div><div class="body">{name}{body}</div></div>'


def _block(block: Mapping[str, Any]) -> str:
    match block["type"]:
        case "header":
            return f"<h3>{block['text']['text']}</h3>"
        case "section":
            texts = [*([block["text"]] if "text" in block else []), *block.get("fields", ())]
            beside = _button(block["accessory"]) if "accessory" in block else ""
            return _section("<br>".join(_text(text["text"]) for text in texts), beside)
        case "context":
            return f'<div class="context">{" ".join(_text(text["text"]) for text in block["elements"])}</div>'
        case "actions":
            return f'<div class="actions">{"".join(_button(element) for element in block["elements"])}</div>'
    return "<hr>"


def _section(text: str, beside: str = "") -> str:
    return f'<div class="section"><div>{text}</div>{beside}</div>'


def _button(element: Mapping[str, Any]) -> str:
    if element["type"] == "static_select":
        return f"<button>{element['placeholder']['text']} ▾</button>"
    return f'<button class="{element.get("style", "")}">{element["text"]["text"]}</button>'


def _file(file: Mapping[str, Any]) -> str:
    lines = html.escape("\n".join(file["content"].split("\n")[:6]))
    return f'<div class="file"><b>📄 {html.escape(file["filename"])}</b><pre>{lines}\n…</pre></div>'


def _text(text: str) -> str:
    """Draw mrkdwn; entities in it are those of HTML already."""
    return _MARKUP.sub(_markup, text)


def _markup(found: re.Match[str]) -> str:
    if found["block"] is not None:
        return f"<pre>{found['block']}</pre>"
    if found["code"]:
        return f"<code>{found['code']}</code>"
    if found["mark"]:
        tag = _TAGS[found["mark"]]
        return f"<{tag}>{found['inner']}</{tag}>"
    return _token(found["token"])


def _token(token: str) -> str:
    target, _, words = token.partition("|")
    if target.startswith("!date^"):
        return f"{datetime.fromtimestamp(int(target.split('^')[1]), UTC):%b %-d at %H:%M}"
    return f'<a href="{target}">{words or target}</a>'


def main() -> None:
    """Read the file named as the only argument and print the page."""
    source = sys.stdin.read() if sys.argv[1:] in ([], ["-"]) else Path(sys.argv[1]).read_text("utf-8")
    sys.stdout.write(page(json.loads(source)))


if __name__ == "__main__":
    main()
