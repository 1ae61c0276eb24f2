"""Many verbs and kinds: what people type about each, in Slack and in the terminal alike."""

import pytest

from bot.command import TERMINAL, Asker, Command, Defaults, Help, parse
from bot.errors import UsageError
from tests.bot.many_handlers import MANY

ASKER = Asker(user="U1", channel="C1", team="T1")
DEFAULTS = Defaults(clusters=("prod-eu", "staging"))


def understood(text: str, defaults: Defaults = DEFAULTS) -> str:
    """The canonical words of what was understood."""
    command = parse(text, ASKER, defaults, MANY)
    assert isinstance(command, Command), command
    assert parse(command.words, ASKER, defaults, MANY) == command
    return command.words


def refused(text: str, asker: Asker = ASKER) -> UsageError:
    """Why a text is no command."""
    with pytest.raises(UsageError) as caught:
        parse(text, asker, DEFAULTS, MANY)
    return caught.value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("diagnose isvc fraud-detector -n mlops", "diagnose inferenceservice fraud-detector -n mlops"),
        ("isvc/fraud-detector", "diagnose inferenceservice fraud-detector"),
        ("diagnose deploy/x", "diagnose deployment x"),
        ("deploy x in y", "diagnose deployment x -n y"),
        ("diagnose sts/x", "diagnose pod x"),
        ("diagnose y/deploy/x", "diagnose deployment x -n y"),
        ("pod deployment/x", "diagnose pod x"),
        ("why is service recommender not reachable", "diagnose service recommender"),
        ("why is svc/recommender in mlops unreachable?", "diagnose service recommender -n mlops"),
        ("why does isvc x return 503", "diagnose inferenceservice x"),
        (
            "kubectl describe pvc eval-results -n mlops",
            "diagnose persistentvolumeclaim eval-results -n mlops",
        ),
        ("why can pod x not mount its pvc", "diagnose pod x"),
        ("is node ip-10-0-1-7 under pressure -n y", "diagnose node ip-10-0-1-7"),
        ("diagnose x", "diagnose pod x"),
        ("why is x crashing", "diagnose pod x"),
    ],
)
def test_a_kind_with_an_answer_of_its_own_is_asked(text: str, words: str) -> None:
    assert understood(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("diagnose namespace mlops", "diagnose namespace mlops"),
        ("diagnose ns mlops", "diagnose namespace mlops"),
        ("diagnose ns/mlops", "diagnose namespace mlops"),
        ("ns mlops", "diagnose namespace mlops"),
        ("why is the namespace mlops terminating", "diagnose namespace mlops"),
        ("why is the mlops namespace terminating", "diagnose namespace mlops"),
        ("diagnose namespace karpenter", "diagnose namespace karpenter"),
        ("diagnose namespace mlflow --cluster staging", "diagnose namespace mlflow --cluster staging"),
        ("diagnose namespace mlops -n other", "diagnose namespace mlops"),
        ("diagnose pod x ns mlops", "diagnose pod x -n mlops"),
        ("what namespace is pod x in", "diagnose pod x"),
        ("diagnose pod ns", "diagnose pod ns"),
        ("health ns mlops", "health -n mlops"),
        ("top pods namespace mlflow", "top pods -n mlflow"),
    ],
)
def test_a_namespace_is_a_place_or_what_is_asked_about(text: str, words: str) -> None:
    assert understood(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("health", "health"),
        ("health -A", "health -A"),
        ("health -n mlops", "health -n mlops"),
        ("how is the health of the cluster", "health"),
        ("cluster health please", "health"),
        ("health of cluster staging", "health --cluster staging"),
        ("status?", "status"),
        ("what is the status of namespace mlops", "status -n mlops"),
        ("events -n argo --since 1h", "events -n argo --since 1h"),
        ("events in mlflow", "events -n mlflow"),
        ("show me the events in argo --since=1h", "events -n argo --since 1h"),
        ("events --warnings -n y", "events -n y --warnings"),
        ("top pods --sort-by memory", "top pods --sort-by memory"),
        ("kubectl top pods -A --sort-by=memory", "top pods -A --sort-by memory"),
        ("top pods by memory", "top pods --sort-by memory"),
        ("top po --sort-by CPU", "top pods --sort-by cpu"),
        ("top nodes -n y", "top nodes"),
        ("predict sklearn-iris", "predict sklearn-iris"),
        ("predict isvc sklearn-iris -n mlops", "predict sklearn-iris -n mlops"),
        ("predict isvc/sklearn-iris", "predict sklearn-iris"),
        ("terraform lock", "terraform lock"),
        ("terraform lock dev", "terraform lock dev"),
        ("terraform drift prod", "terraform drift prod"),
        ("diagnose latency", "diagnose latency"),
        ("diagnose latency mlops", "diagnose latency mlops"),
        ("why is latency in mlops high", "diagnose latency -n mlops"),
        (
            "diagnose latency -n mlops --field p99 --since 2h",
            "diagnose latency -n mlops --field p99 --since 2h",
        ),
        ("diagnose mlflow -n mlops", "diagnose mlflow -n mlops"),
        ("why is mlflow down", "diagnose mlflow"),
        ("why is the mlflow pod crashing", "diagnose pod mlflow"),
        ("diagnose pod mlflow in mlflow", "diagnose pod mlflow -n mlflow"),
        ("mlflow/mlflow-7f9c", "diagnose pod mlflow-7f9c -n mlflow"),
        ("diagnose latency --name pod", "diagnose latency --name pod"),
        ("runbook crash.md#oom", "runbook crash.md#oom"),
        ("runbook crash", "runbook crash"),
        ("runbook Pod Issues", "runbook Pod Issues"),
        ("is everything ok?", "health"),
        ("is the cluster healthy", "health"),
        ("is everything ok in mlops", "health -n mlops"),
        ("who holds the terraform state lock", "terraform lock"),
    ],
)
def test_verbs_without_a_subject_and_names_that_may_be_left_out(text: str, words: str) -> None:
    assert understood(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("what is the status of pod x", "diagnose pod x"),
        ("is the health check of isvc x failing", "diagnose inferenceservice x"),
        ("what is the status of fraud-scorer", "diagnose pod fraud-scorer"),
        ("are there events of pod x", "diagnose pod x"),
        ("diagnose pod status", "diagnose pod status"),
        ("diagnose pod events -n y", "diagnose pod events -n y"),
    ],
)
def test_a_verb_inside_a_sentence_is_a_word_of_it(text: str, words: str) -> None:
    assert understood(text) == words


