"""Texts that were cut inside a secret: at the end of a text or line, or before an ellipsis."""

import pytest

from bot.render.redact import redact_text
from tests.bot.render.secret_shapes import SHAPES

CANNOT_BE_TOLD = (
    "hf_abcdefghijklmnopqrstuvwxyz",
    "npm_abcdefghijklmnopqrstuvwxyz",
    "https://0123456789abcdef0123@",
    "the password is",
)
"""Cut short, these may be a plain word, or the name of a host; see bot/render/secrets_cut.py."""
LEFT = 4
"""Characters of a secret that may be left of it."""


@pytest.mark.parametrize(
    ("text", "secret"), [shape for shape in SHAPES if not shape[0].startswith(CANNOT_BE_TOLD)]
)
@pytest.mark.parametrize("ending", ["", "…", " …", "...", " ...", "\nnext line", "\r\nnext line"])
def test_a_secret_that_was_cut_short_does_not_survive(text: str, secret: str, ending: str) -> None:
    first = text.index(secret) + LEFT + 1
    for cut in range(first, len(text)):
        for before in ("", "ERROR cannot connect to "):
            shown = redact_text(f"{before}{text[:cut]}{ending}")
            assert secret[: LEFT + 1] not in shown, text[:cut]
            assert redact_text(shown) == shown


def test_what_cannot_be_told_from_something_harmless_is_told_as_soon_as_it_can() -> None:
    assert redact_text("hf_aBcDeFgH") == "«redacted»"
    assert redact_text("npm_a1b2c3…") == "«redacted»…"
    assert redact_text("https://0123456789abcdef …") == "https://«redacted» …"
    assert redact_text("the password is hunter2") == "the password is «redacted»"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://svc:hunter2Zx9Q", "postgres://svc:«redacted»"),
        ("dial postgres://svc:hunter2Zx9Q…", "dial postgres://svc:«redacted»…"),
        ("postgres://svc:hunter2Zx9Q …\nnext", "postgres://svc:«redacted» …\nnext"),
        ("postgres://svc:hunter2@db.exam…", "postgres://svc:«redacted»@db.exam…"),
        ("redis://:12345", "redis://:«redacted»"),
        ("aws_secret_access_key=wJalrXUtnFEMI/K7M …", "aws_secret_access_key=«redacted» …"),
    ],
)
def test_what_stands_around_a_cut_secret_stays(text: str, shown: str) -> None:
    assert redact_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "dial http://mlflow:5000",
        "dial http://mlflow:5000.",
        "dial http://mlflow:5000/",
        "dial http://mlflow:5000 …",
        "dial http://mlflow:5000/api/2.0/mlflow/exper…",
        "dial http://mlflow:80…",
        "listening on http://:8080",
        "listening on http://[::]:8080",
        "call http://$HOST:$PORT",
        "call http://host:port",
        "docker://nginx:latest",
        "docker-pullable://nginx:1.25",
        "containerd://4f3c2b1a4f3c2b1a",
        "https://registry.example.org/app:v1.2.3",
        "http%3A%2F%2Fmlflow%3A5000",
        "pip install sk-learn",
        "no module hf_hub",
        "Usage: login <token>",
        "Usage: login <token> …",
        "invalid token",
        "invalid token …",
        "unexpected token 12",
        "the token is expired …",
        "secret webhook-7d9f6c5b8",
        "the deploy of ASIA",
        "Bearer token",
        "deploy task-12 disk-3",
        '{"tokens": 12, "secret": null, "signature": false}',
    ],
)
def test_harmless_ends_stay(text: str) -> None:
    for whole in (text, f"{text}\nnext line"):
        assert redact_text(whole) == whole


def test_every_lead_finds_its_pattern_inside_a_text() -> None:
    for text, secret in SHAPES:
        assert secret not in redact_text(f"Größe İ {text} x\n{text}")
