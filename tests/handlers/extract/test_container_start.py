"""Configuration and start failures by the kubelet's and the runtime's own texts."""

from typing import Any

import pytest

from handlers.extract.container_start import Start, config_facts, start_facts
from handlers.sources.objects.container import Container, ContainerStateTerminated, ContainerStateWaiting
from rules.facts.container import ConfigFacts
from rules.finding import Observation
from tests.handlers.build import end, make_part

OCI = (
    "failed to create containerd task: failed to create shim task: "
    "OCI runtime create failed: runc create failed: "
)
RUNC = OCI + "unable to start container process: error during container init: "


def config(message: str, reason: str = "CreateContainerConfigError", **spec: Any) -> ConfigFacts:
    container = make_part(Container, {"name": "app", **spec})
    return config_facts(container, ContainerStateWaiting(reason, message))


@pytest.mark.parametrize(
    ("problem", "name", "key", "message"),
    [
        ("configmap_missing", "ab-config", "", 'configmap "ab-config" not found'),
        ("secret_missing", "ab-secret", "", 'secret "ab-secret" not found'),
        ("configmap_key_missing", "c", "K", "couldn't find key K in ConfigMap ns/c"),
        ("secret_key_missing", "s", "web-url", "couldn't find key web-url in Secret ns/s"),
        (
            "runs_as_root",
            "",
            "",
            'container has runAsNonRoot and image will run as root (pod: "p_ns(u)", container: app)',
        ),
        (
            "runs_as_root",
            "",
            "",
            'container\'s runAsUser breaks non-root policy (pod: "p_ns(u)", container: app)',
        ),
        (
            "user_not_numeric",
            "",
            "",
            "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root",
        ),
        ("sub_path", "", "", 'failed to prepare subPath for volumeMount "m" of container "app"'),
        ("unknown", "", "", "failed to reserve container name app_p_ns"),
        ("unknown", "", "", ""),
    ],
)
def test_configuration_problems(problem: str, name: str, key: str, message: str) -> None:
    found = config(message)
    assert (found.problem, found.name, found.key) == (problem, name, key)
    assert found.said is not None
    assert found.said.text == (message or "CreateContainerConfigError")


@pytest.mark.parametrize("reason", ["CrashLoopBackOff", "ContainerCreating", "ImagePullBackOff"])
def test_other_waits_are_no_configuration_problem(reason: str) -> None:
    assert config('secret "x" not found', reason) == ConfigFacts()


@pytest.mark.parametrize(
    ("used_as", "message", "spec"),
    [
        (
            "environment variable URL",
            "couldn't find key url in Secret ns/s",
            {
                "env": [
                    {"name": "OTHER", "valueFrom": {"secretKeyRef": {"name": "s", "key": "other"}}},
                    {"name": "URL", "valueFrom": {"secretKeyRef": {"name": "s", "key": "url"}}},
                ]
            },
        ),
        (
            "environment variable LEVEL",
            'configmap "c" not found',
            {"env": [{"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "level"}}}]},
        ),
        ("envFrom", 'configmap "c" not found', {"envFrom": [{"configMapRef": {"name": "c"}}]}),
        ("envFrom", 'secret "s" not found', {"envFrom": [{"secretRef": {"name": "s"}}]}),
        ("", 'secret "s" not found', {"env": [{"name": "A", "value": "s"}]}),
    ],
)
def test_use_of_what_is_missing(used_as: str, message: str, spec: dict[str, Any]) -> None:
    assert config(message, **spec).used_as == used_as


def start(code: int, reason: str, message: str = "", log: str = "", waits: str = "") -> Start:
    ended = make_part(ContainerStateTerminated, end(code, reason, message=message)) if reason else None
    waiting = ContainerStateWaiting(waits, message) if waits else None
    return start_facts(ended, waiting, Observation(log, "log of app") if log else None)


@pytest.mark.parametrize(
    ("problem", "executable", "message"),
    [
        ("command_not_found", "serve", RUNC + 'exec: "serve": executable file not found in $PATH: unknown'),
        (
            "missing_file",
            "/run.sh",
            RUNC + 'exec: "/run.sh": stat /run.sh: no such file or directory: unknown',
        ),
        ("not_executable", "/run.sh", RUNC + 'exec: "/run.sh": permission denied: unknown'),
        ("wrong_architecture", "/app", RUNC + 'exec: "/app": exec format error'),
        ("unknown", "", RUNC + 'error mounting "/a" to rootfs at "/b": stat /b: no such file or directory'),
        (
            "unknown",
            "",
            OCI + 'runc create failed: chdir to cwd ("/w") set in config.json failed: permission denied',
        ),
        ("none", "", "context deadline exceeded"),
    ],
)
@pytest.mark.parametrize(
    "how", ["StartError", "ContainerCannotRun", "RunContainerError", "CreateContainerError"]
)
def test_the_runtime_says_why_it_cannot_start(how: str, problem: str, executable: str, message: str) -> None:
    waits = "" if how in {"StartError", "ContainerCannotRun"} else how
    found = start(128, "" if waits else how, message, waits=waits)
    assert (found.problem, found.executable) == (problem, executable)
    assert (found.said is None) == (problem == "none")
    assert found.said is None or found.said.source == f"container state {how}"


@pytest.mark.parametrize(
    ("problem", "executable", "code", "log"),
    [
        ("command_not_found", "alembic", 127, "/bin/sh: 1: alembic: not found"),
        ("command_not_found", "wge", 127, "bash: line 1: wge: command not found"),
        ("command_not_found", "", 127, ""),
        ("not_executable", "/app/entrypoint.sh", 126, "/bin/sh: 1: /app/entrypoint.sh: Permission denied"),
        ("not_executable", "", 126, ""),
        ("wrong_architecture", "/usr/bin/webhook", 255, "exec /usr/bin/webhook: exec format error"),
        (
            "wrong_architecture",
            "",
            1,
            "standard_init_linux.go:228: exec user process caused: exec format error",
        ),
        ("missing_file", "/app/run.sh", 255, "exec /app/run.sh: no such file or directory"),
        ("none", "", 1, "FileNotFoundError: [Errno 2] No such file or directory: '/model'"),
        ("none", "", 1, "PermissionError: [Errno 13] Permission denied: '/data'"),
    ],
)
def test_a_log_says_why_it_cannot_start(problem: str, executable: str, code: int, log: str) -> None:
    found = start(code, "Error", log=log)
    assert (found.problem, found.executable) == (problem, executable)


def test_a_log_of_a_container_that_works_says_nothing_of_its_start() -> None:
    assert start(0, "", log="exec /usr/bin/webhook: exec format error") == Start()


@pytest.mark.parametrize("reason", ["PostStartHookError", "PreStartHookError", "PreCreateHookError"])
def test_hooks(reason: str) -> None:
    words = (
        'Exec lifecycle hook ([/warm]) for Container "app" failed - '
        "error: command exited with 126: permission denied"
    )
    found = start(0, "", words, waits=reason)
    assert found.problem == "hook_failed"
    assert found.said == Observation(words, f"container state {reason}")
