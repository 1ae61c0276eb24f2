"""Findings over the graph of what depends on what: which are causes, and what each explains."""

from rules.correlate import Judged, correlate
from rules.facts.base import SubjectFacts
from rules.finding import Confidence, Finding, ObjectRef, Severity, fingerprint
from rules.judge import Judgement

POD = ObjectRef("Pod", "web-1", "shop")
TWIN = ObjectRef("Pod", "web-2", "shop")
DEPLOYMENT = ObjectRef("Deployment", "web", "shop")
SERVICE = ObjectRef("Service", "web", "shop")
INGRESS = ObjectRef("Ingress", "web", "shop")
NODE = ObjectRef("Node", "n1")
CLAIM = ObjectRef("PersistentVolumeClaim", "data", "shop")


def judged(
    ref: ObjectRef,
    *rules: str,
    on: tuple[ObjectRef, ...] = (),
    owner: ObjectRef | None = None,
    symptom: bool = False,
    severity: Severity = Severity.HIGH,
) -> Judged:
    facts = SubjectFacts(ref=ref, top_owner=owner or ref, depends_on=on)
    findings = tuple(
        Finding(
            rule=rule,
            severity=severity,
            confidence=Confidence.CONFIRMED,
            fingerprint=fingerprint(rule, facts.top_owner),
            subject=ref,
            summary=f"{ref}: {rule}",
            cause="because",
            owner=facts.top_owner,
            symptom=symptom,
        )
        for rule in rules
    )
    return Judged(facts, Judgement(findings))


def told(
    *every: Judged, beats: dict[str, frozenset[str]] | None = None, once: bool = False
) -> dict[str, set[str]]:
    """Each cause as "kind rule" with what it explains."""
    causes = correlate(every, beats or {}, once_per_object=once)
    return {
        f"{cause.subject.kind} {cause.rule}": {f"{s.subject.kind} {s.rule}" for s in cause.explains}
        for cause in causes
    }


def test_a_symptom_is_folded_into_the_cause_on_what_it_depends_on() -> None:
    service = judged(SERVICE, "no-endpoints", on=(POD,), symptom=True)
    assert told(service, judged(POD, "crash")) == {"Pod crash": {"Service no-endpoints"}}


def test_a_chain_collapses_to_its_one_cause() -> None:
    chain = (
        judged(INGRESS, "no-targets", on=(SERVICE,), symptom=True),
        judged(SERVICE, "no-endpoints", on=(POD,), symptom=True),
        judged(DEPLOYMENT, "not-ready", on=(POD,), symptom=True),
        judged(POD, "node-lost-pod", on=(NODE,), owner=DEPLOYMENT),
        judged(NODE, "node-lost"),
    )
    assert told(*chain, beats={"node-lost": frozenset({"node-lost-pod"})}) == {
        "Node node-lost": {
            "Ingress no-targets",
            "Service no-endpoints",
            "Deployment not-ready",
            "Pod node-lost-pod",
        }
    }


def test_an_owner_depends_on_its_pods_without_saying_so() -> None:
    owner = judged(DEPLOYMENT, "not-ready", symptom=True)
    assert told(owner, judged(POD, "crash", owner=DEPLOYMENT)) == {"Pod crash": {"Deployment not-ready"}}


def test_a_cause_is_never_folded_for_being_linked_alone() -> None:
    assert told(judged(POD, "crash", on=(NODE,)), judged(NODE, "cordoned")) == {
        "Pod crash": set(),
        "Node cordoned": set(),
    }


def test_a_superseded_finding_is_folded_upwards_too() -> None:
    owner = judged(DEPLOYMENT, "model-download-refused", on=(POD,))
    beats = {"model-download-refused": frozenset({"log-access-denied"})}
    assert told(judged(POD, "log-access-denied"), owner, beats=beats) == {
        "Deployment model-download-refused": {"Pod log-access-denied"}
    }


def test_a_rule_supersedes_nothing_on_objects_that_are_far_off() -> None:
    model = ObjectRef("InferenceService", "m", "shop")
    beats = {"answers-404": frozenset({"log-trouble"})}
    near = (judged(model, "answers-404", on=(POD,)), judged(POD, "log-trouble", on=(SERVICE,)))
    far = (judged(SERVICE, on=(TWIN,)), judged(TWIN, "log-trouble"))
    assert told(*near, *far, beats=beats) == {
        "InferenceService answers-404": {"Pod log-trouble"},
        "Pod log-trouble": set(),
    }


