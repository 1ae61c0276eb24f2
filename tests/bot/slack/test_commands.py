"""What happens when somebody types `/mlops …`."""

import pytest

from bot.errors import NotAllowed, RateLimited
from handlers.contract import Candidate, NameAmbiguous, NameNotFound
from handlers.sources.errors import Unreachable
from rules.finding import ObjectRef
from tests.bot.slack.harness import App, MadeUpCorridor, Paused, last, raising, running, saying
from tests.fakes.slack import Slack


@pytest.mark.usefixtures("app")
async def test_a_question_is_acked_at_once_and_answered_in_the_channel(slack: Slack) -> None:
    envelope = await slack.person("U1").types("/mlops diagnose pod x -n ml")
    assert envelope.fault == ""
    assert envelope.answer == {}
    assert envelope.latency is not None
    assert envelope.latency < 1.0
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is healthy"))
    assert "pod ml/x" in answer.text
    assert answer.arguments["unfurl_links"] is False
    assert answer.arguments["unfurl_media"] is False
    assert slack.ephemerals("U1").messages == []


@pytest.mark.usefixtures("app")
async def test_the_progress_message_becomes_the_answer(slack: Slack, corridor: MadeUpCorridor) -> None:
    corridor.look = look = Paused("pod", "events")
    await slack.person("U1").types("/mlops diagnose pod x")
    await slack.channel("C1").until(lambda m: last(m, "events ✓"))
    look.go_on.set()
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is healthy"))
    assert answer.versions[0].startswith("⏳")
    assert "⏳" not in answer.shown


async def test_a_slow_look_shows_itself_before_any_source_was_read(
    slack: Slack, app: App, corridor: MadeUpCorridor
) -> None:
    corridor.look = look = Paused()
    await slack.person("U1").types("/mlops diagnose pod x")
    await look.begun.wait()
    assert slack.channel("C1").messages == []
    app.clock.go(0.7)
    await slack.channel("C1").until(lambda m: last(m, "⏳"))
    look.go_on.set()
    await slack.channel("C1").until(lambda m: last(m, "is healthy"))


@pytest.mark.parametrize("text", ["", " help", " help diagnose"])
@pytest.mark.usefixtures("app")
async def test_no_words_or_help_show_help_to_the_asker_alone(slack: Slack, text: str) -> None:
    await slack.person("U1").types(f"/mlops{text}")
    await slack.ephemerals("U1").until(lambda m: last(m, "/mlops diagnose "))
    assert slack.channel("C1").messages == []


@pytest.mark.usefixtures("app")
async def test_words_that_mean_nothing_are_told_to_the_asker_alone(slack: Slack) -> None:
    await slack.person("U1").types("/mlops diagnose pod a b c")
    await slack.ephemerals("U1").until(lambda m: last(m, "I take one name"))
    assert slack.channel("C1").messages == []


@pytest.mark.usefixtures("app")
async def test_a_typo_is_run_by_its_button(slack: Slack, corridor: MadeUpCorridor) -> None:
    await slack.person("U1").types("/mlops diagnos x")
    (refusal,) = await slack.ephemerals("U1").until(lambda m: last(m, "Did you mean"))
    await slack.person("U1").clicks(refusal, "Run it")
    await slack.channel("C1").until(lambda m: last(m, "is healthy"))
    assert [command.question.name for command in corridor.asked] == ["x"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NotAllowed("You are not on the list.", "Ask ada."), "Ask ada."),
        (RateLimited(12.0, "you"), "Ask again in 12 s."),
        (Unreachable("the cluster prod", "connection refused"), "connection refused"),
        (RuntimeError("a secret detail"), "Something went wrong on the bot's side"),
    ],
)
@pytest.mark.usefixtures("app")
async def test_what_goes_wrong_at_once_is_told_to_the_asker_alone(
    slack: Slack, corridor: MadeUpCorridor, error: Exception, words: str
) -> None:
    corridor.look = raising(error)
    await slack.person("U1").types("/mlops diagnose pod x")
    (told,) = await slack.ephemerals("U1").until(lambda m: last(m, words))
    assert "secret detail" not in told.shown
    assert slack.channel("C1").messages == []


@pytest.mark.parametrize("error", [Unreachable("pods", "reset"), RuntimeError("boom")])
@pytest.mark.usefixtures("app")
async def test_what_goes_wrong_later_ends_the_progress_message(
    slack: Slack, corridor: MadeUpCorridor, error: Exception
) -> None:
    corridor.look = look = Paused("pod", error=error)
    await slack.person("U1").types("/mlops diagnose pod x")
    await slack.channel("C1").until(lambda m: last(m, "⏳"))
    look.go_on.set()
    (message,) = await slack.channel("C1").until(lambda m: last(m, "⚠️"))
    assert "⏳" not in message.shown


@pytest.mark.usefixtures("app")
async def test_an_unforeseen_error_shows_the_id_of_its_log_lines(
    slack: Slack, corridor: MadeUpCorridor, caplog: pytest.LogCaptureFixture
) -> None:
    corridor.look = raising(RuntimeError("boom"))
    await slack.person("U1").types("/mlops diagnose pod x")
    (told,) = await slack.ephemerals("U1").until(lambda m: last(m, "log under"))
    assert "boom" in caplog.text
    assert len(told.shown.split("log under ")[1].split(".")[0]) == 12


@pytest.mark.usefixtures("app")
async def test_several_matches_are_picked_from_and_everybody_sees_the_answer(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    found = tuple(Candidate(ObjectRef("Pod", f"x-{n}", "ml"), "Running") for n in range(12))
    corridor.look = raising(NameAmbiguous("12 pods match x.", found))
    await slack.person("U1").types("/mlops diagnose pod x")
    (picker,) = await slack.ephemerals("U1").until(lambda m: last(m, "12 pods match"))
    corridor.look = MadeUpCorridor().look
    await slack.person("U1").clicks(picker, picker.buttons[7])
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is healthy"))
    assert "pod ml/x-7" in answer.text


@pytest.mark.usefixtures("app")
async def test_the_nearest_name_is_one_click_away(slack: Slack, corridor: MadeUpCorridor) -> None:
    corridor.look = raising(NameNotFound("No pod xx.", (Candidate(ObjectRef("Pod", "xy", "ml")),)))
    await slack.person("U1").types("/mlops diagnose pod xx")
    (told,) = await slack.ephemerals("U1").until(lambda m: last(m, "No pod xx"))
    corridor.look = MadeUpCorridor().look
    await slack.person("U1").clicks(told, "This one")
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is healthy"))
    assert "pod ml/xy" in answer.text


async def test_a_job_past_its_deadline_ends_in_a_sentence(slack: Slack, corridor: MadeUpCorridor) -> None:
    corridor.look = Paused("pod")
    async with running(slack, corridor, deadline=0.2):
        await slack.person("U1").types("/mlops diagnose pod x")
        (message,) = await slack.channel("C1").until(lambda m: last(m, "took too long"))
    assert "⏳" not in message.shown


@pytest.mark.usefixtures("app")
async def test_data_never_pings_anybody(slack: Slack, corridor: MadeUpCorridor) -> None:
    corridor.look = saying(symptom="<!channel> <@U1>")
    await slack.person("U1").types("/mlops diagnose pod x")
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is healthy"))
    assert answer.pings == []
