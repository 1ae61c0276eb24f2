"""Whatever is typed, it is a Command, help, or a UsageError; and a name is never lost."""

from hypothesis import example, given
from hypothesis import strategies as st

from bot.command import Asker, Command, Defaults, Help, parse
from bot.command.vocabulary import ASKING, FILLERS, KINDS, LOOKING, SYMPTOMS
from bot.errors import UsageError
from handlers.contract import Question
from tests.bot.test_command import HANDLERS

ASKER = Asker(user="U1")
KNOWN = ("prod-eu", "staging", "on")
NAMES = st.one_of(
    st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,30}[a-z0-9])?", fullmatch=True),
    st.sampled_from(
        sorted(word for word in FILLERS | KINDS | {"diagnose", "pods", "mlops"} if word.isalnum())
    ),
)
LABELS = NAMES.filter(lambda name: "." not in name)
TYPED = st.lists(
    st.one_of(
        NAMES,
        st.sampled_from(
            [
                "-n",
                "-n=",
                "-ny",
                "--namespace",
                "--cluster=",
                "-A",
                "--help",
                "-",
                "--",
                "pod/",
                "/x",
                "a/b/c/d",
                "//",
            ]
        ),
        st.sampled_from(
            ["“x”", "<http://x.y|x.y>", "<@U1>", "<!here>", "<", ">", "`", "&amp;", ":x:", "ns=", "ns=y"]
        ),
        st.text(max_size=12),
    ),
    max_size=12,
).map(" ".join)
DEFAULTS = st.builds(
    Defaults,
    cluster=st.sampled_from(["", "staging"]),
    namespace=st.sampled_from(["", "mlops"]),
    clusters=st.just(KNOWN),
)


@given(st.one_of(TYPED, st.text(max_size=60)), DEFAULTS)
@example("diagnose pod x y ns=", Defaults())
@example("\ud800 pod \udfff", Defaults())
def test_nothing_but_usage_errors_and_what_is_suggested_is_understood(text: str, defaults: Defaults) -> None:
    try:
        understood = parse(text, ASKER, defaults, HANDLERS)
    except UsageError as error:
        assert error.sentence
        assert error.advice
        if error.suggestion:
            suggested = parse(error.suggestion, ASKER, defaults, HANDLERS)
            assert isinstance(suggested, Command)
            assert suggested.words == error.suggestion
    else:
        assert isinstance(understood, Help) or understood.question.name


@given(
    st.sampled_from(HANDLERS), NAMES, LABELS | st.just(""), st.sampled_from(KNOWN), DEFAULTS, st.booleans()
)
def test_canonical_words_are_understood_as_the_same_command(
    handler: object, name: str, namespace: str, cluster: str, defaults: Defaults, everywhere: bool
) -> None:
    chosen = next(one for one in HANDLERS if one == handler)
    command = Command(
        handler=chosen,
        question=Question(name=name, namespace=namespace or ("" if everywhere else defaults.namespace)),
        cluster=cluster,
        asker=ASKER,
        everywhere=everywhere and not namespace,
    )
    assert parse(command.words, ASKER, defaults, HANDLERS) == command


SENTENCE = st.lists(
    st.sampled_from(sorted(ASKING | LOOKING | SYMPTOMS | {"the", "please", "now"})), max_size=5
)


@given(SENTENCE, NAMES, SENTENCE, LABELS, st.sampled_from(["-n {}", "--namespace={}", "-n={}"]))
def test_an_explicit_name_is_found_in_any_sentence(
    before: list[str], name: str, after: list[str], namespace: str, flag: str
) -> None:
    text = " ".join([*before, f"pod/{name}", *after, flag.format(namespace)])
    command = parse(text, ASKER, Defaults(), HANDLERS)
    assert isinstance(command, Command)
    assert (command.question.name, command.question.namespace) == (name, namespace)


@given(SENTENCE, NAMES.filter(lambda name: name not in FILLERS | KINDS | {"diagnose"}), SENTENCE)
def test_a_name_after_the_word_pod_is_found_in_any_sentence(
    before: list[str], name: str, after: list[str]
) -> None:
    command = parse(" ".join(["why", *before, "pod", name, *after]), ASKER, Defaults(), HANDLERS)
    assert isinstance(command, Command)
    assert command.question.name == name


@given(NAMES, LABELS)
def test_punctuation_and_quotes_around_words_change_nothing(name: str, namespace: str) -> None:
    plain = parse(f"diagnose pod {name} -n {namespace}", ASKER, Defaults(), HANDLERS)
    dressed = f"<@U0BOT>, “diagnose” *pod* `{name}` –n \u200b{namespace}?!"
    assert parse(dressed, ASKER, Defaults(), HANDLERS) == plain
