"""Why a container cannot be configured or started, from the kubelet's and the runtime's words (Kubernetes 1.36)."""

import re

from handlers.sources.objects.pod import Container, ContainerStateTerminated, ContainerStateWaiting
from rules.facts.container import ConfigFacts, ConfigProblem, StartProblem
from rules.finding import Observation

CONFIG_REASONS = frozenset({"CreateContainerConfigError", "CreateContainerError"})
_MISSING = re.compile(r'^(configmap|secret) "([^"]+)" not found', re.IGNORECASE)
_KEY = re.compile(r"couldn't find key (\S+) in (ConfigMap|Secret) [^/\s]+/(\S+)")
_EXECUTABLE = re.compile(
    r'exec: "([^"]+)"|exec ([/\w.-]+): exec format|(?:^|\s)\d*:? ?([\w./-]+): (?:not found|Permission denied)'
)


def config_facts(container: Container, waiting: ContainerStateWaiting | None) -> ConfigFacts:
    """Classify a CreateContainerConfigError (or CreateContainerError); problem "none" without one."""
    if waiting is None or waiting.reason not in CONFIG_REASONS:
        return ConfigFacts()
    said = Observation(waiting.message or waiting.reason, f"container state {waiting.reason}")
    problem, name, key = _config_problem(waiting.message)
    return ConfigFacts(problem=problem, name=name, key=key, used_as=_used_as(container, name), said=said)


def _config_problem(message: str) -> tuple[ConfigProblem, str, str]:
    missing = _MISSING.search(message)
    if missing:
        kind: ConfigProblem = (
            "configmap_missing" if missing.group(1).lower() == "configmap" else "secret_missing"
        )
        return kind, missing.group(2), ""
    key = _KEY.search(message)
    if key:
        return (
            ("configmap_key_missing" if key.group(2) == "ConfigMap" else "secret_key_missing"),
            key.group(3),
            key.group(1),
        )
    if "non-numeric user" in message:
        return "user_not_numeric", "", ""
    if "runAsNonRoot" in message:
        return "runs_as_root", "", ""
    return ("sub_path" if "subPath" in message else "unknown"), "", ""


def _used_as(container: Container, name: str) -> str:
    for variable in container.env:
        source = variable.value_from
        for selector in (source.config_map_key_ref, source.secret_key_ref) if source else ():
            if selector and selector.name == name:
                return f"environment variable {variable.name}"
    for source_of_all in container.env_from:
        for reference in (source_of_all.config_map_ref, source_of_all.secret_ref):
            if reference and reference.name == name:
                return "envFrom"
    return ""


def start_problem(
    ended: ContainerStateTerminated | None,
    waiting: ContainerStateWaiting | None,
    log_line: Observation | None,
) -> tuple[StartProblem, Observation | None, str]:
    """Tell why the process did not start: the kind, the words that say so, and the executable (or empty).

    The runtime's message is preferred; exit codes 126 and 127 and "exec format error" speak through the log.
    """
    for text, source in _spoken(ended, waiting):
        problem = _start_problem(text)
        if problem != "none":
            return problem, Observation(text, source, ended.finished_at if ended else None), _executable(text)
    text = log_line.text if log_line else ""
    by_code: dict[int, StartProblem] = {126: "not_executable", 127: "command_not_found"}
    code = ended.exit_code if ended else 0
    if "exec format error" in text:
        return "wrong_architecture", log_line, _executable(text)
    if code in by_code:
        return by_code[code], log_line, _executable(text)
    return "none", None, ""


def _spoken(
    ended: ContainerStateTerminated | None, waiting: ContainerStateWaiting | None
) -> list[tuple[str, str]]:
    spoken = []
    if ended and ended.reason in {"StartError", "ContainerCannotRun"}:
        spoken.append((ended.message, f"container state {ended.reason}"))
    if waiting and waiting.reason in {
        "RunContainerError",
        "CreateContainerError",
        "PostStartHookError",
        "PreCreateHookError",
        "PreStartHookError",
    }:
        spoken.append((waiting.message or waiting.reason, f"container state {waiting.reason}"))
    return spoken


def _start_problem(text: str) -> StartProblem:
    if "exec format error" in text:
        return "wrong_architecture"
    if "executable file not found" in text:
        return "command_not_found"
    if "permission denied" in text.lower():
        return "not_executable"
    if "no such file or directory" in text:
        return "missing_file"
    if "Hook" in text:
        return "hook_failed"
    return "unknown" if "OCI runtime" in text or "unable to start" in text else "none"


def _executable(text: str) -> str:
    found = _EXECUTABLE.search(text)
    return next((group for group in found.groups() if group), "") if found else ""
