"""Verbs without a name, tables and looks at everything, through the local Slack with its real limits."""

import csv
from io import StringIO

import pytest
from msgspec.structs import replace

from bot.report import Verdict
from handlers.contract import Candidate, NameAmbiguous, Row, Table
from rules.finding import ObjectRef
from tests.bot.render.samples import MIGRATION, OVERVIEW, TABLE
from tests.bot.slack.harness import MadeUpCorridor, last, raising, saying
from tests.fakes.slack import Slack

FORTY = tuple(
    replace(
        MIGRATION,
        fingerprint=f"{number:012}",
        subject=ObjectRef("Pod", f"worker-{number}", "mlops"),
        summary=f"mlops/worker-{number} cannot start: {'its very long image name ' * 8}",
    )
    for number in range(40)
)


@pytest.mark.usefixtures("app")
async def test_a_verb_without_a_name_is_answered_and_run_again_with_its_options(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    corridor.look = saying(said="no warnings in argo", overview=True)
    await slack.person("U1").types("/mlops events -n argo --since 1h")
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "no warnings in argo"))
    assert answer.buttons == ["Re-run"]
    await slack.person("U2").clicks(answer, "Re-run")
    await slack.until(lambda: len(corridor.asked) == 2)
    first, again = corridor.asked
    assert first.words == again.words == "events -n argo --since 1h --cluster prod"
    assert again.question.options == {"since": "1h"}


@pytest.mark.usefixtures("app")
async def test_a_mention_asks_for_everything(slack: Slack, corridor: MadeUpCorridor) -> None:
    corridor.look = saying(said="cluster prod is healthy", overview=True)
    asked = slack.person("U1").mentions("how is the health of the cluster?")
    await slack.thread(asked.ts).until(lambda m: last(m, "cluster prod is healthy"))
    assert corridor.asked[0].words == "health --cluster prod"


@pytest.mark.usefixtures("app")
async def test_an_option_nobody_knows_is_told_to_the_asker_with_what_was_meant(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    await slack.person("U1").types("/mlops top pods --sort-by memry")
    (told,) = await slack.ephemerals("U1").until(lambda m: last(m, "takes memory or cpu"))
    await slack.person("U1").clicks(told, "Run it")
    await slack.until(lambda: len(corridor.asked) == 1)
    assert corridor.asked[0].question.options == {"sort-by": "memory"}


@pytest.mark.usefixtures("app")
async def test_a_file_can_only_be_named_in_the_terminal(slack: Slack) -> None:
    await slack.person("U1").types("/mlops predict iris --data request.json")
    await slack.ephemerals("U1").until(lambda m: last(m, "only the terminal can read one"))
    assert slack.channel("C1").messages == []


@pytest.mark.usefixtures("app")
async def test_a_table_is_a_block_of_code_and_whole_in_a_file(slack: Slack, corridor: MadeUpCorridor) -> None:
    rows = tuple(Row((f"mlops/pod-{n}", "=SUM(A1)", f"{n}Mi")) for n in range(400))
    table = Table(
        title="pods by memory", columns=("pod", "owner", "used"), rows=rows, note="400 of 1,204 pods"
    )
    corridor.look = saying(tables=(table,), said=TABLE.said)
    await slack.person("U1").types("/mlops top pods")
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "pods by memory"))
    assert "the first 25 of 400 rows" in answer.shown
    assert "```\npod           owner     used\n" in answer.shown
    await slack.until(lambda: len(slack.files) == 1)
    (file,) = slack.files
    assert file.filename == "pods_by_memory.csv"
    read = list(csv.reader(StringIO(file.content.decode())))
    assert len(read) == 401
    assert read[1] == ["mlops/pod-0", "'=SUM(A1)", "0Mi"]


@pytest.mark.usefixtures("app")
async def test_forty_causes_are_five_in_the_message_and_the_rest_below(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    corridor.look = saying(
        verdict=Verdict.BROKEN, findings=FORTY, overview=True, gaps=OVERVIEW.gaps, subject=OVERVIEW.subject
    )
    await slack.person("U1").types("/mlops health")
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "causes explain"))
    assert answer.text.startswith("🔴 Broken: 40 causes explain 200 symptoms in prod")
    assert "worker-4 cannot start" in answer.shown
    assert "worker-5 cannot start" not in answer.shown
    assert "More causes: 35 in the thread" in answer.shown
    assert "Not checked: EC2 instances" in answer.shown
    await slack.until(lambda: len(slack.files) == 1)
    thread = [message.shown for message in slack.thread(answer.ts).messages]
    for number in range(5, 40):
        assert any(f"worker-{number} cannot start" in shown for shown in thread), number
    whole = slack.files[0]
    assert whole.filename == "report.md"
    assert all(f"worker-{number} cannot start" in whole.content.decode() for number in range(40))


@pytest.mark.usefixtures("app")
async def test_a_pick_asks_the_same_question_about_the_object(slack: Slack, corridor: MadeUpCorridor) -> None:
    found = tuple(Candidate(ObjectRef("Service", f"api-{n}", "ml"), "no endpoints") for n in range(3))
    corridor.look = raising(NameAmbiguous("3 services match api.", found))
    await slack.person("U1").types("/mlops why is svc api not reachable")
    (picker,) = await slack.ephemerals("U1").until(lambda m: last(m, "3 services match"))
    corridor.look = MadeUpCorridor().look
    await slack.person("U1").clicks(picker, "This one")
    await slack.until(lambda: len(corridor.asked) == 2)
    assert corridor.asked[1].words == "diagnose service api-0 -n ml --cluster prod"


@pytest.mark.usefixtures("app")
async def test_help_of_many_kinds_is_one_short_message(slack: Slack) -> None:
    await slack.person("U1").types("/mlops help")
    (told,) = await slack.ephemerals("U1").until(lambda m: last(m, "KIND NAME"))
    assert "Kinds: pod, deployment, service, " in told.shown
    assert "without a name: mlflow, latency" in told.shown
    await slack.person("U1").types("/mlops help isvc")
    await slack.ephemerals("U1").until(lambda m: last(m, "diagnose inferenceservice NAME"))
