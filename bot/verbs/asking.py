"""What the verbs of the terminal share: settings, the cluster that is meant, and the end of a refusal."""

import argparse
import os
import sys
from pathlib import Path

from bot.clusters import ClusterBook
from bot.command import Defaults
from bot.errors import BotError
from bot.exit_code import UNREACHABLE, UNTOLD, USAGE
from bot.settings import Settings, load_settings
from bot.wiring.base import DEMO, DEMO_NAME, by_kubeconfig, clusters, defaults, recorded
from handlers.contract import NameAmbiguous, NameInvalid, QuestionError
from handlers.sources.errors import SourceError, TimedOut, Unauthorized, Unreachable

_AWAY = (Unreachable, TimedOut, Unauthorized)


def read_settings(chosen: argparse.Namespace) -> Settings:
    """The settings of `--config`, or of the environment. Raises SettingsError."""
    return load_settings(Path(chosen.config) if chosen.config else None, os.environ)


def refused(error: BotError | QuestionError | SourceError, *, color: bool | None = None) -> int:
    """Say on stderr why there is no answer; returns the exit code."""
    from bot.render.terminal import render_refusal  # noqa: PLC0415 - drawing costs, and answers may need none

    sys.stderr.write(render_refusal(error, color=color))
    if isinstance(error, BotError | NameInvalid | NameAmbiguous):
        return USAGE
    return UNREACHABLE if isinstance(error, _AWAY) else UNTOLD


def book_of(chosen: argparse.Namespace, settings: Settings, named: str = "") -> ClusterBook:
    """The one cluster that options name, or those of the settings; without any, `named` is a context."""
    if chosen.demo:
        return ClusterBook({DEMO_NAME: recorded(DEMO, DEMO_NAME)}, DEMO_NAME)
    if chosen.bundle:
        name = _bundle_name(chosen)
        return ClusterBook({name: recorded(Path(chosen.bundle), name)}, name)
    if chosen.context or chosen.kubeconfig or (named and not settings.clusters):
        context = chosen.context or named
        name = context or "kubeconfig"
        return ClusterBook({name: by_kubeconfig(chosen.kubeconfig, context, context)}, name)
    return clusters(settings)


def known_places(chosen: argparse.Namespace, settings: Settings) -> Defaults:
    """The clusters that can be named beside those options, and what counts when nothing is named."""
    if chosen.demo:
        return Defaults(clusters=(DEMO_NAME,))
    if chosen.bundle:
        return Defaults(clusters=(_bundle_name(chosen),))
    if chosen.context:
        return Defaults(clusters=(chosen.context,))
    return Defaults() if chosen.kubeconfig else defaults(settings, "")


async def silent(what: str) -> None:
    """Show no progress."""


def _bundle_name(chosen: argparse.Namespace) -> str:
    return Path(chosen.bundle).resolve().name or "bundle"
