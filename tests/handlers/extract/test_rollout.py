"""What a rollout changed, how siblings stand, and whether something is still served."""

from typing import Any

import pytest

from handlers.extract.rollout import change_facts, sibling_facts, spec_changes
from handlers.extract.serving import effect_sentence, endpoints_of, label_selector, selecting_services
from handlers.sources.objects.network import EndpointSlice, Service
from handlers.sources.objects.pod import Pod, PodSpec
from handlers.sources.objects.workload import Deployment, ReplicaSet
from rules.facts.pod import ChangeFacts
from rules.finding import ObjectRef
from tests.handlers.build import NOW, Json, ago, make, make_part, pod, running, waiting

OWNER = ObjectRef("Deployment", "web", "ns")


def revision(
    number: int, *, image: str = "img:1", age: float = 600, ready: int = 0, **spec: Any
) -> ReplicaSet:
    meta = {
        "name": f"web-{number}",
        "uid": f"rs-{number}",
        "creationTimestamp": ago(age),
        "annotations": {"deployment.kubernetes.io/revision": str(number)},
    }
    template = {"spec": {"containers": [{"name": "app", "image": image}], **spec}}
    return make(ReplicaSet, metadata=meta, spec={"template": template}, status={"readyReplicas": ready})


def of_revision(number: int) -> Pod:
    return pod(meta={"ownerReferences": [{"kind": "ReplicaSet", "uid": f"rs-{number}", "controller": True}]})


OLD, NEW = revision(9, ready=2, age=90000), revision(10, image="img:2")


def test_a_recent_rollout_of_this_pod_tells_what_it_changed() -> None:
    found = change_facts(of_revision(10), [OLD, NEW, revision(2)], None, NOW)
    assert (found.recent, found.this_revision, found.previous_works, found.previous_revision) == (
        True,
        True,
        True,
        "9",
    )
    assert str(found.diff) == "revision 10 changed image of app 1 → 2"


@pytest.mark.parametrize(
    ("recent", "this", "of", "sets"),
    [
        (True, False, of_revision(9), [OLD, NEW]),
        (False, True, of_revision(10), [OLD, revision(10, image="img:2", age=86400)]),
        (False, True, of_revision(9), [OLD]),
        (False, False, pod(), [NEW]),
    ],
)
def test_a_change_that_cannot_be_the_cause_is_not_told(
    recent: bool,
    this: bool,
    of: Pod,
    sets: list[ReplicaSet],
) -> None:
    found = change_facts(of, sets, None, NOW)
    assert (found.recent, found.this_revision, found.diff) == (recent, this, None)


def test_without_revisions_nothing_is_known_to_have_changed() -> None:
    assert change_facts(pod(), [], None, NOW) == ChangeFacts()
    assert not change_facts(of_revision(10), [revision(9), NEW], None, NOW).previous_works


def rollout(status: str, reason: str, updated: int = 1, unavailable: int = 0) -> Deployment:
    conditions = [{"type": "Progressing", "status": status, "reason": reason}]
    numbers = {"replicas": 3, "updatedReplicas": updated, "unavailableReplicas": unavailable}
    return make(Deployment, status=numbers | {"conditions": conditions})


@pytest.mark.parametrize(
    ("under_way", "deployment"),
    [
        (True, rollout("True", "ReplicaSetUpdated")),
        (True, rollout("True", "ReplicaSetUpdated", updated=3, unavailable=1)),
        (False, rollout("True", "ReplicaSetUpdated", updated=3)),
        (False, rollout("True", "NewReplicaSetAvailable")),
        (False, rollout("False", "ProgressDeadlineExceeded")),
        (False, make(Deployment)),
        (False, None),
    ],
)
def test_a_rollout_within_its_deadline(under_way: bool, deployment: Deployment | None) -> None:
    assert change_facts(of_revision(10), [NEW], deployment, NOW).rolling_out is under_way


def spec(**fields: Any) -> PodSpec:
    return make_part(PodSpec, fields)


def app(**fields: Any) -> PodSpec:
    return spec(containers=[{"name": "app", "image": "reg/a:1", **fields}])


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ([], app(), app()),
        (["image of app 1 → 2"], app(), app(image="reg/a:2")),
        (["image of app reg/a:1 → reg/b:1"], app(), app(image="reg/b:1")),
        (["command of app"], app(), app(command=["run"])),
        (["command of app"], app(args=["a"]), app(args=["b"])),
        (["variables KEY of app"], app(), app(env=[{"name": "KEY", "value": "hunter2"}])),
        (
            ["variables KEY of app"],
            app(env=[{"name": "KEY", "value": "a"}]),
            app(env=[{"name": "KEY", "value": "b"}]),
        ),
        (["variables KEY of app"], app(env=[{"name": "KEY"}]), app()),
        (["envFrom of app"], app(), app(envFrom=[{"secretRef": {"name": "s"}}])),
        (
            ["limits memory of app 1Gi → 2Gi"],
            app(resources={"limits": {"memory": "1Gi", "cpu": "1"}}),
            app(resources={"limits": {"memory": "2Gi", "cpu": "1"}}),
        ),
        (["requests cpu of app none → 1"], app(), app(resources={"requests": {"cpu": "1"}})),
        (["liveness probe of app"], app(), app(livenessProbe={"tcpSocket": {"port": 1}})),
        (["startup probe of app"], app(startupProbe={"periodSeconds": 1}), app()),
        (["readiness probe of app"], app(readinessProbe={"timeoutSeconds": 2}), app(readinessProbe={})),
        (["container b added", "container app removed"], app(), spec(containers=[{"name": "b"}])),
        (["container i added"], spec(), spec(initContainers=[{"name": "i"}])),
        (["service account default → reader"], spec(), spec(serviceAccountName="reader")),
        (["node selector"], spec(), spec(nodeSelector={"a": "b"})),
        (["volumes"], spec(), spec(volumes=[{"name": "v"}])),
    ],
)
def test_changes_between_templates(changes: list[str], old: PodSpec, new: PodSpec) -> None:
    assert list(spec_changes(old, new)) == changes


