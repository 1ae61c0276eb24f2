"""What follows from a cause, tables, and looks at everything: the details that goldens do not show."""

from msgspec.structs import replace

from bot.render.explained import counts_words, explains_words, joined_summary
from bot.render.grid import grid, least, measure, records
from bot.render.parcel import pack, unpack
from bot.render.tables import WIDTH, slack_table
from bot.render.terminal import render_terminal
from bot.render.wording import headline, next_steps
from bot.report import Verdict
from handlers.contract import Exhibit, Row, Table
from rules.finding import ObjectRef
from tests.bot.render.samples import MIGRATION, OVERVIEW, QUIET, SERVICE, TABLE, UNKNOWN

POD = "fraud-detector-predictor-7c9d8b6f4-x2lqp"


def test_the_asked_object_is_named_before_its_cause() -> None:
    assert joined_summary(SERVICE) == (
        "Service mlops/stream-scorer has no ready endpoint: "
        "stream-scorer-69b57d4cf-hpx5b is pending: it does not tolerate gpu:NoSchedule"
    )
    pod = replace(SERVICE, subject=MIGRATION.explains[-1].subject)
    assert joined_summary(pod).startswith("stream-scorer-69b57d4cf-bb7lp is pending")


def test_what_a_cause_explains_is_counted_and_shortened() -> None:
    assert counts_words(MIGRATION) == "2 pods, 1 deployment, 1 InferenceService, 1 service"
    assert explains_words(MIGRATION, 2)[-1] == "and 2 more"
    assert len(explains_words(MIGRATION)) == 4


def test_a_look_at_everything_says_how_much_and_where() -> None:
    assert headline(OVERVIEW) == "7 causes explain 9 symptoms in prod-eks"
    one = replace(OVERVIEW, findings=(MIGRATION,), subject=ObjectRef("Namespace", "argo"))
    assert headline(one) == "1 cause explains 5 symptoms in namespace argo"
    alone = replace(OVERVIEW, findings=(replace(MIGRATION, explains=()),) * 2)
    assert headline(alone) == "2 causes of trouble in prod-eks"


def test_a_said_headline_never_hides_that_not_all_was_read() -> None:
    assert headline(QUIET).endswith("12 nodes checked")
    unread = replace(QUIET, verdict=Verdict.UNKNOWN, well=True)
    assert headline(unread).endswith(", but not all of it could be read")
    assert headline(replace(unread, well=False)).startswith("Could not tell how cluster prod-eks is")


def test_only_objects_of_a_cluster_are_described_by_kubectl() -> None:
    assert next_steps(UNKNOWN)[0].run.startswith("kubectl describe pod ")
    service = replace(UNKNOWN, subject=ObjectRef("Service", "x", "y"))
    assert next_steps(service)[0].run == "kubectl describe service x -n y"
    for kind in ("TerraformState", "Cluster", "Platform", "Latency", "Page"):
        steps = next_steps(replace(UNKNOWN, subject=ObjectRef(kind, "x")))
        assert not any(step.run for step in steps)


def test_another_replica_gets_all_of_it_without_secrets() -> None:
    assert unpack(pack(OVERVIEW)) == OVERVIEW
    key = "AKIAIOSFODNN7EXAMPLE"
    symptom = replace(MIGRATION.explains[0], summary=f"key {key}")
    table = Table(title="t", columns=("a",), rows=(Row((key,)),))
    report = replace(OVERVIEW, findings=(replace(MIGRATION, explains=(symptom,)),), tables=(table,))
    assert key.encode() not in pack(report)


def test_a_page_is_printed_from_its_beginning() -> None:
    text = "\n".join(f"line {number}" for number in range(60))
    page = Exhibit(title="runbook crash", filename="crash.md", text=text)
    shown = render_terminal(replace(QUIET, exhibits=(page,)), color=False, width=80)
    assert "line 0\n" in shown
    assert "line 59" in shown


def test_names_stay_whole_and_figures_stand_right() -> None:
    rows = [(f"mlops/{POD}", "5Gi", "it is killed for memory again and again"), ("mlops/x", "12Mi", "")]
    lines = grid(("pod", "memory", "why"), rows, 78, [False, False, False])
    assert f"mlops/{POD}     5Gi  it is killed for" in lines[1]
    assert all(measure(line) <= 78 for line in lines)
    assert lines[-1] == f"mlops/x{' ' * (len(POD) - 1)}    12Mi"


def test_a_table_that_is_too_wide_stands_row_by_row() -> None:
    rows = [(f"mlops/{POD}", "Running", *["500m"] * 9)]
    columns = ("pod", "state", *[f"figure {number}" for number in range(9)])
    assert least(columns, rows, [False] * 11) > WIDTH
    shown = records(columns, rows, WIDTH)
    assert shown[0].startswith(f"mlops/{POD} · Running · figure 0 500m · ")
    assert all(line.startswith("  ") for line in shown[1:])


def test_rows_that_do_not_fit_are_in_a_file() -> None:
    drawn = slack_table(TABLE.tables[0])
    (file,) = drawn.files
    assert file.filename == "the_pods_that_use_most_memory.csv"
    assert file.content.count("\r\n") == 31
    small = replace(TABLE.tables[0], columns=("pod", "memory"), rows=(Row(("mlops/x", "5Gi")),))
    assert slack_table(small).files == ()
