"""What drivers of databases say when they fail (PostgreSQL, MySQL, SQLAlchemy, Redis)."""

from handlers.extract.log_sign import HOST, Sign, either
from rules.facts.log import SignatureKind as Kind

_NAME = r"[\"'`]?(?P<subject>[\w.$]{1,200})[\"'`]?"
_PG = rf'connection to server (?:at|on socket) "(?P<subject>{HOST})"[^,]{{0,80}}, port (?P<port>\d+) failed: '

DATABASE = (
    Sign(Kind.DATABASE_SCHEMA, ("out-of-date database schema",), code="out_of_date"),
    Sign(
        Kind.DATABASE_SCHEMA, ("can't locate revision",), r"identified by '(?P<subject>[^']{1,100})'", "newer"
    ),
    Sign(Kind.DATABASE_SCHEMA, ("dirty database version",), r"version (?P<subject>\d+)", "dirty"),
    Sign(
        Kind.DATABASE_SCHEMA,
        ("already exists",),
        rf"\b(?:column|relation|table|index|constraint|view) {_NAME}(?: of relation \S{{1,200}})?"
        r" already exists",
        "already_exists",
    ),
    Sign(
        Kind.DATABASE_SCHEMA,
        ("does not exist", "doesn't exist", "no such table", "no such column"),
        either(
            rf"\b(?:relation|column) {_NAME} (?:of relation \S{{1,200}} )?does not exist",
            r"\btable '(?P<subject2>[\w.$]{1,200})' doesn't exist",
            r"no such (?:table|column): (?P<subject3>[\w.$]{1,200})",
        ),
        "missing",
    ),
    Sign(
        Kind.DATABASE_SCHEMA,
        ("database", "unknown database"),
        either(
            r"\bdatabase \"(?P<subject>[^\"]{1,100})\" does not exist",
            r"unknown database '(?P<subject2>[^']{1,100})'",
        ),
        "no_database",
    ),
    Sign(Kind.DATABASE_TLS, ("pg_hba.conf",), rf'for host "(?P<subject>{HOST}|[\da-f:]+)"'),
    Sign(
        Kind.DATABASE_AUTH,
        ("password authentication failed", "access denied for user"),
        r"(?:failed|denied) for user [\"'](?P<subject>[^\"']{1,100})[\"']",
    ),
    Sign(
        Kind.DATABASE_AUTH,
        (
            "noauth authentication",
            "wrongpass",
            "scram authentication",
            "authentication failed for db",
        ),
    ),
    Sign(
        Kind.DATABASE_AUTH,
        ("permission denied for ",),
        r"denied for (?P<subject>(?:table|schema|relation|sequence|database) \S{1,200})",
        "no_grant",
    ),
    Sign(
        Kind.DATABASE_AUTH, ('role "',), r'fatal: +role "(?P<subject>[^"]{1,100})" does not exist', "no_role"
    ),
    Sign(
        Kind.DATABASE_SLOTS,
        (
            "connection slots are reserved",
            "too many connections",
            "too many clients already",
            "max_user_connections",
        ),
    ),
    Sign(
        Kind.DATABASE_POOL,
        ("queuepool limit", "hikaripool"),
        r"queuepool limit of size|connection is not available",
    ),
    Sign(
        Kind.DATABASE_DNS,
        ("could not translate host name", "unknown mysql server host"),
        rf"(?:host name|server host) [\"'](?P<subject>{HOST})[\"']",
    ),
    Sign(Kind.DATABASE_REFUSED, ("connection refused",), _PG + "connection refused"),
    Sign(
        Kind.DATABASE_TIMEOUT,
        ("timeout expired", "connection timed out"),
        _PG + "(?:timeout expired|connection timed out)",
    ),
    Sign(
        Kind.DATABASE_REFUSED,
        ("can't connect to mysql server",),
        rf"server on '(?P<subject>{HOST}(?::\d+)?)'.{{0,40}}(?:\b111\b|refused)",
    ),
    Sign(
        Kind.DATABASE_TIMEOUT,
        ("can't connect to mysql server",),
        rf"server on '(?P<subject>{HOST}(?::\d+)?)'",
    ),
    Sign(
        Kind.DATABASE_REFUSED,
        ("refused",),
        either(
            rf"(?:tcp|econnrefused|connecting to|to) (?P<subject>{HOST}:(?:5432|3306|27017|1433|5439))\b",
            "could not connect to server: connection refused",
        ),
    ),
    Sign(Kind.DATABASE_TIMEOUT, ("operationalerror",), r"operationalerror.{0,200}timeout expired"),
    Sign(
        Kind.DATABASE_TIMEOUT,
        ("statement timeout",),
        r"canceling statement due to statement timeout",
        "statement",
    ),
    Sign(
        Kind.DATABASE_LOST,
        (
            "ssl syscall error",
            "server closed the connection unexpectedly",
            "lost connection to mysql",
            "server has gone away",
            "terminating connection due to",
        ),
    ),
)
