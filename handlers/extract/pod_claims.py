"""Which claims a pod has, and why one has no volume (texts of the volume controller and CSI provisioners)."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from handlers.extract.events import newest_first, observed
from handlers.extract.surroundings import Surroundings
from handlers.sources.objects.event import Event
from handlers.sources.objects.placement import NodeSelector
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.volume import PersistentVolumeClaim, StorageClass
from rules.facts.pod_claim import ClaimFacts, ClaimProblem

WAIT_FOR_FIRST_CONSUMER = "WaitForFirstConsumer"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
_DEFAULT_MARKS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)
_NO_PROVISIONER = "kubernetes.io/no-provisioner"
_SILENT_AFTER = timedelta(minutes=2)
_CLASS_MISSING = re.compile(r'storageclass\S* "[^"]*" not found')
_NO_CLASS = re.compile(r"no storage class is set")
_DENIED = re.compile(r"UnauthorizedOperation|not authorized to perform|AccessDenied|StatusCode: 403")
_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]+:\w+)")
_IDENTITY = re.compile(r"(arn:aws[\w-]*:(?:sts|iam)::\d*:[\w+=,.@/-]+)")
_NORMAL_WAITS = frozenset({"WaitForFirstConsumer", "WaitForPodScheduled", "ExternalProvisioning"})


def claim_names(pod: Pod) -> tuple[tuple[str, bool], ...]:
    """Names of the claims a pod uses, each with whether its own ephemeral volume makes it."""
    return tuple(_named(pod))


def claim_facts(pod: Pod, around: Surroundings, now: datetime) -> tuple[ClaimFacts, ...]:
    """Judge every claim of a pod."""
    named = claim_names(pod)
    if around.claims is None:
        why = around.why_missing("claims")
        missing = {field: why for field in ClaimFacts.__struct_fields__ if field not in {"missing", "name"}}
        return tuple(ClaimFacts(name=name, missing=missing) for name, _ in named)
    namespace = pod.metadata.namespace
    here = {each.metadata.name: each for each in around.claims if each.metadata.namespace == namespace}
    return tuple(
        existing_claim(here[name], around, now, ephemeral=ephemeral)
        if name in here
        else ClaimFacts(
            name=name, problem="not_found", ephemeral=ephemeral, similar_claims=_similar(name, here)
        )
        for name, ephemeral in named
    )


def reachable_from(pod: Pod, around: Surroundings) -> dict[str, NodeSelector]:
    """From which nodes each bound claim's volume can be reached, by name of the claim."""
    names = {name for name, _ in claim_names(pod)}
    volumes = {each.metadata.name: each for each in around.volumes or ()}
    found = {}
    for claim in around.claims or ():
        volume = volumes.get(claim.spec.volume_name)
        if claim.metadata.name not in names or claim.metadata.namespace != pod.metadata.namespace:
            continue
        if volume and volume.spec.node_affinity and volume.spec.node_affinity.required:
            found[claim.metadata.name] = volume.spec.node_affinity.required
    return found


def _named(pod: Pod) -> Iterator[tuple[str, bool]]:
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim:
            yield volume.persistent_volume_claim.claim_name, False
        elif volume.ephemeral:
            yield f"{pod.metadata.name}-{volume.name}", True


def existing_claim(
    claim: PersistentVolumeClaim, around: Surroundings, now: datetime, *, ephemeral: bool = False
) -> ClaimFacts:
    """Judge one claim that is there, whoever uses it."""
    base = ClaimFacts(
        name=claim.metadata.name,
        exists=True,
        ephemeral=ephemeral,
        phase=claim.status.phase,
        bound=claim.status.phase == "Bound",
        size=str(claim.spec.resources.requests.get("storage", "")),
        terminating=claim.metadata.deletion_timestamp is not None,
        lost=claim.status.phase == "Lost",
        volume=claim.spec.volume_name,
        selected_node=claim.metadata.annotations.get(SELECTED_NODE, ""),
    )
    events = _events_of(claim, around.claim_events or ())
    with_class = _with_class(base, claim, around)
    return _with_problem(with_class, claim, events, around, now)


