"""What people type, and what is understood."""

import pytest

from bot.command import LONGEST_TEXT, TERMINAL, Asker, Command, Defaults, Help, clean, parse
from bot.errors import UsageError
from handlers.contract import Handler
from tests.bot.questions import handler

ASKER = Asker(user="U1", channel="C1", team="T1")
DEFAULTS = Defaults(clusters=("prod-eu", "staging"))


def named(verb: str, subject: str, *aliases: str) -> Handler:
    """A handler of another verb or subject."""
    one = handler()
    return Handler(
        verb=verb,
        subject=subject,
        aliases=aliases,
        usage=f"{verb} {subject} NAME",
        summary="",
        gather=one.gather,
    )


HANDLERS = (
    named("diagnose", "pod", "pods", "po"),
    named("diagnose", "node", "no"),
    named("snooze", "pod"),
)


def understood(text: str, defaults: Defaults = DEFAULTS) -> str:
    """The canonical words of what was understood."""
    command = parse(text, ASKER, defaults, HANDLERS)
    assert isinstance(command, Command), command
    assert command.asker == ASKER
    return command.words


def refused(text: str, defaults: Defaults = DEFAULTS) -> UsageError:
    """Why a text is no command."""
    with pytest.raises(UsageError) as caught:
        parse(text, ASKER, defaults, HANDLERS)
    return caught.value


WHOLE = "diagnose pod x -n y --cluster staging"


@pytest.mark.parametrize(
    "text",
    [
        "diagnose pod x -n y --cluster staging",
        "pod x diagnose --cluster staging -n y",
        "-n y --cluster staging pod x",
        "why is the pod x in ns y on cluster staging crashing?",
        "Why is pod x in namespace y on the staging cluster not running?!",
        "diagnose the pod x in ns y on cluster staging",
        "pod x, in the y namespace, on staging: what's wrong?",
        "hey, can you please check pod x in y on staging for me",
        "what is going on with pod x in the ns y on our cluster staging now",
        "my pod x isn\u2019t ready in namespace y (cluster staging)",
        "pod x keeps restarting, ns y, cluster staging",
        "y/x on staging why?",
        "pod/x -n y --context staging",
        "po/x -ny --cluster=staging",
        "pods x -n=y --context=staging",
        "kubectl describe pod x -n y --context staging",
        "$ kubectl describe pod/x --namespace=y --context staging",
        "kubectl logs x -n y --context staging",
        "diagnose y/pod/x --cluster STAGING",
        "diagnose pod/y/x --cluster Staging",
        "mlops diagnose pod x namespace=y cluster=staging",
        "diagnose pod x -namespace y -cluster staging",
        "DIAGNOSE POD x -n y --CLUSTER staging",
        "“diagnose” \u2018pod\u2019 `x` \u2013n y —cluster staging",
        "diagnose\u00a0pod\u2003x -n\u00a0y --cluster\u3000staging",
        "diag\u200bnose pod \ufeffx\u200b -n y\u2060 --cluster staging",
        "<@U0BOT> diagnose pod x -n y --cluster staging <@U2|ann>",
        "*diagnose* _pod_ ~x~ -n y --cluster staging :fire:",
        "```diagnose pod x -n y --cluster staging```",
        "diagnose pod &lt;x&gt; -n y &amp; --cluster staging",
        "diagnose pod x -n y\n--cluster staging\n\nthanks!",
        "why is x's pod in y on staging broken",
        "is pod x ok? it's in y on staging",
    ],
)
def test_one_question_in_many_words(text: str) -> None:
    assert understood(text) == WHOLE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pod x", "diagnose pod x"),
        ("diagnose x", "diagnose pod x"),
        ("why is x crashing", "diagnose pod x"),
        ("y/x", "diagnose pod x -n y"),
        ("diagnose node ip-10-0-1-7", "diagnose node ip-10-0-1-7"),
        ("no/ip-10-0-1-7", "diagnose node ip-10-0-1-7"),
        ("snooze pod x", "snooze pod x"),
        ("snooze x", "snooze pod x"),
        ("diagnose pod <http://x.example|x.example>", "diagnose pod x.example"),
        ("diagnose pod <http://x.example>", "diagnose pod x.example"),
        ("diagnose pod <https://x.example/|x.example>", "diagnose pod x.example"),
        ("diagnose pod x in <#C7|y>", "diagnose pod x -n y"),
        ("diagnose pod x in mlops", "diagnose pod x -n mlops"),
        ("why is pod x in the mlops namespace down", "diagnose pod x -n mlops"),
        ("diagnose pod x -A", "diagnose pod x -A"),
        ("diagnose pod x --all-namespaces", "diagnose pod x -A"),
        ("diagnose pod x -n a -n b", "diagnose pod x -n b"),
        ("diagnose pod x in a -n b", "diagnose pod x -n b"),
        ("diagnose pod x pod/x", "diagnose pod x"),
        ("diagnose pod Upper-Case", "diagnose pod Upper-Case"),
        ("what's wrong in pod x", "diagnose pod x"),
        ("what namespace is pod x in", "diagnose pod x"),
        ("help me with pod x", "diagnose pod x"),
        ("hello, pod/x is down", "diagnose pod x"),
        ("diagnose pod x OOMKilled", "diagnose pod x"),
        ("pod x is in CrashLoopBackOff", "diagnose pod x"),
    ],
)
def test_understands(text: str, words: str) -> None:
    assert understood(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pod/now", "diagnose pod now"),
        ("why is pod/now crashing", "diagnose pod now"),
        ("diagnose pod now", "diagnose pod now"),
        ("diagnose pod running -n y", "diagnose pod running -n y"),
        ("diagnose pod now please", "diagnose pod now"),
        ("pod running", "diagnose pod running"),
        ("diagnose pod in -n on", "diagnose pod in -n on"),
        ("diagnose pod ns -n y", "diagnose pod ns -n y"),
        ("diagnose pod on --cluster staging", "diagnose pod on --cluster staging"),
        ("diagnose pod cluster", "diagnose pod cluster"),
        ("diagnose pod pod", "diagnose pod pod"),
        ("diagnose pod diagnose", "diagnose pod diagnose"),
        ("diagnose pod help", "diagnose pod help"),
        ("diagnose pod deploy", "diagnose pod deploy"),
        ("diagnose pod node", "diagnose pod node"),
        ("diagnose pod mlops", "diagnose pod mlops"),
    ],
)
def test_a_pod_may_be_called_like_a_word_of_the_question(text: str, words: str) -> None:
    assert understood(text) == words


