"""The words an AWS account answers, live or not; handlers know nothing else of AWS.

An object is a Struct with only the fields that are read, and the call that lists it. Names are AWS's own.
"""

from datetime import datetime
from typing import ClassVar, Protocol, TypeVar

from msgspec import Struct


class AwsCall(Struct, frozen=True, kw_only=True):
    """How boto3 asks for a kind of object.

    Attributes:
        service: boto3's name of the service ("rds").
        operation: boto3's method ("describe_db_instances").
        result: the key of the answer that holds the objects, dots between steps; empty for the whole answer.
            Where the answer holds only names, each becomes the first field of an object.
        action: the IAM action it needs ("rds:DescribeDBInstances").
        kept: whether an answer may be given again for some seconds; not where a person has just changed it.
    """

    service: str
    operation: str
    result: str = ""
    action: str
    kept: bool = True


class AwsObject(Struct, frozen=True, gc=False, kw_only=True, rename="pascal"):
    """Base of every kind of AWS object that can be read; fields are AWS's in snake_case."""

    call: ClassVar[AwsCall]


A = TypeVar("A", bound=AwsObject)

Parameter = str | int | bool | tuple[str, ...] | tuple[dict[str, object], ...] | dict[str, object]
"""A parameter of a call as boto3 takes it; lists are written as tuples."""


class Identity(Struct, frozen=True):
    """Who asks: the account's number, and the ARN of the user or role."""

    account: str
    arn: str


class Stored(Struct, frozen=True, kw_only=True):
    """An object in S3 with its content.

    Attributes:
        version: of a versioned bucket; empty otherwise.
        modified: when it was written.
    """

    body: bytes
    modified: datetime | None = None
    version: str = ""


class Aws(Protocol):
    """An AWS account that can be read.

    Every method raises a `SourceError` when it has no answer (Forbidden names the IAM action, NotFound for
    what does not exist); nothing else escapes. `region` is that of the account's settings where it is empty.
    """

    @property
    def place(self) -> str:
        """Account and region in words ("eu-west-1"), for evidence."""

    async def list(self, kind: type[A], *, region: str = "", **parameters: Parameter) -> tuple[A, ...]:
        """Ask for objects, all pages of them; one object where the answer holds one."""

    async def read_object(self, bucket: str, key: str, *, most: int, region: str = "") -> Stored:
        """Read an object of S3 that is at most `most` bytes long; a longer one is a BadAnswer."""

    async def identity(self) -> Identity:
        """Ask who the bot is in AWS; needs no right."""

    async def close(self) -> None:
        """Release connections; the source answers nothing afterwards."""
