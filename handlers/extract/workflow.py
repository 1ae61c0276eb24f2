"""A Workflow and what was read around it → WorkflowFacts. Pure functions."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from handlers.extract.workflow_messages import Meaning, meaning
from handlers.extract.workflow_nodes import NodesUnread, Tree
from handlers.extract.workflow_step import StepReads, step_facts
from handlers.sources.objects.argo import Workflow, WorkflowNode
from rules.facts.workflow import (
    ControllerFacts,
    LockFacts,
    StoppedBy,
    WorkflowFacts,
    WorkflowPhase,
    WorkflowProblem,
)
from rules.finding import ObjectRef, Observation
from rules.units import seconds_in_words

INSTANCE_ID = "workflows.argoproj.io/controller-instanceid"
CRON = "workflows.argoproj.io/cron-workflow"
PATIENCE: Mapping[str, float] = {"unschedulable": 300.0, "quota": 300.0, "parallelism": 300.0, "lock": 300.0}
"""Seconds after which a wait of that kind is worth a word: Karpenter needs minutes for a node."""
SOON = 120.0
"""The same for every other wait."""
CHARACTERS = 600
_PHASES: Mapping[str, WorkflowPhase] = {
    "": "not picked up",
    "Pending": "Pending",
    "Running": "Running",
    "Succeeded": "Succeeded",
    "Failed": "Failed",
    "Error": "Error",
}
_BY_HAND = ("Stopped with strategy", "workflow shutdown with strategy")


class WorkflowReads(Struct, frozen=True, kw_only=True):
    """What was read around a workflow.

    Attributes:
        step: the pod of the deciding step, as far as it was read.
        account_exists: whether its service account is there.
        pods: every pod of the workflow.
        missing: fact → why it could not be read.
    """

    workflow: Workflow
    now: datetime
    step: StepReads = StepReads()
    account_exists: bool = True
    lock: LockFacts = LockFacts()
    controller: ControllerFacts = ControllerFacts()
    controller_pods: tuple[ObjectRef, ...] = ()
    beside: tuple[str, ...] = ()
    missing: Mapping[str, str] = {}


class Standing(Struct, frozen=True, kw_only=True):
    """How a workflow stands by its own status, before anything else is read.

    Attributes:
        node: the step that decides; None when the workflow itself does, or nothing is wrong.
        unread: why its nodes could not be read, or empty.
    """

    phase: WorkflowPhase
    meaning: Meaning
    tree: Tree
    node: WorkflowNode | None = None
    stopped_by: StoppedBy = ""
    failed: bool = False
    stuck: bool = False
    waits: float = 0.0
    unread: str = ""

    @property
    def trouble(self) -> bool:
        """Whether something is wrong."""
        return self.failed or self.stuck


def standing(workflow: Workflow, now: datetime) -> Standing:
    """Tell how a workflow stands from its own object alone."""
    phase, unread = _PHASES.get(workflow.status.phase, "Running"), ""
    try:
        tree = Tree.of(workflow)
    except NodesUnread as error:
        tree, unread = Tree({}), str(error)
    stopped = _stopped_by(workflow, phase)
    leaves = tree.failed_leaves() if phase != "Succeeded" and not stopped else ()
    if leaves or (phase in {"Failed", "Error"} and not stopped):
        node = leaves[0] if leaves else None
        return Standing(
            phase=phase,
            meaning=_failure(workflow, node, unread),
            tree=tree,
            node=node,
            failed=True,
            unread=unread,
        )
    return _waiting(workflow, phase, tree, stopped, unread, now)


def _failure(workflow: Workflow, node: WorkflowNode | None, unread: str) -> Meaning:
    told = meaning(node.message if node else workflow.status.message)
    if told.problem in {"none", "unknown"} and node is not None:
        whole = meaning(workflow.status.message)
        told = whole if whole.problem not in {"none", "unknown"} else told
    if told.problem == "none" and not unread:
        return Meaning(problem="unknown")
    return told


def _waiting(  # noqa: PLR0913, PLR0917 - what is known of one workflow
    workflow: Workflow, phase: WorkflowPhase, tree: Tree, stopped: StoppedBy, unread: str, now: datetime
) -> Standing:
    quiet = phase == "Succeeded" or stopped != "" or is_suspended(workflow, tree)
    node = next(iter(tree.waiting_leaves()), None) if not quiet else None
    told = _wait(workflow, phase, node)
    waits = 0.0 if quiet else _waits(workflow, phase, node, now)
    stuck = waits > PATIENCE.get(told.problem, SOON) and (phase != "Running" or told.problem != "none")
    return Standing(
        phase=phase,
        meaning=told if stuck else Meaning(problem="none"),
        tree=tree,
        node=node if stuck else None,
        stopped_by=stopped,
        stuck=stuck,
        waits=waits,
        unread=unread if phase != "Succeeded" else "",
    )


def _wait(workflow: Workflow, phase: WorkflowPhase, node: WorkflowNode | None) -> Meaning:
    if phase == "not picked up":
        return Meaning(problem="not_picked_up")
    told = meaning(node.message) if node else Meaning(problem="none")
    return told if told.problem != "none" else meaning(workflow.status.message)


def _waits(workflow: Workflow, phase: WorkflowPhase, node: WorkflowNode | None, now: datetime) -> float:
    if phase == "Running" and node is None:
        return 0.0
    began = node.started_at if node and node.started_at else workflow.metadata.creation_timestamp
    return (now - began).total_seconds() if began else 0.0


def is_suspended(workflow: Workflow, tree: Tree) -> bool:
    """Whether it waits for somebody to resume it."""
    return bool(workflow.spec.suspend) or (not workflow.status.finished_at and tree.suspended())


def _stopped_by(workflow: Workflow, phase: WorkflowPhase) -> StoppedBy:
    """How a person ended it; a deadline that ends a workflow says so in other words."""
    if phase in {"Succeeded", "not picked up"}:
        return ""
    if not workflow.spec.shutdown and not workflow.status.message.startswith(_BY_HAND):
        return ""
    return (
        "Stop"
        if "Stop" in (workflow.spec.shutdown or workflow.status.message.partition("'")[2])
        else "Terminate"
    )


def workflow_facts(reads: WorkflowReads) -> WorkflowFacts:
    """Put the facts together."""
    flow, now = reads.workflow, reads.now
    stands = standing(flow, now)
    made = flow.metadata.creation_timestamp
    return WorkflowFacts(
        ref=flow.ref,
        top_owner=_owner(flow),
        depends_on=_links(reads, stands),
        phase=stands.phase,
        age=(now - made).total_seconds() if made else 0.0,
        completed=stands.phase in {"Succeeded", "Failed", "Error"},
        failed=stands.failed,
        stuck=stands.stuck,
        healthy=not stands.trouble,
        stopped_by=stands.stopped_by,
        stopped_said=observed(flow.status.message, "status.message", flow.status.finished_at)
        if stands.stopped_by
        else None,
        suspended=is_suspended(flow, stands.tree) and stands.phase in {"Pending", "Running"},
        retrying=stands.phase == "Running" and bool(stands.tree.retrying()),
        problem=_problem(stands),
        said=_said(flow, stands),
        step=step_facts(flow, stands.tree, stands.node, stands.meaning, reads.step, now),
        steps_failed=len(stands.tree.failed_leaves()) if stands.failed else 0,
        service_account=account_of(flow, stands),
        account_exists=reads.account_exists,
        instance_id=flow.metadata.labels.get(INSTANCE_ID, ""),
        instance=_instance(flow),
        deadline=flow.spec.active_deadline_seconds,
        parallelism=flow.spec.parallelism,
        lock=reads.lock,
        controller=reads.controller,
        beside=reads.beside,
        effect=_effect(stands, now, flow),
        missing=_missing(reads, stands),
    )


def _problem(stands: Standing) -> WorkflowProblem:
    told = stands.meaning.problem
    return "unknown" if stands.trouble and told == "none" and not stands.unread else told


def _missing(reads: WorkflowReads, stands: Standing) -> Mapping[str, str]:
    missing = dict(reads.missing)
    if stands.unread and stands.meaning.problem in {"none", "unknown"}:
        why = f"nodes of the workflow: {stands.unread}"
        missing |= {"step": why, "problem": why, "effect": why, "steps_failed": why}
    return missing


def _said(workflow: Workflow, stands: Standing) -> Observation | None:
    """What the controller says of the whole, where that is more than an echo of the step."""
    text = workflow.status.message
    if text.startswith("child '") or (stands.node is not None and text == stands.node.message):
        return None
    return observed(text, "status.message of the Workflow", workflow.status.finished_at)


def observed(message: str, source: str, at: datetime | None) -> Observation | None:
    """A message as evidence; None where there is none."""
    text = " ".join(message.split())
    if not text:
        return None
    return Observation(text if len(text) <= CHARACTERS else f"{text[:CHARACTERS]} …", source, at)


def account_of(workflow: Workflow, stands: Standing) -> str:
    """The service account of a step's pod: the one that is refused, its template's, or the workflow's."""
    if stands.meaning.problem == "service_account" and stands.meaning.name:
        return stands.meaning.name
    node = stands.node
    templates = workflow.spec.templates if node else ()
    own = (t.service_account_name for t in templates if node and t.name == node.template_name)
    return next(filter(None, own), "") or workflow.spec.service_account_name or "default"


