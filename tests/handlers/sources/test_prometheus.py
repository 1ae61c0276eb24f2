"""A Prometheus that answers, one that fails in every way, and one that is not a Prometheus at all."""

import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handlers.extract.series import by_label, finite
from handlers.sources import prometheus as door
from handlers.sources.errors import (
    BadAnswer,
    CredentialFailed,
    Forbidden,
    NotServed,
    Rejected,
    SourceError,
    Throttled,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from handlers.sources.series import Sample
from tests.fakes.prometheus import Prometheus


@pytest.fixture
async def server() -> AsyncIterator[Prometheus]:
    async with Prometheus() as running:
        yield running


@pytest.fixture
async def source(server: Prometheus) -> AsyncIterator[door.Prometheus]:
    found = door.Prometheus(server.url + "/", timeout=5)
    yield found
    await found.close()


async def test_samples_keep_their_labels_and_the_numbers_that_are_none(
    server: Prometheus, source: door.Prometheus
) -> None:
    server.know("p99", ({"model": "a"}, "0.25"), ({"model": "b"}, "NaN"), ({}, "+Inf"))
    samples = await source.query('p99{x="ü&+"}')
    assert server.queries == ['p99{x="ü&+"}']
    assert samples[0] == Sample({"model": "a"}, 0.25)
    assert math.isnan(samples[1].value)
    assert math.isinf(samples[2].value)
    assert finite(samples) == samples[:1]
    assert by_label(samples, "model") == {("a",): 0.25}


async def test_nothing_known_is_an_empty_answer_and_a_scalar_is_one_sample(
    server: Prometheus, source: door.Prometheus
) -> None:
    assert await source.query("absent") == ()
    server.fail(body='{"status":"success","data":{"resultType":"scalar","result":[1.5,"2"]}}')
    assert await source.query("scalar(x)") == (Sample({}, 2.0),)


FAILURES: list[tuple[int, str, str, type[SourceError], str]] = [
    (401, "no", "text/plain", Unauthorized, "refused (401)"),
    (403, "no", "text/plain", Forbidden, "no right to query Prometheus"),
    (404, "404 page not found", "text/plain", NotServed, "no query API"),
    (429, "", "text/plain", Throttled, "429"),
    (302, "", "text/html", BadAnswer, "leads elsewhere (302)"),
    (200, "<html>Sign in</html>", "text/html", BadAnswer, "a web page"),
    (200, "[]", "application/json", BadAnswer, "something else"),
    (200, "{}", "application/json", BadAnswer, "something else"),
    (500, "oops", "text/plain", BadAnswer, "it failed (500)"),
    (502, "<html>Bad gateway</html>", "text/html", BadAnswer, "it failed (502)"),
    (
        400,
        '{"status":"error","errorType":"bad_data","error":"parse error: unexpected end"}',
        "application/json",
        Rejected,
        "parse error: unexpected end",
    ),
    (
        503,
        '{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}',
        "application/json",
        BadAnswer,
        "took too long",
    ),
    (
        503,
        '{"status":"error","errorType":"internal","error":"TSDB not ready"}',
        "application/json",
        BadAnswer,
        "it failed (503): TSDB not ready",
    ),
    (
        200,
        '{"status":"success","data":{"resultType":"matrix","result":[]}}',
        "application/json",
        BadAnswer,
        "it is a matrix",
    ),
    (
        200,
        '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"many"]}]}}',
        "application/json",
        BadAnswer,
        "cannot be read",
    ),
    (
        200,
        '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1]}]}}',
        "application/json",
        BadAnswer,
        "cannot be read",
    ),
    (
        200,
        '{"status":"success","data":{"resultType":"vector","result":null}}',
        "application/json",
        BadAnswer,
        "cannot be read",
    ),
]


@pytest.mark.parametrize(("status", "body", "kind", "error", "said"), FAILURES)
async def test_every_failure_is_told_in_words(  # noqa: PLR0913, PLR0917 - a row of the table
    server: Prometheus,
    source: door.Prometheus,
    status: int,
    body: str,
    kind: str,
    error: type[SourceError],
    said: str,
) -> None:
    server.fail(status, body, kind)
    with pytest.raises(error) as caught:
        await source.query("up")
    assert said in caught.value.why
    assert caught.value.what == "Prometheus"
    assert caught.value.advice


async def test_a_server_that_hangs_is_given_up(server: Prometheus) -> None:
    server.hang()
    source = door.Prometheus(server.url, timeout=0.2)
    with pytest.raises(TimedOut):
        await source.query("up")
    await source.close()


async def test_an_answer_without_end_is_given_up(server: Prometheus, source: door.Prometheus) -> None:
    server.fail(body=" " * (door.LARGEST + 10))
    with pytest.raises(BadAnswer) as caught:
        await source.query("up")
    assert caught.value.why == "the answer is longer than 16 MiB"


async def test_nobody_there_and_no_login_repeated() -> None:
    source = door.Prometheus("http://me:hunter2@127.0.0.1:9/prom")
    with pytest.raises(Unreachable) as caught:
        await source.query("up")
    assert "http://127.0.0.1:9/prom" in caught.value.why
    assert "hunter2" not in str(caught.value)
    await source.close()
    with pytest.raises(Unreachable):
        await source.query("up")


async def test_a_token_is_read_from_its_file_and_again_when_it_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old\n")
    async with Prometheus(token="Bearer old") as server:
        source = door.Prometheus(server.url, token_file=file)
        assert await source.query("up") == ()
        server.token = "Bearer new"
        file.write_text("new")
        assert await source.query("up") == ()
        server.token = "Bearer newest"
        with pytest.raises(Unauthorized):
            await source.query("up")
        assert server.tokens == ["Bearer old", "Bearer old", "Bearer new", "Bearer new"]
        await source.close()


async def test_a_token_file_that_is_not_there_is_named(server: Prometheus, tmp_path: Path) -> None:
    source = door.Prometheus(server.url, token_file=tmp_path / "none")
    with pytest.raises(CredentialFailed) as caught:
        await source.query("up")
    assert "none cannot be read" in caught.value.why
    await source.close()
