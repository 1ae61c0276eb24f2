"""Whether containers are ready, who had them killed, what they use, and what their log tells."""

from typing import Any

import pytest

from handlers.extract.containers import ContainerInput, container_facts, readiness_failing
from handlers.sources.objects.event import Event
from handlers.sources.objects.metrics import ContainerMetrics
from handlers.sources.objects.pod import Pod
from rules.facts.container import ContainerFacts
from rules.facts.log import LogFacts, LogSignature, SignatureKind
from rules.finding import Observation
from tests.handlers.build import NOW, Json, ago, end, event, member, pod, running, terminated, waiting

ALWAYS: dict[str, Any] = {"spec": {"restartPolicy": "Always"}}
LOOP = waiting("CrashLoopBackOff", last=end(1))
TARGETED = {"conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet"}]}


def facts(of: Pod, *events: Event, name: str = "app", **given: Any) -> ContainerFacts:
    return container_facts(ContainerInput(member=member(of, name), events=events, now=NOW, **given))


def policy(name: str) -> Json:
    return {"restartPolicy": name}


@pytest.mark.parametrize(
    ("phase", "of"),
    [
        ("running", pod(running())),
        ("waiting", pod(waiting("X"))),
        ("terminated", pod(terminated())),
        ("unknown", pod({"name": "app"})),
        ("unknown", pod()),
    ],
)
def test_states(phase: str, of: Pod) -> None:
    assert facts(of).phase == phase


