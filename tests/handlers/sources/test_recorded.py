"""Support bundles: what is read from them, what they do not say, and what is refused."""

import gzip
import io
import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.sources import archive
from handlers.sources.cluster import counting
from handlers.sources.errors import BadAnswer, Forbidden, NotFound, NotServed, Rejected
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import KubernetesObject, Resource
from handlers.sources.objects.metrics import PodMetrics
from handlers.sources.objects.network import Service
from handlers.sources.objects.node import Node, NodePool
from handlers.sources.objects.pod import Pod
from handlers.sources.recorded import RecordedCluster
from tests.fakes.kubernetes.bundle import DEMO

POD = {
    "metadata": {"name": "a", "namespace": "x", "creationTimestamp": "2026-01-01T00:00:00Z"},
    "spec": {"containers": [{"name": "app"}], "initContainers": None},
}
PODS = json.dumps({"kind": "PodList", "items": [POD]})


class Secret(KubernetesObject, frozen=True):
    resource = Resource("", "v1", "secrets", "Secret")


def _folder(place: Path, **files: str) -> Path:
    for name, text in ({"pods/x": PODS} | files).items():
        path = place / "cluster-resources" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return place


def _packed(place: Path, *members: tuple[str, bytes], links: tuple[tuple[str, str], ...] = ()) -> Path:
    with tarfile.open(place, "w:gz") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, target in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return place


async def test_a_folder_and_an_archive_answer_the_same(tmp_path: Path) -> None:
    with tarfile.open(DEMO) as tar:
        tar.extractall(tmp_path, filter="data")
    packed, folder = RecordedCluster.open(DEMO), RecordedCluster.open(tmp_path / "bundle")
    assert await packed.list(Pod) == await folder.list(Pod)
    assert await packed.log("mlops", "stats-api-5b9ddcf46f-z8z7f", "app") == await folder.log(
        "mlops", "stats-api-5b9ddcf46f-z8z7f", "app"
    )
    assert (packed.name, folder.name) == ("demo.tar.gz", "bundle")


async def test_no_request_is_made(tmp_path: Path) -> None:
    with counting() as count:
        await RecordedCluster.open(_folder(tmp_path)).list(Pod)
    assert count.requests == 0


def test_now_is_the_newest_time_of_an_event() -> None:
    assert RecordedCluster.open(DEMO).now() == datetime(2026, 11, 22, 10, 6, 23, tzinfo=UTC)


def test_now_without_events_is_when_the_newest_object_was_made(tmp_path: Path) -> None:
    assert RecordedCluster.open(_folder(tmp_path)).now() == datetime(2026, 1, 1, tzinfo=UTC)


async def test_nothing_recorded_is_changed_or_watched() -> None:
    assert not await RecordedCluster.open(DEMO).may("delete", Pod.resource)


async def test_a_kind_every_bundle_records_is_empty_without_a_file(tmp_path: Path) -> None:
    cluster = RecordedCluster.open(_folder(tmp_path))
    assert await cluster.list(Service) == ()
    assert await cluster.list(Event, "x") == ()
    with pytest.raises(NotFound):
        await cluster.get(Service, "a", "x")


@pytest.mark.parametrize("kind", [PodMetrics, NodePool, Secret])
async def test_a_kind_some_bundles_record_is_unknown_without_a_file(
    tmp_path: Path, kind: type[KubernetesObject]
) -> None:
    with pytest.raises(NotServed, match="are not recorded in this bundle"):
        await RecordedCluster.open(_folder(tmp_path)).list(kind)


async def test_a_custom_resource_that_is_defined_but_has_no_objects_is_empty(tmp_path: Path) -> None:
    definitions = json.dumps({"items": [{"metadata": {"name": "nodepools.karpenter.sh"}}]})
    cluster = RecordedCluster.open(_folder(tmp_path, **{"custom-resource-definitions": definitions}))
    assert await cluster.list(NodePool) == ()


async def test_custom_resources_may_be_written_as_a_bare_array(tmp_path: Path) -> None:
    pools = json.dumps([{"kind": "NodePool", "metadata": {"name": "general"}}])
    folder = _folder(tmp_path, **{"custom-resources/nodepools.karpenter.sh": pools})
    assert (await RecordedCluster.open(folder).get(NodePool, "general")).metadata.name == "general"


@pytest.mark.parametrize(
    ("text", "error"),
    [('["nodes is forbidden: User cannot list"]', Forbidden), ('["etcd timed out"]', BadAnswer)],
)
async def test_what_the_collector_could_not_list_is_not_empty(
    tmp_path: Path, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await RecordedCluster.open(_folder(tmp_path, **{"nodes-errors": text})).list(Node)


async def test_a_log_that_was_not_collected_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="the bundle holds no log of it"):
        await RecordedCluster.open(_folder(tmp_path)).log("x", "a", "app")


async def test_a_log_without_times_is_whole_whatever_since_says(tmp_path: Path) -> None:
    path = _folder(tmp_path) / "cluster-resources/pods/logs/x/a/app.log"
    path.parent.mkdir(parents=True)
    path.write_text("one\ntwo\n")
    assert await RecordedCluster.open(tmp_path).log("x", "a", "app", since_seconds=1) == "one\ntwo\n"


async def test_lines_of_a_trace_belong_to_the_line_before(tmp_path: Path) -> None:
    path = _folder(tmp_path) / "cluster-resources/pods/logs/x/a/app.log"
    path.parent.mkdir(parents=True)
    lines = ["2025-12-31T23:58:00Z old", "  more old", "E1231 23:59:30.000001 1 main.go:1] new", "  more new"]
    path.write_text("\n".join(lines))
    cluster = RecordedCluster.open(tmp_path)
    assert await cluster.log("x", "a", "app", since_seconds=60) == "\n".join(lines[2:])


