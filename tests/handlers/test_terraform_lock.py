"""`terraform lock` against a local AWS: who holds the lock, and what is only like one."""

import hashlib
from typing import Any

import pytest

from bot.report import Verdict
from handlers.contract import NameNotFound
from handlers.platform import Platform, TerraformState
from handlers.terraform import TERRAFORM_LOCK
from tests.fakes.aws import ACCOUNT, AwsFront, Moto, Spoilt
from tests.handlers.terraform_ask import (
    BUCKET,
    KEY,
    LOCK_ID,
    PLATFORM,
    STATE,
    TABLE,
    ask,
    info,
    make_bucket,
    make_table,
    put_digest,
    put_lock,
    told,
)

BODY = b'{"version": 4, "serial": 7}'


@pytest.fixture
def s3(moto: Moto) -> Any:
    """A state that nobody has locked, with its digest in the table."""
    client = make_bucket(moto, versioned=True)
    client.put_object(Bucket=BUCKET, Key=KEY, Body=BODY)
    return client


@pytest.fixture
def table(moto: Moto, s3: Any) -> Any:  # noqa: ARG001 - the state stands beside the table
    client = make_table(moto)
    put_digest(client, hashlib.md5(BODY).hexdigest())  # noqa: S324 - Terraform's digest
    return client


@pytest.mark.usefixtures("table")
async def test_nobody_holds_it_and_the_digest_is_no_lock(aws_front: AwsFront) -> None:
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert report.verdict is Verdict.HEALTHY
    assert (report.findings, report.also_noticed, report.gaps) == ((), (), ())
    assert report.said == "nobody holds the Terraform lock of dev"
    assert f"s3://{BUCKET}/{KEY}.tflock" in report.checked
    assert f"DynamoDB table {TABLE}" in report.checked
    assert "1 digest against the state" in report.checked


async def test_somebody_works(aws_front: AwsFront, table: Any) -> None:
    put_lock(table, info(age=125))
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert report.verdict is Verdict.DEGRADED
    assert [each.rule for each in report.findings] == ["terraform-lock-held"]
    said = told(report)
    assert report.findings[0].summary == (
        "Terraform state dev is locked: root@vm holds it for 2 min, for apply"
    )
    assert LOCK_ID in said
    assert "Terraform 1.11.4" in said
    (unlock,) = [step for step in report.findings[0].fix if "force-unlock" in step.run]
    assert unlock.run == f"terraform force-unlock {LOCK_ID}"
    assert unlock.changes


@pytest.mark.parametrize(
    ("operation", "age", "rule"),
    [
        ("OperationTypeApply", 7100, "terraform-lock-held"),
        ("OperationTypeApply", 7300, "terraform-lock-abandoned"),
        ("OperationTypePlan", 1700, "terraform-lock-held"),
        ("OperationTypePlan", 1900, "terraform-lock-abandoned"),
        ("OperationTypeInvalid", 90_000, "terraform-lock-abandoned"),
        ("state-mv", 1900, "terraform-lock-abandoned"),
    ],
)
async def test_how_old_a_lock_may_be_depends_on_what_it_is_for(
    operation: str, age: float, rule: str, aws_front: AwsFront, table: Any
) -> None:
    put_lock(table, info(operation=operation, age=age, who="runner@fv-az1-2"))
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert [each.rule for each in report.findings] == [rule]
    assert "held for" in told(report)


@pytest.mark.parametrize(
    ("who", "automated"),
    [
        ("runner@fv-az1044-557", True),
        ("root@runner-t2x3-project-81-concurrent-0", True),
        ("jenkins@build-4", True),
        ("atlantis@atlantis-0", True),
        ("root@deploy-7f9c6d5b8d-x2x7q", True),
        ("anna@annas-laptop", False),
        ("root@vm", False),
        ("", False),
    ],
)
async def test_a_runner_is_told_from_a_person(
    who: str, automated: bool, aws_front: AwsFront, table: Any
) -> None:
    put_lock(table, info(age=90_000, who=who))
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert ("looks like a CI runner" in told(report)) is automated


