"""The pods behind a subject: which of them tell most."""

from handlers.behind import telling
from handlers.sources.objects.pod import Pod
from tests.handlers.build import make, running
from tests.handlers.workload_build import crashing, owned_json, well


def unready(name: str, *, containers: bool) -> Pod:
    return make(Pod, **owned_json(name, running(ready=containers), ready=False))


def test_one_pod_of_each_state_and_only_unhealthy_ones() -> None:
    pods = [crashing("a"), crashing("b"), unready("c", containers=False), well("d")]
    assert [pod.metadata.name for pod in telling(pods)] == ["a", "c"]


def test_pod_that_its_node_fails_is_told_beside_one_that_fails_itself() -> None:
    pods = [
        unready("own", containers=False),
        unready("node", containers=True),
        unready("again", containers=True),
    ]
    assert [pod.metadata.name for pod in telling(pods)] == ["own", "node"]


def test_where_all_are_healthy_the_first_stands_for_all() -> None:
    assert [pod.metadata.name for pod in telling([well("a"), well("b")])] == ["a"]
    assert telling([]) == []