async def test_a_refused_log_is_refused_in_the_recorded_words() -> None:
    name = "score-daily-z1y7u-score-5201"
    with pytest.raises(Rejected, match="is waiting to start: PodInitializing"):
        await RecordedCluster.open(DEMO).log("argo", name, "main")


@pytest.mark.parametrize(
    "text", ["", "{", "[1", '{"items": 5}', '{"kind": "x"}', '{"items": [{"metadata": 5}]}']
)
async def test_a_file_that_is_no_list_is_a_bad_answer(tmp_path: Path, text: str) -> None:
    cluster = RecordedCluster.open(_folder(tmp_path, nodes=text))
    with pytest.raises(BadAnswer, match=r"nodes\.json"):
        await cluster.list(Node)
    assert len(await cluster.list(Pod)) == 1


async def test_a_bundle_without_a_version_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadAnswer, match="the bundle has no cluster-info"):
        await RecordedCluster.open(_folder(tmp_path)).version()


def test_nothing_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no such file or folder"):
        RecordedCluster.open(tmp_path / "nope.tar.gz")


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\x1f\x8b", gzip.compress(b""), gzip.compress(b"hello" * 500), b"\x1f\x8b" + b"x" * 99],
    ids=["nothing", "text", "two bytes of gzip", "gzip of nothing", "gzip of text", "no gzip after all"],
)
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(content)
    with pytest.raises(BadAnswer, match=r"not a readable \.tar\.gz archive|not a support bundle"):
        RecordedCluster.open(path)


def test_an_archive_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(DEMO.read_bytes()[:100_000])
    with pytest.raises(BadAnswer, match=r"not a readable \.tar\.gz archive"):
        RecordedCluster.open(path)


def test_a_folder_or_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadAnswer, match="not a support bundle: it has no folder cluster-resources"):
        RecordedCluster.open(tmp_path)
    with pytest.raises(BadAnswer, match="not a support bundle"):
        RecordedCluster.open(_packed(tmp_path / "x.tgz", ("a/b.json", b"{}")))


@pytest.mark.parametrize(
    "name", ["../etc/passwd", "/etc/passwd", "b/../../x", "b/cluster-resources/../../../x"]
)
def test_a_path_that_leads_outside_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadAnswer, match="lies outside of it"):
        RecordedCluster.open(
            _packed(tmp_path / "x.tgz", ("b/cluster-resources/pods/x.json", b"{}"), (name, b"x"))
        )


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../../etc/passwd"])
def test_a_link_that_leads_outside_is_refused(tmp_path: Path, target: str) -> None:
    link = ("b/cluster-resources/nodes.json", target)
    with pytest.raises(BadAnswer, match="lies outside of it"):
        RecordedCluster.open(_packed(tmp_path / "x.tgz", links=(link,)))


async def test_a_link_inside_is_followed_and_a_circle_is_not(tmp_path: Path) -> None:
    member = ("b/cluster-resources/pods/x.json", PODS.encode())
    links = (("b/cluster-resources/pods/y.json", "x.json"), ("b/cluster-resources/nodes.json", "nodes.json"))
    cluster = RecordedCluster.open(_packed(tmp_path / "x.tgz", member, links=links))
    assert len(await cluster.list(Pod, "y")) == 1
    with pytest.raises(BadAnswer, match="a link that leads nowhere"):
        await cluster.list(Node)


async def test_a_link_out_of_a_folder_is_refused_when_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('{"items": []}')
    folder = _folder(tmp_path / "bundle")
    (folder / "cluster-resources" / "nodes.json").symlink_to(tmp_path / "secret")
    with pytest.raises(BadAnswer, match="lies outside of it"):
        await RecordedCluster.open(folder).list(Node)


def test_an_archive_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tar.gz"
    member = tarfile.TarInfo("b/cluster-resources/nodes.json")
    member.size = archive.MOST_BYTES + 1
    path.write_bytes(gzip.compress(member.tobuf()))
    with pytest.raises(BadAnswer, match="larger than 500 MiB"):
        RecordedCluster.open(path)


def test_many_zeros_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tar.gz"
    size = 100 * 2**20
    zeros = gzip.compress(bytes(size), compresslevel=1)
    with path.open("wb") as file:
        for number in range(archive.MOST_BYTES // size + 1):
            member = tarfile.TarInfo(f"b/other/{number}")
            member.size = size
            file.write(gzip.compress(member.tobuf()) + zeros)
    assert path.stat().st_size < 5 * 2**20
    with pytest.raises(BadAnswer, match="larger than 500 MiB"):
        RecordedCluster.open(path)


async def test_times_without_a_zone_are_utc(tmp_path: Path) -> None:
    events = {"items": [_naive(Event, "a"), _naive(Event, "b") | {"lastTimestamp": "2026-11-22T10:00:00"}]}
    cluster = RecordedCluster.open(_folder(tmp_path, **{"events/x": json.dumps(events)}))
    assert cluster.now() == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert (await cluster.get(Event, "a", "x")).last_seen == datetime(2026, 11, 22, 9, tzinfo=UTC)


def _naive(kind: type[KubernetesObject], name: str) -> dict[str, object]:
    metadata = {"name": name, "namespace": "x", "creationTimestamp": "2026-11-22T09:00:00"}
    return {"kind": kind.resource.kind, "metadata": metadata}
