"""What single values do."""

import re
import textwrap
from http import HTTPStatus
from typing import Any

import aiohttp
import yaml

from bot.health import Check, Health, HealthServer, State
from bot.metrics import Metrics
from bot.slack.http import PATH
from bot.wiring.serve import DRAIN_SECONDS
from tests.architecture.tree import ROOT
from tests.helm.engine import CHART, Rendered, Thing, render
from tests.helm.schemas import faults
from tests.helm.variants import LEAST, NARROW, but, rendered

README = ROOT / "README.md"
DEFAULT = "bundled Redis"
HTTP = "http mode with an Ingress"


def container(install: Rendered) -> Any:
    (only,) = install.one("Deployment")["spec"]["template"]["spec"]["containers"]
    return only


def ways(policy: Thing, direction: str) -> dict[tuple[int, ...], Any]:
    """Ports of a policy's rules → their peers."""
    return {
        tuple(port["port"] for port in rule["ports"]): rule.get("from") or rule.get("to")
        for rule in policy["spec"][direction]
    }


def test_probes_ask_what_the_bot_answers() -> None:
    bot = container(rendered(DEFAULT))
    asked = {name: probe["httpGet"] for name, probe in bot.items() if name.endswith("Probe")}
    assert asked == {
        "startupProbe": {"path": "/startupz", "port": "metrics"},
        "readinessProbe": {"path": "/readyz", "port": "metrics"},
        "livenessProbe": {"path": "/healthz", "port": "metrics"},
    }
    assert bot["ports"] == [{"name": "metrics", "containerPort": 9090, "protocol": "TCP"}]
    for name, probe in bot.items():
        if name.endswith("Probe"):
            assert probe["failureThreshold"] * probe["periodSeconds"] >= 30
            assert probe["timeoutSeconds"] >= Check("", looks_well).timeout
    assert bot["args"] == ["serve"]


async def looks_well() -> Health:
    return Health(State.OK)


async def test_the_bot_answers_every_probe_and_prometheus() -> None:
    health = HealthServer("127.0.0.1", 0, (Check("all", looks_well),), Metrics())
    await health.start()
    bot = container(rendered(DEFAULT))
    paths = {probe["httpGet"]["path"] for name, probe in bot.items() if name.endswith("Probe")}
    (endpoint,) = rendered("ServiceMonitor and alerts").one("ServiceMonitor")["spec"]["endpoints"]
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{health.port}") as session:
            answers = {path: (await session.get(path)).status for path in {*paths, endpoint["path"]}}
    finally:
        await health.stop()
    assert set(answers.values()) <= {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}, answers


def test_the_grace_period_is_longer_than_the_drain() -> None:
    for name in (DEFAULT, HTTP):
        pod = rendered(name).one("Deployment")["spec"]["template"]["spec"]
        pause = (
            container(rendered(name))
            .get("lifecycle", {})
            .get("preStop", {})
            .get("sleep", {})
            .get("seconds", 0)
        )
        assert pod["terminationGracePeriodSeconds"] >= DRAIN_SECONDS + pause + 10