READINESS: dict[str, Any] = {
    "spec": {"readinessProbe": {"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 100}}
}
STARTUP: dict[str, Any] = {
    "spec": {"startupProbe": {"tcpSocket": {"port": 80}, "periodSeconds": 10, "failureThreshold": 30}}
}


@pytest.mark.parametrize(
    ("failing", "status"),
    [
        (True, running(ready=False, since=61)),
        (False, running(ready=False, since=60)),
        (False, running(ready=True, since=600)),
        (False, running(ready=False, since=110, **READINESS)),
        (True, running(ready=False, since=111, **READINESS)),
        (False, running(ready=False, since=300, started=False, **STARTUP)),
        (True, running(ready=False, since=301, started=False, **STARTUP)),
        (True, running(ready=False, since=61, **STARTUP)),
        (False, waiting("CrashLoopBackOff")),
        (False, running(ready=False, state={"running": {}})),
    ],
)
def test_not_ready_counts_after_the_time_that_probes_give(failing: bool, status: Json) -> None:
    assert readiness_failing(member(pod(status)), NOW) is failing


def test_init_containers_and_leaving_pods_need_not_be_ready() -> None:
    status = running("app", ready=False)
    assert not readiness_failing(member(pod(inits=(status,), spec={"containers": []})), NOW)
    assert not readiness_failing(member(pod(status, meta={"deletionTimestamp": ago(1)})), NOW)


@pytest.mark.parametrize(
    ("failing", "status"),
    [
        (True, waiting("ImagePullBackOff")),
        (True, waiting("CreateContainerConfigError")),
        (False, waiting("ContainerCreating")),
        (False, waiting("PodInitializing")),
        (False, waiting("")),
        (True, LOOP),
        (True, running(ready=False)),
        (False, running()),
    ],
)
def test_what_keeps_a_pod_from_working(failing: bool, status: Json) -> None:
    assert facts(pod(status)).failing is failing


KILLED = running(last=end(137, "Error", ended=58), restarts=3)


def killing(probe: str, seconds: float = 60, **more: Any) -> Event:
    words = f"Container app failed {probe} probe, will be restarted"
    return event("Killing", words, seconds=seconds, container="app", **more)


@pytest.mark.parametrize(
    ("by", "of", "events"),
    [
        ("liveness", pod(KILLED), (killing("liveness"),)),
        ("startup", pod(KILLED), (killing("startup"),)),
        ("none", pod(KILLED), ()),
        ("none", pod(KILLED), (event("Killing", "Stopping container app", container="app"),)),
        ("none", pod(KILLED), (event("Unhealthy", "Liveness probe failed: x", container="app"),)),
        ("none", pod(KILLED), (killing("liveness", 1800),)),
        ("liveness", pod(LOOP), (killing("liveness"),)),
        ("liveness", pod(KILLED), (killing("liveness", 2, count=9, firstTimestamp=ago(900)),)),
        ("none", pod(KILLED), (killing("liveness", 2),)),
        ("none", pod(running(last=end(137, "OOMKilled", ended=58))), (killing("liveness"),)),
        ("none", pod(running(last=end(137, ended=7200))), (killing("liveness", 7201),)),
        ("none", pod(KILLED), (event("Killing", "Container b failed liveness probe", container="b"),)),
        (
            "liveness",
            pod(running(last=end(137, ended=60)), spec={"terminationGracePeriodSeconds": 300}),
            (killing("liveness", 400),),
        ),
    ],
)
def test_a_probe_kill_belongs_to_the_run_that_ended_then(by: str, of: Pod, events: tuple[Event, ...]) -> None:
    assert facts(of, *events).killed_by_probe == by


def test_the_probe_behind_a_kill_is_described() -> None:
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "timeoutSeconds": 1}
    said = (
        'Liveness probe failed: Get "http://10.0.0.1:8080/healthz": '
        "context deadline exceeded (Client.Timeout)"
    )
    of = pod(KILLED | {"spec": {"livenessProbe": probe, "startupProbe": {"tcpSocket": {"port": 1}}}})
    found = facts(of, killing("liveness"), event("Unhealthy", said, container="app", count=3))
    assert found.kill_probe.problem == "timeout"
    assert found.kill_probe.does.startswith("GET :8080/healthz")
    assert found.kill_probe.failures == 3
    assert facts(of, killing("startup")).kill_probe.does.startswith("TCP :1")
    assert facts(of).kill_probe.does == ""


def metrics(cpu: str, memory: str) -> ContainerMetrics:
    return ContainerMetrics(name="app", usage={"cpu": cpu, "memory": memory})


def test_usage_against_limits() -> None:
    limits = {"resources": {"limits": {"memory": "1Gi", "cpu": "200m"}, "requests": {"memory": "512Mi"}}}
    found = facts(pod(running(spec=limits)), metrics=metrics("199m", "999Mi"))
    assert (found.memory_limit, found.memory_request, found.memory_used) == (1 << 30, 1 << 29, 999 << 20)
    assert (found.memory_share, found.cpu_limit, found.cpu_used, found.cpu_share) == (97.6, 0.2, 0.199, 99.5)
    assert str(found.usage) == "uses memory 999Mi of 1Gi, cpu 199m of 200m"
    free = facts(pod(running()), metrics=metrics("2", "1Gi"))
    assert (free.memory_share, free.cpu_share) == (None, None)
    assert str(free.usage) == "uses memory 1Gi, no limit, cpu 2, no limit"
    assert facts(pod(running(spec=limits))).usage is None
    assert facts(pod(running()), metrics=metrics("much", "lots")).usage is None


def signature(kind: SignatureKind, *, count: int = 1, seconds: float | None = 10) -> LogFacts:
    line = Observation("it failed", "log of app")
    return LogFacts(signatures=(LogSignature(kind=kind, line=line, count=count, seconds_ago=seconds),))


@pytest.mark.parametrize(
    ("kind", "of", "log"),
    [
        ("missing_env", pod(LOOP), signature(SignatureKind.MISSING_ENV)),
        ("missing_env", pod(LOOP), signature(SignatureKind.MISSING_ENV, seconds=90000)),
        (None, pod(running()), signature(SignatureKind.DNS_FAILURE)),
        ("dns_failure", pod(running()), signature(SignatureKind.DNS_FAILURE, count=2)),
        ("dns_failure", pod(running()), signature(SignatureKind.DNS_FAILURE, count=2, seconds=None)),
        (None, pod(running()), signature(SignatureKind.DNS_FAILURE, count=2, seconds=3600)),
        (None, pod(running()), signature(SignatureKind.RATE_LIMITED, count=99)),
        ("rate_limited", pod(LOOP), signature(SignatureKind.RATE_LIMITED)),
    ],
)
def test_a_working_container_is_not_judged_by_one_line(kind: str | None, of: Pod, log: LogFacts) -> None:
    found = facts(of, log=log)
    assert (found.signature.kind if found.signature else None) == kind
    assert found.signature_is_cause == (kind is not None and found.failing)


def test_events_belong_to_their_container_by_path_or_by_name() -> None:
    of = pod(KILLED, {**KILLED, "name": "app-2"})
    told = event("Killing", "Container app-2 failed liveness probe, will be restarted")
    assert [facts(of, told, name=name).killed_by_probe for name in ("app", "app-2")] == ["none", "liveness"]


def test_what_was_not_read_is_missing() -> None:
    assert facts(pod(running()), missing={"log": "no right"}).missing == {"log": "no right"}


@pytest.mark.parametrize(
    ("trouble", "of", "name"),
    [
        ("runs", pod(running()), "app"),
        ("crashes", pod(LOOP), "app"),
        ("crashes", pod(running(last=end(1), restarts=1)), "app"),
        ("failed", pod(terminated(1), phase="Failed"), "app"),
        ("failed", pod(terminated(1), spec=policy("Never")), "app"),
        ("is not ready", pod(running(ready=False)), "app"),
        ("does not start", pod(inits=(terminated(1, name="i"),)), "i"),
        ("failed", pod(inits=(terminated(1, name="i"),), spec=policy("Never")), "i"),
        ("crashes", pod(inits=(terminated(1, name="i", **ALWAYS),)), "i"),
    ],
)
def test_what_is_wrong_in_a_word(trouble: str, of: Pod, name: str) -> None:
    assert facts(of, name=name).trouble == trouble


def test_containers_are_called_by_their_kind() -> None:
    of = pod(running(), inits=(running("i"), running("s", **ALWAYS)))
    titles = [facts(of, name=name).title for name in ("app", "i", "s")]
    assert titles == ["container app", "init container i", "sidecar s"]
