"""The door to AWS against a local AWS: what it answers, and what it says when it has no answer."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from handlers.sources.aws import AwsCall, AwsObject
from handlers.sources.aws_objects.dynamodb import DynamoTable, LockItem
from handlers.sources.aws_objects.rds import DbInstance
from handlers.sources.boto import LiveAws, Reach
from handlers.sources.errors import (
    ActionForbidden,
    BadAnswer,
    CredentialFailed,
    NotFound,
    Rejected,
    SourceError,
    Throttled,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from tests.fakes.aws import ACCOUNT, AwsFront, Moto, Spoilt

DESCRIBE = "rds:DescribeDBInstances"


def make_database(moto: Moto, name: str = "prod-mlflow", region: str = "eu-west-1") -> None:
    moto.client("rds", region).create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t4g.medium",
        Engine="postgres",
        AllocatedStorage=50,
        MasterUsername="mlflow",
        MasterUserPassword="hunter2hunter2",
    )


class Role(AwsObject, frozen=True):
    call = AwsCall(service="iam", operation="list_roles", result="Roles", action="iam:ListRoles")
    role_name: str = ""


class Bucket(AwsObject, frozen=True):
    call = AwsCall(service="s3", operation="list_buckets", result="Buckets", action="s3:ListAllMyBuckets")
    name: str = ""


class EksName(AwsObject, frozen=True):
    call = AwsCall(service="eks", operation="list_clusters", result="clusters", action="eks:ListClusters")
    name: str = ""


class Subnet(AwsObject, frozen=True):
    call = AwsCall(
        service="ec2", operation="describe_subnets", result="Subnets", action="ec2:DescribeSubnets"
    )
    subnet_id: str = ""


class Caller(AwsObject, frozen=True):
    call = AwsCall(service="sts", operation="get_caller_identity", action="sts:GetCallerIdentity")
    account: str = ""


async def test_objects_come_with_the_fields_that_are_read(moto: Moto, aws_front: AwsFront) -> None:
    make_database(moto)
    (found,) = await aws_front.account().list(DbInstance, DBInstanceIdentifier="prod-mlflow")
    assert (found.name, found.status, found.engine, found.allocated_storage) == (
        "prod-mlflow",
        "available",
        "postgres",
        50,
    )
    assert found.endpoint is not None
    assert found.endpoint.address.startswith("prod-mlflow.")
    assert found.instance_create_time is not None
    assert found.instance_create_time.tzinfo is not None


async def test_all_pages_are_read(moto: Moto, aws_front: AwsFront) -> None:
    iam = moto.client("iam")
    for number in range(120):
        iam.create_role(RoleName=f"role-{number:03}", AssumeRolePolicyDocument="{}")
    roles = await aws_front.account().list(Role)
    assert sorted(role.role_name for role in roles) == [f"role-{number:03}" for number in range(120)]
    assert aws_front.seen["iam:ListRoles"] > 1


async def test_nothing_there_is_an_empty_answer_and_an_unknown_name_is_not_found(aws_front: AwsFront) -> None:
    aws = aws_front.account()
    assert await aws.list(DbInstance) == ()
    with pytest.raises(NotFound, match="nowhere"):
        await aws.list(DbInstance, DBInstanceIdentifier="nowhere")
    with pytest.raises(NotFound):
        await aws.read_object("no-such-bucket", "key", most=10)
    with pytest.raises(NotFound):
        await aws.list(DynamoTable, TableName="nowhere")


async def test_names_alone_become_objects(moto: Moto, aws_front: AwsFront) -> None:
    role = moto.client("iam").create_role(RoleName="eks", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    moto.client("eks").create_cluster(name="prod", roleArn=role, resourcesVpcConfig={"subnetIds": []})
    assert await aws_front.account().list(EksName) == (EksName(name="prod"),)


async def test_a_whole_answer_is_one_object(aws_front: AwsFront) -> None:
    assert await aws_front.account().list(Caller) == (Caller(account=ACCOUNT),)


async def test_an_item_and_no_item(moto: Moto, aws_front: AwsFront) -> None:
    table = moto.client("dynamodb")
    table.create_table(
        TableName="locks",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.put_item(TableName="locks", Item={"LockID": {"S": "b/k"}, "Info": {"S": "{}"}})
    aws = aws_front.account()
    (item,) = await aws.list(LockItem, TableName="locks", Key={"LockID": {"S": "b/k"}}, ConsistentRead=True)
    assert item == LockItem(lock_id={"S": "b/k"}, info={"S": "{}"})
    assert await aws.list(LockItem, TableName="locks", Key={"LockID": {"S": "b/other"}}) == ()


async def test_an_object_of_s3_is_read_up_to_a_size(moto: Moto, aws_front: AwsFront) -> None:
    s3 = moto.client("s3")
    s3.create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="states", Key="dev/a state", Body=b"{}" * 10)
    aws = aws_front.account()
    stored = await aws.read_object("states", "dev/a state", most=20)
    assert stored.body == b"{}" * 10
    assert stored.modified is not None
    with pytest.raises(BadAnswer, match="longer than"):
        await aws.read_object("states", "dev/a state", most=19)
    with pytest.raises(NotFound):
        await aws.read_object("states", "elsewhere", most=20)


async def test_who_asks(aws_front: AwsFront) -> None:
    identity = await aws_front.account().identity()
    assert identity.account == ACCOUNT
    assert identity.arn.startswith(f"arn:aws:sts::{ACCOUNT}:")


@pytest.mark.parametrize(
    ("action", "kind", "right"),
    [
        (DESCRIBE, DbInstance, DESCRIBE),
        ("ec2:DescribeSubnets", Subnet, "ec2:DescribeSubnets"),
        ("dynamodb:DescribeTable", DynamoTable, "dynamodb:DescribeTable"),
        ("s3:GET", Bucket, "s3:ListAllMyBuckets"),
        ("eks:GET", EksName, "eks:ListClusters"),
    ],
)
async def test_a_denial_names_the_action(
    action: str, kind: type[AwsObject], right: str, aws_front: AwsFront
) -> None:
    aws_front.spoil(action, Spoilt.DENIED)
    parameters: dict[str, Any] = {"TableName": "x"} if kind is DynamoTable else {}
    with pytest.raises(ActionForbidden) as caught:
        await aws_front.account().list(kind, **parameters)
    assert caught.value.why == f"no right {right}"
    assert caught.value.advice == (
        f"Allow {right} in the policy of the bot's AWS role; `mlops iam` prints all it needs."
    )


async def test_a_denial_of_an_object_in_s3(aws_front: AwsFront) -> None:
    aws_front.spoil("s3:GET", Spoilt.DENIED)
    with pytest.raises(ActionForbidden, match="s3://states/dev: no right s3:GetObject"):
        await aws_front.account().read_object("states", "dev", most=20)


@pytest.mark.parametrize(
    ("how", "kind", "words"),
    [
        (Spoilt.EXPIRED, Unauthorized, "AWS refuses the credentials"),
        (Spoilt.FAILING, BadAnswer, "AWS answers with an error"),
        (Spoilt.GARBAGE, BadAnswer, "cannot be read"),
        (Spoilt.HANGING, TimedOut, "no answer within 0.4 s"),
    ],
)
async def test_what_goes_wrong_has_a_name(
    how: Spoilt, kind: type[SourceError], words: str, aws_front: AwsFront
) -> None:
    aws_front.spoil(DESCRIBE, how)
    aws = aws_front.account(reach={"timeout": 0.4, "attempts": 1})
    with pytest.raises(kind, match=words):
        await aws.list(DbInstance)


@pytest.mark.parametrize(("action", "kind"), [("dynamodb:DescribeTable", DynamoTable), ("eks:GET", EksName)])
async def test_garbage_instead_of_json_is_not_an_empty_answer(
    action: str, kind: type[AwsObject], aws_front: AwsFront
) -> None:
    aws_front.spoil(action, Spoilt.GARBAGE)
    parameters: dict[str, Any] = {"TableName": "x"} if kind is DynamoTable else {}
    with pytest.raises(BadAnswer, match="cannot be read"):
        await aws_front.account().list(kind, **parameters)


async def test_throttling_is_tried_again_and_then_said(aws_front: AwsFront) -> None:
    aws_front.spoil(DESCRIBE, Spoilt.THROTTLED)
    with pytest.raises(Throttled, match=r"AWS asks to slow down \(Throttling\)"):
        await aws_front.account(reach={"attempts": 2}).list(DbInstance)
    assert aws_front.seen[DESCRIBE] == 2


async def test_a_call_has_a_deadline_whatever_its_attempts(aws_front: AwsFront) -> None:
    aws_front.spoil(DESCRIBE, Spoilt.HANGING)
    aws = aws_front.account(seconds=0.5, reach={"timeout": 0.4, "attempts": 9})
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"no answer within 0\.5 s"):
        await aws.list(DbInstance)
    assert time.monotonic() - began < 1.5
    await asyncio.sleep(1.2)
    assert aws_front.seen[DESCRIBE] <= 3  # the thread stops trying, too


async def test_no_connection(aws_front: AwsFront) -> None:
    aws = aws_front.account(reach={"endpoint_url": "http://127.0.0.1:9", "attempts": 1})
    with pytest.raises(Unreachable, match="Could not connect to the endpoint URL"):
        await aws.list(DbInstance)


async def test_no_credentials(aws_front: AwsFront, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CredentialFailed, match="no AWS credentials") as caught:
        await aws_front.account().list(DbInstance)
    assert "eks.amazonaws.com/role-arn" in caught.value.advice
    assert not aws_front.seen


async def test_a_profile_that_does_not_exist(aws_front: AwsFront) -> None:
    with pytest.raises(CredentialFailed, match="nowhere"):
        await aws_front.account(reach={"profile": "nowhere"}).list(DbInstance)


async def test_no_region(aws_front: AwsFront) -> None:
    with pytest.raises(Rejected, match="region") as caught:
        await aws_front.account(reach={"region": ""}).list(DbInstance)
    assert "aws.region" in caught.value.advice


async def test_another_region_has_other_objects(moto: Moto, aws_front: AwsFront) -> None:
    make_database(moto, region="eu-central-1")
    aws = aws_front.account()
    with pytest.raises(NotFound):
        await aws.list(DbInstance, DBInstanceIdentifier="prod-mlflow")
    assert len(await aws.list(DbInstance, region="eu-central-1", DBInstanceIdentifier="prod-mlflow")) == 1


async def test_a_role_is_assumed(aws_front: AwsFront) -> None:
    aws = aws_front.account(reach={"role_arn": f"arn:aws:iam::{ACCOUNT}:role/reader"})
    identity = await aws.identity()
    assert identity.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/mlops-bot"
    assert aws_front.seen["sts:AssumeRole"] == 1


async def test_a_role_that_may_not_be_assumed(aws_front: AwsFront) -> None:
    aws_front.spoil("sts:AssumeRole", Spoilt.DENIED)
    aws = aws_front.account(reach={"role_arn": f"arn:aws:iam::{ACCOUNT}:role/reader"})
    with pytest.raises(CredentialFailed, match="the role cannot be assumed") as caught:
        await aws.list(DbInstance)
    assert "trust policy" in caught.value.advice


@pytest.fixture
def service_account(tmp_path: Path, aws_front: AwsFront, monkeypatch: pytest.MonkeyPatch) -> None:
    """What EKS puts into a pod whose service account names a role."""
    token = tmp_path / "token"
    token.write_text("a.b.c", encoding="utf-8")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_ROLE_ARN", f"arn:aws:iam::{ACCOUNT}:role/prod-mlops-bot")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws_front.url)


@pytest.mark.usefixtures("service_account")
async def test_in_a_pod_the_role_of_the_service_account_is_used(aws_front: AwsFront) -> None:
    identity = await aws_front.account().identity()
    assert f"arn:aws:sts::{ACCOUNT}:assumed-role/prod-mlops-bot/" in identity.arn
    assert aws_front.seen["sts:AssumeRoleWithWebIdentity"] == 1


@pytest.mark.usefixtures("service_account")
async def test_a_role_that_does_not_trust_the_service_account(aws_front: AwsFront) -> None:
    aws_front.spoil("sts:AssumeRoleWithWebIdentity", Spoilt.DENIED)
    with pytest.raises(CredentialFailed, match="the role cannot be assumed") as caught:
        await aws_front.account().list(DbInstance)
    assert "OIDC provider" in caught.value.advice


async def test_concurrent_askers_share_one_call_and_later_ones_its_answer(aws_front: AwsFront) -> None:
    clock = [0.0]
    aws = aws_front.account(kept=20, clock=lambda: clock[0])
    aws_front.spoil(DESCRIBE, Spoilt.SLOW)
    await asyncio.gather(*(aws.list(DbInstance) for _ in range(30)))
    assert aws_front.seen[DESCRIBE] == 1
    clock[0] = 19.0
    await aws.list(DbInstance)
    assert aws_front.seen[DESCRIBE] == 1
    clock[0] = 21.0
    await aws.list(DbInstance)
    assert aws_front.seen[DESCRIBE] == 2


async def test_other_parameters_are_another_question(moto: Moto, aws_front: AwsFront) -> None:
    make_database(moto)
    aws = aws_front.account()
    await aws.list(DbInstance)
    await aws.list(DbInstance, DBInstanceIdentifier="prod-mlflow")
    assert aws_front.seen[DESCRIBE] == 2


async def test_a_failure_is_not_kept(aws_front: AwsFront) -> None:
    aws = aws_front.account()
    aws_front.spoil(DESCRIBE, Spoilt.DENIED)
    with pytest.raises(ActionForbidden):
        await aws.list(DbInstance)
    aws_front.mend()
    assert await aws.list(DbInstance) == ()


async def test_whoever_gives_up_leaves_the_answer_to_the_others(aws_front: AwsFront) -> None:
    aws_front.spoil(DESCRIBE, Spoilt.SLOW)
    aws = aws_front.account()
    impatient = asyncio.ensure_future(aws.list(DbInstance))
    patient = asyncio.ensure_future(aws.list(DbInstance))
    await asyncio.sleep(0.05)
    impatient.cancel()
    assert await patient == ()
    assert aws_front.seen[DESCRIBE] == 1


async def test_few_threads_however_many_questions(aws_front: AwsFront) -> None:
    aws_front.spoil(DESCRIBE, Spoilt.SLOW, seconds=0.05)
    aws = aws_front.account(threads=3)
    before = threading.active_count()
    asked = [aws.list(DbInstance, MaxRecords=20 + number) for number in range(24)]
    await asyncio.gather(*asked)
    assert aws_front.most_at_once <= 3
    assert threading.active_count() <= before + 3


async def test_a_closed_door_answers_nothing(aws_front: AwsFront) -> None:
    aws = aws_front.account()
    aws_front.spoil(DESCRIBE, Spoilt.SLOW)
    running = asyncio.ensure_future(aws.list(DbInstance))
    await asyncio.sleep(0.1)
    await aws.close()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(Unreachable, match="has closed"):
        await aws.list(DbInstance)


def test_a_bot_without_aws_does_not_import_boto() -> None:
    program = (
        "import sys, handlers, bot.wiring.base, handlers.sources.boto; "
        "print([name for name in sys.modules if name.startswith('boto')])"
    )
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program], capture_output=True, text=True, env=dict(os.environ), check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_place_is_the_region_of_the_settings() -> None:
    assert LiveAws(Reach(region="eu-west-1")).place == "eu-west-1"
