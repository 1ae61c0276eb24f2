"""Asking a Service through the API server."""

import json

import pytest
from aiohttp import web

from handlers.sources.cluster import counting
from handlers.sources.errors import Forbidden, NoBackend, NotFound, Rejected, TimedOut, Unauthorized
from handlers.sources.kubernetes import KubernetesCluster
from handlers.sources.recorded import RecordedCluster
from rules.finding import ObjectRef
from tests.fakes.kubernetes import ApiServer, Fault
from tests.fakes.kubernetes.bundle import DEMO
from tests.handlers.sources.conftest import Connect

IRIS = ObjectRef("Service", "sklearn-iris-predictor", "mlops")
PLACE = "/api/v1/namespaces/mlops/services/sklearn-iris-predictor:80/proxy"


@pytest.fixture
def asked(server: ApiServer) -> list[tuple[str, str, bytes]]:
    """What the Service was asked; it answers every request alike."""
    seen: list[tuple[str, str, bytes]] = []

    def answer(method: str, path: str, body: bytes) -> web.Response:
        seen.append((method, path, body))
        return web.json_response({"ready": True}, status=200)

    server.backends["mlops", "sklearn-iris-predictor"] = answer
    return seen


async def test_without_a_body_it_is_a_get_and_with_one_a_post(
    server: ApiServer, cluster: KubernetesCluster, asked: list[tuple[str, str, bytes]]
) -> None:
    answer = await cluster.proxy(IRIS, 80, "/v1/models/sklearn-iris")
    assert (answer.status, answer.body, answer.cut) == (200, '{"ready": true}', False)
    assert answer.seconds > 0
    await cluster.proxy(IRIS, 80, "/v1/models/sklearn-iris:predict", body=b'{"instances":[]}')
    assert asked == [
        ("GET", "/v1/models/sklearn-iris", b""),
        ("POST", "/v1/models/sklearn-iris:predict", b'{"instances":[]}'),
    ]
    assert server.requests[1].path == f"{PLACE}/v1/models/sklearn-iris:predict"


@pytest.mark.usefixtures("asked")
async def test_a_path_cannot_leave_its_place(server: ApiServer, cluster: KubernetesCluster) -> None:
    await cluster.proxy(IRIS, 80, "/v1/models/a b?c#d%2e")
    assert server.requests[0].path == f"{PLACE}/v1/models/a%20b%3Fc%23d%252e"
    with pytest.raises(Rejected):
        await cluster.proxy(ObjectRef("Service", "../pods", "mlops"), 80, "/")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503])
async def test_the_services_own_status_is_an_answer(
    server: ApiServer, cluster: KubernetesCluster, status: int
) -> None:
    body = b'{"error": "says the model"}'
    server.fail(PLACE, Fault(status=status, body=body, headers={"Retry-After": "1"}))
    with counting() as count:
        answer = await cluster.proxy(IRIS, 80, "/v1/models/x")
    assert (answer.status, answer.body) == (status, body.decode())
    assert count.requests == 1


async def test_nobody_behind_the_service_is_no_answer(cluster: KubernetesCluster) -> None:
    with pytest.raises(NoBackend) as error:
        await cluster.proxy(IRIS, 80, "/v1/models/x")
    assert error.value.why == 'no endpoints available for service "sklearn-iris-predictor"'


@pytest.mark.parametrize(
    "message",
    [
        'no service port "8080" found for service "sklearn-iris-predictor"',
        "error trying to reach service: dial tcp 10.0.0.1:8080: connect: connection refused",
    ],
)
async def test_what_the_api_server_says_of_the_way_is_no_answer(
    server: ApiServer, cluster: KubernetesCluster, message: str
) -> None:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": 503}
    server.fail(PLACE, Fault(status=503, body=json.dumps(status).encode()))
    with pytest.raises(NoBackend):
        await cluster.proxy(IRIS, 80, "/v1/models/x")


async def test_its_refusals_are_errors(server: ApiServer, cluster: KubernetesCluster) -> None:
    with pytest.raises(NotFound):
        await cluster.proxy(ObjectRef("Service", "none", "mlops"), 80, "/")
    server.deny("get", "services/proxy")
    with pytest.raises(Forbidden) as error:
        await cluster.proxy(IRIS, 80, "/")
    assert (error.value.verb, error.value.resource) == ("get", "services/proxy")
    server.fail(PLACE, Fault.recorded("401-bad-token.http"))
    with pytest.raises(Unauthorized):
        await cluster.proxy(IRIS, 80, "/")


async def test_a_long_answer_is_cut_and_a_silent_one_given_up(server: ApiServer, connect: Connect) -> None:
    server.backends["mlops", "sklearn-iris-predictor"] = lambda *_: web.Response(text="x" * 200_000)
    cluster = await connect(deadline=0.3)
    answer = await cluster.proxy(IRIS, 80, "/")
    assert (len(answer.body), answer.cut) == (64 * 1024, True)
    server.fail(PLACE, Fault.hang())
    with pytest.raises(TimedOut):
        await cluster.proxy(IRIS, 80, "/")


async def test_a_recording_cannot_be_asked() -> None:
    with pytest.raises(Rejected, match="a recorded cluster cannot be asked"):
        await RecordedCluster.open(DEMO).proxy(IRIS, 80, "/v1/models/x")
