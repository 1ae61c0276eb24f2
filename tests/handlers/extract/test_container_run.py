"""How containers ended, and whether that matters now."""

from typing import Any

import pytest

from handlers.extract.container_run import has_crashed, last_run, must_run, wants_previous_log, will_restart
from handlers.extract.containers import ContainerInput, container_facts
from handlers.sources.objects.event import Event
from handlers.sources.objects.pod import Pod
from rules.facts.container import ContainerFacts
from tests.handlers.build import NOW, Json, ago, end, member, pod, running, terminated, waiting

ALWAYS: dict[str, Any] = {"spec": {"restartPolicy": "Always"}}
LOOP = waiting("CrashLoopBackOff", last=end(1))
TARGETED = {"conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet"}]}


def facts(of: Pod, *events: Event, name: str = "app", **given: Any) -> ContainerFacts:
    return container_facts(ContainerInput(member=member(of, name), events=events, now=NOW, **given))


def policy(name: str) -> Json:
    return {"restartPolicy": name}


@pytest.mark.parametrize(
    ("crashed", "of"),
    [
        pytest.param(True, pod(LOOP), id="crash loop"),
        pytest.param(
            True, pod(waiting("CrashLoopBackOff", last=end(0, "Completed"))), id="ends well for ever"
        ),
        pytest.param(True, pod(terminated(1)), id="ended badly"),
        pytest.param(True, pod(terminated(0, "Completed")), id="ended well, must run"),
        pytest.param(False, pod(terminated(0, "Completed"), spec=policy("Never")), id="ended well, may end"),
        pytest.param(
            False, pod(terminated(0, "Completed"), spec=policy("OnFailure")), id="ended well, retried"
        ),
        pytest.param(True, pod(terminated(2), spec=policy("Never"), phase="Failed"), id="failed job"),
        pytest.param(False, pod(terminated(0, "Completed"), phase="Failed"), id="ended well in a failed pod"),
        pytest.param(True, pod(running(last=end(1, ended=3599), restarts=1)), id="an hour ago, nearly"),
        pytest.param(False, pod(running(last=end(1, ended=3600), restarts=1)), id="an hour ago"),
        pytest.param(False, pod(running(last=end(137, "OOMKilled", ended=90000))), id="yesterday"),
        pytest.param(
            True, pod(running(last=end(0, "Completed", ended=60))), id="ended well, must run, restarted"
        ),
        pytest.param(
            False,
            pod(running(last=end(0, "Completed", ended=60)), spec=policy("OnFailure")),
            id="may end, restarted",
        ),
        pytest.param(False, pod(running()), id="never ended"),
        pytest.param(False, pod(waiting("ContainerCreating"), phase="Pending"), id="never began"),
        pytest.param(False, pod(spec={"containers": [{"name": "app"}]}), id="not reported"),
        pytest.param(False, pod(terminated(137), phase="Succeeded"), id="the pod has done its work"),
        pytest.param(False, pod(terminated(137), phase="Failed", status={"reason": "Evicted"}), id="evicted"),
        pytest.param(False, pod(terminated(137), phase="Failed", status=TARGETED), id="disrupted"),
        pytest.param(
            False,
            pod(terminated(143, ended=3), meta={"deletionTimestamp": ago(5)}),
            id="stopped by its deletion",
        ),
        pytest.param(
            False,
            pod(
                terminated(143, ended=20),
                meta={"deletionTimestamp": ago(-5), "deletionGracePeriodSeconds": 30},
            ),
            id="stopped within its grace period",
        ),
        pytest.param(
            True,
            pod(
                terminated(1, ended=60), meta={"deletionTimestamp": ago(-5), "deletionGracePeriodSeconds": 30}
            ),
            id="ended before its deletion",
        ),
        pytest.param(True, pod(LOOP, meta={"deletionTimestamp": ago(5)}), id="crash loop while deleted"),
    ],
)
def test_an_end_matters_when_it_is_recent_and_its_own(crashed: bool, of: Pod) -> None:
    assert has_crashed(member(of), NOW) is crashed
    assert facts(of).crashed is crashed


