"""`mlops schema`: what `-o json` prints, as a JSON Schema."""

import sys

from bot.exit_code import HEALTHY
from bot.render.envelope import schema as schema_of_answers


def schema() -> int:
    """Print the schema."""
    sys.stdout.write(schema_of_answers())
    return HEALTHY
