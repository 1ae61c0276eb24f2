"""Facts about one container's log: what its text says went wrong, with the line that says it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from rules.facts.base import Facts, fact
from rules.finding import Observation


class SignatureKind(StrEnum):
    """Failures known by their text, sorted by how much they explain, as signatures are."""

    DATABASE_SCHEMA = "database_schema"
    DATABASE_AUTH = "database_auth"
    DATABASE_SLOTS = "database_slots"
    DATABASE_POOL = "database_pool"
    DATABASE_DNS = "database_dns"
    DATABASE_REFUSED = "database_refused"
    DATABASE_TIMEOUT = "database_timeout"
    DATABASE_TLS = "database_tls"
    DATABASE_LOST = "database_lost"
    AWS_NO_CREDENTIALS = "aws_no_credentials"
    AWS_TOKEN_AUDIENCE = "aws_token_audience"  # noqa: S105 - a kind of failure, not a token
    AWS_OIDC_PROVIDER = "aws_oidc_provider"
    AWS_ASSUME_ROLE_DENIED = "aws_assume_role_denied"
    AWS_INVALID_CREDENTIALS = "aws_invalid_credentials"
    AWS_EXPIRED = "aws_expired"
    AWS_KMS = "aws_kms"
    AWS_ACCESS_DENIED = "aws_access_denied"
    AWS_REGION = "aws_region"
    AWS_NOT_FOUND = "aws_not_found"
    AWS_CAPACITY = "aws_capacity"
    AWS_THROTTLED = "aws_throttled"
    AWS_OTHER = "aws_other"
    MODEL_DOWNLOAD_FAILED = "model_download_failed"
    HUGGINGFACE_AUTH = "huggingface_auth"
    LICENSE = "license"
    OUT_OF_MEMORY_IN_PROCESS = "out_of_memory_in_process"
    WORKER_KILLED = "worker_killed"
    SEGMENTATION_FAULT = "segmentation_fault"
    GPU_UNAVAILABLE = "gpu_unavailable"
    DISK_FULL = "disk_full"
    EXEC_FORMAT = "exec_format"
    COMMAND_NOT_FOUND = "command_not_found"
    MISSING_MODULE = "missing_module"
    MISSING_ENV = "missing_env"
    INVALID_CONFIG = "invalid_config"
    MODEL_UNREADABLE = "model_unreadable"
    MODEL_NOT_FOUND = "model_not_found"
    MISSING_FILE = "missing_file"
    READ_ONLY_FILESYSTEM = "read_only_filesystem"
    PERMISSION_DENIED = "permission_denied"
    PORT_IN_USE = "port_in_use"
    KUBERNETES_FORBIDDEN = "kubernetes_forbidden"
    TLS_UNKNOWN_AUTHORITY = "tls_unknown_authority"
    TLS_EXPIRED = "tls_expired"
    TLS_CLOCK = "tls_clock"
    TLS_NAME = "tls_name"
    DNS_FAILURE = "dns_failure"
    DNS_NAME_UNKNOWN = "dns_name_unknown"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_TIMEOUT = "connection_timeout"
    RATE_LIMITED = "rate_limited"
    HTTP_UPSTREAM_ERRORS = "http_upstream_errors"
    WORKER_TIMEOUT = "worker_timeout"
    REQUEST_INVALID = "request_invalid"

    @property
    def rank(self) -> int:
        """0 for the kind that explains the most."""
        return _RANKS[self]


_RANKS = {kind: position for position, kind in enumerate(SignatureKind)}


class LogSignature(Facts, frozen=True, kw_only=True):
    """One known failure, however often the log repeats it."""

    kind: Annotated[SignatureKind, fact("Which known failure")] = SignatureKind.AWS_OTHER
    summary: Annotated[str, fact("What it means, one clause without a final dot")] = ""
    line: Annotated[Observation, fact("The latest line that says so")] = Observation("")
    number: Annotated[int, fact("Number of that line, from 1", unit="lines")] = 0
    count: Annotated[int, fact("Lines that say so", unit="lines")] = 0
    last_at: Annotated[datetime | None, fact("When the latest was written; None without a timestamp")] = None
    seconds_ago: Annotated[
        float | None, fact("Age of the latest; None without a timestamp", unit="seconds")
    ] = None
    subject: Annotated[
        str, fact("What it is about: host, host:port, file, variable, module, model, object URI; or empty")
    ] = ""
    subjects: Annotated[tuple[str, ...], fact("Every distinct subject, latest first, ten at most")] = ()
    code: Annotated[
        str,
        fact(
            "AWS error code, or the variant (database_schema: out_of_date, already_exists, missing, locked)"
        ),
    ] = ""
    operation: Annotated[str, fact("AWS API operation that failed (PutObject), or empty")] = ""
    action: Annotated[str, fact("IAM action that was refused (s3:PutObject), or empty")] = ""
    resource: Annotated[str, fact("ARN of the resource it was refused on, or empty")] = ""
    principal: Annotated[str, fact("ARN that really made the call, or empty")] = ""
    role: Annotated[str, fact("Name of the role in that ARN, or empty")] = ""
    as_instance: Annotated[
        bool, fact("Whether the call ran under a node's instance role (session named after an EC2 instance)")
    ] = False
    denied_by: Annotated[
        str, fact("Policy that refused (identity-based policy, VPC endpoint policy), or empty when not said")
    ] = ""


class LogErrorGroup(Facts, frozen=True, kw_only=True):
    """Error lines that differ only in numbers, ids, addresses and quoted words."""

    text: Annotated[str, fact("The line with what varies masked (<n>, <id>, <ip>, <text>)")] = ""
    count: Annotated[int, fact("Lines of this form", unit="lines")] = 0
    example: Annotated[Observation, fact("The latest of them")] = Observation("")


class LogResponses(Facts, frozen=True, kw_only=True):
    """Access-log lines with the same HTTP status and path."""

    status: Annotated[int, fact("HTTP status code, 400 or above")] = 0
    method: Annotated[str, fact("HTTP method (POST)")] = ""
    path: Annotated[str, fact("Path without query, numbers masked")] = ""
    count: Annotated[int, fact("Requests answered so", unit="requests")] = 0
    last_at: Annotated[datetime | None, fact("When the latest was; None without a timestamp")] = None
    seconds_ago: Annotated[
        float | None, fact("Age of the latest; None without a timestamp", unit="seconds")
    ] = None
    example: Annotated[Observation, fact("The latest of them")] = Observation("")


class LogFacts(Facts, frozen=True, kw_only=True):
    """What the log of one container's run says."""

    container: Annotated[str, fact("Container the log is of")] = ""
    previous: Annotated[bool, fact("Whether it is the log of the run before the current one")] = False
    lines: Annotated[int, fact("Lines that were read", unit="lines")] = 0
    truncated: Annotated[bool, fact("Whether only the end of the log was read")] = False
    last_at: Annotated[datetime | None, fact("When the last line was written; None without a timestamp")] = (
        None
    )
    error: Annotated[Observation | None, fact("The most telling failure; None when nothing failed")] = None
    error_seconds_ago: Annotated[
        float | None, fact("Age of that failure; None without a timestamp", unit="seconds")
    ] = None
    exception_type: Annotated[str, fact("Type of the last exception or panic, as the language names it")] = ""
    exception_message: Annotated[str, fact("Its message, first line")] = ""
    first_cause: Annotated[
        str, fact("First exception of a chain ('Type: message'), or empty when it was raised by itself")
    ] = ""
    last_frame: Annotated[
        str, fact("Where it was raised: file:line in function, the application's code before a library's")
    ] = ""
    error_groups: Annotated[
        tuple[LogErrorGroup, ...], fact("Forms of error lines, most frequent first, eight at most")
    ] = ()
    signatures: Annotated[
        tuple[LogSignature, ...], fact("Known failures, most explaining first, then latest; twelve at most")
    ] = ()
    responses: Annotated[
        tuple[LogResponses, ...],
        fact("HTTP responses of 400 and above, worst and most frequent first, ten at most"),
    ] = ()
    requests: Annotated[int, fact("Lines of the access log", unit="requests")] = 0
    loaded: Annotated[
        Observation | None,
        fact("The line by which the model is loaded; None when it still loads or none says so"),
    ] = None
    loading: Annotated[Observation | None, fact("The last line about loading or warming up a model")] = None
