"""Every answer that is no success becomes the error of its meaning; many are as a real server gave them."""

import pytest

from handlers.sources.errors import (
    BadAnswer,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    NotServed,
    Rejected,
    SourceError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from handlers.sources.kubernetes import KubernetesCluster
from handlers.sources.objects.meta import KubernetesObject
from handlers.sources.objects.metrics import PodMetrics
from handlers.sources.objects.node import Node, NodePool
from handlers.sources.objects.pod import Pod
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.sources.conftest import Connect


@pytest.mark.parametrize(
    ("answer", "error", "why"),
    [
        ("401-bad-token.http", Unauthorized, "the credentials were refused (401)"),
        ("403-nodes.http", Forbidden, "no right to list pods in namespace mlops"),
        ("404-no-such-group.http", NotServed, "pods is not served by this cluster"),
        ("400-bad-selector.http", Rejected, "unable to parse requirement: found '=', expected: identifier"),
        ("405-method.http", Rejected, "the server does not allow this method on the requested resource"),
        ("406-accept.http", Rejected, "406: Not Acceptable Available representations: application/json,"),
        ("409-already-exists.http", Conflict, 'namespaces "mlops" already exists'),
        ("409-conflict.http", Conflict, 'Operation cannot be fulfilled on configmaps "coredns"'),
        ("410-expired-continue.http", Gone, "The provided continue parameter is too old"),
        ("422-invalid-name.http", Rejected, 'Pod "Bad_Name" is invalid: metadata.name: Invalid value'),
        ("429-eviction-pdb.http", Throttled, "the server asks to slow down (429)"),
        ("500-webhook-failed.http", BadAnswer, "the server failed (500): Internal error occurred"),
        ("503-aggregated-api.http", BadAnswer, "the server failed (503): service unavailable"),
    ],
)
async def test_a_recorded_refusal_becomes_its_error(
    server: ApiServer, cluster: KubernetesCluster, answer: str, error: type[SourceError], why: str
) -> None:
    server.fail("/api/v1", Fault.recorded(answer))
    with pytest.raises(SourceError) as caught:
        await cluster.list(Pod, "mlops")
    assert type(caught.value) is error
    assert caught.value.what == "pods in mlops"
    assert caught.value.why.startswith(why)
    assert not caught.value.why.endswith(".")
    assert "\n" not in caught.value.why


@pytest.mark.parametrize(
    ("kind", "namespace", "sentence"),
    [
        (Node, "", "nodes: no right to list nodes cluster-wide"),
        (NodePool, "", "nodepools.karpenter.sh: no right to list nodepools.karpenter.sh cluster-wide"),
        (Pod, "mlops", "pods in mlops: no right to list pods in namespace mlops"),
    ],
)
async def test_a_missing_right_is_named_with_verb_resource_and_place(
    server: ApiServer, cluster: KubernetesCluster, kind: type[KubernetesObject], namespace: str, sentence: str
) -> None:
    server.deny("list", kind.resource.plural)
    with pytest.raises(Forbidden) as caught:
        await cluster.list(kind, namespace)
    assert str(caught.value) == sentence
    assert (caught.value.verb, caught.value.namespace) == ("list", namespace)


async def test_a_missing_right_to_read_logs_names_the_subresource(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.deny("get", "pods/log", "mlops")
    with pytest.raises(Forbidden) as caught:
        await cluster.log("mlops", "stats-api-5b9ddcf46f-z8z7f", "app")
    assert caught.value.why == "no right to get pods/log in namespace mlops"


async def test_a_right_that_was_taken_away_is_not_there(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.deny("get", "pods/log", "mlops")
    assert not await cluster.may("get", Pod.resource, "mlops", "log")
    assert await cluster.may("get", Pod.resource, "argo", "log")
    assert await cluster.may("get", Pod.resource, "mlops")
    assert server.requests[0].method == "POST"


async def test_metrics_without_a_metrics_server_are_not_served(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail("/apis/metrics.k8s.io", Fault.recorded("404-no-metrics-server-pods.http"))
    with pytest.raises(NotServed):
        await cluster.list(PodMetrics, "mlops")


async def test_an_aggregated_api_that_does_not_answer_is_named(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail("/apis/metrics.k8s.io", Fault.recorded("503-aggregated-api.http"))
    with pytest.raises(
        BadAnswer, match=r"the service behind the API metrics\.k8s\.io/v1beta1 does not answer"
    ):
        await cluster.list(PodMetrics, "mlops")


async def test_a_resource_that_a_served_group_lacks_is_not_served(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    message = b'"message":"the server could not find the requested resource"'
    status = b'{"kind":"Status","reason":"NotFound","details":{},"code":404,' + message + b"}"
    server.fail("/apis/karpenter.sh", Fault.answer(status, status=404))
    with pytest.raises(NotServed):
        await cluster.get(NodePool, "default")


async def test_an_object_that_is_gone_is_not_found(server: ApiServer, cluster: KubernetesCluster) -> None:
    server.fail("/api/v1/namespaces/mlops/pods", Fault.recorded("404-pod.http"))
    with pytest.raises(NotFound) as caught:
        await cluster.get(Pod, "no-such-pod", "mlops")
    assert type(caught.value) is NotFound


@pytest.mark.parametrize("status", [302, 204, 402, 502, 504, 599])
async def test_a_status_nobody_expects_is_an_error_too(
    server: ApiServer, cluster: KubernetesCluster, status: int
) -> None:
    server.fail("/", Fault.html(status))
    with pytest.raises(Rejected if status == 402 else BadAnswer, match=str(status)) as caught:
        await cluster.list(Pod)
    assert "<" not in caught.value.why


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the answer is empty"),
        (b"<!doctype html><html>", "the answer is a web page, not JSON"),
        (b'{"kind":"PodList","items":[{"metadata"', "the answer was cut off"),
        (b'{"kind":"PodList","items":[}', "the answer is not JSON"),
        (b'{"kind":"PodList","items":[{"metadata":{"name":"\xff"}}]}', "the answer is not JSON"),
        (b'{"kind":"PodList","x":' + b"[" * 200_000, "the answer is not JSON"),
        (b'{"kind":"PodList","items":"none"}', "the answer has an unexpected shape"),
        (b'{"kind":"PodList","items":[{"metadata":"x"}]}', "the answer has an unexpected shape"),
        (b'{"kind":"PodList"}', "the answer has no items"),
        (b"{}", "the answer has no items"),
        (b"[]", "the answer has an unexpected shape"),
        (b"null", "the answer has an unexpected shape"),
        (b'{"kind":"NodeList","items":[]}', "the answer is a NodeList, not a PodList"),
        (b'{"kind":"Status","status":"Failure"}', "the answer is a Status, not a PodList"),
    ],
)
async def test_a_body_that_is_no_list_is_a_bad_answer(
    server: ApiServer, cluster: KubernetesCluster, body: bytes, why: str
) -> None:
    server.fail("/api/v1/pods", Fault.answer(body))
    with pytest.raises(BadAnswer) as caught:
        await cluster.list(Pod)
    assert caught.value.why.startswith(why)


@pytest.mark.parametrize("body", [b'{"kind":"PodList","items":[]}', b"{}", b'{"kind":"Node","metadata":{}}'])
async def test_a_body_that_is_no_pod_is_a_bad_answer(
    server: ApiServer, cluster: KubernetesCluster, body: bytes
) -> None:
    server.fail("/api/v1/namespaces", Fault.answer(body))
    with pytest.raises(BadAnswer, match="not a Pod"):
        await cluster.get(Pod, "x", "mlops")


@pytest.mark.parametrize("fault", [Fault.cut(), Fault.cut(chunked=True)])
async def test_a_body_that_is_cut_off_is_a_bad_answer(
    server: ApiServer, cluster: KubernetesCluster, fault: Fault
) -> None:
    server.fail("/api/v1/namespaces/mlops", fault)
    with pytest.raises(BadAnswer, match="the answer was cut off"):
        await cluster.list(Pod, "mlops")


async def test_a_list_that_fails_on_a_later_page_is_no_list(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    fault = Fault.recorded("500-webhook-failed.http", continued=True)
    server.fail("/api/v1/pods", fault)
    pages = cluster.pages(Pod, page_size=100)
    assert len(await anext(pages)) == 100
    with pytest.raises(BadAnswer):
        await anext(pages)


async def test_nobody_at_the_address_is_unreachable(server: ApiServer, cluster: KubernetesCluster) -> None:
    await server.__aexit__(None, None, None)
    with pytest.raises(Unreachable, match=r"no connection to http://127\.0\.0\.1") as caught:
        await cluster.list(Pod)
    assert "Connection refused" in caught.value.why


async def test_a_log_that_goes_on_forever_is_read_up_to_the_limit(
    server: ApiServer, connect: Connect
) -> None:
    server.fail("/api/v1/namespaces/mlops/pods", Fault.endless())
    cluster = await connect()
    assert len(await cluster.log("mlops", "x", "app", limit_bytes=1000)) == 1000
    assert len(await cluster.log("mlops", "x", "app")) == 2**20


async def test_a_log_is_text_whatever_its_bytes_are(server: ApiServer, cluster: KubernetesCluster) -> None:
    server.fail(
        "/api/v1/namespaces/mlops/pods", Fault.answer("naïve \N{SNOWMAN}".encode() + b"\xff\n", "text/plain")
    )
    assert await cluster.log("mlops", "x", "app") == "naïve \N{SNOWMAN}\N{REPLACEMENT CHARACTER}\n"
    assert await cluster.log("mlops", "x", "app", limit_bytes=9) == "naïve "
    assert await cluster.log("mlops", "x", "app", limit_bytes=0) == ""


async def test_a_long_message_is_cut_between_words(server: ApiServer, cluster: KubernetesCluster) -> None:
    url = "postgres://svc:hunter2Zx9Q@db/x"
    body = f'{{"kind":"Status","message":"{"word " * 96}at {url} and more"}}'
    server.fail("/api/v1", Fault.answer(body.encode(), status=422))
    with pytest.raises(Rejected) as caught:
        await cluster.list(Pod, "mlops")
    assert caught.value.why == "word " * 96 + "at"


async def test_a_long_message_without_spaces_is_cut(server: ApiServer, cluster: KubernetesCluster) -> None:
    server.fail("/api/v1", Fault.answer(b'{"kind":"Status","message":"' + b"x" * 900 + b'"}', status=422))
    with pytest.raises(Rejected) as caught:
        await cluster.list(Pod, "mlops")
    assert caught.value.why == "x" * 500