@pytest.mark.parametrize(
    ("crashed", "of"),
    [
        (False, pod(inits=(terminated(0, "Completed", "i"),))),
        (True, pod(inits=(terminated(1, name="i"),))),
        (False, pod(inits=(running("i", last=end(0, "Completed")),))),
        (True, pod(inits=(terminated(0, "Completed", "i", **ALWAYS),))),
        (False, pod(inits=(terminated(0, "Completed", "i", **ALWAYS),), phase="Succeeded")),
        (False, pod(inits=(terminated(143, name="i", **ALWAYS),), phase="Failed")),
        (True, pod(inits=(terminated(1, name="i"),), phase="Failed")),
    ],
)
def test_init_containers_must_end_and_sidecars_must_not(crashed: bool, of: Pod) -> None:
    assert has_crashed(member(of, "i"), NOW) is crashed


@pytest.mark.parametrize(
    ("again", "of", "name"),
    [
        (True, pod(LOOP), "app"),
        (True, pod(running()), "app"),
        (True, pod(terminated(0, "Completed")), "app"),
        (False, pod(LOOP, spec=policy("Never")), "app"),
        (True, pod(LOOP, spec=policy("OnFailure")), "app"),
        (False, pod(terminated(0, "Completed"), spec=policy("OnFailure")), "app"),
        (False, pod(terminated(1), phase="Failed"), "app"),
        (False, pod(terminated(0, "Completed"), phase="Succeeded"), "app"),
        (False, pod(running(), meta={"deletionTimestamp": ago(-5)}), "app"),
        (True, pod(inits=(terminated(1, name="i"),)), "i"),
        (False, pod(inits=(terminated(0, "Completed", "i"),)), "i"),
        (False, pod(inits=(terminated(1, name="i"),), spec=policy("Never")), "i"),
        (True, pod(inits=(terminated(0, "Completed", "i", **ALWAYS),), spec=policy("Never")), "i"),
        (False, pod({**LOOP, "spec": {"restartPolicy": "Never"}}), "app"),
    ],
)
def test_restart_policy(again: bool, of: Pod, name: str) -> None:
    assert will_restart(member(of, name)) is again
    assert facts(of, name=name).will_restart is again


def test_only_lasting_containers_must_run() -> None:
    of = pod(running(), inits=(running("i"), running("s", **ALWAYS)))
    assert [must_run(member(of, name)) for name in ("app", "i", "s")] == [True, False, True]
    assert [facts(of, name=name).kind for name in ("app", "i", "s")] == ["main", "init", "sidecar"]


@pytest.mark.parametrize(
    ("signal", "code", "number"),
    [
        ("SIGKILL", 137, 0),
        ("SIGTERM", 143, 0),
        ("SIGSEGV", 139, 0),
        ("SIGINT", 1, 2),
        ("", 128, 0),
        ("", 255, 0),
        ("", 1, 0),
    ],
)
def test_signals(signal: str, code: int, number: int) -> None:
    assert facts(pod(terminated(code, signal=number))).signal == signal


def test_the_run_that_ended_last() -> None:
    of = pod(
        running(last=end(137, "OOMKilled", ended=120, lasted=38, message=" out\r\nof room \n"), restarts=14)
    )
    found = facts(of)
    assert (found.exit_code, found.exit_reason, found.ran_for, found.ended_ago) == (137, "OOMKilled", 38, 120)
    assert found.oom_killed
    assert (
        str(found.last_exit) == "container app ended with exit code 137 (OOMKilled) after 38 s, 14 restarts"
    )
    assert str(found.termination_message) == "out\nof room"
    assert str(facts(pod(terminated(2, ""))).last_exit) == "container app ended with exit code 2 after 30 s"
    assert facts(pod(terminated(128, "StartError", message="runc: no"))).termination_message is None
    assert facts(pod(terminated(1, startedAt=None))).ran_for is None
    assert facts(pod(terminated(1, finishedAt=None))).ran_for is None
    assert facts(pod(terminated(1, finishedAt=None))).ended_ago is None
    assert last_run(None, NOW) == last_run(member(pod(running())).status, NOW)


@pytest.mark.parametrize(
    ("previous", "of"),
    [
        (True, pod(LOOP)),
        (True, pod(running(restarts=1))),
        (False, pod(running())),
        (False, pod(terminated(1))),
    ],
)
def test_which_run_is_read(previous: bool, of: Pod) -> None:
    assert wants_previous_log(member(of).status) is previous
