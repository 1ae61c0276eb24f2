"""What each known failure means, in a clause of our own."""

from handlers.extract.log_aws import AwsCall
from rules.facts.log import SignatureKind as Kind

_PLAIN = {
    Kind.DATABASE_SCHEMA: "the database schema is not what the program expects",
    Kind.DATABASE_AUTH: "the database refuses the user or its password",
    Kind.DATABASE_SLOTS: "the database has no free connection slot",
    Kind.DATABASE_POOL: "the program's own database connection pool is exhausted",
    Kind.DATABASE_DNS: "the database host name cannot be resolved",
    Kind.DATABASE_REFUSED: "the database refuses connections",
    Kind.DATABASE_TIMEOUT: "the database does not answer in time",
    Kind.DATABASE_TLS: "the database wants an encrypted connection or does not admit this client",
    Kind.DATABASE_LOST: "the database closed the connection",
    Kind.AWS_NO_CREDENTIALS: "the process found no AWS credentials",
    Kind.AWS_TOKEN_AUDIENCE: "STS refuses the service account token: wrong audience",
    Kind.AWS_OIDC_PROVIDER: "the account has no usable OIDC provider for this cluster",
    Kind.AWS_ASSUME_ROLE_DENIED: "the role is missing, or its trust policy does not admit this account",
    Kind.AWS_INVALID_CREDENTIALS: "AWS does not know these credentials",
    Kind.AWS_EXPIRED: "the AWS credentials have expired, or the clock is wrong",
    Kind.AWS_KMS: "the KMS key cannot be used",
    Kind.AWS_ACCESS_DENIED: "AWS refused a call",
    Kind.AWS_REGION: "the AWS region is missing or wrong",
    Kind.AWS_NOT_FOUND: "the AWS resource does not exist",
    Kind.AWS_CAPACITY: "EC2 has no capacity of this kind, or a quota is used up",
    Kind.AWS_THROTTLED: "AWS throttles the calls",
    Kind.AWS_OTHER: "an AWS call failed",
    Kind.MODEL_DOWNLOAD_FAILED: "the model could not be downloaded",
    Kind.HUGGINGFACE_AUTH: "Hugging Face refuses the access token, or the model is gated",
    Kind.LICENSE: "the licence is missing, invalid or expired",
    Kind.OUT_OF_MEMORY_IN_PROCESS: "the process could not get more memory",
    Kind.WORKER_KILLED: "a worker process was killed, most often for memory, while the container stayed up",
    Kind.SEGMENTATION_FAULT: "native code crashed with a segmentation fault",
    Kind.GPU_UNAVAILABLE: "the process cannot use a GPU",
    Kind.DISK_FULL: "no space is left on a disk or volume",
    Kind.EXEC_FORMAT: "the program is built for another CPU architecture",
    Kind.COMMAND_NOT_FOUND: "a command is not in the image",
    Kind.MISSING_MODULE: "a module or shared library is not in the image",
    Kind.MISSING_ENV: "an environment variable is not set",
    Kind.INVALID_CONFIG: "the configuration is invalid",
    Kind.MODEL_UNREADABLE: "the model file cannot be read: empty, cut off, or of another version",
    Kind.MODEL_NOT_FOUND: "the model is not there under this name",
    Kind.MISSING_FILE: "a file is missing",
    Kind.READ_ONLY_FILESYSTEM: "the process writes to a read-only file system",
    Kind.PERMISSION_DENIED: "the process lacks a file or port permission",
    Kind.PORT_IN_USE: "the port is taken by another process of the pod",
    Kind.KUBERNETES_FORBIDDEN: "the service account lacks a right in Kubernetes",
    Kind.TLS_UNKNOWN_AUTHORITY: "the certificate is signed by an authority the client does not know",
    Kind.TLS_EXPIRED: "a certificate has expired",
    Kind.TLS_CLOCK: "a certificate is not valid yet: the clock is wrong, or it was made for later",
    Kind.TLS_NAME: "the certificate is for another name",
    Kind.DNS_FAILURE: "the resolver gives no answer",
    Kind.DNS_NAME_UNKNOWN: "a host name does not exist",
    Kind.CONNECTION_REFUSED: "a connection was refused: nothing listens there",
    Kind.CONNECTION_TIMEOUT: "a connection got no answer in time",
    Kind.RATE_LIMITED: "the other side limits the request rate",
    Kind.HTTP_UPSTREAM_ERRORS: "an upstream service answers with errors",
    Kind.WORKER_TIMEOUT: "a worker did not answer within the server's timeout",
    Kind.REQUEST_INVALID: "clients send input the model does not take",
}
_ABOUT = {
    Kind.DATABASE_AUTH: "the database refuses {}",
    Kind.DATABASE_DNS: "the database host name {} cannot be resolved",
    Kind.DATABASE_REFUSED: "the database at {} refuses connections",
    Kind.DATABASE_TIMEOUT: "the database at {} does not answer in time",
    Kind.AWS_NOT_FOUND: "{} does not exist in AWS",
    Kind.AWS_CAPACITY: "EC2 has no capacity for {}, or a quota is used up",
    Kind.MODEL_DOWNLOAD_FAILED: "the model at {} could not be downloaded",
    Kind.EXEC_FORMAT: "{} is built for another CPU architecture",
    Kind.COMMAND_NOT_FOUND: "the command {} is not in the image",
    Kind.MISSING_MODULE: "{} is not in the image",
    Kind.MISSING_ENV: "the environment variable {} is not set",
    Kind.INVALID_CONFIG: "the configuration is invalid at {}",
    Kind.MODEL_NOT_FOUND: "there is no model {}",
    Kind.MISSING_FILE: "the file {} is missing",
    Kind.READ_ONLY_FILESYSTEM: "{} is on a read-only file system",
    Kind.PERMISSION_DENIED: "no permission for {}",
    Kind.PORT_IN_USE: "port {} is taken by another process of the pod",
    Kind.DNS_FAILURE: "the resolver gives no answer for {}",
    Kind.DNS_NAME_UNKNOWN: "the resolver knows no host {}",
    Kind.CONNECTION_REFUSED: "connections to {} are refused: nothing listens there",
    Kind.CONNECTION_TIMEOUT: "{} does not answer in time",
    Kind.HTTP_UPSTREAM_ERRORS: "the upstream {} answers with errors",
    Kind.REQUEST_INVALID: "clients send input the model does not take: {}",
}
_VARIANTS = {
    (Kind.DATABASE_SCHEMA, "out_of_date"): "the database schema is older than the program expects",
    (Kind.DATABASE_SCHEMA, "newer"): "the database was migrated by a newer version than this program",
    (Kind.DATABASE_SCHEMA, "dirty"): "an earlier migration stopped half-way and left the schema marked dirty",
    (Kind.DATABASE_SCHEMA, "already_exists"): "a migration adds {}, which is there already",
    (Kind.DATABASE_SCHEMA, "missing"): "{} does not exist in the database: migrations have not run",
    (Kind.DATABASE_SCHEMA, "no_database"): "the database {} does not exist",
    (Kind.DATABASE_AUTH, "no_grant"): "the database user has no right on {}",
    (Kind.DATABASE_AUTH, "no_role"): "the database user {} does not exist",
    (Kind.OUT_OF_MEMORY_IN_PROCESS, "gpu"): "the GPU has no memory left",
    (
        Kind.OUT_OF_MEMORY_IN_PROCESS,
        "heap",
    ): "the heap is exhausted: its own limit, not the container's, was reached",
    (Kind.MODEL_DOWNLOAD_FAILED, "not_found"): "there is no model at {}",
    (Kind.MODEL_DOWNLOAD_FAILED, "hub_unreachable"): "Hugging Face cannot be reached",
    (Kind.CONNECTION_TIMEOUT, "endpoint"): "the AWS endpoint {} cannot be reached",
}


