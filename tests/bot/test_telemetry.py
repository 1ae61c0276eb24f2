import asyncio
import csv
import logging
import warnings
from pathlib import Path

import pytest
import structlog

from bot.metrics import Bounded, Metrics
from bot.telemetry import bind_request, new_request_id
from rules.facts import SUBJECTS
from rules.load import load_catalog
from tests.bot.log import LogAs, captured_log, captured_text

TABLE = Path(__file__).parents[1] / "lab" / "secrets.tsv"
ROWS = list(csv.DictReader(TABLE.read_text().splitlines(), delimiter="\t"))
SECRETS = sorted({row["literal"] for row in ROWS if row["must"] == "redact"})


def redact(text: str) -> str:
    for secret in SECRETS:
        text = text.replace(secret, "[redacted]")
    return text


def raise_it(error: Exception) -> None:
    raise error


def fail_twice(secret: str) -> None:
    try:
        raise_it(KeyError(secret))
    except KeyError as cause:
        raise KeyError(f"again {secret}") from cause


class Holder:
    """Something whose repr shows a secret."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __repr__(self) -> str:
        return f"Holder({self.secret})"


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError


def test_there_are_secrets_to_test_with() -> None:
    assert len(SECRETS) > 5


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("secret", SECRETS)
def test_no_log_line_holds_a_secret(secret: str, form: str) -> None:
    ours, theirs = structlog.get_logger("bot.ask"), logging.getLogger("slack_sdk.web")
    with captured_text(redact, LogAs(log_format=form)) as stream:
        ours.info(
            secret, value=secret, deep=[{"a": (secret,), secret: 1}], held=Holder(secret), raw=secret.encode()
        )
        ours.info("line %s", secret)
        theirs.info("body %s", {"text": secret}, extra={"payload": secret})
        theirs.warning("stack", stack_info=True, extra={"more": Holder(secret)})
        bind_request(verb="diagnose", cluster=secret)
        try:
            fail_twice(secret)
        except KeyError:
            ours.exception("failed", what=secret)
            theirs.exception("failed %s", secret)
        theirs.info("wrong count of arguments %s %s", secret)
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(secret, stacklevel=1)
    written = stream.getvalue()
    assert secret not in written
    assert written.count("[redacted]") >= 12
    assert "could not be written" in written


def test_a_task_that_fails_unseen_is_logged_without_its_secret() -> None:
    async def fails() -> None:
        raise ValueError(SECRETS[0])

    async def lost() -> None:
        task = asyncio.get_running_loop().create_task(fails())
        await asyncio.wait({task})
        del task

    with captured_text(redact) as stream:
        asyncio.run(lost())
    assert "never retrieved" in stream.getvalue()
    assert SECRETS[0] not in stream.getvalue()


def test_a_line_that_cannot_be_redacted_is_not_shown() -> None:
    def breaks(_: str) -> str:
        raise RecursionError

    with captured_log(breaks) as lines:
        structlog.get_logger("bot").info("words", value="word", count=3)
    assert lines()[0]["event"] == "[not shown: it could not be redacted]"
    assert "word" not in str(lines()[0]).replace("could", "")
    assert lines()[0]["count"] == 3


def test_a_line_is_one_json_object_with_level_time_and_logger() -> None:
    with captured_log() as lines:
        structlog.get_logger("bot.ask").warning("gap\nin two lines", source="log", took=1.5, broken=Broken())
    assert len(lines()) == 1
    line = lines()[0]
    assert (line["event"], line["level"], line["logger"]) == ("gap\nin two lines", "warning", "bot.ask")
    assert (line["source"], line["took"], line["broken"]) == ("log", 1.5, "<Broken>")
    assert str(line["timestamp"]).endswith("Z")


async def test_lines_carry_the_request_they_belong_to() -> None:
    async def request(cluster: str) -> str:
        request_id = new_request_id()
        await asyncio.sleep(0)
        bind_request(verb="diagnose", cluster=cluster)
        await asyncio.sleep(0)
        structlog.get_logger("bot").info("ours")
        logging.getLogger("slack_sdk").info("theirs")
        return request_id

    with captured_log() as lines:
        ids = await asyncio.gather(*(asyncio.create_task(request(name)) for name in ("prod", "dev")))
    for request_id, cluster in zip(ids, ("prod", "dev"), strict=True):
        mine = [line for line in lines() if line["request_id"] == request_id]
        assert [line["event"] for line in mine] == ["ours", "theirs"]
        assert {line["cluster"] for line in mine} == {cluster}


def test_request_ids_differ() -> None:
    assert len({new_request_id() for _ in range(1000)}) == 1000
    structlog.contextvars.clear_contextvars()


@pytest.mark.parametrize(
    "name", ["slack_sdk.web.async_client", "slack_bolt.AsyncApp", "aiohttp.access", "kubernetes.client.rest"]
)
def test_libraries_never_print_bodies_though_debug_is_on(name: str) -> None:
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.DEBUG)
    with captured_log(settings=LogAs(log_level="DEBUG")) as lines:
        logger.debug("body: xoxb")
        logger.info("connected")
        structlog.get_logger("bot.ask").debug("ours")
    logger.setLevel(before)
    assert [line["event"] for line in lines()] == ["connected", "ours"]


def test_the_level_is_kept() -> None:
    with captured_log(settings=LogAs(log_level="WARNING")) as lines:
        structlog.get_logger("bot").info("no")
        logging.getLogger("bot").info("no")
        structlog.get_logger("bot").warning("yes")
    assert [line["event"] for line in lines()] == ["yes"]


class TestMetrics:
    def test_everything_is_counted(self) -> None:
        metrics = Metrics()
        metrics.question("diagnose", "broken")
        metrics.acked(0.2)
        metrics.answered("diagnose", 1.9)
        metrics.slack_call("chat.update", "ok")
        metrics.api_call("list", 403)
        metrics.rule_hit("pod-pending-untolerated-taint")
        metrics.rule_undecided("pod-pending-untolerated-taint")
        metrics.gap("log of mlops/x [app]")
        metrics.rate_limited("channel")
        metrics.coalesced("replica")
        metrics.redacted(3)
        metrics.store_healthy(False)
        text = metrics.text().decode()
        for line in (
            'questions_total{outcome="broken",verb="diagnose"} 1.0',
            'ack_seconds_bucket{le="0.25"} 1.0',
            'answer_seconds_bucket{le="2.0",verb="diagnose"} 1.0',
            'slack_calls_total{method="chat.update",result="ok"} 1.0',
            'api_server_calls_total{code="403",verb="list"} 1.0',
            'rule_hits_total{rule="pod-pending-untolerated-taint"} 1.0',
            'rule_undecided_total{rule="pod-pending-untolerated-taint"} 1.0',
            'gaps_total{source="log"} 1.0',
            'rate_limited_total{whose="channel"} 1.0',
            'coalesced_total{where="replica"} 1.0',
            "redactions_total 3.0",
            "store_healthy 0.0",
        ):
            assert f"mlops_bot_{line}" in text

    def test_labels_stay_few_whatever_comes_in(self) -> None:
        metrics = Metrics()
        for number in range(5_000):
            metrics.question(f"verb{number}", f"outcome{number}")
            metrics.slack_call(f"method{number}", f"result{number}")
            metrics.api_call("get", number)
            metrics.rule_hit(f"rule{number}")
            metrics.gap(f"kind{number} of x")
            metrics.gap(f"{'a' * (number % 200 + 1)} of x")
            metrics.rate_limited(f"U{number}")
            metrics.coalesced(f"C{number}")
        assert len(metrics.text().splitlines()) < 6_000
        assert b'whose="other"' in metrics.text()

    def test_every_rule_there_is_keeps_its_name(self) -> None:
        metrics = Metrics()
        for rule in (known := load_catalog(subjects=SUBJECTS).rules):
            metrics.rule_hit(rule.id)
        assert metrics.text().count(b"mlops_bot_rule_hits_total{") == len(known)
        assert b'rule="other"' not in metrics.text()

    def test_two_bots_do_not_mix(self) -> None:
        one, two = Metrics(), Metrics()
        one.redacted()
        assert b"mlops_bot_redactions_total 0.0" in two.text()

    def test_a_known_label_stays_itself_when_the_bound_is_reached(self) -> None:
        bounded = Bounded(2)
        assert [bounded.of(value) for value in ("a", "b", "c", "a", "")] == ["a", "b", "other", "a", "other"]
