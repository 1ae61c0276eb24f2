"""What time it is in a live cluster: the API server's clock counts, not this machine's."""

from datetime import UTC, datetime, timedelta

import pytest

from handlers.sources.access import Access, Fixed
from handlers.sources.errors import Forbidden
from handlers.sources.kubernetes import KubernetesCluster
from handlers.sources.objects.node import Node
from handlers.sources.transport import Transport
from tests.fakes.kubernetes import ApiServer
from tests.handlers.sources.conftest import TOKEN

HOUR = timedelta(hours=1)


def _date(ahead: timedelta) -> str:
    return (datetime.now(UTC) + ahead).strftime("%a, %d %b %Y %H:%M:%S GMT")


def _ahead(cluster: KubernetesCluster) -> float:
    return (cluster.now() - datetime.now(UTC)).total_seconds()


@pytest.mark.parametrize("ahead", [HOUR, -HOUR, timedelta(days=400), timedelta(seconds=-10)])
async def test_a_clock_that_is_off_is_set_right_by_the_server(
    server: ApiServer, cluster: KubernetesCluster, ahead: timedelta
) -> None:
    assert _ahead(cluster) == pytest.approx(0, abs=1)
    server.date = _date(ahead)
    await cluster.list(Node)
    assert _ahead(cluster) == pytest.approx(ahead.total_seconds(), abs=2)


async def test_the_newest_answer_counts_a_refusal_too(server: ApiServer, cluster: KubernetesCluster) -> None:
    server.date = _date(HOUR)
    await cluster.list(Node)
    server.deny("list", "nodes")
    server.date = _date(-HOUR)
    with pytest.raises(Forbidden):
        await cluster.list(Node)
    assert _ahead(cluster) == pytest.approx(-3600, abs=2)
    server.date = ""
    await cluster.version()
    assert cluster.now() <= datetime.now(UTC)


async def test_clocks_that_agree_are_left_alone(server: ApiServer, cluster: KubernetesCluster) -> None:
    server.date = _date(timedelta(seconds=1))
    before = datetime.now(UTC)
    await cluster.list(Node)
    assert before <= cluster.now() <= datetime.now(UTC)


@pytest.mark.parametrize(
    "date",
    [
        "yesterday",
        "0",
        "Sun, 32 Nov 2026 10:06:23 GMT",
        "Sun, 22 Nov 99999 10:06:23 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Sun, 22 Nov 2026 10:06:23 +9999",
        "é" * 500,
    ],
)
async def test_a_date_that_is_none_is_passed_over(
    server: ApiServer, cluster: KubernetesCluster, date: str
) -> None:
    server.date = _date(HOUR)
    await cluster.list(Node)
    server.date = date
    await cluster.list(Node)
    assert _ahead(cluster) == pytest.approx(3600, abs=2)


async def test_a_clock_that_was_given_is_never_corrected(server: ApiServer) -> None:
    access = Access(name="lab", server=server.url, tls=None, credentials=Fixed(TOKEN), in_cluster=True)
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    given = KubernetesCluster(Transport(access, max_in_flight=1, timeout=5), "lab", now=lambda: noon)
    server.date = _date(HOUR)
    await given.list(Node)
    await given.close()
    assert given.now() == noon
