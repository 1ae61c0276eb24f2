"""`mlops --version`."""

import sys
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

from bot.exit_code import HEALTHY


def version() -> int:
    """Print which version of the package runs."""
    try:
        sys.stdout.write(f"mlops-bot {version_of('mlops-bot')}\n")
    except PackageNotFoundError:
        sys.stdout.write("mlops-bot, run from its source\n")
    return HEALTHY
