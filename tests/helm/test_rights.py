"""The rights that are granted are those the questions declare, and nothing else."""

import json
from collections.abc import Iterable

import pytest

from bot.cli import main
from handlers.contract import Need
from tests.helm.engine import CHART, Rendered, Thing
from tests.helm.schemas import recorded
from tests.helm.variants import rendered
from tests.tools.chart import cluster_scoped, needs

PREDICT = Need("get", "", "services/proxy")


def granted(roles: Iterable[Thing]) -> set[Need]:
    return {
        Need(verb, group, resource)
        for role in roles
        for rule in role["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def test_rights_equal_needs() -> None:
    assert granted([rendered("bundled Redis").one("ClusterRole")]) == needs()
    assert len(needs()) > 40


def test_rights_in_namespaces_are_the_same_in_parts() -> None:
    install = rendered("rights in two namespaces")
    roles = install.all("Role")
    assert [role["metadata"]["namespace"] for role in roles] == ["mlops", "argo"]
    apart = {need for need in needs() if (need.group, need.resource) in cluster_scoped()}
    assert granted(roles[:1]) == granted(roles[1:]) == needs() - apart
    assert granted(install.all("ClusterRole")) == apart


def test_rights_can_be_fewer() -> None:
    install = rendered("rights in one namespace and no more")
    assert install.all("ClusterRole") == install.all("ClusterRoleBinding") == []
    (role,) = install.all("Role")
    assert PREDICT in needs()
    assert PREDICT not in granted([role])
    assert "mlops alone" in install.notes


def test_nothing_but_reading_is_granted_and_never_secrets(install: Rendered) -> None:
    for need in granted(each for each in install.things if each["kind"].endswith("Role")):
        assert need.verb in {"get", "list", "watch"}
        assert "*" not in f"{need.group}{need.resource}"
        assert "secrets" not in need.resource


def test_roles_are_bound_to_the_account_of_the_pods(install: Rendered) -> None:
    account = install.one("Deployment")["spec"]["template"]["spec"]["serviceAccountName"]
    bindings = [each for each in install.things if each["kind"].endswith("RoleBinding")]
    roles = {
        (r["kind"], r["metadata"].get("namespace"), r["metadata"]["name"])
        for r in install.things
        if "rules" in r
    }
    bound = set()
    for binding in bindings:
        (subject,) = binding["subjects"]
        home = install.one("Deployment")["metadata"]["namespace"]
        assert (subject["kind"], subject["name"], subject["namespace"]) == ("ServiceAccount", account, home)
        ref = binding["roleRef"]
        bound.add((ref["kind"], binding["metadata"].get("namespace"), ref["name"]))
    assert bound == roles


def test_kinds_of_no_namespace_are_those_of_a_real_api_server() -> None:
    known = recorded()["namespaced"]
    asked = {f"{need.group}/{need.resource}": need for need in needs()}
    compared = {name: known[name] for name in asked if name in known}
    assert len(compared) > 30
    ours = {name: (need.group, need.resource) not in cluster_scoped() for name, need in asked.items()}
    assert {name: ours[name] for name in compared} == compared


def test_the_policy_in_aws_is_the_one_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["iam"]) == 0
    assert json.loads((CHART / "files" / "iam-policy.json").read_text("utf-8")) == json.loads(
        capsys.readouterr().out
    )
