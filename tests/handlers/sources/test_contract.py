"""What every cluster source answers, live, recorded, or in front of another; all read the same cluster."""

import pytest

from handlers.sources.cluster import Cluster
from handlers.sources.errors import NotFound, NotServed, Rejected
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import KubernetesObject, Resource
from handlers.sources.objects.metrics import NodeMetrics, PodMetrics
from handlers.sources.objects.network import EndpointSlice, Namespace, Service, ServiceAccount
from handlers.sources.objects.node import Node, NodeClaim, NodePool
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from handlers.sources.objects.workload import DaemonSet, Deployment, Job, ReplicaSet, StatefulSet
from handlers.sources.recorded import RecordedCluster
from handlers.sources.remembered import Remembered
from handlers.sources.snapshot import Snapshot
from tests.fakes.kubernetes.bundle import DEMO
from tests.handlers.sources.conftest import Connect

KINDS: tuple[type[KubernetesObject], ...] = (
    DaemonSet,
    Deployment,
    EndpointSlice,
    Event,
    Job,
    Namespace,
    Node,
    NodeClaim,
    NodeMetrics,
    NodePool,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    PodMetrics,
    ReplicaSet,
    Service,
    ServiceAccount,
    StatefulSet,
    StorageClass,
)

SAD = "stats-api-5b9ddcf46f-z8z7f"
"""A pod that runs, with a log and no previous run."""


class Unserved(KubernetesObject, frozen=True):
    resource = Resource("example.com", "v1", "gadgets", "Gadget")


class Runtime(KubernetesObject, frozen=True):
    resource = Resource("serving.kserve.io", "v1alpha1", "servingruntimes", "ServingRuntime")


class Runtimes(KubernetesObject, frozen=True):
    resource = Resource(
        "serving.kserve.io", "v1alpha1", "clusterservingruntimes", "ClusterServingRuntime", namespaced=False
    )


@pytest.fixture(params=["recorded", "live", "snapshot", "remembered"])
async def source(request: pytest.FixtureRequest, connect: Connect, recorded: RecordedCluster) -> Cluster:
    if request.param == "recorded":
        return recorded
    live = await connect()
    sources: dict[str, Cluster] = {"live": live, "snapshot": Snapshot(live), "remembered": Remembered(live)}
    return sources[request.param]


@pytest.fixture(scope="module")
def recorded() -> RecordedCluster:
    return RecordedCluster.open(DEMO)


@pytest.mark.parametrize("kind", KINDS)
async def test_both_sources_list_the_same_objects(
    kind: type[KubernetesObject], recorded: RecordedCluster, connect: Connect
) -> None:
    live = await connect()
    assert await live.list(kind) == await recorded.list(kind)
    assert await recorded.list(kind) != ()


async def test_a_pod_is_read_by_name(source: Cluster) -> None:
    pod = await source.get(Pod, SAD, "mlops")
    assert (pod.metadata.name, pod.metadata.namespace, pod.spec.containers[0].name) == (SAD, "mlops", "app")


async def test_a_node_is_read_by_name(source: Cluster) -> None:
    name = "ip-10-0-1-142.eu-west-1.compute.internal"
    assert (await source.get(Node, name)).metadata.name == name


async def test_a_custom_resource_is_read_by_name(source: Cluster) -> None:
    assert (await source.get(NodePool, "default")).ref.kind == "NodePool"


async def test_a_namespaced_list_has_only_that_namespace(source: Cluster) -> None:
    pods = await source.list(Pod, "mlops")
    assert {pod.metadata.namespace for pod in pods} == {"mlops"}
    assert len(pods) == 114


async def test_an_unknown_name_is_not_found(source: Cluster) -> None:
    with pytest.raises(NotFound) as caught:
        await source.get(Pod, "no-such-pod", "mlops")
    assert caught.value.what == "Pod mlops/no-such-pod"
    assert caught.value.why == 'pods "no-such-pod" not found'
    assert not isinstance(caught.value, NotServed)


async def test_a_list_of_an_unknown_namespace_is_empty(source: Cluster) -> None:
    assert await source.list(Pod, "no-such-namespace") == ()


async def test_an_unknown_resource_is_not_served(source: Cluster) -> None:
    with pytest.raises(NotServed):
        await source.list(Unserved)
    with pytest.raises(NotServed):
        await source.get(Unserved, "x", "mlops")


async def test_a_custom_resource_without_objects_is_an_empty_list(source: Cluster) -> None:
    assert await source.list(Runtimes) != ()


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ("app=stats-api", {"stats-api"}),
        ("app==stats-api", {"stats-api"}),
        ("app in (stats-api, ab-router)", {"stats-api", "ab-router"}),
        ("app,app notin (stats-api),app in (stats-api,ab-router)", {"ab-router"}),
        ("app in (stats-api,ab-router),app!=ab-router", {"stats-api"}),
        ("app in (stats-api),!app", set()),
        ("app in (stats-api),!no-such-label,pod-template-hash", {"stats-api"}),
    ],
)
async def test_label_selectors_filter(source: Cluster, labels: str, names: set[str]) -> None:
    pods = await source.list(Pod, "mlops", labels=labels)
    assert {pod.metadata.labels["app"] for pod in pods} == names


async def test_field_selectors_filter_pods(source: Cluster) -> None:
    node = "ip-10-0-1-142.eu-west-1.compute.internal"
    pods = await source.list(Pod, fields=f"spec.nodeName={node},status.phase!=Failed")
    assert pods
    assert {pod.spec.node_name for pod in pods} == {node}
    assert len(pods) < len(await source.list(Pod))


