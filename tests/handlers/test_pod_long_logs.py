"""Logs too long to keep: the newest lines are where a crash is told, and the API cuts those off first."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rules.facts.pod import PodFacts
from tests.fakes.kubernetes import ApiServer
from tests.handlers.build import NOW, end, pod_json, waiting
from tests.handlers.conftest import Connect, ask
from tests.handlers.small_cluster import write_cluster

Serve = Callable[[Path], Awaitable[ApiServer]]
LAST = "RuntimeError: CUDA error: device-side assert triggered"


@pytest.mark.parametrize(
    ("width", "reads"),
    [(100, ["400"]), (1_000, ["400"]), (5_000, ["400", "60"]), (16_000, ["400", "60"])],
    ids=["kept whole", "more than is kept", "more than the API sends", "the longest a node writes"],
)
async def test_the_newest_lines_of_a_long_log_are_kept(
    tmp_path: Path, serve: Serve, connect: Connect, width: int, reads: list[str]
) -> None:
    text = "".join(f"{number} {'x' * width}\n" for number in range(1_000)) + LAST + "\n"
    crashed = pod_json(waiting("CrashLoopBackOff", last=end(1)), ready=False)
    server = await serve(write_cluster(tmp_path, crashed, logs={"ns/p/app-previous": text, "ns/p/app": ""}))
    evidence = await ask(connect(server, now=NOW), "p", "ns")
    asked = [seen.query["tailLines"] for seen in server.requests if seen.query.get("previous") == "true"]
    assert asked == reads
    assert isinstance(evidence.facts, PodFacts)
    known = evidence.facts.containers[0].log
    assert known is not None
    assert known.truncated
    assert known.error is not None
    assert known.error.text == LAST
    exhibit = next(each for each in evidence.exhibits if "previous run" in each.title)
    assert exhibit.text.endswith(f"{LAST}\n")
    assert exhibit.note.startswith("last ")
    assert not exhibit.text.startswith("x")