def summary_of(kind: Kind, subject: str, code: str) -> str:
    """The clause for a failure, naming its subject where that is known."""
    variant = _VARIANTS.get((kind, code))
    if variant is not None:
        return variant.format(subject or "something") if "{}" in variant else variant
    return _ABOUT[kind].format(subject) if subject and kind in _ABOUT else _PLAIN[kind]


def aws_summary(call: AwsCall) -> str:
    """The clause for an AWS error: who was refused what, on which resource."""
    if call.kind is Kind.AWS_ACCESS_DENIED:
        who = _who(call)
        what = call.action or call.operation or "a call"
        where = f" on {call.resource}" if call.resource else ""
        return f"AWS refuses {what}{where} to {who}"
    if call.kind in {Kind.AWS_OTHER, Kind.AWS_NOT_FOUND, Kind.AWS_THROTTLED, Kind.AWS_INVALID_CREDENTIALS}:
        operation = f" ({call.operation})" if call.operation else ""
        return f"{summary_of(call.kind, call.uri, call.code)}: {call.code}{operation}"
    return summary_of(call.kind, "", call.code)


def _who(call: AwsCall) -> str:
    if not call.role:
        return call.principal or "this identity"
    return f"the node's role {call.role}" if call.as_instance else f"the role {call.role}"
