"""The step that decides how a workflow stands, with what its pod and the log of that tell."""

import re
from datetime import datetime

from msgspec import Struct

from handlers.extract.workflow_messages import Meaning
from handlers.extract.workflow_nodes import Tree, pod_names, template_of
from handlers.sources.objects.argo import Workflow, WorkflowNode
from handlers.sources.objects.pod import Pod
from rules.facts.container import ContainerFacts
from rules.facts.pod import PodFacts
from rules.facts.workflow import StepFacts
from rules.finding import Observation

_KEY = re.compile(r"\bkey: ?(?P<key>[^\s\"]+)")
"""How the executor's log names the object it loads ("S3 Load path: …, key: features/part-0.parquet")."""
_NEVER_MADE = frozenset({"service_account", "quota", "refused", "template_missing", "unresolved", "lock"})


class StepReads(Struct, frozen=True, kw_only=True):
    """What was read of the pod behind a step.

    Attributes:
        looked: whether the workflow's pods were listed at all.
        pod: its pod, when there is one.
        facts: that pod's diagnosis.
        log: the text of the log of its init container, or empty.
    """

    looked: bool = False
    pod: Pod | None = None
    facts: PodFacts | None = None
    log: str = ""


def step_facts(  # noqa: PLR0913, PLR0917 - what is known of one step
    workflow: Workflow, tree: Tree, node: WorkflowNode | None, told: Meaning, reads: StepReads, now: datetime
) -> StepFacts:
    """Facts of the deciding step; empty ones without such a step."""
    if node is None:
        return StepFacts(missing_name=told.name)
    container = _container(told, reads.facts)
    attempts = tree.attempts(node)
    return StepFacts(
        name=step_name(node),
        template=template_of(node),
        phase=node.phase,
        said=_observed(node, workflow),
        container=told.container or (container.name if container else ""),
        exit_code=told.exit_code
        if told.exit_code is not None
        else (container.exit_code if container else None),
        node=node.host_node_name,
        attempts=attempts,
        attempts_said=_attempts(node, attempts),
        waits=_seconds(node.started_at, now) if node.phase in {"Pending", ""} else 0.0,
        pod=_pod_name(workflow, node, told, reads),
        pod_exists=reads.pod is not None,
        pod_gone=_gone(workflow, node, told, reads),
        error=container.log.error if container else None,
        signature=container.signature.summary if container and container.signature else "",
        memory_limit=container.memory_limit if container else None,
        memory_suggested=container.memory_suggested if container else "",
        missing_name=told.name,
        artifact=f"artifact {told.name}" if told.name else "an artifact",
        key=_key(node, told, reads.log),
    )


def step_name(node: WorkflowNode) -> str:
    """The step's name without the number of the attempt and of the group ("[0].train(1)": "train")."""
    plain = re.sub(r"\(\d+\)$", "", node.display_name or node.name)
    return re.sub(r"^\[\d+\]\.", "", plain) or plain


def _observed(node: WorkflowNode, workflow: Workflow) -> Observation | None:
    text = " ".join((node.message or workflow.status.message).split())
    return Observation(text[:600], f"message of node {node.id}", node.finished_at) if text else None


def _seconds(begin: datetime | None, now: datetime) -> float:
    return (now - begin).total_seconds() if begin else 0.0


def _attempts(node: WorkflowNode, attempts: int) -> Observation | None:
    if attempts < 2:  # noqa: PLR2004 - one attempt is no retry
        return None
    return Observation(
        f"{step_name(node)} was tried {attempts} times; this is the last attempt", "workflow nodes"
    )


def _container(told: Meaning, facts: PodFacts | None) -> ContainerFacts | None:
    """The container that ended the step: the one named, else the one that ended badly, else main."""
    every = facts.containers if facts else ()
    named = (one for one in every if one.name == told.container)
    bad = (one for one in every if one.exit_code)
    main = (one for one in every if one.name == "main")
    return next(named, None) or next(bad, None) or next(main, None)


def _pod_name(workflow: Workflow, node: WorkflowNode, told: Meaning, reads: StepReads) -> str:
    if reads.pod is not None:
        return reads.pod.metadata.name
    if node.type != "Pod" or told.problem in _NEVER_MADE:
        return ""
    return pod_names(workflow.metadata.name, node)[0]


def _gone(workflow: Workflow, node: WorkflowNode, told: Meaning, reads: StepReads) -> Observation | None:
    if not reads.looked or reads.pod is not None or node.type != "Pod" or told.problem in _NEVER_MADE:
        return None
    strategy = workflow.spec.pod_gc.strategy if workflow.spec.pod_gc else ""
    why = f" (podGC {strategy})" if strategy else ""
    return Observation(f"The step's pod is gone{why}, and its log with it", "pods of the workflow")


def _key(node: WorkflowNode, told: Meaning, log: str) -> str:
    artifacts = node.inputs.artifacts if node.inputs else ()
    own = (a.s3.key for a in artifacts if a.s3 and (not told.name or a.name == told.name))
    found = [match["key"] for line in log.splitlines() if "oad path" in line and (match := _KEY.search(line))]
    return next(filter(None, own), "") or (found[-1].rstrip(",") if found else "")