def test_replicas_are_spread_and_replaced_one_by_one() -> None:
    spec = rendered(DEFAULT).one("Deployment")["spec"]
    pod = spec["template"]["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    spread = [each["topologyKey"] for each in pod["topologySpreadConstraints"]]
    assert spread == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    (apart,) = pod["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    selectors = [
        each["labelSelector"] for each in (*pod["topologySpreadConstraints"], apart["podAffinityTerm"])
    ]
    assert selectors == [spec["selector"]] * 3
    assert rendered(DEFAULT).one("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_one_replica_has_no_budget_that_could_hold_up_a_drain() -> None:
    assert rendered("one replica without Redis").all("PodDisruptionBudget") == []


def test_the_account_has_its_role_in_aws() -> None:
    account = rendered("a role in AWS").one("ServiceAccount")
    role = "arn:aws:iam::111122223333:role/mlops-bot"
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": role}
    assert "annotations" not in rendered(DEFAULT).one("ServiceAccount")["metadata"]


def test_only_pods_of_the_bot_get_a_token_of_the_account() -> None:
    mounts = {
        meta["labels"]["app.kubernetes.io/component"]: (
            pod.get("serviceAccountName"),
            pod["automountServiceAccountToken"],
        )
        for meta, pod in rendered(DEFAULT).pods()
    }
    name = rendered(DEFAULT).one("ServiceAccount")["metadata"]["name"]
    assert mounts == {"bot": (name, True), "doctor": (name, True), "redis": (None, False)}


def test_the_test_asks_the_doctor_with_the_rights_and_settings_of_the_bot() -> None:
    pod = rendered(DEFAULT).one("Pod", "-doctor")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    assert pod["spec"]["restartPolicy"] == "Never"
    (doctor,) = pod["spec"]["containers"]
    bot = container(rendered(DEFAULT))
    assert doctor["args"] == ["doctor"]
    same = ("image", "env", "volumeMounts", "securityContext")
    assert [doctor[each] for each in same] == [bot[each] for each in same]


def test_http_mode_leads_from_the_host_to_the_bot() -> None:
    install = rendered(HTTP)
    (rule,) = install.one("Ingress")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    service = install.one("Service", path["backend"]["service"]["name"])
    (port,) = service["spec"]["ports"]
    assert (rule["host"], path["path"], path["pathType"]) == ("mlops.example.com", PATH, "Exact")
    assert port["name"] == path["backend"]["service"]["port"]["name"]
    assert {"name": "http", "containerPort": 3000, "protocol": "TCP"} in container(install)["ports"]
    assert ways(install.all("NetworkPolicy")[0], "ingress")[(3000,)] is None
    assert f"https://mlops.example.com{PATH}" in install.notes


def test_socket_mode_takes_nothing_in_but_questions_for_metrics() -> None:
    install = rendered("external Redis")
    assert [each["metadata"]["name"] for each in install.all("Service")] == ["mlops-mlops-bot-metrics"]
    assert ways(install.one("NetworkPolicy"), "ingress") == {(9090,): [{"namespaceSelector": {}}]}


def test_ways_out_are_dns_https_identity_prometheus_and_redis() -> None:
    out = ways(rendered("external Redis").one("NetworkPolicy"), "egress")
    assert set(out) == {(53, 53), (443,), (80,), (9090,), (6379,)}
    assert all("169.254.169.254/32" in peer["ipBlock"]["except"] for peer in out[(443,)][:1])
    assert set(ways(rendered("one replica without Redis").one("NetworkPolicy"), "egress")) == set(out) - {
        (6379,)
    }


def test_the_network_is_narrowed_by_choice() -> None:
    policy = rendered("http mode, narrow network").all("NetworkPolicy")[0]
    assert ways(policy, "ingress") == {(9090,): NARROW["metricsFrom"], (3000,): NARROW["httpFrom"]}
    assert ways(policy, "egress")[(3128,)] == [{"ipBlock": {"cidr": "10.1.0.0/16"}}]


def test_what_is_said_by_hand_is_taken_over() -> None:
    install = rendered("everything by hand")
    template = install.one("Deployment")["spec"]["template"]
    pod = template["spec"]
    assert template["metadata"]["labels"]["team"] == "ml"
    assert template["metadata"]["labels"]["app.kubernetes.io/name"] == "mlops-bot", "the selector needs it"
    assert container(install)["image"].endswith("@sha256:" + "0" * 64)
    assert (pod["serviceAccountName"], pod["securityContext"]["runAsUser"]) == ("bot", 1000700000)
    assert {each["kind"] for each in install.things} == {"ConfigMap", "Deployment", "Service", "StatefulSet"}


def test_alerts_speak_of_figures_that_the_bot_has() -> None:
    (group,) = rendered("ServiceMonitor and alerts").one("PrometheusRule")["spec"]["groups"]
    known = set(re.findall(r"^# TYPE (\w+) ", Metrics().text().decode(), re.MULTILINE))
    asked = {name for rule in group["rules"] for name in re.findall(r"mlops_bot_\w+", rule["expr"])}
    assert {name.removesuffix("_bucket") for name in asked} <= known
    assert len(asked) >= 6
    for rule in group["rules"]:
        assert all(rule["expr"].count(a) == rule["expr"].count(b) for a, b in ("()", "{}", "[]")), rule[
            "expr"
        ]
        assert 'namespace="ops",service="mlops-mlops-bot-metrics"' in rule["expr"]


def test_prometheus_finds_the_service_of_the_metrics_alone() -> None:
    install = rendered("long names")
    wanted = install.one("ServiceMonitor")["spec"]["selector"]["matchLabels"]
    found = [each for each in install.all("Service") if wanted.items() <= each["metadata"]["labels"].items()]
    assert [each["metadata"]["name"] for each in found] == [
        install.one("Service", "-metrics")["metadata"]["name"]
    ]


def test_versions_are_those_of_the_project() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    project = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert project
    assert chart["appVersion"] == project[1]
    assert container(rendered(DEFAULT))["image"] == f"registry.example.com/mlops-bot:{project[1]}"


def test_a_change_of_settings_or_rules_rolls_the_pods_and_nothing_else_does() -> None:
    def sums(**changes: Any) -> Any:
        return render(but(**changes)).one("Deployment")["spec"]["template"]["metadata"]["annotations"]

    settings = sums(settings={"work": {"workers": 8}})
    rules = sums(rules={"off.yaml": "- pod-pending\n"})
    before, again = (
        sums(),
        render(LEAST, "mlops").one("Deployment")["spec"]["template"]["metadata"]["annotations"],
    )
    assert before == again == sums(podDisruptionBudget={"enabled": False})
    assert before["checksum/settings"] != settings["checksum/settings"]
    assert before["checksum/rules"] == settings["checksum/rules"] != rules["checksum/rules"]


def test_the_values_that_the_readme_shows_install_what_it_says() -> None:
    shown = re.search(r"<!-- example: values -->\s*```yaml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert shown
    install = render(yaml.safe_load(textwrap.dedent(f"   {shown[1].lstrip()}")), "mlops-bot", "mlops-bot")
    assert [fault for thing in install.things for fault in faults(thing)] == []
    names = {(each["kind"], each["metadata"]["name"]) for each in install.things}
    assert {
        ("Deployment", "mlops-bot"),
        ("ServiceAccount", "mlops-bot"),
        ("Pod", "mlops-bot-doctor"),
    } <= names
    asked = {
        variable["valueFrom"]["secretKeyRef"]["key"]
        for variable in container(install)["env"]
        if "valueFrom" in variable
    }
    assert {key for key in asked if f"--from-literal={key}=" in README.read_text("utf-8")} == asked
