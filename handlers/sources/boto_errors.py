"""botocore's errors → the tree of `errors`; the codes are AWS's own, the sentences ours."""

import re

from botocore import exceptions as aws
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

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

LONGEST_MESSAGE = 300
"""Characters of AWS's message that are repeated to a person."""
NO_CREDENTIALS = (
    "Give the bot a role: annotate its service account with eks.amazonaws.com/role-arn (IRSA), or set "
    "aws.profile or aws.role_arn of the cluster."
)
RENEW = "Renew them: `aws sso login`, or restart the pod so that its token is read again."
TRUST = "Let the trust policy of that role name the bot's own identity (`aws sts get-caller-identity`)."
TRUST_SERVICE_ACCOUNT = (
    "Let the trust policy of that role name the cluster's OIDC provider and the bot's service account: "
    "sub is system:serviceaccount:NAMESPACE:NAME, aud is sts.amazonaws.com."
)
NETWORK = "Check the region, and that the bot may reach AWS: NAT or VPC endpoint, security groups, policies."
BUSY = "AWS limits how often the account may ask: ask again in a minute."

_DENIED = frozenset(
    {
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AllAccessDisabled",
        "AuthorizationError",
        "Forbidden",
        "UnauthorizedAccess",
        "UnauthorizedOperation",
    }
)
_REFUSED = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)
_THROTTLING = re.compile(
    r"Throttl|^SlowDown$|TooManyRequests|RequestLimitExceeded|BandwidthLimitExceeded"
    r"|ProvisionedThroughputExceeded|PriorRequestNotComplete|^429$"
)
_ABSENT = re.compile(r"NotFound|^NoSuch|^404$|DoesNotExist|Nonexistent", re.IGNORECASE)
_ELSEWHERE = frozenset(
    {"301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"}
)
_IRSA = "AssumeRoleWithWebIdentity"
_ASSUMING = frozenset({"AssumeRole", _IRSA, "AssumeRoleWithSAML"})
_ACTION = re.compile(r"not authorized to perform:? (?P<action>[\w-]+:\w+)")
_BECAUSE = re.compile(r"with (?P<because>an explicit deny in an? [^.\"]{1,80}?)(?:\.|$|:)")
_LACKING = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.CredentialRetrievalError,
    aws.MetadataRetrievalError,
    aws.NoAuthTokenError,
    aws.ProfileNotFound,
    aws.ConfigNotFound,
    aws.ConfigParseError,
    aws.InvalidConfigError,
    aws.UnknownCredentialError,
    aws.MissingDependencyException,
)
_STALE = (aws.TokenRetrievalError, aws.SSOError, aws.LoginError)
_AWAY = (aws.ConnectionError, aws.ConnectionClosedError, aws.HTTPClientError)
_SLOW = (aws.ReadTimeoutError, aws.ConnectTimeoutError)
_NO_REGION = (aws.BaseEndpointResolverError, aws.InvalidRegionError, aws.UnknownRegionError)
_CANNOT_BE_READ = (ResponseParserError, aws.ChecksumError, aws.FlexibleChecksumError, aws.IncompleteReadError)
FOREIGN = (BotoCoreError, ClientError, ResponseParserError)
"""What boto3 raises; `translated` knows all of it."""


def translated(what: str, action: str, error: Exception, timeout: float) -> SourceError:
    """The error of our own tree.

    Args:
        what: what was asked for.
        action: the IAM action the call needs; AWS's own word for it is preferred where it says one.
        error: one of `FOREIGN`.
        timeout: seconds that were waited for an answer.
    """
    if isinstance(error, ClientError):
        return _of_answer(what, action, error)
    return _of_credentials(what, error) or _of_network(what, error, timeout)


def _of_answer(what: str, action: str, error: ClientError) -> SourceError:
    told = error.response.get("Error", {})
    code, message = str(told.get("Code", "")), _short(str(told.get("Message", "")))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if error.operation_name in _ASSUMING and not _THROTTLING.search(code):
        advice = TRUST_SERVICE_ACCOUNT if error.operation_name == _IRSA else TRUST
        return CredentialFailed(what, f"the role cannot be assumed: {message or code}", advice)
    if code in _DENIED:
        return _denied(what, action, message)
    if code in _REFUSED:
        return Unauthorized(what, f"AWS refuses the credentials: {_words(code, message)}", RENEW)
    return _of_request(what, code, message, status)


def _of_request(what: str, code: str, message: str, status: int) -> SourceError:
    if _THROTTLING.search(code) or status == 429:  # noqa: PLR2004 - the status code of RFC 6585
        return Throttled(what, why=f"AWS asks to slow down ({code or status})", advice=BUSY)
    if _ABSENT.search(code):
        return NotFound(what, _words(code, message), "Check the name, the account and the region.")
    if code in _ELSEWHERE:
        return Rejected(what, f"it lies in another region: {_words(code, message)}", "Set its region.")
    if 400 <= status < 500:  # noqa: PLR2004 - the range of RFC 9110
        return Rejected(what, _words(code, message))
    return BadAnswer(what, f"AWS answers with an error: {_words(code or str(status), message)}")


def _denied(what: str, action: str, message: str) -> ActionForbidden:
    named, because = _ACTION.search(message), _BECAUSE.search(message)
    return ActionForbidden(what, named["action"] if named else action, because["because"] if because else "")


def _of_credentials(what: str, error: Exception) -> SourceError | None:
    if isinstance(error, _LACKING):
        return CredentialFailed(what, f"no AWS credentials: {_short(str(error))}", NO_CREDENTIALS)
    if isinstance(error, _STALE):
        return CredentialFailed(what, f"the AWS login has ended: {_short(str(error))}", RENEW)
    return None


def _of_network(what: str, error: Exception, timeout: float) -> SourceError:
    if isinstance(error, _SLOW):
        return TimedOut(what, timeout, NETWORK)
    if isinstance(error, _AWAY):
        return Unreachable(what, _short(str(error)), NETWORK)
    if isinstance(error, _NO_REGION):
        return Rejected(what, _short(str(error)), "Set aws.region of the cluster in the settings.")
    if isinstance(error, _CANNOT_BE_READ):
        return BadAnswer(
            what, "the answer cannot be read: something other than AWS answers, or it was cut off"
        )
    if isinstance(error, aws.CapacityNotAvailableError):
        return Throttled(what, why="AWS has asked to slow down, and the bot waits", advice=BUSY)
    return Rejected(what, _short(str(error)))


def _words(code: str, message: str) -> str:
    return f"{message} ({code})" if message and code and code not in message else message or code


def _short(text: str) -> str:
    """One line without a final dot, at most `LONGEST_MESSAGE` characters."""
    line = " ".join(text.split()).rstrip(". ")
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"
