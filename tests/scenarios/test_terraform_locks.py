"""Locks that Terraform itself has written: held, left behind by a killed run, released by a person."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.report import Report, Verdict
from handlers.terraform import TERRAFORM_DRIFT, TERRAFORM_LOCK
from tests.fakes.aws import REGION, AwsFront, Moto
from tests.fakes.terraform import Terraform
from tests.handlers.terraform_ask import BUCKET, KEY, TABLE, ask, make_bucket, make_table, put_digest, told

pytestmark = pytest.mark.terraform
IN_TABLE, IN_OBJECT = f'dynamodb_table = "{TABLE}"', "use_lockfile = true"
BOTH = f"{IN_TABLE}\n    {IN_OBJECT}"


@pytest.fixture
def s3(moto: Moto) -> Any:
    make_table(moto)
    make_table(moto, "old-locks")
    return make_bucket(moto, versioned=True)


@pytest.fixture
async def terraform(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    moto: Moto,
    s3: Any,  # noqa: ARG001 - its bucket
) -> AsyncIterator[Terraform]:
    """A configuration that was applied once."""
    place = (BUCKET, KEY, REGION)
    async with Terraform(tmp_path, moto.url, place, request.param) as installed:
        await installed.run("init")
        await installed.run("apply", "-auto-approve")
        yield installed


async def lock(aws_front: AwsFront, **how: Any) -> Report:
    return await ask(TERRAFORM_LOCK, aws_front.account(), **how)


async def until_locked(aws_front: AwsFront) -> Report:
    """What is told as soon as a lock is there."""
    for _ in range(100):
        report = await lock(aws_front)
        if report.findings:
            return report
        await asyncio.sleep(0.2)
    raise AssertionError("Terraform took no lock")


def command(report: Report) -> str:
    """The command that releases the lock, as the answer prints it."""
    (step,) = [step for step in report.findings[0].fix if "force-unlock" in step.run]
    return step.run


@pytest.mark.parametrize(
    "terraform", [IN_TABLE, IN_OBJECT, BOTH], indirect=True, ids=["table", "object", "both"]
)
async def test_a_run_holds_it_is_killed_and_a_person_releases_it(
    terraform: Terraform, aws_front: AwsFront
) -> None:
    assert (await lock(aws_front)).verdict is Verdict.HEALTHY
    working = await terraform.start("apply", "-auto-approve", "-var", "seconds=60")
    held = await until_locked(aws_front)
    assert [finding.rule for finding in held.findings] == ["terraform-lock-held"]
    assert "apply" in told(held)

    await terraform.kill(working)
    assert [finding.rule for finding in (await lock(aws_front)).findings] == ["terraform-lock-held"]
    later = await lock(aws_front, ahead=timedelta(hours=3))
    assert [finding.rule for finding in later.findings] == ["terraform-lock-abandoned"]
    assert command(later) == command(held)

    await terraform.run(*command(later).split()[1:2], "-force", command(later).split()[2])
    released = await lock(aws_front)
    assert (released.verdict, released.findings) == (Verdict.HEALTHY, ())
    await terraform.run("plan")


@pytest.mark.parametrize("terraform", [IN_TABLE], indirect=True, ids=["table"])
async def test_a_state_restored_by_hand_and_its_digest_corrected(
    terraform: Terraform, moto: Moto, s3: Any, aws_front: AwsFront
) -> None:
    body = s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() + b"\n"
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=body)
    report = await lock(aws_front)
    assert [finding.rule for finding in report.findings] == ["terraform-digest-mismatch"]
    digest = hashlib.md5(body).hexdigest()  # noqa: S324 - Terraform's digest
    assert digest in told(report)
    put_digest(moto.client("dynamodb"), digest)
    assert (await lock(aws_front)).verdict is Verdict.HEALTHY
    await terraform.run("plan")


@pytest.mark.parametrize("terraform", [IN_OBJECT], indirect=True, ids=["object"])
@pytest.mark.usefixtures("terraform")
async def test_a_state_of_nothing_in_aws_cannot_be_compared(aws_front: AwsFront) -> None:
    report = await ask(TERRAFORM_DRIFT, aws_front.account())
    assert report.verdict is Verdict.UNKNOWN
    assert report.about == ("dev: 0 of 1 resources compared",)
