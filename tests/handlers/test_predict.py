"""Asking models for predictions through the API server, and what their answers mean."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from handlers.contract import Evidence, Question, Sources
from handlers.extract.predict import listed_models
from handlers.predict import PREDICT
from handlers.predict.looking import DataInvalid
from handlers.sources.cluster import Cluster, ProxyAnswer
from handlers.sources.recorded import RecordedCluster
from rules.correlate import Judged, correlate
from rules.facts.inferenceservice import InferenceServiceFacts
from rules.facts.predict import PredictFacts
from rules.finding import Finding
from rules.judge import judge
from tests.fakes.kubernetes import ApiServer, Fault
from tests.fakes.kubernetes.bundle import DEMO
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import thing, write_cluster
from tests.shipped import shipped_rules

ROW = json.dumps({"instances": [[5.1, 3.5, 1.4, 0.2]]})
PROXY = "/api/v1/namespaces/mlops/services/{}-predictor:80/proxy"
Backend = Callable[[str, str, bytes], web.Response]


def answers(*known: tuple[str, str, int, object]) -> Backend:
    """A server with an answer for each method and path; 404 for any other."""
    table = {(method, path): (status, body) for method, path, status, body in known}

    def answer(method: str, path: str, _: bytes) -> web.Response:
        status, body = table.get((method, path), (404, {"detail": "Not Found"}))
        return web.json_response(body, status=status)

    return answer


async def predict(
    cluster: Cluster, name: str, data: str = "", deadline: float = 20.0
) -> tuple[Evidence, PredictFacts]:
    options = {"data": data} if data else {}
    question = Question(name=name, namespace="mlops", options=options, deadline=deadline)
    evidence = await PREDICT.gather(question, Sources(cluster=cluster), told)
    assert isinstance(evidence.facts, PredictFacts)
    return evidence, evidence.facts


def causes(evidence: Evidence) -> tuple[Finding, ...]:
    judged = [Judged(facts, judge(facts, shipped_rules())) for facts in (evidence.facts, *evidence.related)]
    return correlate(judged, shipped_rules().beats)


async def test_a_model_that_says_it_is_ready(server: ApiServer, connect: Connect) -> None:
    server.backends["mlops", "sklearn-iris-predictor"] = answers(
        ("GET", "/v1/models/sklearn-iris", 200, {"name": "sklearn-iris", "ready": True})
    )
    evidence, facts = await predict(connect(server), "sklearn-iris")
    assert evidence.healthy
    assert evidence.headline.startswith("mlops/sklearn-iris is ready")
    assert (facts.status, facts.problem, facts.path) == (200, "none", "/v1/models/sklearn-iris")
    assert evidence.related == ()
    assert causes(evidence) == ()
    assert [r.path for r in server.requests if "proxy" in r.path] == [
        PROXY.format("sklearn-iris") + "/v1/models/sklearn-iris"
    ]


async def test_the_other_protocol_is_tried_and_a_prediction_follows_it(
    server: ApiServer, connect: Connect
) -> None:
    server.backends["mlops", "sklearn-iris-predictor"] = answers(
        ("GET", "/v2/models/sklearn-iris/ready", 200, {}),
        ("POST", "/v2/models/sklearn-iris/infer", 200, {"outputs": [{"data": [1]}]}),
    )
    evidence, facts = await predict(connect(server), "sklearn-iris", data='{"inputs": []}')
    assert evidence.healthy
    assert facts.protocol == "v2"
    assert facts.posted
    assert "answers the prediction with 200" in evidence.headline
    assert '"outputs"' in evidence.exhibits[0].text
    assert server.requests[-1].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "said", "rule"),
    [
        (400, {"error": "columns are missing: {'capital_gain'}"}, "predict-400"),
        (422, {"detail": "field required"}, "predict-400"),
        (404, {"error": "Model with name sklearn-iris does not exist."}, "predict-404"),
        (500, {"error": "ValueError : Input contains NaN."}, "predict-500"),
        (503, {"error": "Model sklearn-iris is not ready"}, "predict-503"),
        (403, {"message": "RBAC: access denied"}, "predict-refused"),
        (302, {}, "predict-other"),
    ],
)
async def test_every_status_is_explained(
    server: ApiServer, connect: Connect, status: int, said: dict[str, str], rule: str
) -> None:
    server.backends["mlops", "sklearn-iris-predictor"] = answers(
        ("GET", "/v1/models/sklearn-iris", 200, {"ready": True}),
        ("POST", "/v1/models/sklearn-iris:predict", status, said),
    )
    evidence, facts = await predict(connect(server), "sklearn-iris", data=ROW)
    assert not evidence.healthy
    assert facts.status == status
    assert facts.answer
    assert "".join(said.values()).rstrip(".") in facts.answer.text
    assert [finding.rule for finding in causes(evidence)] == [rule]


async def test_a_name_the_server_does_not_know_gets_the_one_it_lists(
    server: ApiServer, connect: Connect
) -> None:
    server.backends["mlops", "sklearn-iris-predictor"] = answers(
        ("GET", "/v1/models", 200, {"models": ["iris", "wine"]})
    )
    evidence, facts = await predict(connect(server), "sklearn-iris")
    assert facts.problem == "not_found"
    assert facts.listed == ("iris", "wine")
    assert facts.nearest == "iris"
    (finding,) = causes(evidence)
    assert finding.rule == "predict-404"
    assert "Use the name the server lists: iris." in [step.say for step in finding.fix]


@pytest.mark.parametrize(
    ("answer", "listed"),
    [
        ({"models": ["iris", "wine"]}, ("iris", "wine")),
        ({"models": [{"name": "iris"}]}, ("iris",)),
        ([{"name": "iris", "state": "READY"}, {"name": "iris", "version": "2"}], ("iris",)),
        ({"object": "list", "data": [{"id": "llama"}]}, ("llama",)),
        ({"models": None}, ()),
        ("iris", ()),
    ],
)
def test_the_models_a_server_lists_in_its_own_form(answer: object, listed: tuple[str, ...]) -> None:
    assert listed_models(ProxyAnswer(status=200, body=json.dumps(answer))) == listed


def test_a_list_that_is_no_json_lists_nothing() -> None:
    assert listed_models(ProxyAnswer(status=200, body="<html>")) == ()


async def test_a_server_error_shows_the_log_around_it(server: ApiServer, connect: Connect) -> None:
    server.backends["mlops", "fraud-detector-predictor"] = answers(
        ("GET", "/v1/models/fraud-detector", 200, {"ready": "True"}),
        ("POST", "/v1/models/fraud-detector:predict", 500, {"error": "ValueError"}),
    )
    evidence, facts = await predict(connect(server), "fraud-detector", data=ROW)
    assert facts.log_error
    assert "Input contains NaN" in facts.log_error.text
    (finding,) = causes(evidence)
    assert finding.rule == "predict-500"
    assert [symptom.rule for symptom in finding.explains] == ["isvc-predict-500"]


async def test_without_an_endpoint_the_ladder_behind_is_told(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await predict(connect(server), "credit-risk")
    assert facts.problem == "no_backend"
    assert facts.refusal
    assert "no endpoints available" in facts.refusal.text
    (finding,) = causes(evidence)
    assert finding.rule == "isvc-download-denied"
    assert "predict-no-backend" in [symptom.rule for symptom in finding.explains]


async def test_a_model_that_says_not_ready_is_not_the_api_server(server: ApiServer, connect: Connect) -> None:
    server.backends["mlops", "image-classifier-predictor"] = answers(
        ("GET", "/v2/models/image-classifier/ready", 503, {"error": "model is not ready"})
    )
    evidence, facts = await predict(connect(server), "image-classifier")
    assert (facts.problem, facts.status) == ("not_ready", 503)
    finding = causes(evidence)[0]
    assert finding.rule == "isvc-probe-timeout"
    assert "predict-503" in [symptom.rule for symptom in finding.explains]


async def test_a_v1_server_that_says_no_with_200(server: ApiServer, connect: Connect) -> None:
    server.backends["mlops", "sklearn-iris-predictor"] = answers(
        ("GET", "/v1/models/sklearn-iris", 200, {"name": "sklearn-iris", "ready": False})
    )
    evidence, facts = await predict(connect(server), "sklearn-iris")
    assert facts.problem == "not_ready"
    assert [finding.rule for finding in causes(evidence)] == ["predict-503"]


async def test_a_service_that_is_gone(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await predict(connect(server), "object-detector")
    assert facts.problem == "no_service"
    (finding,) = causes(evidence)
    assert finding.rule == "isvc-unknown-runtime"
    assert "predict-no-service" in [symptom.rule for symptom in finding.explains]


async def test_without_the_right_it_says_so_and_diagnoses_what_it_may(
    server: ApiServer, connect: Connect
) -> None:
    server.deny("get", "services/proxy")
    evidence, facts = await predict(connect(server), "wine-quality")
    assert not evidence.healthy
    assert [(gap.source, gap.reason) for gap in evidence.gaps] == [
        ("prediction", "no right to get services/proxy in namespace mlops")
    ]
    assert "problem" in facts.missing
    assert [finding.rule for finding in causes(evidence)] == ["isvc-predict-404"]


async def test_posting_needs_a_right_of_its_own(server: ApiServer, connect: Connect) -> None:
    server.deny("create", "services/proxy")
    server.backends["mlops", "sklearn-iris-predictor"] = answers(
        ("GET", "/v1/models/sklearn-iris", 200, {"ready": True})
    )
    evidence, _ = await predict(connect(server), "sklearn-iris", data=ROW)
    assert [gap.reason for gap in evidence.gaps] == ["no right to create services/proxy in namespace mlops"]


@pytest.mark.parametrize("fault", [Fault.hang(), Fault.reset(), Fault.cut()], ids=["hang", "reset", "cut"])
async def test_a_server_that_gives_no_answer(server: ApiServer, connect: Connect, fault: Fault) -> None:
    server.backends["mlops", "sklearn-iris-predictor"] = answers(
        ("GET", "/v1/models/sklearn-iris", 200, {"ready": True})
    )
    server.fail(PROXY.format("sklearn-iris"), fault)
    evidence, facts = await predict(connect(server, timeout=fault.patience), "sklearn-iris")
    assert [gap.source for gap in evidence.gaps] == ["prediction"]
    assert "problem" in facts.missing
    assert isinstance(evidence.related[0], InferenceServiceFacts)


async def test_a_prediction_is_never_sent_twice(server: ApiServer, connect: Connect) -> None:
    server.backends["mlops", "sklearn-iris-predictor"] = answers(
        ("GET", "/v1/models/sklearn-iris", 200, {"ready": True})
    )
    busy = Fault(status=503, headers={"Retry-After": "0"}, body=b"busy", content_type="text/plain")
    server.fail(PROXY.format("sklearn-iris") + "/v1/models/sklearn-iris:predict", busy)
    _, facts = await predict(connect(server), "sklearn-iris", data=ROW)
    assert facts.problem == "not_ready"
    assert [seen.method for seen in server.requests].count("POST") == 1


async def test_a_long_answer_is_cut(server: ApiServer, connect: Connect) -> None:
    server.backends["mlops", "sklearn-iris-predictor"] = answers(
        ("GET", "/v1/models/sklearn-iris", 200, {"ready": True}),
        ("POST", "/v1/models/sklearn-iris:predict", 200, {"predictions": [0.25] * 100_000}),
    )
    evidence, facts = await predict(connect(server), "sklearn-iris", data=ROW)
    assert evidence.healthy
    assert len(evidence.exhibits[0].text) == 64 * 1024
    assert evidence.exhibits[0].note == "status 200, its beginning"
    assert facts.answer
    assert len(facts.answer.text) < 320


@pytest.mark.parametrize(
    ("data", "said"), [("data.json", "no JSON"), ("[" + "1," * 200_000 + "1]", "longer than 256 KiB")]
)
async def test_data_that_cannot_be_sent_asks_nothing(
    server: ApiServer, connect: Connect, data: str, said: str
) -> None:
    with pytest.raises(DataInvalid, match=said):
        await predict(connect(server), "sklearn-iris", data=data)
    assert server.requests == []


async def test_a_recording_cannot_be_asked_and_is_diagnosed_instead() -> None:
    evidence, facts = await predict(RecordedCluster.open(DEMO), "credit-risk")
    assert [gap.reason for gap in evidence.gaps] == ["a recorded cluster cannot be asked for a prediction"]
    assert "status" in facts.missing
    assert [finding.rule for finding in causes(evidence)] == ["isvc-download-denied"]


async def test_of_a_serverless_one_the_revision_that_serves_is_asked(
    tmp_path: Path, serve: Callable[[Path], Awaitable[ApiServer]], connect: Connect
) -> None:
    revisions = {"latestReadyRevision": "m-predictor-00002", "latestCreatedRevision": "m-predictor-00003"}
    item = thing(
        "InferenceService",
        "m",
        version="serving.kserve.io/v1beta1",
        spec={"predictor": {"model": {"modelFormat": {"name": "sklearn"}}}},
        status={"deploymentMode": "Serverless", "components": {"predictor": revisions}},
    )
    private = thing("Service", "m-predictor-00002-private", spec={"ports": [{"name": "http", "port": 8012}]})
    server = await serve(write_cluster(tmp_path, item, private))
    server.backends["ns", "m-predictor-00002-private"] = answers(
        ("GET", "/v1/models/m", 200, {"ready": True})
    )
    question = Question(name="m", namespace="ns")
    evidence = await PREDICT.gather(question, Sources(cluster=connect(server)), told)
    assert evidence.healthy
    assert any("/m-predictor-00002-private:8012/proxy/" in seen.path for seen in server.requests)
