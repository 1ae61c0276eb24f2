"""`mlops events` over a local API server: the window, the names, and what cannot be read."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.contract import Evidence, NameInvalid, Question, QuestionError, Sources
from handlers.events.answer import gather, since
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.build import NOW, Json, ago
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import thing, write_cluster

Serve = Callable[[Path], Awaitable[ApiServer]]


def event(name: str, reason: str, message: str, seconds: float = 60, kind: str = "Warning") -> Json:
    return thing(
        "Event",
        f"{name}.{reason}.{seconds:g}",
        involvedObject={"kind": "Pod", "name": name, "namespace": "ns", "uid": f"u-{name}"},
        reason=reason,
        message=message,
        type=kind,
        lastTimestamp=ago(seconds),
        firstTimestamp=ago(seconds + 60),
        count=2,
    )


EVENTS = (
    event("app-59f7f69dff-zwcc5", "BackOff", "Back-off restarting failed container", 5),
    event("app-59f7f69dff-zwcc5", "Failed", 'Error: secret "x" not found', 50),
    event("web-59f7f69dff-9slrf", "Pulled", "Successfully pulled", 30, "Normal"),
    event("old-59f7f69dff-9slrf", "Failed", "long ago", 7000),
)


async def ask(cluster: Cluster, name: str = "", namespace: str = "", **options: str) -> Evidence:
    question = Question(name=name, namespace=namespace, options=options)
    return await gather(question, Sources(cluster=cluster), told)


def reasons(evidence: Evidence) -> list[str]:
    return [row.cells[3] for table in evidence.tables for row in table.rows]


async def test_warnings_of_the_window_with_what_was_left_out(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    cluster = connect(await serve(write_cluster(tmp_path, *EVENTS)), now=NOW)
    evidence = await ask(cluster)
    assert reasons(evidence) == ["Failed", "BackOff"]
    assert evidence.tables[0].note == "2 repeats folded; 1 Normal event left out"
    assert evidence.tables[0].rows[0].cells == (
        "50 s",
        "2",
        "1 min",
        "Failed",
        "Pod ns/app-59f7f69dff-zwcc5",
        'Error: secret "x" not found',
    )
    assert evidence.headline.startswith("Failed of Pod ns/app-59f7f69dff-zwcc5: Error: secret")
    assert not evidence.healthy
    assert reasons(await ask(cluster, since="3h")) == ["Failed", "Failed", "BackOff"]
    assert reasons(await ask(cluster, all="yes")) == ["Failed", "BackOff", "Pulled"]


async def test_a_name_narrows_to_an_object_its_prefix_or_its_owner(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    cluster = connect(await serve(write_cluster(tmp_path, *EVENTS)), now=NOW)
    for name in ("app", "app-59f7f69dff", "app-59f7f69dff-zwcc5"):
        assert reasons(await ask(cluster, name, "ns")) == ["Failed", "BackOff"]
    quiet = await ask(cluster, "web", "ns")
    assert quiet.healthy
    assert quiet.tables == ()
    assert quiet.headline == "No warning in web* in namespace ns within 1 h"
    with pytest.raises(NameInvalid):
        await ask(cluster, "App!")
    with pytest.raises(NameInvalid):
        await ask(cluster, namespace="No.such")


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("15 min", timedelta(minutes=15)),
        ("1H", timedelta(hours=1)),
        ("2d", timedelta(days=2)),
    ],
)
def test_how_far_back(text: str, window: timedelta) -> None:
    assert since(text) == window


@pytest.mark.parametrize("text", ["", "1", "h", "0h", "31d", "99999d", "1w", "-1h", "1h30m", "\uff11h"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(QuestionError, match="--since takes a time"):
        since(text)


@pytest.mark.parametrize("fault", [Fault.recorded("403-nodes.http"), Fault.hang(), Fault.html(), Fault.cut()])
async def test_without_events_there_is_no_answer(
    fault: Fault, tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, *EVENTS))
    server.fail("/api/v1", fault)
    with pytest.raises(SourceError):
        await ask(connect(server, now=NOW, timeout=fault.patience))
