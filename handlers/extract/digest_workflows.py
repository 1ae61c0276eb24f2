"""Workflows of a day in a line: what failed, by what they were made from and the step that failed."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from handlers.extract.digest_part import listed, part_of, seconds_from
from handlers.extract.workflow import CRON, Standing, standing
from handlers.extract.workflow_step import step_name
from handlers.parts import Part
from handlers.sources.objects.argo import Workflow
from rules.facts.workflow import WorkflowProblem
from rules.units import seconds_in_words

NAME = "Workflows"
DAY = timedelta(hours=24)
TEMPLATE = "workflows.argoproj.io/workflow-template"
"""Label the Argo server gives to workflows it makes from a WorkflowTemplate."""
_NUMBER = re.compile(r"-(?:[a-z0-9]{5}|\d{8,13})$")
"""What Argo adds to the name a workflow is generated from: five letters, or the time of a schedule."""
_WORDS: Mapping[WorkflowProblem, str] = {
    "not_picked_up": "no controller takes it",
    "parallelism": "held back by the parallelism limit",
    "step_parallelism": "held back by the parallelism limit",
    "lock": "another workflow holds its lock",
    "service_account": "its service account is missing",
    "claim_missing": "its claim is missing",
    "claim_unbound": "its claim is not bound",
    "quota": "refused by a quota",
    "refused": "its pod was refused",
    "unschedulable": "no node takes its pod",
    "image_pull": "its image cannot be pulled",
    "config": "its configuration is missing",
    "template_missing": "its template is missing",
    "unresolved": "a parameter is not resolved",
    "artifact_key_missing": "its input is not in the bucket",
    "artifact_denied": "its artifact store refuses access",
    "artifact_not_supplied": "an artifact was not supplied",
    "artifact_not_configured": "no artifact store is configured",
    "artifact_failed": "an artifact could not be moved",
    "executor_rbac": "its service account may not report results",
    "deadline": "over its deadline",
    "oom": "out of memory",
    "exit": "it ended with an error",
    "executor_failed": "the executor failed",
    "pod_deleted": "its pod was deleted",
    "evicted": "its pod was evicted",
    "too_large": "the workflow is too large",
}
_Group = tuple[str, str, str]


class _Stood(Struct, frozen=True):
    """A workflow and how it stands."""

    workflow: Workflow
    stands: Standing


def workflows(items: Iterable[Workflow], now: datetime) -> Part:
    """The part: failures of the last day, and those that wait longer than is normal."""
    lately = [one for one in items if _is_of_today(one, now)]
    stood = [_Stood(one, standing(one, now)) for one in lately]
    failed = [one for one in stood if one.stands.failed]
    stuck = [one for one in stood if one.stands.stuck]
    groups: dict[_Group, list[_Stood]] = defaultdict(list)
    for one in failed:
        groups[_group(one)].append(one)
    ranked = sorted(groups.items(), key=lambda pair: (-len(pair[1]), _ago(_latest(pair[1]), now), pair[0]))
    lines = [_line(group, members, now) for group, members in ranked]
    waiting = sorted(stuck, key=lambda one: (-one.stands.waits, str(one.workflow.ref)))
    return part_of(NAME, _said(lately, failed, stuck), [*lines, *_waiting_lines(waiting)])


def _is_of_today(workflow: Workflow, now: datetime) -> bool:
    ended = workflow.status.finished_at
    return ended is None or now - ended < DAY


def _said(lately: Sequence[Workflow], failed: Sequence[_Stood], stuck: Sequence[_Stood]) -> str:
    if not lately:
        return "none ran in the last 24 h"
    pieces = [f"{len(failed)} of {len(lately)} in the last 24 h failed" if failed else ""]
    pieces.append(f"{len(stuck)} {'wait' if len(stuck) > 1 else 'waits'} too long" if stuck else "")
    return ", ".join(filter(None, pieces)) or f"none of {len(lately)} in the last 24 h failed"


def _group(one: _Stood) -> _Group:
    step = step_name(one.stands.node) if one.stands.node else ""
    return one.workflow.metadata.namespace, family(one.workflow), step


def family(workflow: Workflow) -> str:
    """What a workflow was made from: a WorkflowTemplate, a CronWorkflow, else its name without the number."""
    reference, labels = workflow.spec.workflow_template_ref, workflow.metadata.labels
    named = (reference.name if reference else "") or labels.get(TEMPLATE, "") or labels.get(CRON, "")
    return named or _NUMBER.sub("", workflow.metadata.name)


def _latest(members: Sequence[_Stood]) -> Workflow:
    return min((one.workflow for one in members), key=lambda one: (_never(one), one.metadata.name))


def _never(workflow: Workflow) -> float:
    ended = workflow.status.finished_at
    return -ended.timestamp() if ended else float("-inf")


def _ago(workflow: Workflow, now: datetime) -> float:
    return seconds_from(workflow.status.finished_at, now) or 0.0


def _line(group: _Group, members: Sequence[_Stood], now: datetime) -> str:
    namespace, name, step = group
    latest = _latest(members)
    why = next(_WORDS.get(one.stands.meaning.problem, "") for one in members if one.workflow is latest)
    at = f", step {step}" if step else ""
    when = (
        f"{seconds_in_words(_ago(latest, now))} ago" if latest.status.finished_at else "while still running"
    )
    because = f": {why}" if why else ""
    if len(members) == 1:
        return f"{latest.ref}{at}: failed {when}{because}"
    last = f"{len(members)} failed, last {latest.metadata.name} {when}{because}"
    return f"{namespace}/{name}{at}: {last}"


def _waiting_lines(waiting: Sequence[_Stood]) -> list[str]:
    """Those that wait, by what they wait for."""
    reasons: dict[str, list[_Stood]] = defaultdict(list)
    for one in waiting:
        reasons[_WORDS.get(one.stands.meaning.problem, "")].append(one)
    return [_of_reason(why, members) for why, members in reasons.items()]


def _of_reason(why: str, members: Sequence[_Stood]) -> str:
    names = listed([str(one.workflow.ref) for one in members])
    longest = seconds_in_words(max(one.stands.waits for one in members))
    return f"{names}: waiting for {longest}" + (f", {why}" if why else "")
