"""Everything in order, and each thing that can be missing, with what to do about it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from bot.cli import main
from bot.doctor import (
    Finding,
    Mark,
    check_aws,
    check_clusters,
    check_redis,
    check_rules,
    check_series,
    check_slack,
)
from bot.settings import load_settings
from bot.settings_model import Settings
from bot.slack.clients import Clients
from bot.wiring.backstage import redis_store
from bot.wiring.base import catalog, clusters
from bot.wiring.serve import slack_clients
from handlers import HANDLERS
from tests.fakes.aws import ACCOUNT, AwsFront, Spoilt
from tests.fakes.kubernetes import ApiServer, Fault, Login, write_kubeconfig
from tests.fakes.prometheus import Prometheus
from tests.fakes.redis import RedisServer, own_redis_server
from tests.fakes.slack import Slack
from tests.scenarios.cli.terminal import environment, mlops

NEEDS = {need for handler in HANDLERS for need in handler.needs if need.verb in {"get", "list", "watch"}}


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as local:
        yield local


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack() as local:
        yield local


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    async with own_redis_server() as local:
        yield local


def settings(**sections: object) -> Settings:
    return Settings.model_validate(sections)


def with_cluster(folder: Path, url: str) -> Settings:
    kubeconfig = write_kubeconfig(folder / "kubeconfig", main=Login(server=url))
    return settings(clusters=[{"name": "prod", "kubeconfig": str(kubeconfig)}])


async def of_clusters(chosen: Settings) -> list[Finding]:
    book = clusters(chosen)
    found = [finding async for finding in check_clusters(book, HANDLERS)]
    await book.close()
    return found


async def test_a_cluster_with_every_right(tmp_path: Path, server: ApiServer) -> None:
    found = await of_clusters(with_cluster(tmp_path, server.url))
    assert [finding.mark for finding in found] == [Mark.FINE, Mark.FINE]
    assert found[0].what == "cluster prod: v1.36.2"
    assert found[1].what == f"cluster prod: {len(NEEDS)} of {len(NEEDS)} rights granted"


async def test_each_missing_right_is_named_with_what_to_grant(tmp_path: Path, server: ApiServer) -> None:
    server.deny("get", "pods/log")
    server.deny("list", "nodepools")
    found = await of_clusters(with_cluster(tmp_path, server.url))
    assert f"{len(NEEDS) - 2} of {len(NEEDS)} rights" in found[1].what
    lacking = [finding for finding in found[2:] if finding.mark is Mark.MISSING]
    assert sorted(finding.what for finding in lacking) == [
        "cluster prod: no right to get pods/log",
        "cluster prod: no right to list nodepools.karpenter.sh",
    ]
    assert all(finding.advice.startswith("Grant ") for finding in lacking)


async def test_a_cluster_that_does_not_answer(tmp_path: Path) -> None:
    (found,) = await of_clusters(with_cluster(tmp_path, "http://127.0.0.1:9"))
    assert found.mark is Mark.MISSING
    assert "Connection refused" in found.what
    assert found.advice


async def test_a_cluster_that_does_not_tell_rights(tmp_path: Path, server: ApiServer) -> None:
    server.fail("/apis/authorization.k8s.io", Fault.recorded("401-bad-token.http"))
    found = await of_clusters(with_cluster(tmp_path, server.url))
    assert "rights cannot be asked for" in found[1].what
    assert found[1].advice


async def of_aws(url: str, **more: object) -> list[Finding]:
    aws = {"enabled": True, "region": "eu-west-1", "endpoint_url": url, **more}
    book = clusters(settings(clusters=[{"name": "prod", "aws": aws}, {"name": "test"}]))
    found = [finding async for finding in check_aws(book)]
    await book.close()
    return found


async def test_an_aws_account_that_answers_is_named(aws_front: AwsFront) -> None:
    (found,) = await of_aws(aws_front.url)
    assert found.mark is Mark.FINE
    assert found.what.startswith(f"aws of prod: account {ACCOUNT}, eu-west-1, as arn:aws:sts::{ACCOUNT}:")


async def test_aws_credentials_that_are_refused_or_missing(
    aws_front: AwsFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws_front.spoil("sts:GetCallerIdentity", Spoilt.EXPIRED)
    (refused,) = await of_aws(aws_front.url)
    assert refused.mark is Mark.MISSING
    assert "AWS refuses the credentials" in refused.what
    assert "aws sso login" in refused.advice
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    (lacking,) = await of_aws(aws_front.url)
    assert "aws of prod: no AWS credentials" in lacking.what
    assert "eks.amazonaws.com/role-arn" in lacking.advice


async def test_a_prometheus_that_answers_and_one_that_is_something_else() -> None:
    async with Prometheus() as server:
        book = clusters(settings(clusters=[{"name": "prod", "prometheus_url": server.url}, {"name": "test"}]))
        found = [finding async for finding in check_series(book)]
        server.fail(body="<html>", kind="text/html")
        found += [finding async for finding in check_series(book)]
        await book.close()
    assert [finding.mark for finding in found] == [Mark.FINE, Mark.MISSING]
    assert found[0].what == "prometheus of prod: answers"
    assert "a web page" in found[1].what
    assert "prometheus_url" in found[1].advice


async def test_redis_that_answers_dies_or_is_not_set(redis: RedisServer) -> None:
    store = redis_store(settings(redis={"url": redis.url}))
    assert store is not None
    assert [finding.mark async for finding in check_redis(store)] == [Mark.FINE]
    redis.kill()
    (dead,) = [finding async for finding in check_redis(store)]
    assert dead.mark is Mark.MISSING
    assert "URL and password" in dead.advice
    await store.close()
    assert [finding.mark async for finding in check_redis(None)] == [Mark.ASIDE]


def with_slack(slack: Slack, **more: object) -> Settings:
    tokens = {"bot_token": slack.workspace.bot_token, "app_token": slack.workspace.app_token}
    return settings(slack=tokens, **more)


async def of_slack(chosen: Settings, slack: Slack) -> list[Finding]:
    clients: Clients = slack_clients(chosen, slack.base_url)
    found = [finding async for finding in check_slack(chosen, clients)]
    await clients.close()
    return found


async def test_slack_in_order(slack: Slack) -> None:
    found = await of_slack(with_slack(slack), slack)
    assert [finding.mark for finding in found] == [Mark.FINE] * 3
    assert found[0].what == "slack: Local, as user U0BOT"


async def test_each_missing_scope_is_named_with_what_breaks(slack: Slack) -> None:
    slack.workspace.scopes -= {"files:write", "usergroups:read"}
    found = await of_slack(with_slack(slack), slack)
    missing = [finding for finding in found if finding.mark is Mark.MISSING]
    assert [finding.what for finding in missing] == [
        "slack: 6 of 7 scopes granted",
        "slack: scope files:write is missing",
    ]
    assert "long logs" in missing[1].advice
    with_groups = await of_slack(with_slack(slack, access={"groups": ["S012AB3CD"]}), slack)
    assert "slack: scope usergroups:read is missing" in [finding.what for finding in with_groups]


async def test_refused_tokens(slack: Slack) -> None:
    slack.workspace.bot_token = "xoxb-another"
    chosen = settings(slack={"bot_token": "xoxb-local", "app_token": slack.workspace.app_token})
    (found,) = await of_slack(chosen, slack)
    assert found.mark is Mark.MISSING
    assert found.advice
    slack.workspace.bot_token, slack.workspace.app_token = "xoxb-local", "xapp-another"
    *fine, last = await of_slack(
        settings(slack={"bot_token": "xoxb-local", "app_token": "xapp-local"}), slack
    )
    assert {finding.mark for finding in fine} == {Mark.FINE}
    assert last.what.startswith("slack: no Socket Mode connection")
    assert last.advice


async def test_tokens_that_are_not_set(slack: Slack) -> None:
    (found,) = await of_slack(settings(), slack)
    assert (found.mark, found.advice) == (Mark.MISSING, "Set it in the environment.")


async def test_refused_rules_of_the_operator(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("id: mine\n", encoding="utf-8")
    found = [finding async for finding in check_rules(catalog(settings(rules={"folder": str(tmp_path)})))]
    assert found[0].mark is Mark.FINE
    assert found[1].mark is Mark.MISSING
    assert "mine.yaml" in found[1].what


async def test_an_unknown_rule_that_is_off_is_the_fault_of_the_setting() -> None:
    chosen = settings(rules={"off": ["pod-cpu-throtled"]})
    _, found = [f async for f in check_rules(catalog(chosen), ("--config", "my settings.yaml"))]
    assert found.mark is Mark.MISSING
    assert found.what.startswith("the setting rules.off: there is no rule")
    assert 'did you mean "pod-cpu-throttled"?' in found.what
    assert "rule file" not in found.advice
    assert "`mlops rules list --config 'my settings.yaml'`" in found.advice


async def test_no_advice_is_to_do_what_is_being_done(tmp_path: Path, slack: Slack) -> None:
    (away,) = await of_clusters(with_cluster(tmp_path, "http://127.0.0.1:9"))
    slack.workspace.bot_token = "xoxb-another"
    chosen = settings(slack={"bot_token": "xoxb-local", "app_token": slack.workspace.app_token})
    (refused,) = await of_slack(chosen, slack)
    for finding in (away, refused):
        assert finding.advice.endswith(".")
        assert "mlops doctor" not in finding.advice


async def test_without_a_kubeconfig_the_cluster_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/nonexistent")
    (found,) = await of_clusters(settings())
    assert found.what.startswith("cluster default: there is no kubeconfig")


async def test_a_bad_rule_keeps_its_caret_and_a_bad_redis_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("id: mine\nsubjct: pod\n", encoding="utf-8")
    env = environment(REDIS_URL="http://:hunter2@redis", MLOPS_RULES__FOLDER=str(tmp_path))
    ended = await mlops("doctor", env=env)
    assert (ended.code, ended.err) == (1, "")
    lines = ended.out.splitlines()
    source = lines.index("      subjct: pod")
    assert lines[source + 1] == "      ^"
    assert "✗ redis: The Redis URL cannot be read." in lines
    assert any(line.startswith("✗ slack: ") for line in lines)
    assert lines[-1].endswith(" things to mend")
    assert "hunter2" not in ended.out
    assert "redacted" not in ended.out


def test_it_ends_with_1_when_something_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "MLOPS_CONFIG", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    cluster = {"name": "prod", "kubeconfig": str(tmp_path / "absent")}
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump({"clusters": [cluster]}), encoding="utf-8")
    assert main(["doctor", "--config", str(tmp_path / "settings.yaml")]) == 1
    shown = capsys.readouterr().out
    assert "✗ cluster prod: the kubeconfig" in shown
    assert "✗ slack: Slack's socket mode needs slack.bot_token" in shown
    assert shown.endswith("2 things to mend\n")


def test_settings_that_cannot_be_read_end_it_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.yaml").write_text("slck: {}\n", encoding="utf-8")
    assert main(["doctor", "--config", str(tmp_path / "settings.yaml")]) == 1
    assert "slck" in capsys.readouterr().err


async def test_in_order_it_ends_with_0(
    tmp_path: Path, server: ApiServer, slack: Slack, redis: RedisServer
) -> None:
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", main=Login(server=server.url))
    env = environment(
        SLACK_BOT_TOKEN=slack.workspace.bot_token,
        SLACK_APP_TOKEN=slack.workspace.app_token,
        SLACK_API_URL=slack.base_url,
        REDIS_URL=redis.url,
        KUBECONFIG=str(kubeconfig),
    )
    assert load_settings(None, env).redis.url is not None
    ended = await mlops("doctor", env=env)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith("\nall in order\n")
    assert "✗" not in ended.out
