"""Answers to predictions as the logs of real servers show them."""

from datetime import UTC, datetime

import pytest

from handlers.extract.logs import log_facts
from handlers.extract.predictions import ServerLog, model_in_path, predict_path, prediction_facts, server_logs
from rules.facts.container import ContainerFacts
from rules.facts.inferenceservice import PredictionErrorFacts, PredictionFacts
from rules.facts.pod import PodFacts

NOW = datetime(2026, 11, 22, 10, 6, 23, tzinfo=UTC)
KSERVE = '2026-11-22 10:0{}:06.571 uvicorn.access INFO:     10.0.2.30:51000 1 - "POST {} HTTP/1.1" {}'
GOOD = 'INFO:     10.0.0.1:1 - "POST /v1/models/m:predict HTTP/1.1" 200 OK'


def of(text: str, model: str = "m", *, previous: bool = False) -> PredictionFacts:
    log = log_facts(text, container="kserve-container", previous=previous, now=NOW)
    return prediction_facts(server_logs(PodFacts(containers=(ContainerFacts(log=log),))), model)


SERVERS = """\
2026-11-22 10:02:06.571 uvicorn.access INFO:     a:5 1 - "POST /v1/models/m%3Apredict HTTP/1.1" 500 Error
INFO:     10.0.1.31:41234 - "POST /v2/models/m/infer HTTP/1.1" 500 Internal Server Error
[E 221122 10:02:06 web:2243] 500 POST /v1/models/m:predict (10.0.0.1) 12.31ms
ERROR:tornado.access:500 POST /v1/models/m:predict (10.0.0.1) 12.31ms
2026-11-22T10:02:06,571 [INFO ] W-9000-m_1.0 ACCESS_LOG - /10.0.0.1:52132 "POST /predictions/m HTTP/1.1" 500 4
10.0.0.1 - - [22/Nov/2026:10:02:06 +0000] "POST /v2/models/m/versions/2/infer HTTP/1.1" 500 12 "-" "x"
{"level":"info","msg":"request","method":"POST","path":"/v1/models/m:predict","status":500}
"""


@pytest.mark.parametrize(
    "line",
    SERVERS.splitlines(),
    ids=["kserve", "mlserver", "tornado", "tornado plain", "torchserve", "common log", "json"],
)
def test_the_servers_tell_a_failed_prediction_in_their_own_ways(line: str) -> None:
    found = of("\n".join([line] * 4)).server_error
    assert (found.count, found.status, found.asked, found.matters) == (4, 500, "m", True)
    assert found.trouble == "the model fails"


@pytest.mark.parametrize(
    ("status", "group"),
    [
        ("400 Bad Request", "bad_request"),
        ("422 Unprocessable Entity", "bad_request"),
        ("404 Not Found", "not_found"),
        ("500 Internal Server Error", "server_error"),
        ("503 Service Unavailable", "unavailable"),
        ("429 Too Many Requests", "unavailable"),
    ],
)
def test_each_status_means_one_thing(status: str, group: str) -> None:
    found = of("\n".join(KSERVE.format(n, "/v1/models/m%3Apredict", status) for n in (1, 2, 3)))
    counts = {
        name: getattr(found, name).count for name in PredictionFacts.__struct_fields__ if name != "missing"
    }
    assert {name: count for name, count in counts.items() if count} == {group: 3}


def test_a_login_that_is_refused_is_none_of_them() -> None:
    found = of("\n".join(KSERVE.format(n, "/v1/models/m%3Apredict", "401 Unauthorized") for n in (1, 2, 3)))
    assert found.server_error.count + found.not_found.count + found.bad_request.count == 0


@pytest.mark.parametrize(
    "path",
    [
        "/favicon.ico",
        "/.env",
        "/wp-login.php",
        "/healthz",
        "/metrics",
        "/v1/sklearnserver",
        "/v2/health/ready",
    ],
)
def test_scanners_and_health_checks_are_no_predictions(path: str) -> None:
    found = of("\n".join(KSERVE.format(n, path, "404 Not Found") for n in (1, 2, 3, 4)))
    assert found.server_error.count + found.not_found.count + found.bad_request.count == 0


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/v1/models/a:predict", "a"),
        ("/v1/models/a%3Apredict", "a"),
        ("/v1/models/a", "a"),
        ("/v1/models/a:explain", "a"),
        ("/v2/models/a-b/infer", "a-b"),
        ("/v2/models/a/versions/3/infer", "a"),
        ("/serving/mlops/a/v1/models/a:predict", "a"),
        ("/predictions/a/1.0", "a"),
        ("/invocations", ""),
        ("/openai/v1/chat/completions", ""),
        ("/v1/completions", ""),
        ("/v1/models", None),
        ("/v2/health/ready", None),
        ("/", None),
    ],
)
def test_the_model_a_url_names(path: str, model: str | None) -> None:
    assert model_in_path(path) == model


