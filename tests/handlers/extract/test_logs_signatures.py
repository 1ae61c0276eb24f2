"""What each known failure looks like in a log, and what it is about."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.extract.logs import log_facts
from rules.facts.log import LogSignature

NOW = datetime(2026, 11, 22, 10, 6, 26, tzinfo=UTC)
ROWS = [line.split("\t") for line in (Path(__file__).parent / "log_signatures.tsv").read_text().splitlines()]


def first(text: str) -> LogSignature:
    return log_facts(text, container="app", previous=True, now=NOW).signatures[0]


@pytest.mark.parametrize(("kind", "subject", "line"), ROWS, ids=[f"{row[0]}-{row[2][:50]}" for row in ROWS])
def test_a_line_is_known_for_what_it_says(kind: str, subject: str, line: str) -> None:
    found = first(line)
    assert (found.kind, found.subject) == (kind, subject)
    assert found.line.text
    assert found.line.source == "log of app, previous run, line 1 of 1"
    assert found.summary
    assert "{" not in found.summary


@pytest.mark.parametrize("line", [row[2] for row in ROWS])
def test_the_same_words_at_info_are_chatter(line: str) -> None:
    found = log_facts(f"2026-11-22 10:00:00,000 INFO app {line}", container="app", previous=False, now=NOW)
    assert (found.signatures, found.error) == ((), None)


def test_an_access_denied_names_everything_it_says() -> None:
    found = first(
        "ERROR An error occurred (AccessDenied) when calling the GetObject operation: User: "
        "arn:aws:sts::111122223333:assumed-role/reader/botocore-session-1 is not authorized to perform: "
        's3:GetObject on resource: "arn:aws:s3:::models/x" with an explicit deny in a VPC endpoint policy'
    )
    assert (found.code, found.operation, found.action) == ("AccessDenied", "GetObject", "s3:GetObject")
    assert found.principal == "arn:aws:sts::111122223333:assumed-role/reader/botocore-session-1"
    assert (found.role, found.as_instance) == ("reader", False)
    assert found.denied_by == "VPC endpoint policy"
    assert found.summary == "AWS refuses s3:GetObject on arn:aws:s3:::models/x to the role reader"


def test_repeats_are_one_signature_with_its_latest_line() -> None:
    text = "\n".join(
        f"2026-11-22 10:0{n}:00,000 ERROR app no such host: lookup h{n}.org on x" for n in range(5)
    )
    found = first(text)
    assert found.count == 5
    assert found.seconds_ago == 146
    assert found.subject == "h4.org"
    assert found.subjects == ("h4.org", "h3.org", "h2.org", "h1.org", "h0.org")
    assert found.summary == "the resolver knows no host h4.org and 4 others"


def test_signatures_stand_in_the_order_of_what_they_explain() -> None:
    text = "ERROR WORKER TIMEOUT (pid:1)\nERROR No space left on device\nERROR Unable to locate credentials"
    found = log_facts(text, container="app", previous=False, now=NOW).signatures
    assert [one.kind for one in found] == ["aws_no_credentials", "disk_full", "worker_timeout"]


def test_a_friendly_text_gives_way_to_the_line_before_it() -> None:
    text = (
        "ERROR [a.py:1] S3 error for s3://b/k: An error occurred (NoSuchKey) "
        "when calling the GetObject operation: x\n"
        "ERROR [b.py:2] Storage initialization failed: S3 resource 'b' not found."
    )
    found = log_facts(text, container="storage-initializer", previous=True, now=NOW)
    assert [(one.kind, one.number) for one in found.signatures] == [
        ("aws_not_found", 1),
        ("model_download_failed", 1),
    ]
    assert found.error is not None
    assert "S3 error for" in found.error.text


def test_a_friendly_text_alone_is_told() -> None:
    found = first("ERROR Storage initialization failed: Cannot recognize storage type for x")
    assert found.kind == "model_download_failed"
