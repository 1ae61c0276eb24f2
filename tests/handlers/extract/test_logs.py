"""Shapes of logs: loggers, stacks, access lines, damage."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.extract.logs import excerpt, log_facts
from rules.facts.log import LogFacts

NOW = datetime(2026, 11, 22, 10, 6, 26, tzinfo=UTC)


def facts(text: str, **options: bool) -> LogFacts:
    return log_facts(
        text,
        container="app",
        previous=options.get("previous", False),
        now=NOW,
        truncated=options.get("truncated", False),
    )


def error(text: str) -> str:
    found = facts(text).error
    return found.text if found else ""


CHATTER = [
    'INFO:     10.0.3.90:51922 - "GET /error HTTP/1.1" 404 Not Found',
    '10.0.0.1 - - [22/Nov/2026:10:00:00 +0000] "GET /api/errors/fatal HTTP/1.1" 500 12 "-" "curl"',
    "2026-11-22 10:00:00,000 INFO app 0 errors, 0 failures",
    'level=info ts=2026-11-22T10:00:00Z msg="run done" errors=0 error=<nil>',
    '{"level":"INFO","message":"GET /v1/error-analysis","path":"/v1/error","status":404}',
    '{"severity":"info","msg":"retrying after connection refused","error":null}',
    'I1122 10:00:00.000000       1 reflector.go:436] "Watch close" err="EOF"',
    "2026/11/22 10:04:28 WARNING mlflow.server.auth: rejected: token is expired",
    "[2026-11-22 09:38:06 +0000] [1] [INFO] Booting worker with pid: 82",
    "    raise MemoryError('CUDA out of memory')",
    "processed 12 rows, errors=0",
    '[GIN] 2026/11/22 - 10:00:00 | 404 |  1.2ms | 10.0.0.1 | GET "/error"',
    "2026-11-22 09:59:26,009 INFO batch ERROR_BUDGET=0.1 checked",
    "DEBUG:urllib3:Connection refused, will retry",
]


@pytest.mark.parametrize("line", CHATTER)
def test_chatter_gives_nothing(line: str) -> None:
    found = facts(f"{line}\n{line}\n")
    assert found.lines == 2
    assert (found.error, found.signatures, found.error_groups) == (None, (), ())


STAMPED = [
    ("2026-11-22T10:04:26.5Z ERROR app broken", 119.5),
    ("2026-11-22 10:04:26,500 ERROR app broken", 119.5),
    ("2026-11-22T11:04:26+01:00 ERROR app broken", 120),
    ("2026/11/22 10:04:26 ERROR app: broken", 120),
    ("[2026-11-22 10:04:26 +0000] [1] [ERROR] broken", 120),
    ('E1122 10:04:26.000000       1 main.go:1] "broken" err="x"', 120),
    ("Nov 22 10:04:26 host ERROR broken", 120),
    ("26/11/22 10:04:26 ERROR SparkContext: broken", 120),
    ("1795341866 ERROR broken", 120),
    ('{"ts":1795341866.0,"level":"error","msg":"broken"}', 120),
    ('{"time":1795341866000,"level":50,"msg":"broken"}', 120),
    ('{"@timestamp":"2026-11-22T10:04:26.000Z","log.level":"ERROR","message":"broken"}', 120),
    ("ts=2026-11-22T10:04:26Z level=error msg=broken", 120),
    ("2026-11-22T10:04:26.000000000Z stderr F ERROR broken", 120),
    ('2026-11-22T10:04:26.000000000Z {"level":"error","msg":"broken"}', 120),
    ("ERROR broken", None),
    ("2026-13-45 99:99:99 ERROR broken", None),
]


@pytest.mark.parametrize(("line", "age"), STAMPED)
def test_levels_and_times_of_many_loggers(line: str, age: float | None) -> None:
    found = facts(line)
    assert found.error is not None
    assert "broken" in found.error.text
    assert found.error_seconds_ago == (None if age is None else pytest.approx(age, abs=0.01))


def test_a_klog_line_of_december_read_in_january_is_of_last_year() -> None:
    now = datetime(2027, 1, 2, tzinfo=UTC)
    found = log_facts("E1231 23:00:00.000000 1 x.go:1] broken", container="a", previous=False, now=now)
    assert found.error is not None
    assert found.error.at == datetime(2026, 12, 31, 23, tzinfo=UTC)


PYTHON = """\
2026-11-22 10:04:00,000 ERROR app failed
Traceback (most recent call last):
  File "/app/store.py", line 10, in load
    return cache["x"]
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/main.py", line 20, in main
    load()
  File "/usr/local/lib/python3.12/site-packages/lib/db.py", line 5, in connect
    raise ConnectError("no way")
