"""Samples of logs: chatter, timestamps and stacks of many programs."""

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