def test_the_path_of_each_protocol() -> None:
    assert predict_path("m", "v1") == "/v1/models/m:predict"
    assert predict_path("m", "v2") == "/v2/models/m/infer"


@pytest.mark.parametrize(
    ("bad", "good", "matters"), [(2, 0, False), (3, 0, True), (3, 100, True), (3, 150, False), (4, 150, True)]
)
def test_a_few_among_many_are_strays(bad: int, good: int, matters: bool) -> None:
    line = 'INFO:     10.0.0.1:1 - "POST /v1/models/m:predict HTTP/1.1" 500 Internal Server Error'
    assert of("\n".join([line] * bad + [GOOD] * good)).server_error.matters is matters


def test_what_was_answered_hours_ago_is_history() -> None:
    lines = [
        line.replace(" 10:0", " 07:0")
        for line in (KSERVE.format(n, "/v1/models/m:predict", 500) for n in (1, 2, 3))
    ]
    found = of("\n".join(lines)).server_error
    assert (found.count, found.matters) == (3, False)


def test_the_log_of_a_run_that_is_over_tells_nothing_of_now() -> None:
    lines = [KSERVE.format(n, "/v1/models/m:predict", 500) for n in (1, 2, 3)]
    assert of("\n".join(lines), previous=True) == PredictionFacts()


def test_a_wrong_name_is_told_from_the_right_one() -> None:
    lines = [KSERVE.format(n, "/v1/models/m_x%3Apredict", "404 Not Found") for n in (1, 2, 3)]
    lines.append("2026-11-22 10:05:42.395 1 kserve ERROR Exception: Model with name m_x does not exist.")
    found = of("\n".join(lines), "m-x").not_found
    assert (found.asked, found.wrong_name) == ("m_x", True)
    assert found.why
    assert found.why.text.endswith("Model with name m_x does not exist.")
    assert not of("\n".join(lines), "m_x").not_found.wrong_name


def test_columns_that_are_missing_are_named() -> None:
    lines = [KSERVE.format(n, "/v1/models/m%3Apredict", "400 Bad Request") for n in (1, 2, 3)]
    lines.append("2026-11-22 10:05:42.395 1 kserve ERROR Exception: columns are missing: {'age', 'income'}")
    found = of("\n".join(lines)).bad_request
    assert set(found.columns) == {"age", "income"}
    assert found.trouble.startswith("their input lacks ")


def test_an_exception_is_told_with_its_place() -> None:
    raised = (
        "2026-11-22 10:05:06.270 1 kserve ERROR [errors.py:generic_exception_handler():182] Exception:\n"
        "Traceback (most recent call last):\n"
        '  File "/app/model.py", line 71, in predict\n'
        "    result = self._model.predict(instances)\n"
        "ValueError: Input contains NaN.\n"
    )
    lines = [
        raised + KSERVE.format(n, "/v1/models/m%3Apredict", "500 Internal Server Error") for n in (1, 2, 3)
    ]
    found = of("\n".join(lines)).server_error
    assert found.exception == "ValueError: Input contains NaN."
    assert found.frame == "/app/model.py:71 in predict"
    assert found.trouble == "the model raises ValueError: Input contains NaN"
    assert found.said
    assert found.said.text == "3 of the last 3 requests were answered 500"


def test_of_two_containers_the_one_that_matters_is_told() -> None:
    one = log_facts("\n".join([GOOD] * 9), container="proxy", previous=False, now=NOW)
    bad = [KSERVE.format(n, "/v1/models/m%3Apredict", "500 Internal Server Error") for n in (1, 2, 3)]
    other = log_facts("\n".join(bad), container="kserve-container", previous=False, now=NOW)
    found = prediction_facts([ServerLog("a", one), ServerLog("b", other)], "m").server_error
    assert (found.pod, found.container) == ("b", "kserve-container")
    assert prediction_facts([], "m").server_error == PredictionErrorFacts()


def test_triton_that_writes_no_access_log() -> None:
    line = (
        "E1122 10:05:0{}.000000 1 pb_stub.cc:736] Failed to process the request(s) for model 'm', "
        "message: ValueError: Input contains NaN"
    )
    found = of("\n".join(line.format(n) for n in range(4))).server_error
    assert (found.matters, found.count, found.status, found.asked) == (True, 4, 500, "m")
    assert found.why
    assert "Input contains NaN" in found.why.text
    assert not of(line.format(1)).server_error.matters
