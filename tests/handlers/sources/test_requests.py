"""What goes over the wire: one request a question, few at a time, patience where the server asks for it."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from handlers.sources.cluster import counting
from handlers.sources.errors import BadAnswer, Gone, Throttled, TimedOut, Unreachable
from handlers.sources.kubernetes import KubernetesCluster
from handlers.sources.objects.event import Event
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.sources.conftest import TOKEN, Connect, Naps


async def test_a_list_asks_for_pages_with_the_selectors_quoted(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    await cluster.list(Pod, "mlops", labels="app in (a,b)", fields="spec.nodeName=x")
    (seen,) = server.requests
    assert seen.path == "/api/v1/namespaces/mlops/pods"
    assert dict(seen.query) == {
        "limit": "250",
        "labelSelector": "app in (a,b)",
        "fieldSelector": "spec.nodeName=x",
    }
    assert seen.headers["Authorization"] == f"Bearer {TOKEN}"
    assert seen.headers["Accept-Encoding"] == "gzip"


async def test_a_log_asks_with_every_option(server: ApiServer, cluster: KubernetesCluster) -> None:
    name = "image-resizer-8f9d944d7-q7gz4"
    await cluster.log("mlops", name, "app", previous=True, tail_lines=5, since_seconds=60, limit_bytes=99)
    assert dict(server.requests[0].query) == {
        "container": "app",
        "previous": "true",
        "tailLines": "5",
        "sinceSeconds": "60",
        "limitBytes": "99",
    }


async def test_names_are_quoted(server: ApiServer, cluster: KubernetesCluster) -> None:
    with pytest.raises(BadAnswer):
        await _with_answer(server, cluster, "x?y=1#z é")
    assert server.requests[0].path == "/api/v1/nodes/x%3Fy%3D1%23z%20%C3%A9"
    assert not server.requests[0].query


async def _with_answer(server: ApiServer, cluster: KubernetesCluster, name: str) -> None:
    server.fail("/", Fault.answer(b"{}"))
    await cluster.get(Node, name)


async def test_every_request_is_counted_with_its_retries(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail("/api/v1/nodes", Fault.recorded("429-eviction-pdb.http", retry_after="1", times=1))
    with counting() as count:
        await cluster.list(Node)
        async for _ in cluster.pages(Pod, page_size=100):
            pass
    assert count.requests == 2 + 3 == len(server.requests)


async def test_the_pause_the_server_asks_for_is_kept(
    server: ApiServer, cluster: KubernetesCluster, naps: Naps
) -> None:
    server.fail("/", Fault.recorded("429-eviction-pdb.http", retry_after="2", times=2))
    assert len(await cluster.list(Node)) == 12
    assert naps.slept == [2.0, 2.0]


async def test_after_two_pauses_it_is_throttled(
    server: ApiServer, cluster: KubernetesCluster, naps: Naps
) -> None:
    server.fail("/", Fault.recorded("429-eviction-pdb.http", retry_after="1"))
    with pytest.raises(Throttled) as caught:
        await cluster.list(Node)
    assert caught.value.retry_after == 1.0
    assert (naps.slept, len(server.requests)) == ([1.0, 1.0], 3)


async def test_a_pause_longer_than_the_deadline_is_not_waited_for(
    server: ApiServer, cluster: KubernetesCluster, naps: Naps
) -> None:
    server.fail("/", Fault.recorded("429-eviction-pdb.http", retry_after="3600"))
    with pytest.raises(Throttled) as caught:
        await cluster.list(Node)
    assert caught.value.retry_after == 3600.0
    assert (naps.slept, len(server.requests)) == ([], 1)


@pytest.mark.parametrize("retry_after", ["", "soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", "²"])
async def test_without_a_number_of_seconds_nothing_is_tried_again(
    server: ApiServer, cluster: KubernetesCluster, retry_after: str
) -> None:
    server.fail("/", Fault.recorded("429-eviction-pdb.http", retry_after=retry_after))
    with pytest.raises(Throttled):
        await cluster.list(Node)
    assert len(server.requests) == 1


async def test_a_server_that_starts_up_is_asked_again(
    server: ApiServer, cluster: KubernetesCluster, naps: Naps
) -> None:
    server.fail("/", Fault.recorded("503-aggregated-api.http", retry_after="1", times=1))
    assert len(await cluster.list(Node)) == 12
    assert naps.slept == [1.0]


async def test_a_server_that_stays_down_is_a_bad_answer(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail("/", Fault.recorded("503-aggregated-api.http", retry_after="1"))
    with pytest.raises(BadAnswer, match="503"):
        await cluster.list(Node)
    assert len(server.requests) == 3


async def test_no_answer_within_the_deadline(server: ApiServer, connect: Connect) -> None:
    server.fail("/", Fault.hang())
    cluster = await connect(deadline=0.05)
    with pytest.raises(TimedOut) as caught:
        await cluster.list(Pod, "mlops")
    assert (caught.value.what, caught.value.seconds) == ("pods in mlops", 0.05)


async def test_a_late_answer_within_the_deadline_is_good(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail("/", Fault.slow(0.05))
    assert len(await cluster.list(Node)) == 12


async def test_a_connection_that_was_reset_is_tried_once_more(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail("/", Fault.reset(times=1))
    assert len(await cluster.list(Node)) == 12
    assert len(server.requests) == 2


async def test_a_connection_that_is_reset_again_and_again_is_unreachable(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail("/", Fault.reset())
    with pytest.raises(Unreachable, match="the connection was closed before an answer came"):
        await cluster.list(Node)
    assert len(server.requests) == 2


async def test_a_question_that_is_posted_is_not_sent_twice(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail("/", Fault.reset())
    with pytest.raises(Unreachable):
        await cluster.may("list", Pod.resource)
    assert len(server.requests) == 1


async def test_an_expired_continue_token_starts_again_without_repeating(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail("/api/v1/pods", Fault.recorded("410-expired-continue.http", continued=True, times=1))
    pages = [page async for page in cluster.pages(Pod, page_size=100)]
    uids = [pod.metadata.uid for page in pages for pod in page]
    assert len(uids) == len(set(uids)) == 214
    assert ["continue" in seen.query for seen in server.requests] == [False, True, False, True, True]


async def test_a_token_that_expires_twice_is_gone(server: ApiServer, cluster: KubernetesCluster) -> None:
    server.fail("/api/v1/pods", Fault.recorded("410-expired-continue.http", continued=True))
    with pytest.raises(Gone):
        [page async for page in cluster.pages(Pod, page_size=100)]
    assert len(server.requests) == 4


async def test_no_more_requests_than_allowed_are_in_flight(server: ApiServer, connect: Connect) -> None:
    cluster = await connect(max_in_flight=3)
    await asyncio.gather(*(cluster.list(Node) for _ in range(20)))
    assert len(server.requests) == 20
    assert server.most_in_flight <= 3


async def test_as_many_requests_as_allowed_are_in_flight(server: ApiServer, connect: Connect) -> None:
    server.fail("/", Fault.hang())
    cluster = await connect(max_in_flight=3)
    tasks = [asyncio.create_task(cluster.list(Node)) for _ in range(5)]
    async with asyncio.timeout(5):
        await server.wait_for_requests(3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert server.most_in_flight == 3


async def test_a_cancelled_question_gives_its_place_back(server: ApiServer, connect: Connect) -> None:
    server.fail("/", Fault.hang())
    cluster = await connect(max_in_flight=1)
    hanging = asyncio.create_task(cluster.list(Node))
    async with asyncio.timeout(5):
        await server.wait_for_requests(1)
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)
    server.heal()
    assert len(await cluster.list(Node)) == 12


async def test_nulls_count_as_absent(server: ApiServer, cluster: KubernetesCluster) -> None:
    server.fail("/api/v1", Fault.nulls())
    pods = await cluster.list(Pod, "mlops")
    pod = await cluster.get(Pod, pods[0].metadata.name, "mlops")
    for each in (*pods, pod):
        assert (each.metadata.labels, each.metadata.owner_references, each.status.conditions) == ({}, (), ())
        assert each.metadata.annotations == {"kept": "yes"}
        assert (each.spec.containers[0].env, each.spec.containers[0].ports) == ((), ())


async def test_items_that_are_null_are_an_empty_list(server: ApiServer, cluster: KubernetesCluster) -> None:
    server.fail("/api/v1/pods", Fault.answer(b'{"kind":"PodList","metadata":null,"items":null}'))
    assert await cluster.list(Pod) == ()


async def test_fields_nobody_reads_are_passed_over(server: ApiServer, cluster: KubernetesCluster) -> None:
    body = b'{"kind":"PodList","news":{"a":[1]},"items":[{"metadata":{"name":"x","odd":[{}]},"more":1.5}]}'
    server.fail("/api/v1/pods", Fault.answer(body))
    (pod,) = await cluster.list(Pod)
    assert pod.metadata.name == "x"


async def test_times_with_nanoseconds_are_read(server: ApiServer, cluster: KubernetesCluster) -> None:
    body = (
        b'{"kind":"EventList","items":[{"eventTime":"2026-11-22T10:05:10.764967123Z","lastTimestamp":null}]}'
    )
    server.fail("/api/v1/events", Fault.answer(body))
    (event,) = await cluster.list(Event)
    assert event.last_seen == datetime(2026, 11, 22, 10, 5, 10, 764967, tzinfo=UTC)


async def test_times_without_a_zone_are_utc_wherever_they_stand(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    run = {"terminated": {"startedAt": "2026-11-22T10:00:00", "finishedAt": "2026-11-22T10:05:10.5"}}
    status = {
        "conditions": [{"type": "Ready", "lastTransitionTime": "2026-11-22T10:00:00"}],
        "containerStatuses": [{"name": "app", "lastState": run}],
    }
    pod = {"kind": "Pod", "metadata": {"name": "a", "uid": "1"}, "status": status}
    server.fail("/api/v1/pods", Fault.answer(json.dumps({"kind": "PodList", "items": [pod]}).encode()))
    server.fail("/api/v1/namespaces/x/pods/a", Fault.answer(json.dumps(pod).encode()))
    for read in (*await cluster.list(Pod), await cluster.get(Pod, "a", "x")):
        ended = read.status.container_statuses[0].last_state.terminated
        assert ended is not None
        assert ended.finished_at == datetime(2026, 11, 22, 10, 5, 10, 500000, tzinfo=UTC)
        assert read.status.conditions[0].last_transition_time == datetime(2026, 11, 22, 10, tzinfo=UTC)


async def test_now_is_the_clocks_time(cluster: KubernetesCluster) -> None:
    before = datetime.now(UTC)
    assert before <= cluster.now() <= datetime.now(UTC)