@pytest.mark.parametrize(
    ("text", "sentence", "suggestion"),
    [
        ("diagnoze pod x -n y", "I do not know “diagnoze”.", "diagnose pod x -n y"),
        ("diag x", "I do not know “diag”.", "diagnose pod x"),
        ("diagnoze pdo x", "I do not know “diagnoze”.", "diagnose pod pdo"),
        ("snoze node/x", "I do not know “snoze”.", "snooze pod x"),
        ("diagnose pdo x", "I cannot diagnose “pdo”; I know: pod, node.", "diagnose pod x"),
        ("pdo x", "I cannot diagnose “pdo”; I know: pod, node.", "diagnose pod x"),
        ("diagnose nod x", "I cannot diagnose “nod”; I know: pod, node.", "diagnose node x"),
        ("diagnose deployment x", "I cannot diagnose “deployment”; I know: pod, node.", "diagnose pod x"),
        ("why is deploy/x down", "I cannot diagnose “deploy”; I know: pod, node.", "diagnose pod x"),
        ("snooze node x", "I cannot snooze “node”; I know: pod.", "snooze pod x"),
        ("restart pod x", "I do not know “restart”.", "diagnose pod x"),
        ("obliterate pod x in y", "I do not know “obliterate”.", "diagnose pod x -n y"),
        ("x", "I do not know “x”.", "diagnose pod x"),
        ("diagnose pod x y", "I take one name, and got 2: x, y.", "diagnose pod x"),
        ("diagnose fast pod x", "I take one name, and got 2: x, fast.", "diagnose pod x"),
        ("pod/x pod/y pod/z", "I take one name, and got 3: x, y, z.", "diagnose pod x"),
        ("diagnose y/x -n z", "Two namespaces are named: y and z.", "diagnose pod x -n z"),
        ("pod x on stagin", "I do not know a cluster called stagin.", "diagnose pod x --cluster staging"),
        ("diagnose pod x on moon", "I do not know a cluster called moon.", ""),
        ("diagnose pod", "Which pod?", ""),
        ("diagnose", "Which pod?", ""),
        ("diagnose node", "Which node?", ""),
        ("kubectl get pods -A", "Which pod?", ""),
        ("why is it crashing?", "Which pod?", ""),
        ("why is my pod crashing", "Which pod?", ""),
        ("diagnose pod x -n", "-n needs a value.", ""),
        ("diagnose pod x --namespace=", "--namespace needs a value.", ""),
        ("diagnose pod x --cluster -n y", "--cluster needs a value.", ""),
        ("diagnose pod x --namspace y", "I do not know the option --namspace.", "diagnose pod x -n y"),
        (
            "pod x --cluser=staging",
            "I do not know the option --cluser=staging.",
            "diagnose pod x --cluster staging",
        ),
        ("kubectl logs x -n y --previous", "I do not know the option --previous.", "diagnose pod x -n y"),
        ("kubectl get pod x -o yaml -n y", "I do not know the option -o.", "diagnose pod x -n y"),
        ("diagnose pod x y --shout", "I do not know the option --shout.", ""),
    ],
)
def test_refuses_with_what_was_probably_meant(text: str, sentence: str, suggestion: str) -> None:
    error = refused(text)
    assert error.sentence == sentence
    assert error.suggestion == suggestion
    assert error.advice or error.suggestion


