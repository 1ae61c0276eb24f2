"""Facts about one container of a pod: how it stands, how it ended, and what it said."""

from typing import Annotated, Literal

from rules.facts.base import Facts, fact
from rules.facts.log import LogFacts, LogSignature
from rules.finding import Observation

ContainerKind = Literal["main", "init", "sidecar"]
ContainerPhase = Literal["waiting", "running", "terminated", "unknown"]
ImagePullProblem = Literal[
    "none",
    "not_found",
    "access_denied",
    "ecr_denied",
    "rate_limited",
    "dns",
    "unreachable",
    "untrusted_certificate",
    "wrong_platform",
    "node_disk_full",
    "invalid_name",
    "never_pull",
    "signature",
    "unknown",
]
ConfigProblem = Literal[
    "none",
    "configmap_missing",
    "secret_missing",
    "configmap_key_missing",
    "secret_key_missing",
    "runs_as_root",
    "user_not_numeric",
    "sub_path",
    "unknown",
]
StartProblem = Literal[
    "none",
    "command_not_found",
    "not_executable",
    "wrong_architecture",
    "missing_file",
    "hook_failed",
    "unknown",
]
ReadinessProblem = Literal["none", "http_status", "refused", "timeout", "not_serving", "exec", "unknown"]


class ImagePullFacts(Facts, frozen=True, kw_only=True):
    """Why an image could not be pulled."""

    problem: Annotated[ImagePullProblem, fact("The kind of failure, from the runtime's own words")] = "none"
    reference: Annotated[str, fact("The image as the pod names it", read="spec.containers.image")] = ""
    registry: Annotated[str, fact("Host of the registry")] = ""
    repository: Annotated[str, fact("Repository in that registry, without tag")] = ""
    registry_account: Annotated[str, fact("AWS account of an ECR registry, or empty")] = ""
    own_account: Annotated[str, fact("AWS account most other images of the node come from, or empty")] = ""
    similar_tags: Annotated[tuple[str, ...], fact("Tags of the same image that ran here before")] = ()
    said: Annotated[
        Observation | None, fact("What the runtime said", read="containerStatuses.state.waiting.message")
    ] = None


class ConfigFacts(Facts, frozen=True, kw_only=True):
    """Why the kubelet could not put the container's configuration together."""

    problem: Annotated[ConfigProblem, fact("The kind of failure")] = "none"
    name: Annotated[str, fact("The ConfigMap or Secret that is meant")] = ""
    key: Annotated[str, fact("The key that is missing in it")] = ""
    used_as: Annotated[str, fact("How the container uses it", read="spec.containers.env, envFrom")] = ""
    said: Annotated[Observation | None, fact("What the kubelet said", read="state.waiting.message")] = None


class ProbeFacts(Facts, frozen=True, kw_only=True):
    """What a probe does and what it last said."""

    does: Annotated[
        str, fact("The probe in words (GET :8080/healthz every 10 s, timeout 1 s, 3 failures)")
    ] = ""
    timeout: Annotated[int, fact("timeoutSeconds", unit="seconds", read="spec.containers.*Probe")] = 1
    allows: Annotated[
        int, fact("Time the probe gives before it acts: delay + period x failures", unit="seconds")
    ] = 0
    problem: Annotated[ReadinessProblem, fact("The kind of the last failure")] = "none"
    status_code: Annotated[int | None, fact("HTTP status the probe got")] = None
    failures: Annotated[int, fact("How often it failed, as far as events reach")] = 0
    said: Annotated[Observation | None, fact("Its last output", read="event Unhealthy")] = None


