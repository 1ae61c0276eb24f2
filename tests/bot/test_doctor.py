"""Everything in order, and each thing that can be missing, with what to do about it."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import yaml
from redis.asyncio import Redis

from bot.cli import main
from bot.digest.subscription import Subscription, SubscriptionBook
from bot.doctor import (
    Finding,
    Mark,
    check_aws,
    check_channels,
    check_clusters,
    check_redis,
    check_rules,
    check_schedules,
    check_series,
    check_slack,
)
from bot.doctor.clocks import compared
from bot.settings import load_settings
from bot.settings_model import Settings
from bot.slack.clients import Clients
from bot.store.redis import RedisStore
from bot.wiring.backstage import redis_store
from bot.wiring.base import catalog, clusters
from bot.wiring.serve import slack_clients
from handlers import HANDLERS
from tests.fakes.aws import ACCOUNT, REGION, AwsFront, Moto, Spoilt
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
    assert [finding.mark for finding in found] == [Mark.FINE] * 3
    assert found[0].what == "cluster prod: v1.36.2"
    assert found[1].what == "clock: agrees with the API server of prod"
    assert found[2].what == f"cluster prod: {len(NEEDS)} of {len(NEEDS)} rights granted"


async def test_each_missing_right_is_named_with_what_to_grant(tmp_path: Path, server: ApiServer) -> None:
    server.deny("get", "pods/log")
    for verb in ("get", "list"):
        server.deny(verb, "nodepools")
    found = await of_clusters(with_cluster(tmp_path, server.url))
    assert f"{len(NEEDS) - 3} of {len(NEEDS)} rights" in found[2].what
    lacking = [finding for finding in found[3:] if finding.mark is Mark.MISSING]
    assert [finding.what for finding in lacking] == [
        "cluster prod: no right to get pods/log",
        "cluster prod: no right to get, list nodepools.karpenter.sh",
    ]
    assert all(finding.advice.startswith("Grant ") for finding in lacking)
    assert "without it, `diagnose pod`, `diagnose deployment`, `diagnose statef" in lacking[0].advice
    assert "without it, `diagnose nodepool`, `diagnose pod`, " in lacking[1].advice


async def test_an_account_without_any_role_is_told_in_one_line(tmp_path: Path, server: ApiServer) -> None:
    for need in NEEDS:
        server.deny(need.verb, need.resource)
    *_, found = await of_clusters(with_cluster(tmp_path, server.url))
    assert (found.mark, found.what) == (Mark.MISSING, f"cluster prod: 0 of {len(NEEDS)} rights granted")
    assert "mlops rbac" in found.advice


async def test_rights_in_one_namespace_are_told_as_such(tmp_path: Path, server: ApiServer) -> None:
    for resource in ("pods/log", "deployments"):
        server.allow_only_in("mlops", "get", resource)
    server.deny("list", "deployments")
    book = clusters(with_cluster(tmp_path, server.url))
    found = [finding async for finding in check_clusters(book, HANDLERS, {"prod": "mlops"})]
    await book.close()
    aside = [finding.what for finding in found if finding.mark is Mark.ASIDE]
    assert aside == ["cluster prod: 2 rights granted in namespace mlops only"]
    assert [finding.what for finding in found if finding.mark is Mark.MISSING][1:] == [
        "cluster prod: no right to list deployments.apps"
    ]


@pytest.mark.parametrize(
    ("apart", "mark", "words"),
    [
        (0, Mark.FINE, "agrees with"),
        (4, Mark.FINE, "agrees with"),
        (20, Mark.ASIDE, "this machine is 20 s behind"),
        (-20, Mark.ASIDE, "this machine is 20 s ahead of"),
        (605, Mark.MISSING, "this machine is 10 min 5 s behind"),
        (7320, Mark.MISSING, "this machine is 2 h 2 min behind"),
    ],
)
def test_clocks(apart: int, mark: Mark, words: str) -> None:
    ours = datetime(2026, 11, 22, 9, tzinfo=UTC)
    found = compared("Slack", ours + timedelta(seconds=apart), ours)
    assert found.mark is mark
    assert words in found.what
    assert bool(found.advice) == (mark is not Mark.FINE)


async def test_a_clock_that_is_off_is_told_by_cluster_and_slack(
    tmp_path: Path, server: ApiServer, slack: Slack
) -> None:
    server.date = slack.workspace.date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    for found in (
        await of_clusters(with_cluster(tmp_path, server.url)),
        await of_slack(with_slack(slack), slack),
    ):
        (off,) = [finding for finding in found if finding.what.startswith("clock: this machine is ")]
        assert off.mark is Mark.MISSING
        assert "Set the node's clock" in off.advice


async def test_a_cluster_that_does_not_answer(tmp_path: Path) -> None:
    (found,) = await of_clusters(with_cluster(tmp_path, "http://127.0.0.1:9"))
    assert found.mark is Mark.MISSING
    assert "Connection refused" in found.what
    assert found.advice


async def test_a_cluster_that_does_not_tell_rights(tmp_path: Path, server: ApiServer) -> None:
    server.fail("/apis/authorization.k8s.io", Fault.recorded("401-bad-token.http"))
    found = await of_clusters(with_cluster(tmp_path, server.url))
    assert "rights cannot be asked for" in found[2].what
    assert found[2].advice


async def of_aws(url: str, **more: object) -> list[Finding]:
    aws = {"enabled": True, "region": "eu-west-1", "endpoint_url": url}
    book = clusters(settings(clusters=[{"name": "prod", "aws": aws, **more}, {"name": "test"}]))
    found = [finding async for finding in check_aws(book, HANDLERS)]
    await book.close()
    return found


async def test_an_aws_account_that_answers_is_named(aws_front: AwsFront) -> None:
    found, *_ = await of_aws(aws_front.url)
    assert found.mark is Mark.FINE
    assert found.what.startswith(f"aws of prod: account {ACCOUNT}, eu-west-1, as arn:aws:sts::{ACCOUNT}:")


async def test_every_action_is_tried_or_named_as_not_tried(aws_front: AwsFront, moto: Moto) -> None:
    moto.client("s3").create_bucket(
        Bucket=f"mlops-platform-tfstate-{ACCOUNT}",
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    _, count, aside = await of_aws(aws_front.url, platform={"cluster_name": "mlops"})
    tried = int(re.findall(r"(\d+) of \1 actions granted", count.what)[0])
    untried = aside.what.removeprefix("aws of prod: not tried: ").split(", ")
    assert (count.mark, aside.mark) == (Mark.FINE, Mark.ASIDE)
    assert tried + len(untried) == len({action for handler in HANDLERS for action in handler.iam})
    assert set(untried) == {
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeTargetHealth",
        "s3:GetObject",
    }
    assert "aws iam simulate-principal-policy --policy-source-arn arn:aws:" in aside.advice


async def test_each_missing_action_is_named_with_the_questions_that_lose(aws_front: AwsFront) -> None:
    aws_front.spoil("rds:DescribeDBInstances", Spoilt.DENIED)
    aws_front.spoil("ec2:DescribeSubnets", Spoilt.DENIED)
    found = await of_aws(aws_front.url)
    missing = [finding for finding in found if finding.mark is Mark.MISSING]
    assert "mlops iam" in missing[0].advice
    assert [finding.what for finding in missing[1:]] == [
        "aws of prod: no right ec2:DescribeSubnets",
        "aws of prod: no right rds:DescribeDBInstances",
    ]
    assert "`diagnose mlflow`" in missing[2].advice


async def test_an_action_that_aws_does_not_answer_is_not_called_granted(aws_front: AwsFront) -> None:
    aws_front.spoil("rds:DescribeEvents", Spoilt.GARBAGE)
    *_, aside = await of_aws(aws_front.url)
    assert "rds:DescribeEvents" in aside.what


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
    assert [finding.mark for finding in await of_redis(store)] == [Mark.FINE, Mark.MISSING]
    redis.kill()
    (dead,) = await of_redis(store)
    assert dead.mark is Mark.MISSING
    assert "URL and password" in dead.advice
    await store.close()
    assert [finding.mark for finding in await of_redis(None)] == [Mark.ASIDE]


async def of_redis(store: RedisStore | None, *, remembers: bool = True) -> list[Finding]:
    return [finding async for finding in check_redis(store, remembers=remembers)]


@pytest.mark.parametrize(
    ("config", "lost", "words"),
    [
        ({"appendonly": "yes"}, [], "appendonly, so a restart loses nothing"),
        ({"save": "900 1"}, [], "snapshots only"),
        ({}, [Mark.MISSING], "not persistent"),
        (
            {"maxmemory": "100mb", "maxmemory-policy": "allkeys-lru"},
            [Mark.MISSING] * 2,
            "drops keys (allkeys-lru)",
        ),
        ({"appendonly": "yes", "maxmemory": "100mb", "maxmemory-policy": "noeviction"}, [], "appendonly"),
        ({"appendonly": "yes", "maxmemory-policy": "allkeys-lru"}, [], "appendonly"),
    ],
)
async def test_what_a_redis_would_lose(
    redis: RedisServer, config: dict[str, str], lost: list[Mark], words: str
) -> None:
    async with Redis.from_url(redis.url) as client:
        for name, value in config.items():
            await client.config_set(name, value)
    store = redis_store(settings(redis={"url": redis.url}))
    found = await of_redis(store)
    without_digests = await of_redis(store, remembers=False)
    assert store is not None
    await store.close()
    assert [finding.mark for finding in found if finding.mark is Mark.MISSING] == lost
    assert words in " ".join(finding.what for finding in found)
    assert Mark.MISSING not in {finding.mark for finding in without_digests}
    assert all(finding.advice for finding in found if finding.mark is not Mark.FINE)


async def test_a_managed_redis_that_hides_its_configuration_is_no_fault(redis: RedisServer) -> None:
    async with Redis.from_url(redis.url) as client:
        await client.acl_setuser(
            "default", enabled=True, nopass=True, keys=["*"], categories=["+@all"], commands=["-config"]
        )
    store = redis_store(settings(redis={"url": redis.url}))
    assert store is not None
    *_, last = await of_redis(store)
    await store.close()
    assert last.mark is Mark.ASIDE
    assert "A managed Redis hides CONFIG" in last.advice


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
    assert [finding.mark for finding in found] == [Mark.FINE] * 4
    assert found[0].what == "slack: Local, as user U0BOT"
    assert found[1].what == "clock: agrees with Slack"


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


def digest(
    name: str, *, channel: str = "C1", cluster: str = "", schedule: str = "weekdays 09:00 Europe/Dublin"
) -> Subscription:
    return Subscription(name=name, channel=channel, cluster=cluster, schedule=schedule)


def test_each_digest_has_its_next_time() -> None:
    digests = [digest("prod"), digest("away", cluster="gone"), digest("broken", schedule="sometimes")]
    at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    found = list(check_schedules(digests, ("prod",), "UTC", clock=lambda: at))
    assert [finding.mark for finding in found] == [Mark.FINE, Mark.MISSING, Mark.MISSING]
    assert found[0].what == "digest prod: weekdays 09:00 Europe/Dublin, next 2026-11-23 09:00 UTC, to C1"
    assert found[1].what == "digest away: there is no cluster gone"
    assert all(finding.advice for finding in found[1:])


async def test_channels_of_digests_are_open_or_said_to_be_closed(slack: Slack) -> None:
    slack.remove_bot("C9")
    slack.remove_bot("G9", private=True)
    digests = [digest("a"), digest("b"), digest("c", channel="C9"), digest("d", channel="G9")]
    clients = slack_clients(with_slack(slack), slack.base_url)
    found = [finding async for finding in check_channels(digests, clients)]
    slack.workspace.scopes -= {"channels:history"}
    (unsure,) = [finding async for finding in check_channels(digests[:1], clients)]
    await clients.close()
    assert [finding.mark for finding in found] == [Mark.FINE, Mark.MISSING, Mark.MISSING]
    assert found[0].what == "slack: C1 is open for digest a, b"
    assert "/invite @mlops" in found[1].advice
    assert unsure.mark is Mark.ASIDE
    assert "channels:history" in unsure.what


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
    async with Redis.from_url(redis.url) as client:
        await client.config_set("appendonly", "yes")
    store = RedisStore(redis.url)
    await SubscriptionBook(store, ()).add(digest("made-in-slack", channel="C2"))
    await store.close()
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
    assert "✓ digest made-in-slack: weekdays 09:00 Europe/Dublin, next 2" in ended.out
    assert "✓ slack: C2 is open for digest made-in-slack" in ended.out
    assert "✗" not in ended.out
