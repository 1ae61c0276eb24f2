"""What the workflow controller says of a workflow or a step → the kind of failure.

Nothing but these texts carries the cause; they are those of Argo Workflows 3.4 to 4.1.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from rules.facts.workflow import WorkflowProblem


class Meaning(Struct, frozen=True, kw_only=True):
    """What a message means.

    Attributes:
        name: what is missing: service account, claim, quota, template or artifact.
        container: the container that ended the step, with its exit code.
    """

    problem: WorkflowProblem
    name: str = ""
    container: str = ""
    exit_code: int | None = None


_ENDED = re.compile(
    r"^(?:(?P<container>[\w.-]+): )?(?P<reason>\w+) \(exit code (?P<code>\d+)\)(?:: (?P<rest>.*))?$",
    re.DOTALL,
)
_CHILD = re.compile(r"^child '.*' (?:failed|errored)$")

_PATTERNS: tuple[tuple[WorkflowProblem, str], ...] = (
    ("executor_rbac", r'workflowtaskresults\S* is forbidden|cannot (?:patch|get|watch) resource "pods'),
    ("service_account", r"service ?account \"?(?P<name>[\w.-]+)\"? not found"),
    ("quota", r"exceeded quota: (?P<name>[\w.-]+)"),
    ("claim_missing", r'persistentvolumeclaim "(?P<name>[^"]+)" (?:not found|is being deleted)'),
    ("claim_unbound", r"unbound immediate PersistentVolumeClaims|waiting for a volume to be created"),
    ("unschedulable", r"^Unschedulable|nodes are available"),
    ("parallelism", r"too many workflows are already running"),
    ("step_parallelism", r"Max parallelism reached"),
    ("lock", r"^Waiting for \S+ lock|^Waiting for lock|failed to acquire"),
    ("image_pull", r"ImagePullBackOff|ErrImagePull|InvalidImageName|ErrImageNeverPull"),
    ("config", r"CreateContainerConfigError|CreateContainerError|RunContainerError"),
    ("oom", r"OOMKilled"),
    (
        "evicted",
        r"Evicted|node was low on resource|Preempting|PreemptionByScheduler|DeletionByTaintManager",
    ),
    (
        "deadline",
        r"exceeded its deadline|longer than the specified deadline|^Max duration limit exceeded",
    ),
    ("deadline", r"DeadlineExceeded|Workflow timed out"),
    (
        "artifact_not_configured",
        r"artifact storage is not configured|failed to resolve artifact repository",
    ),
    ("artifact_not_supplied", r"required artifact '(?P<name>[^']+)' not supplied"),
    ("artifact_key_missing", r"specified key does not exist|NoSuchKey|artifact (?P<name>\S+) not found"),
    ("artifact_denied", r"(?:get|put|load|save|stat) file: Access Denied|AccessDenied"),
    ("artifact_failed", r"artifact (?P<name>\S+) failed to (?:load|save)|failed to (?:get|put) file"),
    ("template_missing", r"(?:cluster )?workflow ?template[\s:\"']+(?P<name>[\w./-]+)[\"']? not found"),
    ("template_missing", r'workflowtemplates\S* "(?P<name>[^"]+)" not found'),
    ("template_missing", r"^template (?P<name>\S+) not found|template name '(?P<other>[^']+)' undefined"),
    ("unresolved", r"failed to resolve \{\{|unable to resolve|failed to evaluate|invalid spec"),
    ("too_large", r"longer than maximum allowed size"),
    ("offload", r"offload node status"),
    ("pod_deleted", r"^(?:pod|container) deleted|pod was deleted|container lost"),
    ("executor_failed", r"wait container did not complete|Pod failed before main container starts"),
    ("refused", r"is forbidden|admission webhook .* denied"),
)
_TABLE = tuple((problem, re.compile(pattern, re.IGNORECASE)) for problem, pattern in _PATTERNS)
_MEANINGLESS = re.compile(
    r"^(?:No more retries left|Backoff for .*|ContainerCreating|PodInitializing|child '.*|omitted: .*"
    r"|when '.*)$"
)


def meaning(message: str) -> Meaning:
    """The kind of failure a message tells; "none" for one that is empty or only repeats another's."""
    text = message.strip()
    if not text or _CHILD.match(text) or _MEANINGLESS.match(text):
        return Meaning(problem="none")
    ended = _ENDED.match(text)
    return _of_end(ended.groupdict()) if ended else _of_text(text)


def _of_end(parts: Mapping[str, str | None]) -> Meaning:
    container, code, rest = parts["container"] or "main", int(parts["code"] or 0), parts["rest"] or ""
    told = _of_text(rest) if rest else None
    if told is None or told.problem == "unknown":
        told = Meaning(problem=_end(container, parts["reason"] or ""))
    return Meaning(problem=told.problem, name=told.name, container=container, exit_code=code)


def _end(container: str, reason: str) -> WorkflowProblem:
    if reason == "OOMKilled":
        return "oom"
    return "executor_failed" if container in {"init", "wait"} else "exit"


def _of_text(text: str) -> Meaning:
    for problem, pattern in _TABLE:
        if found := pattern.search(text):
            named = next((value for value in found.groupdict().values() if value), "")
            return Meaning(problem=problem, name=named or _artifact(text))
    return Meaning(problem="unknown")


def _artifact(text: str) -> str:
    found = re.search(r"artifact '?([\w.-]+)'? failed to", text)
    return found[1] if found else ""