lib.db.ConnectError: no way
second line of the message
"""


def test_a_chained_python_traceback() -> None:
    found = facts(PYTHON)
    assert found.error is not None
    assert found.error.text == "lib.db.ConnectError: no way"
    assert found.error.at == datetime(2026, 11, 22, 10, 4, tzinfo=UTC)
    assert (found.exception_type, found.exception_message) == ("lib.db.ConnectError", "no way")
    assert found.first_cause == "KeyError: 'x'"
    assert found.last_frame == "/app/main.py:20 in main"


def test_a_traceback_whose_head_was_cut_off() -> None:
    found = facts('rames\n  File "/app/x.py", line 3, in f\n    g()\nValueError: bad\n', truncated=True)
    assert (found.exception_type, found.last_frame) == ("ValueError", "/app/x.py:3 in f")
    assert found.truncated


def test_a_traceback_inside_json() -> None:
    stack = 'Traceback (most recent call last):\n  File "/app/x.py", line 3, in f\n    g()\nValueError: bad'
    line = json.dumps(
        {"level": "error", "msg": "job failed", "exc_info": stack, "time": "2026-11-22T10:00:00Z"}
    )
    found = facts(line)
    assert found.error is not None
    assert found.error.text == "ValueError: bad"
    assert found.last_frame == "/app/x.py:3 in f"
    assert found.error_seconds_ago == 386


def test_a_variable_missing_from_the_environment() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "/app/main.py", line 3, in <module>\n    os.environ["MODEL_URI"]\n'
        "  File \"<frozen os>\", line 714, in __getitem__\nKeyError: 'MODEL_URI'\n"
    )
    found = facts(text)
    assert [(one.kind, one.subject) for one in found.signatures] == [("missing_env", "MODEL_URI")]
    assert found.last_frame == "/app/main.py:3 in <module>"


JAVA = """\
Exception in thread "main" org.springframework.beans.BeanCreationException: Error creating bean
	at org.springframework.boot.Run.run(Run.java:1)
	at com.acme.Main.main(Main.java:12)
Caused by: java.net.ConnectException: Connection refused
	at java.base/sun.nio.ch.Net.poll(Native Method)
	... 12 more
"""
NODE = """\
/app/node_modules/pg/lib/x.js:5
    throw err;

TypeError: Cannot read properties of undefined (reading 'id')
    at Object.parse (/app/node_modules/pg/lib/x.js:5:11)
    at main (/app/src/index.js:42:7)

Node.js v20.1.0
"""
GO = """\
panic: runtime error: invalid memory address
[signal SIGSEGV: segmentation violation]

goroutine 1 [running]:
runtime.panic(...)
	/usr/local/go/src/runtime/panic.go:1 +0x1
main.load({0xc00011e0c0, 0x21})
	/src/main.go:71 +0x1a5
"""
RUST = """\
thread 'main' panicked at src/main.rs:10:5:
called `Option::unwrap()` on a `None` value
note: run with
"""
OLD_RUST = "thread 'main' panicked at 'boom', src/main.rs:10:5\n"
RUBY = """\
/app/run.rb:12:in `load': no such thing (RuntimeError)
	from /app/run.rb:20:in `<main>'
"""
FATAL = """\
Fatal Python error: Segmentation fault

Current thread 0x1 (most recent call first):
  File "/usr/lib/python3.12/threading.py", line 1 in x
  File "/app/decode.py", line 44 in decode
"""
CPP = """\
terminate called after throwing an instance of 'std::bad_alloc'
  what():  std::bad_alloc