def test_values_of_variables_are_never_told() -> None:
    new = revision(11, image="img:1")
    secret = make_part(
        PodSpec, {"containers": [{"name": "app", "env": [{"name": "KEY", "value": "hunter2"}]}]}
    )
    assert "hunter2" not in " ".join(spec_changes(new.spec.template.spec, secret))


def test_a_long_list_of_changes_is_cut() -> None:
    many = revision(
        10,
        nodeSelector={"a": "b"},
        volumes=[{"name": "v"}],
        serviceAccountName="x",
        initContainers=[{"name": "i"}, {"name": "j"}],
    )
    assert str(change_facts(of_revision(10), [OLD, many], None, NOW).diff).endswith(
        "→ x; node selector and 1 more"
    )
    same = change_facts(of_revision(10), [OLD, revision(10)], None, NOW).diff
    assert str(same).endswith("changed nothing in image, command, variables, resources or probes")


WELL, ILL = pod(running(), ready=True), pod(waiting("CrashLoopBackOff"), ready=False)
NOT_READY = pod(running(ready=False), ready=False)


@pytest.mark.parametrize(
    ("sentence", "figures", "of", "siblings"),
    [
        ("1 of 3 pods of Deployment web is unhealthy", (3, 1, 1), ILL, [WELL, WELL, ILL]),
        (
            "2 of 3 pods of Deployment web are unhealthy, with the same symptom",
            (3, 2, 2),
            ILL,
            [WELL, ILL, ILL],
        ),
        (
            "2 of 2 pods of Deployment web are unhealthy, 1 with the same symptom",
            (2, 2, 1),
            ILL,
            [ILL, NOT_READY],
        ),
        ("", (1, 1, 1), ILL, [ILL]),
        ("", (2, 0, 0), WELL, [WELL, WELL]),
        ("", (2, 1, 0), WELL, [WELL, ILL]),
    ],
)
def test_siblings(sentence: str, figures: tuple[int, int, int], of: Pod, siblings: list[Pod]) -> None:
    found = sibling_facts(of, siblings, OWNER)
    assert (found.sentence, (found.total, found.unhealthy, found.alike)) == (sentence, figures)


def service(name: str = "web", **fields: Any) -> Service:
    return make(
        Service, metadata={"name": name, "namespace": "ns"}, spec={"selector": {"app": "web"}, **fields}
    )


def slices(name: str, *ready: bool | None) -> EndpointSlice:
    endpoints: list[Json] = [
        {"addresses": [f"10.0.0.{n}"], "conditions": {"ready": each}, "targetRef": {"uid": f"u{n}"}}
        for n, each in enumerate(ready)
    ]
    labels = {"kubernetes.io/service-name": name}
    return make(EndpointSlice, metadata={"name": f"{name}-x", "labels": labels}, endpoints=endpoints)


def test_services_select_by_every_label() -> None:
    of = pod(meta={"labels": {"app": "web", "tier": "edge"}})
    found = [service(), service("all", selector={}), service("no", selector={"app": "web", "x": "y"})]
    assert [each.metadata.name for each in selecting_services(of, found)] == ["web"]


def test_endpoints_are_counted_once() -> None:
    both = [slices("web", True, False, None), slices("web", True, False, None), slices("other", True)]
    assert (endpoints_of("web", both).ready, endpoints_of("web", both).total) == (2, 3)
    assert endpoints_of("none", both).total == 0
    bare = {"metadata": {"labels": {"kubernetes.io/service-name": "web"}}}
    by_address = make(
        EndpointSlice, **bare, endpoints=[{"addresses": ["10.0.0.1"]}, {"addresses": ["10.0.0.2"]}]
    )
    by_name = make(
        EndpointSlice, **bare, endpoints=[{"targetRef": {"name": "a"}}, {"targetRef": {"name": "b"}}]
    )
    assert (endpoints_of("web", [by_address]).total, endpoints_of("web", [by_name]).ready) == (2, 2)


@pytest.mark.parametrize(
    ("sentence", "services", "ready", "siblings"),
    [
        ("Service web serves nothing: no ready endpoint", [service()], (), [ILL]),
        ("Service web serves nothing: no ready endpoint", [service()], (False,), [ILL]),
        ("Service web is still served by 1 of 2 endpoints", [service()], (True, False), [ILL]),
        ("Service web is fully served by 2 endpoints", [service()], (True, None), [WELL]),
        ("Service web is fully served by 1 endpoint", [service()], (True,), [WELL]),
        ("No Service selects it; its owner has 1 of 2 pods ready", [], (), [WELL, ILL]),
        ("No Service selects it, and no other pod does its work", [], (), [ILL]),
        ("No Service selects it", [], (), [WELL]),
    ],
)
def test_what_is_still_served(
    sentence: str, services: list[Service], ready: tuple[bool | None, ...], siblings: list[Pod]
) -> None:
    assert effect_sentence(services, [slices("web", *ready)], siblings) == sentence


def test_labels_as_a_selector() -> None:
    assert label_selector({"b": "2", "a": "1"}) == "a=1,b=2"
