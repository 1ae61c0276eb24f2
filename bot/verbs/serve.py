"""`mlops serve`: answer in Slack until stopped."""

import argparse
import asyncio
import os
from pathlib import Path

from bot.errors import BotError
from bot.exit_code import FAULTS, HEALTHY
from bot.settings import load_settings
from bot.verbs.diagnose import refused
from bot.wiring.serve import serve as serve_slack
from rules.fault import RuleFaults


def serve(chosen: argparse.Namespace) -> int:
    """Serve until SIGTERM; returns 1 when Slack or the settings do not allow it."""
    try:
        settings = load_settings(Path(chosen.config) if chosen.config else None, os.environ)
        asyncio.run(serve_slack(settings, os.environ.get("SLACK_API_URL")))
    except BotError as error:
        refused(error)
        return FAULTS
    except RuleFaults as faults:
        refused(BotError("The shipped rules have faults.", "\n".join(str(fault) for fault in faults.faults)))
        return FAULTS
    except OSError as error:
        refused(BotError(f"A port cannot be listened on: {error.strerror}.", "Set telemetry.port or slack.port to a free one."))
        return FAULTS
    return HEALTHY
