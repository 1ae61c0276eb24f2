"""What Slack may refuse, and what people see then."""

import pytest

from bot.slack.faults import TokenRefusedError
from tests.bot.slack.harness import MadeUpCorridor, Paused, broken, last, running
from tests.fakes.slack import Slack


@pytest.mark.parametrize(
    ("private", "words"), [(False, "not a member of this channel"), (True, "cannot see this")]
)
@pytest.mark.usefixtures("app")
async def test_where_the_bot_cannot_post_the_asker_gets_the_answer_and_the_reason(
    slack: Slack, *, private: bool, words: str
) -> None:
    slack.remove_bot("C1", private=private)
    await slack.person("U1").types("/mlops diagnose pod x")
    reason, answer = await slack.ephemerals("U1").until(lambda m: last(m, "is healthy"))
    assert words in reason.shown
    assert "/invite @mlops" in reason.shown
    assert "Re-run" in answer.buttons
    assert slack.channel("C1").messages == []


@pytest.mark.usefixtures("app")
async def test_an_answer_reaches_the_asker_when_the_response_url_is_dead_too(slack: Slack) -> None:
    slack.remove_bot("C1")
    slack.fail("response_url", "expired_url", status=404, times=9)
    await slack.person("U1").types("/mlops diagnose pod x")
    await slack.channel("DU1").until(lambda m: last(m, "is healthy"))


@pytest.mark.parametrize("error", ["is_archived", "restricted_action", "missing_scope", "fatal_error"])
@pytest.mark.usefixtures("app")
async def test_any_refusal_to_post_sends_the_answer_to_the_asker(slack: Slack, error: str) -> None:
    slack.fail("chat.postMessage", error, needed="chat:write")
    await slack.person("U1").types("/mlops diagnose pod x")
    await slack.ephemerals("U1").until(lambda m: last(m, "is healthy"))


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
@pytest.mark.usefixtures("app")
async def test_refused_blocks_are_drawn_in_classic_ones_then_as_text(
    slack: Slack, corridor: MadeUpCorridor, error: str
) -> None:
    corridor.look = broken()
    slack.fail("chat.postMessage", error, times=2)
    await slack.person("U1").types("/mlops diagnose pod x")
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is broken"))
    assert answer.blocks == []


@pytest.mark.usefixtures("app")
async def test_classic_blocks_keep_the_buttons(slack: Slack, corridor: MadeUpCorridor) -> None:
    corridor.look = broken()
    slack.workspace.refused_block_types = frozenset({"header"})
    await slack.person("U1").types("/mlops diagnose pod x")
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is broken"))
    assert "Re-run" in answer.buttons


@pytest.mark.usefixtures("app")
async def test_refused_blocks_of_an_edit_and_of_a_private_answer(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    corridor.look = look = Paused("pod")
    await slack.person("U1").types("/mlops diagnose pod x")
    await slack.channel("C1").until(lambda m: last(m, "⏳"))
    slack.fail("chat.update", "invalid_blocks")
    look.go_on.set()
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is healthy"))
    assert answer.blocks == []
    slack.fail("response_url", "invalid_blocks", status=400)
    await slack.person("U1").types("/mlops help")
    (told,) = await slack.ephemerals("U1").until(lambda m: last(m, "/mlops diagnose "))
    assert told.blocks == []


@pytest.mark.usefixtures("app")
async def test_a_deleted_progress_message_is_posted_anew(slack: Slack, corridor: MadeUpCorridor) -> None:
    corridor.look = look = Paused("pod")
    await slack.person("U1").types("/mlops diagnose pod x")
    (progress,) = await slack.channel("C1").until(lambda m: last(m, "⏳"))
    slack.workspace.channel("C1").messages.remove(progress)
    look.go_on.set()
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is healthy"))
    assert answer is not progress


@pytest.mark.usefixtures("app")
async def test_an_answer_that_cannot_be_put_into_its_message_reaches_the_asker(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    corridor.look = look = Paused("pod")
    await slack.person("U1").types("/mlops diagnose pod x")
    await slack.channel("C1").until(lambda m: last(m, "⏳"))
    slack.fail("chat.update", "fatal_error")
    look.go_on.set()
    await slack.ephemerals("U1").until(lambda m: last(m, "is healthy"))


@pytest.mark.usefixtures("app")
async def test_a_file_without_the_scope_becomes_a_line_that_names_it(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    slack.workspace.scopes.discard("files:write")
    corridor.look = broken()
    await slack.person("U1").types("/mlops diagnose pod x")
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is broken"))
    (*_, line) = await slack.thread(answer.ts).until(lambda m: last(m, "files:write"))
    assert "x_app.log" in line.shown


@pytest.mark.usefixtures("app")
async def test_a_file_whose_upload_breaks_off_becomes_a_line(slack: Slack, corridor: MadeUpCorridor) -> None:
    slack.fail("upload", "disk full", status=400)
    corridor.look = broken()
    await slack.person("U1").types("/mlops diagnose pod x")
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is broken"))
    await slack.thread(answer.ts).until(lambda m: last(m, "could not be uploaded"))
    assert slack.files == []


@pytest.mark.usefixtures("app")
async def test_a_connection_lost_before_the_answer_to_a_post_does_not_post_twice(slack: Slack) -> None:
    slack.cut("chat.postMessage", "after")
    await slack.person("U1").types("/mlops diagnose pod x")
    await slack.ephemerals("U1").until(lambda m: last(m, "is healthy"))
    assert len(slack.calls("chat.postMessage")) == 1
    assert len(slack.channel("C1").from_bot) == 1


@pytest.mark.usefixtures("app")
async def test_a_connection_lost_during_an_edit_is_made_good(slack: Slack, corridor: MadeUpCorridor) -> None:
    corridor.look = look = Paused("pod")
    await slack.person("U1").types("/mlops diagnose pod x")
    await slack.channel("C1").until(lambda m: last(m, "⏳"))
    slack.cut("chat.update", "before")
    look.go_on.set()
    await slack.channel("C1").until(lambda m: last(m, "is healthy"))
    assert slack.ephemerals("U1").messages == []


@pytest.mark.usefixtures("app")
async def test_a_server_error_of_slack_is_made_good(slack: Slack) -> None:
    slack.fail("chat.postMessage", "internal_error", status=503)
    await slack.person("U1").types("/mlops diagnose pod x")
    await slack.channel("C1").until(lambda m: last(m, "is healthy"))


@pytest.mark.parametrize("error", ["token_revoked", "invalid_auth", "account_inactive"])
async def test_a_bot_without_a_working_token_does_not_start(
    slack: Slack, corridor: MadeUpCorridor, error: str
) -> None:
    slack.workspace.token_fault = error
    with pytest.raises(TokenRefusedError) as raised:
        async with running(slack, corridor):
            pass
    assert raised.value.code == error
    assert "reinstalls the Slack app" in raised.value.advice


@pytest.mark.usefixtures("app")
async def test_calls_share_connections(slack: Slack) -> None:
    for n in range(5):
        await slack.person("U1").types(f"/mlops diagnose pod x{n}")
        await slack.channel("C1").until(lambda m, n=n: last(m, f"/x{n}"))  # type: ignore[misc] # mypy cannot infer the default
    assert len({call.peer for call in slack.calls("chat.postMessage")}) < 5
