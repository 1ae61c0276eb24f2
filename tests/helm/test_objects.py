"""What holds for every install, whatever its values."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import helm_python
import pytest

from tests.helm.engine import CHART, Rendered, Thing, render
from tests.helm.schemas import faults
from tests.helm.variants import LEAST, rendered

LABEL = re.compile(r"(?!.{64})([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?")
DNS_LABEL = re.compile(r"(?!.{64})[a-z0-9]([a-z0-9-]*[a-z0-9])?")
LONGEST_PATH_SEGMENT = 253
HASH_OF_A_REVISION = 11
RESTRICTED_POD = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
RESTRICTED_CONTAINER = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
}
TOKEN = re.compile(r"xox[a-z]-|xapp-|redis(s)?://|password|secret|token", re.IGNORECASE)


def test_helm_finds_nothing_to_blame() -> None:
    report = helm_python.lint(CHART, dict(LEAST), strict=True)
    assert report["total_charts_linted"] == 1
    assert report["errors"] == []


def test_an_api_server_takes_every_object(install: Rendered) -> None:
    assert [fault for thing in install.things for fault in faults(thing)] == []


def test_a_field_that_no_api_server_knows_is_seen() -> None:
    deployment = rendered("bundled Redis").one("Deployment")
    spec = deployment["spec"]["template"]["spec"]
    container = {**spec["containers"][0], "livenesProbe": {}}
    wrong = {**deployment, "spec": {"template": {"spec": {**spec, "containers": [container]}}}}
    said = " ".join(faults(wrong))
    assert "'livenesProbe' was unexpected" in said
    assert "'selector' is a required property" in said
    role = rendered("bundled Redis").one("ClusterRole")
    assert any("'verb' was unexpected" in each for each in faults({**role, "rules": [{"verb": ["get"]}]}))


def test_no_two_objects_have_one_name(install: Rendered) -> None:
    names = [(t["kind"], t["metadata"].get("namespace"), t["metadata"]["name"]) for t in install.things]
    assert len(set(names)) == len(names)


def test_names_and_labels_keep_to_their_limits(install: Rendered) -> None:
    for thing in install.things:
        meta = thing["metadata"]
        assert all(LABEL.fullmatch(value) for value in meta["labels"].values()), meta["labels"]
        if thing["apiVersion"].startswith("rbac."):
            assert len(meta["name"]) <= LONGEST_PATH_SEGMENT
        else:
            assert DNS_LABEL.fullmatch(meta["name"]), meta["name"]
        if thing["kind"] == "Service":
            assert meta["name"][0].isalpha()
        if thing["kind"] == "StatefulSet":
            # Its controller labels pods with the name and a hash.
            assert len(meta["name"]) + HASH_OF_A_REVISION <= 63
    assert all(LABEL.fullmatch(value) for meta, _ in install.pods() for value in meta["labels"].values())


def test_long_names_that_differ_at_the_end_stay_different() -> None:
    names = {render(LEAST, "r" * 52 + end).one("Deployment")["metadata"]["name"] for end in "ab"}
    assert len(names) == 2
    assert all(len(name) <= 40 for name in names)


def test_pods_are_restricted(install: Rendered) -> None:
    for _, pod in install.pods():
        security = pod["securityContext"]
        assert RESTRICTED_POD.items() <= security.items()
        assert security["runAsUser"] > 0
        assert security["fsGroup"] == security["runAsGroup"] == security["runAsUser"]
        assert {"hostNetwork", "hostPID", "hostIPC", "initContainers"}.isdisjoint(pod)
        assert pod["enableServiceLinks"] is False
        for container in pod["containers"]:
            assert container["securityContext"] == RESTRICTED_CONTAINER
            assert container["resources"]["requests"].keys() >= {"cpu", "memory"}
            assert "memory" in container["resources"]["limits"]
        allowed = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
        assert {key for volume in pod.get("volumes", ()) for key in volume} - {"name"} <= allowed


def test_what_is_mounted_is_there(install: Rendered) -> None:
    maps = {each["metadata"]["name"] for each in install.all("ConfigMap")}
    for meta, pod in install.pods():
        claims = [c["metadata"]["name"] for c in _claims(install)] if _component(meta) == "redis" else []
        known = {volume["name"] for volume in pod.get("volumes", ())} | set(claims)
        mounted = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
        assert mounted == known
        assert {v["configMap"]["name"] for v in pod.get("volumes", ()) if "configMap" in v} <= maps
        assert [v["emptyDir"] for v in pod.get("volumes", ()) if "emptyDir" in v] in (
            [],
            [{"sizeLimit": "256Mi"}],
        )


def test_every_selector_finds_the_pods_it_means(install: Rendered) -> None:
    pods = [meta["labels"] for meta, _ in install.pods()]
    for thing, selector, component in _selectors(install):
        found = [labels["app.kubernetes.io/component"] for labels in pods if _fits(selector, labels)]
        assert found == [component], thing["metadata"]["name"]


def _selectors(install: Rendered) -> Iterator[tuple[Thing, Thing, str]]:
    for thing in install.things:
        spec, component = thing.get("spec", {}), thing["metadata"]["labels"]["app.kubernetes.io/component"]
        if thing["kind"] == "Service":
            yield thing, {"matchLabels": spec["selector"]}, component
        if thing["kind"] in {"Deployment", "StatefulSet", "PodDisruptionBudget"}:
            yield thing, spec["selector"], component


def test_ports_that_are_named_are_open(install: Rendered) -> None:
    containers = [container for _, pod in install.pods() for container in pod["containers"]]
    opened = {port["name"] for container in containers for port in container.get("ports", ())}
    services = [port for service in install.all("Service") for port in service["spec"]["ports"]]
    assert {port["targetPort"] for port in services} == opened


def test_no_secret_value_stands_in_a_manifest(install: Rendered) -> None:
    assert install.all("Secret") == []
    for config in install.all("ConfigMap"):
        lines = [line for text in config["data"].values() for line in text.splitlines()]
        assert [line for line in lines if TOKEN.search(line)] == []
    for _, pod in install.pods():
        for variable in chain.from_iterable(container["env"] for container in pod["containers"]):
            plain = variable.get("value", "")
            assert not TOKEN.search(plain) or plain.startswith("redis://:$(REDIS_PASSWORD)@"), variable


def test_secrets_are_those_that_were_named(install: Rendered) -> None:
    asked = {
        (ref["name"], ref["key"])
        for _, pod in install.pods()
        for container in pod["containers"]
        for variable in container["env"]
        if (ref := variable.get("valueFrom", {}).get("secretKeyRef"))
    }
    names = {name for name, _ in asked}
    assert names <= {"mlops-bot", "slack-app", "redis", "0123", "1e3"}
    assert any(key == "SLACK_BOT_TOKEN" for _, key in asked)


def _claims(install: Rendered) -> list[Thing]:
    return [claim for each in install.all("StatefulSet") for claim in each["spec"]["volumeClaimTemplates"]]


def _component(meta: Thing) -> str:
    return str(meta["labels"]["app.kubernetes.io/component"])


def _fits(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    listed = selector.get("matchExpressions", ())
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(each["key"]) in each["values"] for each in listed
    )


@pytest.mark.parametrize("name", ["bundled Redis", "http mode with an Ingress", "long names"])
def test_network_policies_select_who_they_mean(name: str) -> None:
    install = rendered(name)
    labels = {_component(meta): meta["labels"] for meta, _ in install.pods()}
    bot, redis = install.all("NetworkPolicy")
    assert [each for each in labels if _fits(bot["spec"]["podSelector"], labels[each])] == ["bot", "doctor"]
    assert [each for each in labels if _fits(redis["spec"]["podSelector"], labels[each])] == ["redis"]
    (way_in,) = redis["spec"]["ingress"]
    (peer,) = way_in["from"]
    assert [each for each in labels if _fits(peer["podSelector"], labels[each])] == ["bot", "doctor"]
    assert redis["spec"]["egress"] == []
