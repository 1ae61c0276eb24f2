"""A wrong value is refused before anything is sent, with a sentence."""

from typing import Any

import helm_python
import pytest

from tests.helm.engine import render
from tests.helm.variants import LEAST, but


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"replicas": "two"}, "at '/replicas': got string, want integer"),
        ({"replicas": 0}, "at '/replicas': minimum: got 0, want 1"),
        ({"replica": 2}, "additional properties 'replica' not allowed"),
        ({"slack": {"mode": "webhook"}}, "at '/slack/mode': value must be one of 'socket', 'http'"),
        ({"slack": {"botToken": "xoxb-1"}}, "at '/slack': additional properties 'botToken' not allowed"),
        (
            {"slack": {"existingSecret": "My_Secret"}},
            "at '/slack/existingSecret': 'My_Secret' does not match",
        ),
        (
            {"settings": {"slack": {"bot_token": "xoxb-1"}}},
            "at '/settings/slack': additional properties 'bot_token'",
        ),
        (
            {"settings": {"redis": {"url": "redis://x"}}},
            "at '/settings': additional properties 'redis' not allowed",
        ),
        ({"settings": {"telemetry": {"port": 1}}}, "at '/settings/telemetry': additional properties 'port'"),
        ({"settings": {"wrok": {}}}, "at '/settings': additional properties 'wrok' not allowed"),
        ({"settings": {"work": {"workers": "8"}}}, "at '/settings/work/workers': got string, want integer"),
        ({"settings": {"clusters": [{}]}}, "at '/settings/clusters/0': missing property 'name'"),
        ({"rules": {"rule.txt": "x"}}, "at '/rules': additional properties 'rule.txt' not allowed"),
        (
            {"serviceAccount": {"roleArn": "mlops-bot"}},
            "at '/serviceAccount/roleArn': 'mlops-bot' does not match",
        ),
        (
            {"redis": {"mode": "cluster"}},
            "at '/redis/mode': value must be one of 'bundled', 'external', 'none'",
        ),
        (
            {"redis": {"bundled": {"storage": {"size": "one"}}}},
            "at '/redis/bundled/storage/size': 'one' does not",
        ),
        ({"http": {"port": 70000}}, "at '/http/port': maximum: got 70,000, want 65,535"),
        ({"terminationGracePeriodSeconds": 10}, "minimum: got 10, want 30"),
        ({"user": 0}, "at '/user': minimum: got 0, want 1"),
        ({"podDisruptionBudget": {"maxUnavailable": 0}}, "minimum: got 0, want 1"),
        ({"resources": {"limits": {"memory": "1 GB"}}}, "/resources/limits/memory"),
        (
            {"extraEnv": [{"name": "SLACK_BOT_TOKEN", "value": "xoxb-1"}]},
            "at '/extraEnv/0/name': 'not' failed",
        ),
    ],
)
def test_by_the_schema(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(helm_python.HelmValuesError, match="don't meet the specifications") as refused:
        render(wrong)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "image.repository is empty. Build the image"),
        (
            {"image": LEAST["image"]},
            "kubectl --namespace ops create secret generic mlops-bot --from-literal=SLACK_BOT",
        ),
        (but(fullnameOverride="12"), "12 begins with a digit, which the name of a Service may not"),
        (but(redis={}), "redis.existingSecret is empty. Name a Secret with the key REDIS_PASSWORD"),
        (but(redis={"mode": "external"}), "Name a Secret with the key REDIS_URL"),
        (but(redis={"mode": "none"}), "redis.mode is none, but replicas is 2"),
        (but(http={"ingress": {"enabled": True}}), "slack.mode is socket, which takes no requests"),
        (
            but(slack={"existingSecret": "s", "mode": "http"}, http={"ingress": {"enabled": True}}),
            "http.ingress.host is empty",
        ),
        (but(slack={"existingSecret": "s", "mode": "http"}, http={"port": 9090}), "are both 9090"),
        (but(serviceAccount={"create": False}), "serviceAccount.name is empty. Name the account"),
        (but(rules={"mine.yaml": "id: [x"}), "rules: mine.yaml is not a rule in YAML"),
    ],
)
def test_what_is_wrong_together(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(helm_python.HelmRenderError) as refused:
        render(wrong)
    assert sentence in str(refused.value)