async def test_field_selectors_filter_events_by_the_object_they_are_about(source: Cluster) -> None:
    event = (await source.list(Event, "mlops"))[0]
    about = event.involved_object
    same = await source.list(
        Event, "mlops", fields=f"involvedObject.uid={about.uid},involvedObject.kind={about.kind}"
    )
    assert event in same
    assert {each.involved_object.uid for each in same} == {about.uid}


async def test_any_kind_is_selected_by_name(source: Cluster) -> None:
    (found,) = await source.list(Deployment, fields="metadata.name=stats-api,metadata.namespace=mlops")
    assert found.metadata.name == "stats-api"


async def test_an_unknown_field_is_rejected_in_the_servers_words(source: Cluster) -> None:
    with pytest.raises(Rejected, match=r"field label not supported: status\.reason"):
        await source.list(Pod, "mlops", fields="status.reason=Evicted")
    with pytest.raises(Rejected, match=r'"status\.phase" is not a known field selector'):
        await source.list(Deployment, "mlops", fields="status.phase=x")


@pytest.mark.parametrize(
    "labels", ["a===b", "a in (b", "a=b c", "in (a)", "!", "a,,b", "a b", "-a=b", "a=-", "a>b"]
)
async def test_a_selector_that_does_not_parse_is_rejected(source: Cluster, labels: str) -> None:
    with pytest.raises(Rejected, match="unable to parse requirement"):
        await source.list(Pod, "mlops", labels=labels)


async def test_pages_hold_every_object_once_in_order(source: Cluster) -> None:
    pages = [page async for page in source.pages(Pod, page_size=50)]
    assert [len(page) for page in pages] == [50, 50, 50, 50, 14]
    assert tuple(pod for page in pages for pod in page) == await source.list(Pod)


async def test_pages_of_a_selection_hold_only_the_selection(source: Cluster) -> None:
    pages = [page async for page in source.pages(Pod, "mlops", labels="app=stats-api", page_size=1)]
    assert [pod.metadata.labels["app"] for page in pages for pod in page] == ["stats-api"] * sum(
        map(len, pages)
    )
    assert all(len(page) == 1 for page in pages)


async def test_an_empty_list_is_one_empty_page(source: Cluster) -> None:
    assert [page async for page in source.pages(Pod, "no-such-namespace")] == [()]


async def test_the_tail_of_a_log(source: Cluster) -> None:
    whole = await source.log("mlops", SAD, "app")
    tail = await source.log("mlops", SAD, "app", tail_lines=5)
    assert whole.splitlines()[-5:] == tail.splitlines()
    assert await source.log("mlops", SAD, "app", tail_lines=0) == ""


async def test_a_log_since_some_seconds_has_only_newer_lines(source: Cluster) -> None:
    whole = await source.log("mlops", SAD, "app")
    recent = await source.log("mlops", SAD, "app", since_seconds=60)
    assert whole.endswith(recent)
    assert 0 < len(recent) < len(whole)


async def test_a_log_is_cut_at_a_number_of_bytes(source: Cluster) -> None:
    whole = await source.log("mlops", SAD, "app")
    assert await source.log("mlops", SAD, "app", limit_bytes=100) == whole[:100]


async def test_a_previous_run_has_its_own_log(source: Cluster) -> None:
    name = "image-resizer-8f9d944d7-q7gz4"
    previous = await source.log("mlops", name, "app", previous=True)
    assert previous
    assert previous != await source.log("mlops", name, "app")


BROKEN = "ab-router-97c99c548-fstl2"
TWO = "recommender-7b58585644-gwz92"


@pytest.mark.parametrize(
    ("pod", "container", "why"),
    [
        (SAD, "nope", f"container nope is not valid for pod {SAD}"),
        (BROKEN, "app", f'container "app" in pod "{BROKEN}" is waiting to start: CreateContainerConfigError'),
        (TWO, "", f"a container name must be specified for pod {TWO}, choose one of: [app feature-proxy]"),
    ],
)
async def test_a_log_that_is_not_there_is_rejected_in_the_servers_words(
    source: Cluster, pod: str, container: str, why: str
) -> None:
    with pytest.raises(Rejected) as caught:
        await source.log("mlops", pod, container)
    assert caught.value.why == why


async def test_a_container_without_a_previous_run_is_rejected_in_the_servers_words(source: Cluster) -> None:
    with pytest.raises(Rejected) as caught:
        await source.log("mlops", SAD, "app", previous=True)
    assert caught.value.why == f'previous terminated container "app" in pod "{SAD}" not found'


async def test_the_log_of_an_unknown_pod_is_not_found(source: Cluster) -> None:
    with pytest.raises(NotFound) as caught:
        await source.log("mlops", "no-such-pod", "app")
    assert caught.value.what == "log of mlops/no-such-pod [app]"


async def test_the_only_container_need_not_be_named(source: Cluster) -> None:
    assert await source.log("mlops", SAD, "") == await source.log("mlops", SAD, "app")


async def test_reading_is_allowed(source: Cluster) -> None:
    assert await source.may("list", Pod.resource)
    assert await source.may("get", Pod.resource, "mlops", "log")


async def test_the_servers_version(source: Cluster) -> None:
    assert await source.version() == "v1.36.2"


@pytest.mark.parametrize("name", ["", "..", ".", "a/b", "a%2fb"])
async def test_a_name_that_is_none_never_reads_something_else(source: Cluster, name: str) -> None:
    with pytest.raises(Rejected, match="is not a valid name"):
        await source.get(Pod, name, "mlops")
    with pytest.raises(Rejected, match="is not a valid name"):
        await source.get(Pod, SAD, name)
