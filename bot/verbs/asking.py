"""What the verbs of the terminal share: settings, the cluster that is meant, and the end of a refusal."""

import argparse
import os
import sys
from pathlib import Path

from bot.clusters import ClusterBook
from bot.command import Defaults
from bot.errors import BotError, UsageError
from bot.exit_code import UNREACHABLE, UNTOLD, USAGE
from bot.render.refusal import Paste
from bot.settings import Settings, load_settings
from bot.wiring.base import DEMO, DEMO_NAME, by_kubeconfig, clusters, defaults, recorded
from handlers.contract import NameAmbiguous, NameInvalid, QuestionError
from handlers.sources.errors import SourceError, TimedOut, Unauthorized, Unreachable

_AWAY = (Unreachable, TimedOut, Unauthorized)


def read_settings(chosen: argparse.Namespace) -> Settings:
    """The settings of `--config`, or of the environment. Raises SettingsError."""
    return load_settings(Path(chosen.config) if chosen.config else None, os.environ)


def refused(
    error: BotError | QuestionError | SourceError, *, color: bool | None = None, paste: Paste | None = None
) -> int:
    """Say on stderr why there is no answer; returns the exit code."""
    from bot.render.terminal import render_refusal  # noqa: PLC0415 - drawing costs, and answers may need none

    sys.stderr.write(render_refusal(error, color=color, paste=paste))
    if isinstance(error, BotError | NameInvalid | NameAmbiguous):
        return USAGE
    return UNREACHABLE if isinstance(error, _AWAY) else UNTOLD


def book_of(chosen: argparse.Namespace, settings: Settings, named: str = "") -> ClusterBook:
    """The one cluster that options name, or those of the settings; without any, `named` is a context.

    Raises UsageError for a `--cluster` that the settings do not have.
    """
    _check_cluster(chosen.cluster, settings)
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


def config_options(chosen: argparse.Namespace) -> tuple[str, ...]:
    """The option that names the settings file again, for a command to paste."""
    return ("--config", chosen.config) if chosen.config else ()


def where_options(chosen: argparse.Namespace, settings: Settings, cluster: str) -> tuple[str, ...]:
    """The options that ask the same cluster again, for a command to paste.

    Args:
        chosen: the options that were given.
        settings: empty when they could not be read.
        cluster: what the question named, in any way; empty for a suggestion that names it itself.
    """
    if chosen.demo:
        return ("--demo", *config_options(chosen))
    if chosen.bundle:
        return ("--from", chosen.bundle, *config_options(chosen))
    options: tuple[str, ...] = ("--kubeconfig", chosen.kubeconfig) if chosen.kubeconfig else ()
    if chosen.context:
        options += ("--context", chosen.context)
    elif cluster and cluster != settings.cluster:
        options += ("--cluster" if settings.clusters else "--context", cluster)
    return (*options, *config_options(chosen))


def with_place(error: UsageError, chosen: argparse.Namespace, settings: Settings) -> UsageError:
    """The same error, its suggestion naming a cluster only where options of the terminal allow it."""
    words = error.suggestion.split()
    if "--cluster" in words and not settings.clusters:
        at = words.index("--cluster")
        named = chosen.demo or chosen.bundle or chosen.context
        words[at : at + 2] = [] if named else ["--context", *words[at + 1 : at + 2]]
    return UsageError(error.sentence, error.advice, " ".join(words))


def _check_cluster(named: str, settings: Settings) -> None:
    known = [cluster.name for cluster in settings.clusters]
    if not named or named.lower() in map(str.lower, known):
        return
    advice = f"Known are {', '.join(known)}." if known else "The settings (--config FILE) name no clusters."
    raise UsageError(
        f"There is no cluster {named} in the settings.",
        f"{advice} A context of the kubeconfig is named with --context.",
    )


async def silent(what: str) -> None:
    """Show no progress."""


def _bundle_name(chosen: argparse.Namespace) -> str:
    return Path(chosen.bundle).resolve().name or "bundle"