def test_a_question_without_a_name_tells_how_to_name_a_pod_called_like_that() -> None:
    assert "pod/crashing" in refused("why is my pod crashing").advice


def test_an_unknown_cluster_is_answered_with_the_known_ones() -> None:
    assert refused("diagnose pod x on moon").advice == "Known clusters: prod-eu, staging."


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("", ""),
        ("  \u200b ", ""),
        ("???", ""),
        ("<@U0BOT>", ""),
        ("help", ""),
        ("Help!", ""),
        ("hello", ""),
        ("mlops", ""),
        ("thanks!", ""),
        ("help me please", ""),
        ("help diagnose", "diagnose"),
        ("help diagnose pod", "diagnose"),
        ("help pod", "pod"),
        ("help nonsense", "nonsense"),
        ("diagnose --help", "diagnose"),
        ("-h", ""),
    ],
)
def test_help(text: str, topic: str) -> None:
    assert parse(text, ASKER, DEFAULTS, HANDLERS) == Help(topic)


def test_channel_defaults_fill_what_is_not_said() -> None:
    channel = Defaults(cluster="prod-eu", namespace="mlops", clusters=("prod-eu", "staging"))
    assert understood("pod x", channel) == "diagnose pod x -n mlops --cluster prod-eu"
    assert understood("pod x in y on staging", channel) == "diagnose pod x -n y --cluster staging"
    assert understood("pod x -A", channel) == "diagnose pod x -A --cluster prod-eu"


def test_any_cluster_may_be_named_where_none_is_known() -> None:
    assert understood("pod x on moon", Defaults()) == "diagnose pod x --cluster moon"


def test_the_longest_text() -> None:
    assert understood("pod x " + "please " * 140) == "diagnose pod x"
    assert "characters long" in refused("x" * (LONGEST_TEXT + 1)).sentence


def test_a_long_unknown_word_is_shown_short() -> None:
    assert len(refused(f"{'v' * 900} pod x").sentence) < 100


def test_the_terminal_is_the_asker_by_default() -> None:
    command = parse("pod x", TERMINAL, DEFAULTS, HANDLERS)
    assert isinstance(command, Command)
    assert command.asker.user == "terminal"


def test_clean_keeps_what_a_name_is_made_of() -> None:
    assert clean("a-b.c/d_e=f --x=y -n") == "a-b.c/d_e=f --x=y -n"