def _with_class(base: ClaimFacts, claim: PersistentVolumeClaim, around: Surroundings) -> ClaimFacts:
    named = claim.spec.storage_class_name
    if around.storage_classes is None:
        why = around.why_missing("storage_classes")
        unknown = (
            "storage_class_exists",
            "default_class_exists",
            "existing_classes",
            "provisioner",
            "binding_mode",
            "waiting_for_first_consumer",
        )
        return structs.replace(base, storage_class=named or "", missing=dict.fromkeys(unknown, why))
    default = next((each for each in around.storage_classes if _is_default(each)), None)
    by_name = {each.metadata.name: each for each in around.storage_classes}
    chosen = default if named is None else by_name.get(named)
    mode = chosen.volume_binding_mode if chosen else ""
    return structs.replace(
        base,
        storage_class=named or (chosen.metadata.name if chosen else ""),
        storage_class_exists=chosen is not None,
        default_class_exists=default is not None,
        existing_classes=_similar(named or "", by_name, cutoff=0.0),
        provisioner=chosen.provisioner if chosen else "",
        binding_mode=mode,
        waiting_for_first_consumer=mode == WAIT_FOR_FIRST_CONSUMER and not base.bound,
    )


def _with_problem(
    facts: ClaimFacts,
    claim: PersistentVolumeClaim,
    events: Sequence[Event],
    around: Surroundings,
    now: datetime,
) -> ClaimFacts:
    telling = _telling(events)
    text = telling.message if telling else ""
    problem = _standing_problem(facts, claim, around) or _event_problem(text) or _waiting(facts, events, now)
    said = observed(telling) if telling and not facts.bound else None
    identity, action = _IDENTITY.search(text), _ACTION.search(text)
    denied = problem == "unauthorized"
    unknown = around.claim_events is None and problem in {"waiting", "waiting_for_first_consumer"}
    why = around.why_missing("claim_events") if unknown else ""
    return structs.replace(
        facts,
        problem=problem,
        said=said,
        denied_action=action[1] if denied and action else "",
        denied_identity=identity[1] if denied and identity else "",
        missing={**facts.missing, **dict.fromkeys(("problem", "said"), why)} if why else facts.missing,
    )


def _standing_problem(
    facts: ClaimFacts, claim: PersistentVolumeClaim, around: Surroundings
) -> ClaimProblem | None:
    """What the objects themselves show; None when that is not enough."""
    if facts.terminating:
        return "terminating"
    if facts.lost:
        return "lost"
    if facts.bound:
        names = {each.metadata.name for each in around.volumes or ()}
        gone = around.volumes is not None and facts.volume not in names
        return "volume_missing" if gone else "none"
    if around.storage_classes is None or facts.storage_class_exists:
        static = facts.provisioner == _NO_PROVISIONER
        return "no_matching_volume" if static and not _available(facts.storage_class, around) else None
    if claim.spec.storage_class_name is None:
        return "no_default_class"
    return "storage_class_missing" if claim.spec.storage_class_name else "no_matching_volume"


def _available(storage_class: str, around: Surroundings) -> bool:
    """Whether a volume of that class waits for a claim; so too when volumes could not be read."""
    return around.volumes is None or any(
        each.spec.storage_class_name == storage_class and each.status.phase == "Available"
        for each in around.volumes
    )


def _event_problem(text: str) -> ClaimProblem | None:
    if not text:
        return None
    if _CLASS_MISSING.search(text):
        return "storage_class_missing"
    if _NO_CLASS.search(text):
        return "no_default_class"
    return "unauthorized" if _DENIED.search(text) else "provisioning_failed"


def _waiting(facts: ClaimFacts, events: Sequence[Event], now: datetime) -> ClaimProblem:
    """A provisioner that takes the claim up says so; the controller's waiting alone means that none did."""
    asked = [event for event in events if event.reason == "ExternalProvisioning"]
    taken_up = any(event.reason in {"Provisioning", "ProvisioningSucceeded"} for event in events)
    first = min((when for event in asked if (when := event.first_timestamp or event.last_seen)), default=now)
    if asked and not taken_up and now - first > _SILENT_AFTER:
        return "provisioner_silent"
    consumer = facts.waiting_for_first_consumer and not facts.selected_node
    return "waiting_for_first_consumer" if consumer else "waiting"


def _telling(events: Iterable[Event]) -> Event | None:
    """The newest event that names a failure; the controllers repeat their normal waiting for ever."""
    return next((each for each in events if each.type == "Warning" or each.reason == "FailedBinding"), None)


def _events_of(claim: PersistentVolumeClaim, events: Iterable[Event]) -> tuple[Event, ...]:
    uid, name = claim.metadata.uid, claim.metadata.name
    return newest_first(
        event
        for event in events
        if event.involved_object.uid == uid
        or (not event.involved_object.uid and event.involved_object.name == name)
    )


def _is_default(storage_class: StorageClass) -> bool:
    return any(storage_class.metadata.annotations.get(mark) == "true" for mark in _DEFAULT_MARKS)


def _similar(name: str, existing: Iterable[str], cutoff: float = 0.6) -> tuple[str, ...]:
    return tuple(difflib.get_close_matches(name, sorted(existing), n=5, cutoff=cutoff))
