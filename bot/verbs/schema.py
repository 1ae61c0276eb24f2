"""`mlops schema`: what `-o json` prints, as a JSON Schema."""

import sys

from bot.exit_code import HEALTHY
from bot.render.digest.envelope import digest_schema
from bot.render.envelope import schema as schema_of_answers


def schema(what: str = "answer") -> int:
    """Print the schema of an answer, or with "digest" that of a digest."""
    sys.stdout.write(digest_schema() if what == "digest" else schema_of_answers())
    return HEALTHY
