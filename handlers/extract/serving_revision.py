"""The newest rollout of an InferenceService: Knative's revisions, or its Deployment's."""

from collections.abc import Mapping

from handlers.extract.events import plain
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.serving import InferenceService
from rules.facts.inferenceservice import RevisionFacts, RevisionProblem
from rules.facts.pod import PodFacts
from rules.finding import Observation

_BY_REASON: Mapping[str, RevisionProblem] = {
    "RevisionFailed": "revision_failed",
    "RevisionMissing": "revision_missing",
    "ContainerMissing": "container_missing",
    "ProgressDeadlineExceeded": "progress_deadline",
}
_BY_WORDS: tuple[tuple[str, RevisionProblem], ...] = (
    ("Unable to fetch image", "container_missing"),
    ("failed to resolve image to digest", "container_missing"),
    ("Initial scale was never achieved", "never_scaled"),
)
_ORDER: tuple[RevisionProblem, ...] = (
    "container_missing",
    "never_scaled",
    "exit_code",
    "progress_deadline",
    "revision_failed",
    "revision_missing",
)


def revision_facts(item: InferenceService, pod: PodFacts, ready_pods: int) -> RevisionFacts:
    """Read how the newest rollout stands.

    Args:
        item: the InferenceService.
        pod: the worst of its pods.
        ready_pods: how many of its pods are ready.
    """
    status = item.status.components.get("predictor")
    newest, serving = (status.latest_created_revision, status.latest_ready_revision) if status else ("", "")
    told = _worst(item)
    behind = bool(newest and serving and newest != serving)
    own = not newest and ready_pods > 0 and not pod.healthy and not pod.starting and pod.change.recent
    return RevisionFacts(
        problem=told[0] if told else "none",
        said=told[1] if told else None,
        newest=newest or (pod.ref.name if own else ""),
        serving=serving,
        stuck=behind or own,
        canary_percent=item.spec.predictor.canary_traffic_percent,
    )


def _worst(item: InferenceService) -> tuple[RevisionProblem, Observation] | None:
    failing = [c for c in item.status.conditions if c.status == "False" and c.type != "Stopped"]
    told = [(problem, _said(c)) for c in failing if (problem := _problem(c))]
    return min(told, key=lambda one: _ORDER.index(one[0]), default=None)


def _problem(one: Condition) -> RevisionProblem | None:
    for words, problem in _BY_WORDS:
        if words in one.message:
            return problem
    if one.reason.startswith("ExitCode"):
        return "exit_code"
    return _BY_REASON.get(one.reason)


def _said(one: Condition) -> Observation:
    return Observation(
        f"{one.reason}: {plain(one.message)}",
        f"InferenceService condition {one.type}",
        one.last_transition_time,
    )
