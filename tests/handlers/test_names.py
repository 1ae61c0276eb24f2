"""Names: what is possible, what they mean, what is nearest."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.command import TERMINAL, Command, Defaults, parse
from handlers import HANDLERS
from handlers.contract import NameAmbiguous, NameInvalid, Question
from handlers.names import candidates, check_name, choose, matching, nearest
from handlers.sources.objects.pod import Pod
from rules.finding import ObjectRef
from tests.handlers.build import ago, pod, running, waiting

LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"


def named(
    name: str, owner: str = "", *, ill: bool = False, namespace: str = "ns", age: float = 7200, **meta: Any
) -> Pod:
    owners = (
        [{"kind": "StatefulSet", "name": owner, "uid": f"u-{owner}", "controller": True}] if owner else []
    )
    of = {
        "name": name,
        "namespace": namespace,
        "uid": f"{namespace}-{name}",
        "ownerReferences": owners,
        **meta,
    }
    status = waiting("CrashLoopBackOff") if ill else running()
    return pod(status, ready=not ill, meta=of | {"creationTimestamp": ago(age)})


@given(st.from_regex(rf"{LABEL}(\.{LABEL}){{0,3}}", fullmatch=True), st.from_regex(LABEL, fullmatch=True))
def test_every_possible_name_is_accepted(name: str, namespace: str) -> None:
    check_name(Question(name=name, namespace=namespace))


@given(
    st.text(min_size=1, max_size=300).filter(
        lambda text: not re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", text)
    )
)
def test_no_other_name_is(name: str) -> None:
    with pytest.raises(NameInvalid):
        check_name(Question(name=name))
    with pytest.raises(NameInvalid):
        check_name(Question(name="fine", namespace=name))


@pytest.mark.parametrize(
    ("sentence", "name", "namespace"),
    [
        ("A pod name is missing.", "", ""),
        ("254 characters long; Kubernetes allows 253", "x" * 254, ""),
        ("64 characters long; Kubernetes allows 63", "x", "n" * 64),
        ("Did you mean fraud-scorer?", "Fraud-Scorer", ""),
        ("Did you mean fraud-scorer?", "fraud-scorer-", ""),
        ("cannot be a namespace: only lower-case letters, digits, and “-” are", "x", "my.ns"),
        ("digits, “-” and “.” are allowed", "-x", ""),
        ("cannot be a pod name", "a..b", ""),
        ("cannot be a pod name", "a\n", ""),
        ("cannot be a pod name", "pod/x", ""),
    ],
)
def test_refusals_say_what_is_wrong(sentence: str, name: str, namespace: str) -> None:
    with pytest.raises(NameInvalid, match=re.escape(sentence)):
        check_name(Question(name=name, namespace=namespace))


@pytest.mark.parametrize(
    "text",
    [
        "diagnose pod/web -n lab",
        "diagnose pod web -n lab",
        "diagnose po/web --namespace=lab",
        "why is web in lab crashing",
    ],
)
def test_the_words_of_a_command_become_a_possible_question(text: str) -> None:
    command = parse(text, TERMINAL, Defaults(), HANDLERS)
    assert isinstance(command, Command)
    assert (command.question.name, command.question.namespace) == ("web", "lab")
    check_name(command.question)


POOL = [
    named("web", "db"),
    named("web-0", "web"),
    named("web-1", "web"),
    named("web-frontend-0", "web-frontend"),
    named("webby-0", "webby"),
]


@pytest.mark.parametrize(
    ("found", "name", "pods"),
    [
        (["web"], "web", POOL),
        (["web-0", "web-1"], "web", POOL[1:]),
        (["web-frontend-0", "webby-0"], "web", POOL[3:]),
        (["web-frontend-0"], "web-f", POOL),
        ([], "eb", POOL),
    ],
)
def test_exact_beats_owner_beats_prefix(found: list[str], name: str, pods: list[Pod]) -> None:
    assert [each.metadata.name for each in matching(name, pods)] == found


@pytest.mark.parametrize(
    ("chosen", "note", "name", "pods"),
    [
        ("web-0", "", "web-0", [named("web-0", "web")]),
        ("web-0", "asked as web", "web", [named("web-0", "web")]),
        (
            "web-1",
            "asked as web, the least healthy of 3 pods",
            "web",
            [named("web-0", "web"), named("web-1", "web", ill=True), named("web-2", "web")],
        ),
        (
            "web-1",
            "asked as web, the least healthy of 2 pods",
            "web",
            [named("web-0", "web", ill=True), named("web-1", "web", ill=True, age=60)],
        ),
        (
            "web-1",
            "asked as web, one of 2 pods of StatefulSet web, all healthy",
            "web",
            [named("web-0", "web"), named("web-1", "web", age=3600)],
        ),
    ],
)
def test_the_worst_and_youngest_of_one_owner_is_chosen(
    chosen: str, note: str, name: str, pods: list[Pod]
) -> None:
    found = choose(name, pods)
    assert (found.pod.metadata.name, found.note) == (chosen, note)


@pytest.mark.parametrize(
    "pods",
    [
        [named("web-0", "web"), named("web-0", "web", namespace="other", ill=True)],
        [named("web-0", "web"), named("web-x-0", "web-x", ill=True)],
        [named("web"), named("web", namespace="other", ill=True)],
    ],
)
def test_pods_of_several_owners_are_a_question_back(pods: list[Pod]) -> None:
    with pytest.raises(NameAmbiguous, match="2 pods of 2 owners") as asked:
        choose("web", pods)
    assert [each.state for each in asked.value.candidates] == ["CrashLoopBackOff", "Running"]


def test_candidates_are_ranked_and_few() -> None:
    many = [named(f"web-{n:02}", ill=n == 30) for n in range(40)]
    found = candidates(many)
    assert len(found) == 25
    assert [each.ref.name for each in found[:2]] == ["web-30", "web-00"]


def test_nearest_names_are_of_pods_and_owners_each_pod_once() -> None:
    pods = [
        named("fraud-scorer-0", "fraud-scorer"),
        named("fraud-scorer-1", "fraud-scorer", ill=True),
        named("loki-0", "loki"),
    ]
    near = nearest("fraud-score", pods, [ObjectRef("Deployment", "fraud-store", "ns")])
    assert [(each.ref.name, each.state) for each in near] == [
        ("fraud-scorer-1", "CrashLoopBackOff"),
        ("fraud-store", "no pods"),
        ("fraud-scorer-0", "Running"),
    ]
    assert nearest("zzz", pods) == ()