def test_a_rule_supersedes_nothing_on_objects_that_are_not_linked() -> None:
    beats = {"node-lost": frozenset({"node-lost-pod"})}
    assert set(told(judged(POD, "node-lost-pod"), judged(NODE, "node-lost"), beats=beats)) == {
        "Pod node-lost-pod",
        "Node node-lost",
    }


def test_the_same_cause_of_two_pods_of_one_owner_is_told_once() -> None:
    pods = (judged(POD, "crash", owner=DEPLOYMENT), judged(TWIN, "crash", owner=DEPLOYMENT))
    (cause,) = correlate(pods, {})
    assert cause.subject == POD
    assert [symptom.subject for symptom in cause.explains] == [TWIN]


def test_the_nearest_cause_takes_the_symptom() -> None:
    service = judged(SERVICE, "no-endpoints", on=(POD,), symptom=True)
    pod = judged(POD, "crash", on=(NODE,))
    assert told(service, judged(NODE, "cordoned"), pod)["Pod crash"] == {"Service no-endpoints"}


def test_a_cause_that_is_far_is_better_than_a_symptom_that_is_near() -> None:
    service = judged(SERVICE, "no-endpoints", on=(POD,), symptom=True)
    pod = judged(POD, "not-ready", on=(CLAIM,), symptom=True)
    assert told(service, pod, judged(CLAIM, "class-missing")) == {
        "PersistentVolumeClaim class-missing": {"Service no-endpoints", "Pod not-ready"}
    }


def test_symptoms_without_a_cause_are_told_by_the_deepest_of_them() -> None:
    service = judged(SERVICE, "no-endpoints", on=(POD,), symptom=True)
    assert told(service, judged(POD, "not-ready", symptom=True)) == {
        "Pod not-ready": {"Service no-endpoints"}
    }


def test_two_symptoms_that_depend_on_each_other_do_not_swallow_each_other() -> None:
    one = judged(SERVICE, "no-endpoints", on=(POD,), symptom=True)
    other = judged(POD, "waits-for-service", on=(SERVICE,), symptom=True)
    (cause,) = correlate((one, other), {})
    assert len(cause.explains) == 1


def test_an_object_is_told_once_in_an_overview() -> None:
    pod = judged(POD, "crash", "old-image")
    assert told(pod) == {"Pod crash": set(), "Pod old-image": set()}
    assert told(pod, once=True) == {"Pod crash": {"Pod old-image"}}


def test_no_object_is_lost_and_none_is_told_twice() -> None:
    pods = [ObjectRef("Pod", f"p{number}", "ns") for number in range(40)]
    every = [
        judged(pod, "crash", "slow", on=(NODE, CLAIM), symptom=number % 2 == 0)
        for number, pod in enumerate(pods)
    ]
    beats = {"lost": frozenset({"slow"})}
    causes = correlate([*every, judged(NODE, "lost"), judged(CLAIM, "pending")], beats, once_per_object=True)
    seen = [cause.subject for cause in causes] + [s.subject for c in causes for s in c.explains]
    assert {*seen} == {*pods, NODE, CLAIM}
    told_of_others = [
        ref for cause in causes for ref in {s.subject for s in cause.explains} - {cause.subject}
    ]
    assert len(told_of_others) == len(set(told_of_others))


def test_what_else_is_wrong_with_an_object_stands_where_its_first_finding_does() -> None:
    pod = judged(POD, "crash", "node-short", on=(NODE,))
    every = (pod, judged(NODE, "short"))
    beats = {"short": frozenset({"node-short"})}
    assert told(*every, beats=beats) == {"Pod crash": set(), "Node short": {"Pod node-short"}}
    assert told(*every, beats=beats, once=True) == {"Pod crash": {"Pod node-short"}, "Node short": set()}


def test_what_is_merely_noticed_on_a_pod_is_no_cause_of_something_grave() -> None:
    short = judged(DEPLOYMENT, "not-ready", on=(POD,), symptom=True)
    noticed = judged(POD, "node-cordoned", severity=Severity.LOW)
    assert told(short, noticed) == {"Deployment not-ready": set(), "Pod node-cordoned": set()}
    slow = judged(POD, "slow", severity=Severity.MEDIUM)
    assert told(short, slow) == {"Pod slow": {"Deployment not-ready"}}
    minor = judged(DEPLOYMENT, "untidy", on=(POD,), symptom=True, severity=Severity.LOW)
    assert told(minor, noticed) == {"Pod node-cordoned": {"Deployment untidy"}}
