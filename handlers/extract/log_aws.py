"""AWS errors in a log line: botocore's one sentence, the Go SDKs' texts, and what a refusal names."""

import re

from msgspec import Struct

from rules.facts.log import SignatureKind as Kind

_BOTOCORE = re.compile(
    r"An error occurred \(([\w.:\-]{1,100})\) when calling the (\w{1,100}) operation"
    r"(?: \(reached max retries: \d+\))?: (.*)"
)
_GO_V2 = re.compile(r"operation error ([\w ]{1,60}): (\w{1,100}), .{0,600}?\bapi error ([\w.]{1,100}): ?(.*)")
_GO_V1 = re.compile(r"\b([A-Z][A-Za-z.]{3,60}): (.{0,400}?)[\n ]*(?:,? ?status code: \d{3}, request id)")
_WEB_IDENTITY = re.compile(r"WebIdentityErr|AssumeRoleWithWebIdentity")
_USER = re.compile(r"User: (arn:aws[\w\-]*:(?:sts|iam)::\d{12}:[^\s\"']{1,300})")
_ROLE = re.compile(r":assumed-role/([^/\s]{1,100})/([^\s/]{1,100})")
_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}$")
_ACTION = re.compile(r"to perform: ([\w\-]{1,60}:\w{1,100})")
_RESOURCE = re.compile(r"on resource: \"?([^\s\"]{1,1000})")
_DENIED = re.compile(
    r"because no ([\w \-]{1,60}?polic(?:y|ies)) allows?"
    r"|with an explicit deny in an? ([\w \-]{1,60}?(?:policy|boundary))"
)
_S3_URI = re.compile(r"s3://[^\s\"',:]{1,1000}")

_CODES = {
    Kind.AWS_ACCESS_DENIED: (
        "AccessDenied AccessDeniedException 403 Forbidden UnauthorizedOperation AuthorizationError"
    ),
    Kind.AWS_NOT_FOUND: (
        "NoSuchKey NoSuchBucket 404 NotFound ResourceNotFoundException NoSuchEntity NoSuchUpload"
    ),
    Kind.AWS_REGION: "PermanentRedirect 301 AuthorizationHeaderMalformed IllegalLocationConstraintException",
    Kind.AWS_EXPIRED: (
        "ExpiredToken ExpiredTokenException RequestTimeTooSkewed RequestExpired TokenRefreshRequired"
    ),
    Kind.AWS_THROTTLED: (
        "Throttling ThrottlingException ThrottledException RequestLimitExceeded SlowDown 503"
        " TooManyRequests TooManyRequestsException ProvisionedThroughputExceededException"
    ),
    Kind.AWS_CAPACITY: (
        "InsufficientInstanceCapacity UnfulfillableCapacity MaxSpotInstanceCountExceeded VcpuLimitExceeded"
        " InsufficientFreeAddressesInSubnet InstanceLimitExceeded"
    ),
    Kind.AWS_INVALID_CREDENTIALS: (
        "InvalidClientTokenId UnrecognizedClientException InvalidAccessKeyId AuthFailure"
        " SignatureDoesNotMatch InvalidSignatureException"
    ),
}
_BY_CODE = {code: kind for kind, codes in _CODES.items() for code in codes.split()}


class AwsCall(Struct, frozen=True, kw_only=True):
    """A failed AWS call as the log tells it; empty where it does not say."""

    kind: Kind
    code: str = ""
    operation: str = ""
    message: str = ""
    action: str = ""
    resource: str = ""
    principal: str = ""
    role: str = ""
    as_instance: bool = False
    denied_by: str = ""
    uri: str = ""


def aws_call(text: str) -> AwsCall | None:
    """Read the AWS error of a line; None when there is none in a frame the SDKs write."""
    if "An error occurred (" in text and (found := _BOTOCORE.search(text)):
        return _call(text, found[1], found[2], found[3])
    if "api error" in text and (found := _GO_V2.search(text)):
        return _call(text, found[3], found[2], found[4])
    if (at := text.find("status code: ")) >= 0 and (found := _GO_V1.search(text, max(0, at - 460))):
        operation = "AssumeRoleWithWebIdentity" if _WEB_IDENTITY.search(text) else ""
        return _call(text, found[1], operation, found[2])
    if " is not authorized to perform: " in text:
        return _call(text, "AccessDenied", "", text)
    return None


def _call(text: str, code: str, operation: str, message: str) -> AwsCall:
    user = _USER.search(message)
    role = _ROLE.search(user[1]) if user else None
    denied = _DENIED.search(message)
    uri = _S3_URI.search(text)
    return AwsCall(
        kind=_kind(code, operation, message),
        code=code,
        operation=operation,
        message=message,
        action=_group(_ACTION, message),
        resource=_group(_RESOURCE, message),
        principal=user[1] if user else "",
        role=role[1] if role else "",
        as_instance=bool(role and _INSTANCE.match(role[2])),
        denied_by=(denied[1] or denied[2]).strip() if denied else "",
        uri=uri[0] if uri else "",
    )


def _group(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _kind(code: str, operation: str, message: str) -> Kind:
    if code.startswith(("InvalidIdentityToken", "IDPCommunication")):
        return Kind.AWS_TOKEN_AUDIENCE if "audience" in message else Kind.AWS_OIDC_PROVIDER
    denied = code.startswith("AccessDenied") or "ARN is invalid" in message
    if operation.startswith("AssumeRole") and denied:
        return Kind.AWS_ASSUME_ROLE_DENIED
    if code.startswith("KMS") or "kms:" in message:
        return Kind.AWS_KMS
    if code == "SignatureDoesNotMatch" and "expired" in message.lower():
        return Kind.AWS_EXPIRED
    return _BY_CODE.get(code, Kind.AWS_OTHER)
