"""`mlops serve`: answer in Slack until stopped."""

import argparse
import asyncio
import os

from bot.errors import BotError
from bot.exit_code import FAULTS, HEALTHY
from bot.verbs.asking import read_settings, refused
from bot.wiring.serve import serve as serve_slack


def serve(chosen: argparse.Namespace) -> int:
    """Serve until SIGTERM; returns 1 when Slack or the settings do not allow it."""
    try:
        asyncio.run(serve_slack(read_settings(chosen), os.environ.get("SLACK_API_URL")))
    except BotError as error:
        refused(error)
        return FAULTS
    except OSError as error:
        address = f"A port cannot be listened on: {error.strerror or error}."
        refused(BotError(address, "Set telemetry.port or slack.port to a free one."))
        return FAULTS
    return HEALTHY
