"""The policy for the bot's role in AWS: what the questions declare, only reading, contents only of states."""

import json
from pathlib import Path

import pytest

from bot.cli import main
from handlers import HANDLERS

DECLARED = {action for handler in HANDLERS for action in handler.iam}


def policy(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, dict[str, list[str]]]:
    assert main(["iam", *words]) == 0
    return {each["Sid"]: each for each in json.loads(capsys.readouterr().out)["Statement"]}


def test_it_grants_what_the_questions_declare_and_only_reading(capsys: pytest.CaptureFixture[str]) -> None:
    statements = policy(capsys)
    granted = [action for each in statements.values() for action in each["Action"]]
    assert sorted(granted) == sorted(DECLARED)
    assert [
        each for each in granted if not each.partition(":")[2].startswith(("Describe", "Get", "List"))
    ] == []


def test_contents_are_read_of_states_and_locks_alone(capsys: pytest.CaptureFixture[str]) -> None:
    statements = policy(capsys)
    assert (
        "arn:aws:s3:::mlops-platform-tfstate-*/mlops-platform/aws/dev/terraform.tfstate.tflock"
        in (statements["TerraformStates"]["Resource"])
    )
    assert (
        "arn:aws:dynamodb:*:*:table/mlops-platform-tfstate-lock" in statements["TerraformLocks"]["Resource"]
    )
    assert not {"s3:GetObject", "dynamodb:GetItem"} & set(statements["Describe"]["Action"])


def test_places_are_those_of_the_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(
        """
clusters:
  - name: prod
    platform:
      account: "123456789012"
      states: [{env: live, bucket: "tf-{account}", keys: ["{env}.tfstate"], lock_tables: [locks]}]
""",
        encoding="utf-8",
    )
    statements = policy(capsys, "--config", str(file))
    assert statements["TerraformStates"]["Resource"] == [
        "arn:aws:s3:::tf-123456789012/live.tfstate",
        "arn:aws:s3:::tf-123456789012/live.tfstate.tflock",
    ]
    assert statements["TerraformLocks"]["Resource"] == ["arn:aws:dynamodb:*:123456789012:table/locks"]
    file.write_text("clusters: 7", encoding="utf-8")
    assert main(["iam", "--config", str(file)]) != 0