"""
STACKS = [
    (JAVA, ("java.net.ConnectException", "Connection refused", "Main.java:12 in com.acme.Main.main")),
    (
        NODE,
        ("TypeError", "Cannot read properties of undefined (reading 'id')", "/app/src/index.js:42 in main"),
    ),
    (GO, ("panic", "runtime error: invalid memory address", "/src/main.go:71 in main.load")),
    (RUST, ("panic", "called `Option::unwrap()` on a `None` value", "src/main.rs:10")),
    (OLD_RUST, ("panic", "boom", "src/main.rs:10")),
    (RUBY, ("RuntimeError", "no such thing", "/app/run.rb:12 in load")),
    (FATAL, ("Fatal Python error", "Segmentation fault", "/app/decode.py:44 in decode")),
    (CPP, ("std::bad_alloc", "std::bad_alloc", "")),
]


@pytest.mark.parametrize(("text", "expected"), STACKS, ids=[stack[1][0] for stack in STACKS])
def test_stacks_of_many_languages(text: str, expected: tuple[str, str, str]) -> None:
    found = facts(text)
    assert (found.exception_type, found.exception_message, found.last_frame) == expected
    assert found.error is not None


def test_a_plain_exit_line_does_not_hide_the_cause() -> None:
    config = json.dumps('config: unknown field "upstrem"')
    text = f"level=error msg={config}\npanic: invalid configuration\nError: exit status 1\n"
    assert error(text) == 'config: unknown field "upstrem"'
    assert facts(text).signatures[0].subject == "upstrem"


def test_error_lines_are_grouped_by_form() -> None:
    lines = [
        f"2026-11-22 10:0{n}:00,000 ERROR app request {n} of 10.0.0.{n} failed: id '{n}x'" for n in range(5)
    ]
    groups = facts("\n".join([*lines, "2026-11-22 10:06:00,000 ERROR app other"])).error_groups
    assert [(group.text, group.count) for group in groups] == [
        ("app request <n> of <ip> failed: id <text>", 5),
        ("app other", 1),
    ]
    assert groups[0].example.text == "app request 4 of 10.0.0.4 failed: id '4x'"


def test_failed_responses_are_counted_apart_from_errors() -> None:
    line = 'INFO:     10.0.1.31:41234 - "POST /v2/models/{}/infer?x=1 HTTP/1.1" {}'
    text = "\n".join(
        [
            line.format("a", "200 OK"),
            line.format("a", "503 Service Unavailable"),
            line.format("a", "404 Not Found"),
        ]
        * 2
    )
    found = facts(text)
    assert found.error is None
    assert found.requests == 6
    assert [(one.status, one.method, one.path, one.count) for one in found.responses] == [
        (503, "POST", "/v2/models/a/infer", 2),
        (404, "POST", "/v2/models/a/infer", 2),
    ]


def test_a_continuation_takes_the_time_of_its_record_but_not_of_a_stranger() -> None:
    text = "2026-11-22 10:00:00,000 ERROR db down\nOperationalError: connection refused\n"
    assert facts(text).signatures[0].seconds_ago == 386
    text = (
        '2026-11-22 10:00:00,000 INFO up\nINFO:  1.1.1.1 - "GET / HTTP/1.1" 200\nERROR: connection refused\n'
    )
    assert facts(text).signatures[0].seconds_ago is None


def test_damage_does_no_harm() -> None:
    assert facts("").lines == 0
    assert facts("\n").lines == 1
    assert facts("\x00\x01\x02\xff" * 1000).error is None
    assert error("\x1b[31mERROR\x1b[0m app broken\r\n") == "app broken"
    assert error("ERROR a\x00pp broken\n") == "app broken"
    assert facts("10%\r50%\r100%\nok\n").lines == 2
    assert facts("ERROR " + "x" * 1_000_000).lines == 1
    assert facts('{"level":"ERROR","message":"' + "y" * 1_000_000 + '"}').lines == 1
    assert facts('{"level": "ERROR", "message": ').lines == 1
    assert facts('{"level": {"a": 1}, "message": ["x"], "error": {"message": 3}, "status": "x"}').lines == 1


SAMPLES = [*CHATTER, PYTHON, *(line for line, _age in STAMPED), *(text for text, _expected in STACKS)]
SAMPLES += [
    "Traceback (most recent call last):",
    '  File "x", line 1, in f',
    "\tat a.b(C.java:1)",
    "panic: x",
    "\n",
]
LINES = st.one_of(st.text(max_size=30), st.sampled_from(SAMPLES))


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=12).map("\n".join), st.booleans())
def test_any_text_gives_facts_that_agree_with_it(text: str, truncated: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    found = facts(text, truncated=truncated)
    for signature in found.signatures:
        assert 1 <= signature.number <= found.lines
        assert signature.count >= 1
    assert excerpt(text, lines=5).count("\n") <= 6


PIECES = [
    "connection refused a.",
    "a.a.",
    "status code: Ab: ",
    "An error occurred (",
    "operation error S3: Get, ",
    "ERROR ",
    'error="',
    '\\"',
    "'",
    "permission denied /",
    "no such file ",
    "Error: ",
    "  at a (",
    "x.rb:1:in `",
    "level=error ",
    " HTTP/1.1",
    "((((",
    "1.1.1.",
    "environment variable ",
    "config ",
    "lookup ",
    "i/o timeout ",
    "host='",
    "already exists column a ",
]


@pytest.mark.parametrize("piece", PIECES)
def test_time_grows_with_the_length_only(piece: str) -> None:
    line = f"ERROR {piece * (3000 // len(piece))}"
    begun = time.perf_counter()
    facts("\n".join([line] * 50))
    facts(piece * (300_000 // len(piece)))
    assert time.perf_counter() - begun < 4.0


def test_five_thousand_lines_are_read_at_once() -> None:
    moment = datetime(2026, 11, 22, 9, tzinfo=UTC)
    text = "\n".join(
        json.dumps(
            {
                "timestamp": (moment + timedelta(seconds=n)).isoformat(),
                "level": "INFO",
                "message": "request done",
                "ms": n,
            }
        )
        for n in range(4900)
    ) + "".join(
        f"\n2026-11-22 10:00:00,000 ERROR app upload {n} failed: connection refused" for n in range(100)
    )
    facts(text[:2000])
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        found = facts(text)
        took.append(time.perf_counter() - begun)
    assert found.lines == 5000
    assert min(took) < 0.6


def test_an_excerpt_shows_the_failure_and_says_what_it_leaves_out() -> None:
    lines = [f"2026-11-22 10:00:00,000 INFO step {n}" for n in range(100)]
    lines[50] = "2026-11-22 10:00:00,000 ERROR broken"
    shown = excerpt("\n".join(lines), lines=10).splitlines()
    assert shown[0] == "… 43 lines before"
    assert shown[-1] == "… 47 lines after"
    assert "2026-11-22 10:00:00,000 ERROR broken" in shown
    assert len(shown) == 12
    assert excerpt("\n".join(lines), around_error=False, lines=2).splitlines()[1:] == lines[-2:]
    assert excerpt("a\nb\n", lines=5) == "a\nb"