def _instance(workflow: Workflow) -> str:
    wanted = workflow.metadata.labels.get(INSTANCE_ID, "")
    return f"its instance id “{wanted}”" if wanted else "workflows without an instance id"


def _owner(workflow: Workflow) -> ObjectRef:
    controller, namespace = workflow.metadata.controller, workflow.metadata.namespace
    if controller is not None:
        return ObjectRef(controller.kind, controller.name, namespace)
    cron = workflow.metadata.labels.get(CRON, "")
    return ObjectRef("CronWorkflow", cron, namespace) if cron else workflow.ref


def _links(reads: WorkflowReads, stands: Standing) -> tuple[ObjectRef, ...]:
    """What would explain its trouble: its step's pod, what that lacks, its lock's holder, the controller."""
    if not stands.trouble:
        return ()
    namespace = reads.workflow.metadata.namespace
    found = [reads.step.pod.ref] if reads.step.pod else []
    if stands.meaning.problem == "claim_missing" and stands.meaning.name:
        found.append(ObjectRef("PersistentVolumeClaim", stands.meaning.name, namespace))
    if reads.lock.holder:
        found.append(ObjectRef("Workflow", reads.lock.holder, reads.lock.holder_namespace))
    account = account_of(reads.workflow, stands)
    found.append(ObjectRef("ServiceAccount", account, namespace))
    return tuple(dict.fromkeys((*found, *reads.controller_pods)))


def _effect(stands: Standing, now: datetime, workflow: Workflow) -> str:
    steps = stands.tree.steps()
    if not stands.trouble or (not steps and stands.unread):
        return ""
    if not steps:
        return (
            f"Nothing of it has run; it has waited for {seconds_in_words(stands.waits)}"
            if stands.stuck
            else ""
        )
    done = sum(step.phase == "Succeeded" for step in steps)
    ended = workflow.status.finished_at
    when = f"; it ended {seconds_in_words((now - ended).total_seconds())} ago" if ended else ""
    return f"{done} of {len(steps)} steps that began succeeded{when}"
