"""S3: buckets and how they are protected. Ask each with `Bucket`; contents come through `read_object`."""

from typing import ClassVar

from msgspec import Struct, field

from handlers.sources.aws import AwsCall, AwsObject


class BucketHead(AwsObject, frozen=True):
    """That a bucket exists and may be looked into."""

    call: ClassVar[AwsCall] = AwsCall(service="s3", operation="head_bucket", action="s3:ListBucket")
    bucket_region: str = ""


class BucketVersioning(AwsObject, frozen=True):
    """Versioning; status "Enabled", "Suspended", or empty where it never was on."""

    call: ClassVar[AwsCall] = AwsCall(
        service="s3", operation="get_bucket_versioning", action="s3:GetBucketVersioning"
    )
    status: str = ""


class DefaultEncryption(Struct, frozen=True, rename="pascal"):
    """AES256, aws:kms or aws:kms:dsse; the key is empty for the account's own."""

    sse_algorithm: str = field(default="", name="SSEAlgorithm")
    kms_master_key_id: str = field(default="", name="KMSMasterKeyID")


class BucketEncryption(AwsObject, frozen=True):
    """A rule of the default encryption; none is a NotFound."""

    call: ClassVar[AwsCall] = AwsCall(
        service="s3",
        operation="get_bucket_encryption",
        result="ServerSideEncryptionConfiguration.Rules",
        action="s3:GetEncryptionConfiguration",
    )
    apply_server_side_encryption_by_default: DefaultEncryption = DefaultEncryption()


class PublicAccessBlock(AwsObject, frozen=True):
    """The four switches against public access; none set is a NotFound."""

    call: ClassVar[AwsCall] = AwsCall(
        service="s3",
        operation="get_public_access_block",
        result="PublicAccessBlockConfiguration",
        action="s3:GetBucketPublicAccessBlock",
    )
    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False
