"""`mlops iam`: the IAM policy of what the questions ask of AWS; read-only, and contents only of states."""

import argparse
import json
import sys
from collections.abc import Iterable

from bot.errors import BotError
from bot.exit_code import HEALTHY, USAGE
from bot.verbs.asking import read_settings, refused
from bot.wiring.beside import platform
from handlers import HANDLERS
from handlers.platform import Platform, TerraformState

_OBJECTS, _ITEMS = "s3:GetObject", "dynamodb:GetItem"


def iam(chosen: argparse.Namespace) -> int:
    """Print the policy for the bot's role."""
    try:
        settings = read_settings(chosen)
    except BotError as error:
        refused(error)
        return USAGE
    places = [platform(each.platform) for each in settings.clusters] or [Platform()]
    actions = {action for handler in HANDLERS for action in handler.iam}
    states = [(each, place.account) for place in places for each in place.states]
    sys.stdout.write(json.dumps(policy_of(actions, states), indent=2) + "\n")
    return HEALTHY


def policy_of(actions: Iterable[str], states: Iterable[tuple[TerraformState, str]]) -> dict[str, object]:
    """The policy that grants these actions and nothing else.

    Args:
        actions: what is asked; contents are only read of the states and locks below.
        states: each Terraform state, and the number of its account where that is known.
    """
    wanted = set(actions)
    objects, tables = _places(states)
    narrow = {_OBJECTS: objects, _ITEMS: tables}
    plain = sorted(wanted - narrow.keys())
    statements: list[dict[str, object]] = [_statement("Describe", plain, ["*"])] if plain else []
    statements += [
        _statement(name, [action], sorted(narrow[action]))
        for name, action in (("TerraformStates", _OBJECTS), ("TerraformLocks", _ITEMS))
        if action in wanted
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(name: str, actions: list[str], resources: list[str]) -> dict[str, object]:
    return {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resources}


def _places(states: Iterable[tuple[TerraformState, str]]) -> tuple[set[str], set[str]]:
    """The objects that hold states and locks, and the tables."""
    objects, tables = set(), set()
    for state, account in states:
        for key in state.keys:
            text = f"{state.bucket}/{key}".replace("{env}", state.env).replace("{account}", account or "*")
            objects |= {f"arn:aws:s3:::{text}", f"arn:aws:s3:::{text}.tflock"}
        tables |= {f"arn:aws:dynamodb:*:{account or '*'}:table/{table}" for table in state.lock_tables}
    return objects, tables
