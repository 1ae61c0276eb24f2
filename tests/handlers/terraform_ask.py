"""Asking about Terraform's states, through the whole corridor, with a local AWS beside a silent cluster."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.ask import Corridor
from bot.clusters import Beside, ClusterBook
from bot.command import TERMINAL, Command
from bot.report import Report
from bot.wiring.base import terminal_corridor
from handlers.contract import Handler, Question
from handlers.platform import Platform, TerraformState
from handlers.sources.access import Access, Fixed
from handlers.sources.aws import Aws
from handlers.sources.cluster import Cluster
from handlers.sources.kubernetes import KubernetesCluster
from handlers.sources.transport import Transport
from tests.fakes.aws import REGION, Moto
from tests.shipped import shipped_rules

BUCKET = "states"
KEY = "platform/dev/terraform.tfstate"
TABLE = "locks"
STATE = TerraformState(env="dev", bucket=BUCKET, keys=(KEY, f"old/{KEY}"), lock_tables=(TABLE, "old-locks"))
PLATFORM = Platform(states=(STATE,))
LOCK_ID = "aba9e796-293b-73ab-374f-d885512c5241"


async def silent(_: str) -> None:
    """Hears of progress."""


async def ask(
    handler: Handler,
    aws: Aws | None,
    name: str = "dev",
    *,
    platform: Platform = PLATFORM,
    ahead: timedelta = timedelta(),
) -> Report:
    """The report a person gets, that much later than now."""

    async def connect() -> Cluster:
        access = Access(
            name="prod", server="http://127.0.0.1:9", tls=None, credentials=Fixed(""), in_cluster=True
        )
        transport = Transport(access, max_in_flight=1, timeout=1.0)
        return KubernetesCluster(transport, "prod", now=lambda: datetime.now(UTC) + ahead)

    book = ClusterBook({"prod": connect}, "prod", {"prod": Beside(aws=aws, platform=platform)})
    corridor: Corridor = terminal_corridor(book, shipped_rules())
    question = Question(name=name)
    try:
        return await corridor.ask(Command(handler=handler, question=question, asker=TERMINAL), silent)
    finally:
        await (await book.get("prod")).close()


def told(report: Report) -> str:
    """Everything the first finding says."""
    first = report.findings[0]
    steps = [f"{step.say} {step.run}" for step in first.fix]
    return "\n".join([first.summary, first.cause, *(seen.text for seen in first.evidence), *steps])


def make_bucket(moto: Moto, name: str = BUCKET, *, versioned: bool = False) -> Any:
    """A bucket; returns the client."""
    s3 = moto.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return s3


def make_table(moto: Moto, name: str = TABLE) -> Any:
    """A lock table; returns the client."""
    dynamodb = moto.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


def info(
    *,
    operation: str = "OperationTypeApply",
    who: str = "root@vm",
    age: float = 60.0,
    created: str | None = None,
    lock_id: str = LOCK_ID,
) -> str:
    """A lock's information as Terraform writes it."""
    taken = (datetime.now(UTC) - timedelta(seconds=age)).strftime("%Y-%m-%dT%H:%M:%S.%f") + "703Z"
    return json.dumps(
        {
            "ID": lock_id,
            "Operation": operation,
            "Info": "",
            "Who": who,
            "Version": "1.11.4",
            "Created": taken if created is None else created,
            "Path": f"{BUCKET}/{KEY}",
        }
    )


def put_lock(dynamodb: Any, text: str, key: str = KEY, table: str = TABLE) -> None:
    """A lock in the table."""
    dynamodb.put_item(TableName=table, Item={"LockID": {"S": f"{BUCKET}/{key}"}, "Info": {"S": text}})


def put_digest(dynamodb: Any, digest: str, key: str = KEY) -> None:
    """A digest in the table."""
    dynamodb.put_item(TableName=TABLE, Item={"LockID": {"S": f"{BUCKET}/{key}-md5"}, "Digest": {"S": digest}})
