"""Whatever is typed, it is a Command, help, or a UsageError; and a name is never lost."""

import re

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.command import FILE, Asker, Command, Defaults, Help, parse
from bot.command.vocabulary import ASKING, FILLERS, KINDS, LOOKING, ORDERS, SYMPTOMS
from bot.errors import UsageError
from handlers import HANDLERS as PRODUCT
from handlers.contract import Handler, Question
from tests.bot.many_handlers import MANY
from tests.bot.test_command import HANDLERS

ASKER = Asker(user="U1")
VERBS = {handler.verb for handler in MANY}
KNOWN = ("prod-eu", "staging", "on")
NAMES = st.one_of(
    st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,30}[a-z0-9])?", fullmatch=True),
    st.sampled_from(
        sorted(word for word in FILLERS | KINDS | VERBS | {"mlops", "latency", "lock"} if word.isalnum())
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
                "--name",
                "--sort-by",
                "--sort-by=memory",
                "--since=1h",
                "--warnings",
                "--data",
                "--sinse",
                "memory",
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


GRAMMARS = st.sampled_from([HANDLERS, MANY, PRODUCT])


@given(st.one_of(TYPED, st.text(max_size=60)), DEFAULTS, GRAMMARS)
@example("diagnose pod x y ns=", Defaults(), HANDLERS)
@example("\ud800 pod \udfff", Defaults(), HANDLERS)
def test_nothing_but_usage_errors_and_what_is_suggested_is_understood(
    text: str, defaults: Defaults, handlers: tuple[Handler, ...]
) -> None:
    answer = attempt(text, defaults, handlers)
    if isinstance(answer, Command):
        assert answer.question.name or answer.handler.takes != "name"
        if all(
            re.fullmatch(r"[a-z0-9.-]*[a-z0-9]|", part)
            for part in (answer.question.name, answer.question.namespace)
        ):
            assert attempt(answer.words, defaults, handlers) == answer
    if isinstance(answer, UsageError):
        assert answer.sentence
        assert answer.advice or answer.suggestion
    if isinstance(answer, UsageError) and answer.suggestion:
        suggested = attempt(answer.suggestion, defaults, handlers)
        assert isinstance(suggested, Command)
        assert suggested.words == answer.suggestion


def attempt(text: str, defaults: Defaults, handlers: tuple[Handler, ...]) -> Command | Help | UsageError:
    """What a text comes to; any other error ends the test."""
    try:
        return parse(text, ASKER, defaults, handlers)
    except UsageError as error:
        return error


def named(handler: Handler) -> st.SearchStrategy[str]:
    """The names a handler may be asked about."""
    if handler.takes == "nothing":
        return st.just("")
    return st.one_of(st.just(""), NAMES) if handler.takes == "optional" else NAMES


def chosen(handler: Handler) -> st.SearchStrategy[dict[str, str]]:
    """Some of a handler's options, those aside that name files."""
    values = {
        option.name: st.sampled_from(option.choices or (("1h", "x.y") if option.metavar else ("yes",)))
        for option in handler.options
        if option.metavar != FILE
    }
    return st.fixed_dictionaries({}, optional=values)


def commands(defaults: Defaults, handlers: tuple[Handler, ...]) -> st.SearchStrategy[Command]:
    """Every command the parser can make with these defaults."""

    @st.composite
    def command(draw: st.DrawFn) -> Command:
        handler = draw(st.sampled_from(handlers))
        namespace = draw(LABELS | st.sampled_from(["", "-A"])) if handler.namespaced else ""
        everywhere = namespace == "-A"
        usual = defaults.namespace if handler.namespaced else ""
        question = Question(
            name=draw(named(handler)),
            namespace="" if everywhere else namespace or usual,
            options=draw(chosen(handler)),
        )
        cluster = draw(st.sampled_from(KNOWN))
        return Command(
            handler=handler, question=question, cluster=cluster, asker=ASKER, everywhere=everywhere
        )

    return command()


@given(st.data(), DEFAULTS, GRAMMARS)
def test_canonical_words_are_understood_as_the_same_command(
    data: st.DataObject, defaults: Defaults, handlers: tuple[Handler, ...]
) -> None:
    command = data.draw(commands(defaults, handlers))
    assert parse(command.words, ASKER, defaults, handlers) == command


SENTENCE = st.lists(
    st.sampled_from(sorted((ASKING | LOOKING | SYMPTOMS | {"the", "please"}) - ORDERS)), max_size=5
)


@given(SENTENCE, NAMES, SENTENCE, LABELS, st.sampled_from(["-n {}", "--namespace={}", "-n={}"]))
def test_an_explicit_name_is_found_in_any_sentence(
    before: list[str], name: str, after: list[str], namespace: str, flag: str
) -> None:
    text = " ".join([*before, f"pod/{name}", *after, flag.format(namespace)])
    assert parse(text, ASKER, Defaults(), MANY) == replace(
        parse(text, ASKER, Defaults(), HANDLERS), handler=MANY[0]
    )
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
    dressed = f"<@U0BOT>, “diagnose” *pod* `{name}` \u2013n \u200b{namespace}?!"
    assert parse(dressed, ASKER, Defaults(), HANDLERS) == plain
