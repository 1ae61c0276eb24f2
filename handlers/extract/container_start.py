"""Why a container cannot be configured or started, from the kubelet's and the runtime's words (v1.36)."""

import re

from msgspec import Struct

from handlers.extract.events import plain
from handlers.sources.objects.container import Container, ContainerStateTerminated, ContainerStateWaiting
from rules.facts.container import ConfigFacts, ConfigProblem, StartProblem
from rules.finding import Observation

CONFIG_REASONS = frozenset({"CreateContainerConfigError", "CreateContainerError"})
_MISSING = re.compile(r'^(configmap|secret) "([^"]+)" not found', re.IGNORECASE)
_KEY = re.compile(r"couldn't find key (\S+) in (ConfigMap|Secret) [^/\s]+/(\S+)")
_EXECUTABLE = re.compile(
    r'exec:? "([^"]+)"'
    r"|exec:? ([\w./-]+): (?:exec format|no such file|permission denied)"
    r"|(?:^|\s)\d*:? ?([\w./-]+): (?:command )?(?:not found|Permission denied)"
)
_EXEC = r'exec:? "?[^":]+"?: '
_STARTS: tuple[tuple[StartProblem, re.Pattern[str]], ...] = (
    ("wrong_architecture", re.compile(r"exec format error")),
    ("command_not_found", re.compile(r"executable file not found")),
    ("not_executable", re.compile(_EXEC + r"permission denied", re.IGNORECASE)),
    ("missing_file", re.compile(_EXEC + r"(?:stat \S+: )?no such file or directory")),
    ("unknown", re.compile(r"OCI runtime|unable to start|failed to create (?:containerd )?task")),
)
_BY_CODE: dict[int, StartProblem] = {126: "not_executable", 127: "command_not_found"}
_NOT_STARTED = frozenset({"StartError", "ContainerCannotRun"})


def config_facts(container: Container, waiting: ContainerStateWaiting | None) -> ConfigFacts:
    """Classify a CreateContainerConfigError (or CreateContainerError); problem "none" without one."""
    if waiting is None or waiting.reason not in CONFIG_REASONS:
        return ConfigFacts()
    message = plain(waiting.message)
    said = Observation(message or waiting.reason, f"container state {waiting.reason}")
    problem, name, key = _config_problem(message)
    return ConfigFacts(problem=problem, name=name, key=key, used_as=_used_as(container, name, key), said=said)


def _config_problem(message: str) -> tuple[ConfigProblem, str, str]:
    if missing := _MISSING.search(message):
        of_map = missing[1].lower() == "configmap"
        return ("configmap_missing" if of_map else "secret_missing"), missing[2], ""
    if key := _KEY.search(message):
        return ("configmap_key_missing" if key[2] == "ConfigMap" else "secret_key_missing"), key[3], key[1]
    if "non-numeric user" in message:
        return "user_not_numeric", "", ""
    if "runAsNonRoot" in message or "breaks non-root policy" in message:
        return "runs_as_root", "", ""
    return ("sub_path" if "subPath" in message else "unknown"), "", ""


def _used_as(container: Container, name: str, key: str) -> str:
    """How the container uses a ConfigMap or Secret, or one key of it."""
    for variable in container.env:
        source = variable.value_from
        for selector in (source.config_map_key_ref, source.secret_key_ref) if source else ():
            if selector and selector.name == name and key in {"", selector.key}:
                return f"environment variable {variable.name}"
    for source_of_all in container.env_from:
        for reference in (source_of_all.config_map_ref, source_of_all.secret_ref):
            if reference and reference.name == name:
                return "envFrom"
    return ""


class Start(Struct, frozen=True):
    """Why the process could not be started, the words that say so, and the file (or empty)."""

    problem: StartProblem = "none"
    said: Observation | None = None
    executable: str = ""


def start_facts(
    ended: ContainerStateTerminated | None,
    waiting: ContainerStateWaiting | None,
    log_line: Observation | None,
) -> Start:
    """Tell why the process did not start; `ended` is the run that matters, None when none does.

    The runtime's message is preferred; exit codes 126 and 127 and "exec format error" speak through the log.
    """
    if waiting and waiting.reason.endswith("HookError"):
        said = Observation(plain(waiting.message) or waiting.reason, f"container state {waiting.reason}")
        return Start("hook_failed", said)
    for said in _spoken(ended, waiting):
        problem = _start_problem(said.text)
        if problem != "none":
            return Start(problem, said, _executable(said.text))
    return _from_log(ended, log_line) if ended else Start()


def _spoken(
    ended: ContainerStateTerminated | None, waiting: ContainerStateWaiting | None
) -> tuple[Observation, ...]:
    spoken = []
    if ended and ended.reason in _NOT_STARTED:
        source = f"container state {ended.reason}"
        spoken.append(Observation(plain(ended.message), source, ended.finished_at))
    if waiting and waiting.reason in {"RunContainerError", "CreateContainerError"}:
        text = plain(waiting.message) or waiting.reason
        spoken.append(Observation(text, f"container state {waiting.reason}"))
    return tuple(spoken)


def _from_log(ended: ContainerStateTerminated, line: Observation | None) -> Start:
    text = line.text if line else ""
    problem = _start_problem(text)
    if problem in {"wrong_architecture", "missing_file"}:
        return Start(problem, line, _executable(text))
    if ended.exit_code in _BY_CODE:
        return Start(_BY_CODE[ended.exit_code], line, _executable(text))
    return Start()


def _start_problem(text: str) -> StartProblem:
    return next((kind for kind, pattern in _STARTS if pattern.search(text)), "none")


def _executable(text: str) -> str:
    found = _EXECUTABLE.search(text)
    return next((group for group in found.groups() if group), "") if found else ""