async def test_an_object_is_a_lock_too(aws_front: AwsFront, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{KEY}.tflock", Body=info(age=60).encode())
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert [each.rule for each in report.findings] == ["terraform-lock-held"]
    assert f"aws s3 cp s3://{BUCKET}/{KEY}.tflock -" in told(report)


async def test_a_delete_marker_is_no_lock(aws_front: AwsFront, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{KEY}.tflock", Body=info().encode())
    s3.delete_object(Bucket=BUCKET, Key=f"{KEY}.tflock")
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert report.verdict is Verdict.HEALTHY


async def test_the_same_lock_in_both_places_is_told_once(aws_front: AwsFront, s3: Any, table: Any) -> None:
    text = info()
    put_lock(table, text)
    s3.put_object(Bucket=BUCKET, Key=f"{KEY}.tflock", Body=text.encode())
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert len(report.findings) == 1


@pytest.mark.usefixtures("table")
async def test_the_other_key_and_the_other_table_are_looked_at(moto: Moto, aws_front: AwsFront) -> None:
    put_lock(make_table(moto, "old-locks"), info(), key=f"old/{KEY}", table="old-locks")
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert [each.rule for each in report.findings] == ["terraform-lock-held"]
    assert "old-locks" in told(report)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"Who": "me"}', "null", '{"ID": 7}'])
async def test_a_lock_that_cannot_be_read_is_said(
    text: str, aws_front: AwsFront, s3: Any, table: Any
) -> None:
    if text:
        put_lock(table, text)
    else:
        s3.put_object(Bucket=BUCKET, Key=f"{KEY}.tflock", Body=b"")
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert report.verdict is Verdict.BROKEN
    assert [each.rule for each in report.findings] == ["terraform-lock-unreadable"]
    assert "force-unlock" not in " ".join(step.run for step in report.findings[0].fix)


@pytest.mark.parametrize("created", ["", "yesterday"])
async def test_a_lock_without_a_time_is_held_and_its_age_is_not_known(
    created: str, aws_front: AwsFront, table: Any
) -> None:
    put_lock(table, info(created=created))
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert [each.rule for each in report.findings] == ["terraform-lock-held"]
    assert [each.rule for each in report.undecided] == ["terraform-lock-abandoned"]


async def test_a_digest_that_does_not_fit(aws_front: AwsFront, table: Any) -> None:
    put_digest(table, "0" * 32)
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert report.verdict is Verdict.BROKEN
    assert [each.rule for each in report.findings] == ["terraform-digest-mismatch"]
    assert hashlib.md5(BODY).hexdigest() in told(report)  # noqa: S324 - Terraform's digest
    assert "does not have the expected content" in told(report)


@pytest.mark.usefixtures("table")
async def test_a_digest_without_its_state(aws_front: AwsFront, s3: Any) -> None:
    s3.delete_object(Bucket=BUCKET, Key=KEY)
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert [each.rule for each in report.findings] == ["terraform-digest-without-state"]
    assert report.also_noticed == ()


async def test_a_state_that_does_not_exist_is_said(moto: Moto, aws_front: AwsFront) -> None:
    make_bucket(moto)
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert report.verdict is Verdict.DEGRADED
    assert [each.rule for each in report.findings] == ["terraform-state-missing"]
    assert f"bucket {BUCKET} is there, the state is not" in told(report)


async def test_a_bucket_that_does_not_exist_is_said(aws_front: AwsFront) -> None:
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert f"there is no bucket {BUCKET}" in told(report)


async def test_of_all_states_some_need_not_exist(aws_front: AwsFront, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=BODY)
    other = TerraformState(env="prod", bucket=BUCKET, keys=("prod.tfstate",), lock_tables=(TABLE,))
    report = await ask(TERRAFORM_LOCK, aws_front.account(), "", platform=Platform(states=(STATE, other)))
    assert report.verdict is Verdict.HEALTHY
    assert [each.rule for each in report.also_noticed] == ["terraform-state-absent"]
    assert report.said == "nobody holds the Terraform lock of dev"


async def test_all_states_are_asked_without_a_name(aws_front: AwsFront, table: Any, s3: Any) -> None:
    other = TerraformState(env="prod", bucket=BUCKET, keys=("prod.tfstate",), lock_tables=(TABLE,))
    s3.put_object(Bucket=BUCKET, Key="prod.tfstate", Body=BODY)
    put_lock(table, info(), key="prod.tfstate")
    report = await ask(TERRAFORM_LOCK, aws_front.account(), "", platform=Platform(states=(STATE, other)))
    assert [(each.rule, str(each.subject)) for each in report.findings] == [("terraform-lock-held", "prod")]
    assert report.about == ("dev: not locked", "prod: locked")


async def test_the_account_stands_in_the_buckets_name(moto: Moto, aws_front: AwsFront) -> None:
    bucket = f"mlops-platform-tfstate-{ACCOUNT}"
    s3 = make_bucket(moto, bucket)
    s3.put_object(Bucket=bucket, Key="mlops-platform/aws/dev/terraform.tfstate", Body=BODY)
    report = await ask(TERRAFORM_LOCK, aws_front.account(), platform=Platform())
    assert report.verdict is Verdict.HEALTHY
    assert aws_front.seen["sts:GetCallerIdentity"] == 1


async def test_an_unknown_name(aws_front: AwsFront) -> None:
    with pytest.raises(NameNotFound, match="No Terraform state is called live; the settings know dev"):
        await ask(TERRAFORM_LOCK, aws_front.account(), "live")


async def test_without_aws_it_could_not_be_told() -> None:
    report = await ask(TERRAFORM_LOCK, None)
    assert report.verdict is Verdict.UNKNOWN
    assert [gap.reason for gap in report.gaps] == ["AWS is not configured for this cluster"]
    assert report.findings == report.also_noticed == ()


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("how", [Spoilt.DENIED, Spoilt.GARBAGE, Spoilt.HANGING])
async def test_a_table_that_cannot_be_read_is_a_doubt(how: Spoilt, aws_front: AwsFront) -> None:
    aws_front.spoil("dynamodb:GetItem", how)
    aws = aws_front.account(reach={"attempts": 1, "timeout": 0.4})
    report = await ask(TERRAFORM_LOCK, aws)
    assert report.verdict is Verdict.UNKNOWN
    assert "terraform-lock-abandoned" in {each.rule for each in report.undecided}
    assert any(gap.source == f"lock table {TABLE}" for gap in report.gaps)
    if how is Spoilt.DENIED:
        assert "no right dynamodb:GetItem" in {gap.reason for gap in report.gaps}


async def test_a_lock_that_was_found_counts_although_the_bucket_may_not_be_read(
    aws_front: AwsFront, table: Any
) -> None:
    put_lock(table, info())
    aws_front.spoil("s3:GET", Spoilt.DENIED)
    report = await ask(TERRAFORM_LOCK, aws_front.account())
    assert [each.rule for each in report.findings] == ["terraform-lock-held"]
    assert "no right s3:GetObject" in {gap.reason for gap in report.gaps}


async def test_nothing_is_ever_written(aws_front: AwsFront, table: Any) -> None:
    put_lock(table, info(age=90_000))
    await ask(TERRAFORM_LOCK, aws_front.account(), platform=PLATFORM)
    assert {action.partition(":")[2] for action in aws_front.seen} <= {"GetItem", "GET", "HEAD"}
