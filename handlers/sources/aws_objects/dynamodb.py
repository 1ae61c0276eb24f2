"""DynamoDB: single items and tables."""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct, field

from handlers.sources.aws import AwsCall, AwsObject


class LockItem(AwsObject, frozen=True):
    """An item of a table in which Terraform keeps locks, or digests of states.

    Ask with `TableName`, `Key={"LockID": {"S": …}}` and `ConsistentRead=True`; no such item: an empty answer.

    Attributes:
        info: of a lock: who holds it, as JSON text.
        digest: of a digest item: the MD5 of the state, in hex.
    """

    call: ClassVar[AwsCall] = AwsCall(
        service="dynamodb", operation="get_item", result="Item", action="dynamodb:GetItem", kept=False
    )
    lock_id: dict[str, str] = field(default={}, name="LockID")
    info: dict[str, str] = {}
    digest: dict[str, str] = {}


class KeyElement(Struct, frozen=True, rename="pascal"):
    """One attribute of a table's key; HASH or RANGE."""

    attribute_name: str = ""
    key_type: str = ""


class BillingMode(Struct, frozen=True, rename="pascal"):
    """How a table is paid for."""

    billing_mode: str = ""


class DynamoTable(AwsObject, frozen=True):
    """A table. Ask with `TableName`; status ACTIVE is well."""

    call: ClassVar[AwsCall] = AwsCall(
        service="dynamodb", operation="describe_table", result="Table", action="dynamodb:DescribeTable"
    )
    table_name: str = ""
    table_arn: str = ""
    table_status: str = ""
    key_schema: tuple[KeyElement, ...] = ()
    billing_mode_summary: BillingMode | None = None
    deletion_protection_enabled: bool = False
    creation_date_time: datetime | None = None