@pytest.mark.parametrize(
    ("text", "sentence", "suggestion"),
    [
        ("diagnose pod x --since 1h", "“diagnose pod” has no option --since.", "diagnose pod x"),
        ("top pods --sort-by mem", "--sort-by takes memory or cpu, not “mem”.", "top pods --sort-by memory"),
        ("top pods --sort-by size", "--sort-by takes memory or cpu, not “size”.", "top pods"),
        ("top pods --sort memory", "I do not know the option --sort.", "top pods --sort-by memory"),
        ("top pods --sort-by", "--sort-by needs a value.", ""),
        ("events --warnings=many", "--warnings takes no value.", "events --warnings"),
        ("diagnose latency --fild p99", "I do not know the option --fild.", "diagnose latency --field p99"),
        ("predict x --data f.json", "--data names a file, and only the terminal can read one.", "predict x"),
        ("health pod x", "“health” takes no kind, and got “pod”.", "diagnose pod x"),
        ("health mlops", "“health” takes no name, and got mlops.", "health -n mlops"),
        ("top pods x", "“top pods” takes no name, and got x.", "top pods -n x"),
        ("top nodes x", "“top nodes” takes no name, and got x.", "top nodes"),
        ("top", "top what?", ""),
        ("terraform dev", "terraform what?", ""),
        ("predict", "predict needs a name.", ""),
        ("diagnose", "Which pod?", ""),
        ("diagnose namespace", "Which namespace?", ""),
        ("diagnose latency b c", "I take one name, and got 2: b, c.", "diagnose latency b"),
        ("helth", "I do not know “helth”.", "health"),
        ("helth -n mlops", "I do not know “helth”.", "health -n mlops"),
        ("diagnoze isvc x", "I do not know “diagnoze”.", "diagnose inferenceservice x"),
        ("terafform lock", "I do not know “terafform”.", "terraform lock"),
    ],
)
def test_refuses_with_what_was_probably_meant(text: str, sentence: str, suggestion: str) -> None:
    error = refused(text)
    assert (error.sentence, error.suggestion) == (sentence, suggestion)
    assert error.advice or error.suggestion
    if suggestion:
        assert understood(suggestion) == suggestion


def test_a_kind_without_an_answer_is_refused_with_those_that_have_one() -> None:
    error = refused("diagnose configmap x -n y")
    assert error.sentence.startswith("I cannot diagnose “configmap”; I know: pod, deployment, service,")
    assert refused("diagnose deploymnt x").suggestion == "diagnose deployment x"
    assert refused("diagnose isvcs x").suggestion == "diagnose inferenceservice x"


def test_what_can_be_done_is_told_in_a_line() -> None:
    advice = refused("x").advice
    assert advice.startswith("I can: diagnose KIND NAME; predict NAME; terraform lock [NAME]; ")
    assert len(advice) < 250


def test_a_default_namespace_is_for_what_has_one() -> None:
    channel = Defaults(cluster="prod-eu", namespace="mlops", clusters=("prod-eu", "staging"))
    assert understood("health", channel) == "health -n mlops --cluster prod-eu"
    assert understood("health -A", channel) == "health -A --cluster prod-eu"
    assert understood("node x", channel) == "diagnose node x --cluster prod-eu"
    assert understood("node x -A", channel) == "diagnose node x --cluster prod-eu"


def test_a_file_is_named_in_the_terminal_and_is_no_word_of_the_question() -> None:
    command = parse("predict x --data f.json", TERMINAL, DEFAULTS, MANY)
    assert isinstance(command, Command)
    assert command.question.options == {"data": "f.json"}
    assert command.words == "predict x"


@pytest.mark.parametrize(
    ("text", "topic"),
    [("help health", "health"), ("help latency", "latency"), ("health --help", "health"), ("no thanks", "")],
)
def test_help(text: str, topic: str) -> None:
    assert parse(text, ASKER, DEFAULTS, MANY) == Help(topic)