class ContainerFacts(Facts, frozen=True, kw_only=True):
    """Facts about one container."""

    name: Annotated[str, fact("Name of the container")] = "app"
    kind: Annotated[
        ContainerKind, fact("main, init (must end), or sidecar (an init container that keeps running)")
    ] = "main"
    title: Annotated[
        str, fact("What people call it: container app, init container migrate, sidecar proxy")
    ] = "container app"
    trouble: Annotated[
        Literal["crashes", "does not start", "failed", "is not ready", "runs"],
        fact("What its state means for the pod, as a verb"),
    ] = "crashes"
    image: Annotated[str, fact("Image as the pod names it", read="spec.containers.image")] = ""
    command: Annotated[str, fact("Command and arguments of the pod's spec, or empty")] = ""
    phase: Annotated[ContainerPhase, fact("Which of the three states it is in", read="status.state")] = (
        "running"
    )
    waiting_reason: Annotated[str, fact("Why it waits", read="state.waiting.reason")] = ""
    ready: Annotated[bool, fact("Whether it passes its readiness check")] = True
    restarts: Annotated[int, fact("How often it was restarted", read="restartCount")] = 0
    running_for: Annotated[float | None, fact("Time since it started", unit="seconds")] = None
    will_restart: Annotated[
        bool, fact("Whether the kubelet starts it again when it has ended (restart policy; pod not ended)")
    ] = True
    failing: Annotated[bool, fact("Whether it keeps its pod from working, or fails again and again")] = False
    crashed: Annotated[
        bool,
        fact(
            "Whether it ended by itself and that matters now: crash-looping, failed, or again within the hour"
        ),
    ] = False
    exit_code: Annotated[int | None, fact("Exit code of the run that ended", read="lastState.terminated")] = (
        None
    )
    exit_reason: Annotated[str, fact("Reason of that end (Error, OOMKilled, Completed, StartError)")] = ""
    signal: Annotated[str, fact("Signal behind an exit code above 128 (SIGKILL), or empty")] = ""
    ran_for: Annotated[float | None, fact("How long that run lasted", unit="seconds")] = None
    ended_ago: Annotated[float | None, fact("How long ago it ended", unit="seconds")] = None
    last_exit: Annotated[Observation | None, fact("The end of that run, in a sentence")] = None
    oom_killed: Annotated[bool, fact("Whether that run was killed at its memory limit")] = False
    termination_message: Annotated[
        Observation | None, fact("What the container left as termination message", read="terminated.message")
    ] = None
    memory_limit: Annotated[
        int | None, fact("Memory limit", unit="bytes", read="resources.limits.memory")
    ] = None
    memory_request: Annotated[int | None, fact("Memory request", unit="bytes")] = None
    memory_used: Annotated[int | None, fact("Memory in use", unit="bytes", read="metrics.k8s.io")] = None
    memory_share: Annotated[
        float | None, fact("Memory in use as percentage of the limit", unit="percent")
    ] = None
    memory_suggested: Annotated[str, fact("One and a half times the memory limit, or empty")] = ""
    cpu_suggested: Annotated[str, fact("Twice the CPU limit; empty without one")] = ""
    cpu_limit: Annotated[float | None, fact("CPU limit", unit="cores", read="resources.limits.cpu")] = None
    cpu_used: Annotated[float | None, fact("CPU in use", unit="cores", read="metrics.k8s.io")] = None
    cpu_share: Annotated[float | None, fact("CPU in use as percentage of the limit", unit="percent")] = None
    usage: Annotated[Observation | None, fact("Memory and CPU against their limits, in a sentence")] = None
    pull: Annotated[ImagePullFacts, fact("Image pull")] = ImagePullFacts()
    config: Annotated[ConfigFacts, fact("Configuration")] = ConfigFacts()
    start_problem: Annotated[StartProblem, fact("Why the process could not be started")] = "none"
    start_said: Annotated[Observation | None, fact("What the runtime or shell said of the start")] = None
    executable: Annotated[str, fact("The file that could not be started, or empty")] = ""
    killed_by_probe: Annotated[
        Literal["none", "liveness", "startup"], fact("The probe that had it killed", read="event Killing")
    ] = "none"
    kill: Annotated[Observation | None, fact("The kubelet's word that it kills the container")] = None
    kill_probe: Annotated[ProbeFacts, fact("The probe behind the kill")] = ProbeFacts()
    readiness_failing: Annotated[bool, fact("Running, past its start, and not ready")] = False
    readiness: Annotated[ProbeFacts, fact("The readiness probe")] = ProbeFacts()
    log: Annotated[LogFacts, fact("The log of the run that matters: the previous one after a crash")] = (
        LogFacts()
    )
    signature: Annotated[
        LogSignature | None, fact("The best known failure in that log, recent enough to matter")
    ] = None
    signature_is_cause: Annotated[
        bool, fact("Whether that failure explains how the container stands now (it crashed or is not ready)")
    ] = False
