"""Known failures in the lines of a log: recognised by text, counted, sorted by how much they explain."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache

from msgspec import Struct

from handlers.extract.log_aws import AwsCall, aws_call
from handlers.extract.log_lines import LogLine
from handlers.extract.log_sign import Sign
from handlers.extract.log_signs_cloud import AWS, MODEL, TLS
from handlers.extract.log_signs_database import DATABASE
from handlers.extract.log_signs_model import SERVERS
from handlers.extract.log_signs_network import DNS, KUBERNETES, NETWORK, REQUESTS, TARGETS
from handlers.extract.log_signs_process import CODE, MEMORY, START
from handlers.extract.log_summaries import aws_summary, summary_of
from handlers.extract.log_times import seconds_since
from handlers.extract.tracebacks import Raised
from rules.facts.log import LogSignature
from rules.facts.log import SignatureKind as Kind
from rules.finding import Observation

_SIGNS = (
    *DATABASE,
    *AWS,
    *MODEL,
    *SERVERS,
    *MEMORY,
    *KUBERNETES,
    *START,
    *CODE,
    *TLS,
    *DNS,
    *NETWORK,
    *REQUESTS,
)
_WORDS = tuple((word, position) for position, sign in enumerate(_SIGNS) for word in sign.words)
_MOST = 12
_MOST_SUBJECTS = 10
_LONGEST_SUBJECT = 300
_READ = 4000
_DOWNLOAD = re.compile(r"\bS3 error for (\S{1,1000}?): ")
_ENVIRON = re.compile(r"<frozen os>$|/os\.py$")


Observe = Callable[[LogLine], Observation]
"""Turns a line into what a finding shows: its message, where it stands, when it was written."""


class Seen(Struct, frozen=True):
    """One line that shows one known failure."""

    kind: Kind
    line: LogLine
    subject: str = ""
    code: str = ""
    call: AwsCall | None = None
    vague: bool = False

    @property
    def group(self) -> tuple[str, ...]:
        """Sightings of the same group are one failure repeated."""
        if self.call is not None:
            bucket = self.call.resource.partition("/")[0]
            return (self.kind, self.call.code, self.call.operation, self.call.role, bucket)
        whole = self.kind in {
            Kind.DNS_FAILURE,
            Kind.DNS_NAME_UNKNOWN,
            Kind.WORKER_KILLED,
            Kind.REQUEST_INVALID,
        }
        return (self.kind,) if whole else (self.kind, self.code, self.subject)


def seen_in(line: LogLine) -> list[Seen]:
    """Known failures in one line that claims something wrong; most lines show none, few show two."""
    if line.quiet or (line.level == 0 and line.text[:1] in " \t" and "what():" not in line.text):
        return []
    text = line.message[:_READ]
    call = aws_call(text)
    download = _DOWNLOAD.search(text) if "S3 error for " in text else None
    code = call.code if call else ""
    seen = [Seen(Kind.MODEL_DOWNLOAD_FAILED, line, download[1], code)] if download else []
    if call is not None:
        return [*seen, Seen(call.kind, line, call.resource or call.uri, call.code, call)]
    return [*seen, *_by_sign(line, text)]


def seen_in_raised(raised: Iterable[Raised], lines: Sequence[LogLine]) -> list[Seen]:
    """Failures that only the stack shows: a KeyError raised by the environment."""
    return [
        Seen(Kind.MISSING_ENV, lines[one.number - 1], one.message.strip("'\""))
        for one in raised
        if one.kind == "KeyError" and _ENVIRON.search(one.origin)
    ]


def signatures_of(seen: Sequence[Seen], observe: Observe, now: datetime) -> tuple[LogSignature, ...]:
    """Group what was seen, most explaining first, then latest; vague signs give way to exact ones."""
    exact = any(not one.vague for one in seen)
    groups: dict[tuple[str, ...], list[Seen]] = {}
    for one in seen:
        if not (one.vague and exact):
            groups.setdefault(one.group, []).append(one)
    found = [_signature(group, observe, now) for group in groups.values()]
    found.sort(key=lambda signature: (signature.kind.rank, -signature.number))
    return tuple(found[:_MOST])


def _signature(group: Sequence[Seen], observe: Observe, now: datetime) -> LogSignature:
    last = max(group, key=lambda one: one.line.number)
    shown, subjects = observe(last.line), _subjects(group)
    call = last.call or AwsCall(kind=last.kind)
    return LogSignature(
        kind=last.kind,
        summary=aws_summary(last.call) if last.call else summary_of(last.kind, _named(subjects), last.code),
        line=shown,
        number=last.line.number,
        count=len({one.line.number for one in group}),
        last_at=shown.at,
        seconds_ago=seconds_since(shown.at, now),
        subject=last.subject,
        subjects=subjects,
        code=last.code,
        operation=call.operation,
        action=call.action,
        resource=call.resource,
        principal=call.principal,
        role=call.role,
        as_instance=call.as_instance,
        denied_by=call.denied_by,
    )


def _subjects(group: Sequence[Seen]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.subject for one in reversed(group) if one.subject))[:_MOST_SUBJECTS]


def _named(subjects: tuple[str, ...]) -> str:
    others = len(subjects) - 1
    if others < 1:
        return subjects[0] if subjects else ""
    return f"{subjects[0]} and {others} other{'s' if others > 1 else ''}"


def _by_sign(line: LogLine, text: str) -> list[Seen]:
    low = text.lower()
    tried = -1
    for position in [position for word, position in _WORDS if word in low]:
        if position != tried:
            tried = position
            sign = _SIGNS[position]
            if found := _compiled(sign.pattern).search(text):
                return [_seen(sign, line, text, found)]
    return []


def _seen(sign: Sign, line: LogLine, text: str, found: re.Match[str]) -> Seen:
    named = {name.rstrip("0123456789"): value for name, value in found.groupdict().items() if value}
    subject = named.get("subject", "") or _target(sign.kind, f"{text} {line.hint}")
    if "port" in named:
        subject = f"{subject}:{named['port']}"
    return Seen(sign.kind, line, _tidy(subject), sign.code or named.get("code", ""), None, sign.vague)


def _target(kind: Kind, text: str) -> str:
    for pattern in TARGETS.get(kind, ()):
        if found := _compiled(pattern).search(text):
            named = found.groupdict()
            return f"{named['target']}:{named['port']}" if named.get("port") else str(named["target"])
    return ""


def _tidy(subject: str) -> str:
    return subject.strip(" '\"`\u2018\u2019").rstrip(".,;")[:_LONGEST_SUBJECT]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
