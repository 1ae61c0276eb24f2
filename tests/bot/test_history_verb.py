"""`mlops history export` and `import`: a memory goes out as JSON lines, and comes back whole or not."""

import asyncio
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from redis import Redis

from bot.changes import History
from bot.cli import main
from bot.digest.lines import FORMAT, read, written
from bot.digest.memory import Memory
from bot.digest.merging import merged
from bot.errors import UsageError
from bot.exit_code import HEALTHY, UNREACHABLE, USAGE
from bot.report import Report
from bot.store.redis import RedisStore
from rules.finding import Finding
from tests.bot.digest.looks import finding, look
from tests.fakes.redis import RedisServer

NOW = datetime.now(UTC).replace(microsecond=0)
SECRET = "s3cr3tPassw0rd"
X, Y, Z = finding("x", summary="it “crashes”"), finding("y"), finding("z")


def days_ago(days: float, *findings: Finding) -> Report:
    return replace(look(0, *findings), as_of=NOW - timedelta(days=days))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    asyncio.run(server.start())
    yield server
    server.kill()


class Terminal:
    """Runs `mlops history` with settings of its own, and looks into the memory."""

    def __init__(self, url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self.config = folder / "settings.yaml"
        self.file = folder / "history.jsonl"
        self._capsys = capsys
        self.settings("clusters: [{name: prod-eu}, {name: dev}]")

    def settings(self, text: str) -> None:
        self.config.write_text(f"{text}\nredis: {{url: '{self.url}'}}\n", "utf-8")

    def run(self, *words: str) -> tuple[int, str, str]:
        code = main(["history", *words, "--config", str(self.config)])
        shown = self._capsys.readouterr()
        return code, shown.out, shown.err

    def export(self, *words: str) -> str:
        code, out, err = self.run("export", *words)
        assert (code, err) == (HEALTHY, "")
        self.file.write_text(out, "utf-8")
        return out

    def memory(self, cluster: str, *reports: Report) -> History:
        """What is remembered, after these looks."""

        async def known() -> History:
            store = RedisStore(self.url)
            memory = Memory(store)
            for report in reports:
                await memory.learn(cluster, report)
            try:
                return await memory.read(cluster)
            finally:
                await store.close()

        return asyncio.run(known())


@pytest.fixture
def terminal(server: RedisServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    with Redis.from_url(server.url) as client:
        client.flushall()
    return Terminal(server.url, tmp_path, capsys)


def test_what_is_exported_comes_back_whole_and_under_another_name(terminal: Terminal) -> None:
    known = terminal.memory("prod-eu", days_ago(2, X, Y), days_ago(1, X))
    header, *lines = map(json.loads, terminal.export().splitlines())
    assert (header["mlops_history"], header["cluster"]) == (FORMAT, "prod-eu")
    assert (header["causes"], header["sweeps"]) == (2, 2)
    assert [next(iter(line)) for line in lines] == ["cause", "cause", "sweep", "sweep"]
    code, out, err = terminal.run("import", str(terminal.file), "--cluster", "DEV")
    assert (code, out, err) == (HEALTHY, "dev: 4 entries were new or newer\n", "")
    assert terminal.memory("dev") == known
    assert terminal.run("import", str(terminal.file))[1] == "prod-eu: nothing in the file was new or newer\n"


def test_the_newer_wins_and_nothing_known_is_lost(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.memory("prod-eu", days_ago(3, X, Y), days_ago(2, X))
    content = terminal.export()
    terminal.memory("dev", days_ago(5, X), days_ago(1, X, Y, Z))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    assert terminal.run("import", "-", "--cluster", "dev")[:2] == (
        HEALTHY,
        "dev: 3 entries were new or newer\n",
    )
    both = terminal.memory("dev")
    assert set(both.causes) == {"x", "y", "z"}
    assert both.causes["x"].last_seen == days_ago(1).as_of
    assert both.causes["y"].first_seen == days_ago(3).as_of
    assert both.causes["y"].resolved_at is None, "seen again after it was resolved elsewhere"
    assert [sweep.at for sweep in both.sweeps] == [days_ago(days).as_of for days in (5, 3, 2, 1)]


def test_no_secret_comes_in_or_goes_out(terminal: Terminal) -> None:
    terminal.memory("prod-eu", days_ago(1, X))
    content = terminal.export().replace("it “crashes”", f"postgresql://app:{SECRET}@db/x")
    terminal.file.write_text(content, "utf-8")
    assert terminal.run("import", str(terminal.file), "--cluster", "dev")[0] == HEALTHY
    assert "«redacted»" in terminal.memory("dev").causes["x"].summary
    held = History(causes={"x": replace(terminal.memory("dev").causes["x"], summary=f"password={SECRET}")})
    assert SECRET not in b"".join(written(held, "prod-eu", NOW)).decode()


def lines(*, cluster: str = "prod-eu") -> list[str]:
    """A good file: header, two causes, one sweep."""
    known = merged(History(), days_ago(1, X, Y), timedelta(days=90))
    return [line.decode() for line in written(known, cluster, NOW)]


def changed(number: int, old: str, new: str) -> str:
    text = lines()
    assert old in text[number - 1]
    text[number - 1] = text[number - 1].replace(old, new, 1)
    return "".join(text)


BAD = {
    "empty": ("\n\n", ["The file is empty"]),
    "no header": ("".join(lines()[1:]), ["Line 1 is not the header"]),
    "not JSON": ("causes: 1\n", ["Line 1 is not the header"]),
    "another format": (changed(1, '"mlops_history":1', '"mlops_history":2'), ["format 2", "format 1"]),
    "cut in a line": ("".join(lines())[:-20], ["line 4: "]),
    "cut between lines": ("".join(lines()[:-1]), ["cut short", "1 sweeps", "2 and 0"]),
    "two causes are bad": (
        changed(2, '"severity":"high"', '"severity":"dreadful"').replace('"looks":1', '"looks":"one"'),
        ["line 2: ", "line 3: ", "dreadful"],
    ),
    "a line of neither": (changed(3, '"cause"', '"clause"'), ["line 3: ", "clause"]),
    "nothing in a line": ("".join([*lines()[:3], "{}\n"]), ["line 4: holds neither"]),
    "a cause twice": ("".join([*lines()[:3], lines()[2]]), ["line 4: stands there twice"]),
    "two files in one": ("".join([*lines(), *lines()]), ["line 5: ", "line 6: stands there twice"]),
    "of the future": (
        changed(2, '"last_seen":"20', '"last_seen":"21'),
        ["line 2: is of the future"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_not_whole_changes_nothing(terminal: Terminal, name: str) -> None:
    content, said = BAD[name]
    terminal.file.write_text(content, "utf-8")
    code, out, err = terminal.run("import", str(terminal.file))
    told = " ".join(err.split())
    assert (code, out) == (USAGE, "")
    assert [words for words in said if words not in told] == []
    assert terminal.memory("prod-eu") == History()


def test_only_the_first_of_many_faults_are_told() -> None:
    with pytest.raises(UsageError) as raised:
        read((lines()[0] + "{}\n" * 50).encode(), NOW)
    assert raised.value.sentence.count("line ") == 5
    assert "and 45 more" in raised.value.sentence


def test_blank_lines_marks_and_ends_of_other_editors_do_no_harm() -> None:
    content = "\ufeff" + "\r\n\r\n".join(line.strip() for line in lines())
    assert len(read(content.encode(), NOW).history.causes) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["export", "--cluster", "prd"], ["There is no cluster prd", "prod-eu, dev"]),
        (["import", "FILE", "--cluster", "prd"], ["There is no cluster prd", "prod-eu, dev"]),
        (["import", "FILE"], ["There is no cluster old"]),
        (["import", "/nonexistent/x"], ["/nonexistent/x cannot be read: No such file"]),
        (["import", "/"], ["/ cannot be read: Is a directory"]),
        (["import", "a\0b"], ["cannot be read"]),
    ],
)
def test_refusals_say_what_to_do(terminal: Terminal, words: list[str], said: list[str]) -> None:
    terminal.file.write_text("".join(lines(cluster="old")), "utf-8")
    code, out, err = terminal.run(*(str(terminal.file) if word == "FILE" else word for word in words))
    told = " ".join(err.split())
    assert (code, out) == (USAGE, "")
    assert [part for part in said if part not in told] == []


def test_a_cluster_that_left_the_settings_can_still_be_exported(terminal: Terminal) -> None:
    terminal.memory("old", days_ago(1, X))
    assert json.loads(terminal.export("--cluster", "old").splitlines()[0])["causes"] == 1
    code, out, err = terminal.run("export", "--cluster", "dev")
    assert (code, out.count("\n"), err) == (HEALTHY, 1, "Nothing is remembered of dev yet.\n")


def test_without_clusters_in_the_settings_there_is_one_name_and_no_other(terminal: Terminal) -> None:
    terminal.settings("")
    terminal.memory("default", days_ago(1, X))
    assert '"cluster":"default"' in terminal.export()
    code, _, said = terminal.run("import", str(terminal.file), "--cluster", "mine")
    assert code == USAGE, "nobody would ever read it"
    assert "Known are default" in said


def test_without_redis_it_says_where_the_memory_is(terminal: Terminal) -> None:
    terminal.config.write_text("clusters: [{name: prod-eu}]\n", "utf-8")
    terminal.file.write_text("".join(lines()), "utf-8")
    for words in (["export"], ["import", str(terminal.file)]):
        code, out, err = terminal.run(*words)
        assert (code, out) == (USAGE, "")
        assert "in the serving process only" in err
        assert "REDIS_URL" in err


def test_redis_that_does_not_answer_is_unreachable(terminal: Terminal) -> None:
    terminal.config.write_text("redis: {url: 'redis://127.0.0.1:1/0'}\n", "utf-8")
    code, out, err = terminal.run("export")
    assert (code, out) == (UNREACHABLE, "")
    assert "Redis does not answer" in err


def test_what_is_older_than_the_settings_keep_is_not_imported(terminal: Terminal) -> None:
    terminal.memory("prod-eu", days_ago(3, X), days_ago(1, Y))
    terminal.export()
    terminal.settings("clusters: [{name: prod-eu}, {name: dev}]\ndigest: {keep_days: 2}")
    assert terminal.run("import", str(terminal.file), "--cluster", "dev")[0] == HEALTHY
    known = terminal.memory("dev")
    assert (set(known.causes), len(known.sweeps)) == ({"y"}, 1)
