"""What AWS clients, model downloads and TLS say when they fail (`log_aws` reads AWS's own error frame)."""

from handlers.extract.log_sign import HOST, Sign, either
from rules.facts.log import SignatureKind as Kind

AWS = (
    Sign(
        Kind.AWS_NO_CREDENTIALS,
        (
            "unable to locate credentials",
            "nocredentialproviders",
            "no ec2 imds role found",
            "nocredentialserror",
            "could not load credentials from any providers",
            "partial credentials found",
            "unable to load aws credentials",
            "unable to load credentials from any of the providers",
        ),
    ),
    Sign(Kind.AWS_TOKEN_AUDIENCE, ("incorrect token audience",)),
    Sign(
        Kind.AWS_OIDC_PROVIDER,
        ("no openidconnect provider found", "couldn't retrieve verification key"),
    ),
    Sign(Kind.AWS_ASSUME_ROLE_DENIED, ("not authorized to perform sts:assumerole",)),
    Sign(
        Kind.AWS_EXPIRED,
        ("expiredtoken", "requesttimetooskewed", "the security token included in the request is expired"),
    ),
    Sign(
        Kind.AWS_KMS,
        ("kms.", "kms:"),
        r"kms\.\w*exception|kms:(?:decrypt|generatedatakey|encrypt|createGrant)\b",
    ),
    Sign(
        Kind.AWS_REGION,
        (
            "you must specify a region",
            "noregionerror",
            "permanentredirect",
            "the bucket is in this region",
            "must be addressed using the specified endpoint",
        ),
    ),
    Sign(Kind.AWS_NOT_FOUND, ("specified key does not exist", "nosuchkey"), code="NoSuchKey"),
    Sign(Kind.AWS_NOT_FOUND, ("specified bucket does not exist", "nosuchbucket"), code="NoSuchBucket"),
    Sign(
        Kind.AWS_CAPACITY,
        ("insufficientinstancecapacity",),
        r"sufficient (?P<subject>[a-z0-9\-]+\.[a-z0-9\-]+) capacity",
        "InsufficientInstanceCapacity",
    ),
    Sign(Kind.AWS_CAPACITY, ("insufficientinstancecapacity",), code="InsufficientInstanceCapacity"),
    Sign(
        Kind.AWS_CAPACITY,
        ("vcpulimitexceeded", "maxspotinstancecountexceeded", "unfulfillablecapacity"),
        r"(?P<code>vcpulimitexceeded|maxspotinstancecountexceeded|unfulfillablecapacity)",
    ),
    Sign(
        Kind.AWS_THROTTLED,
        (
            "throttlingexception",
            "rate exceeded",
            "requestlimitexceeded",
            "slowdown",
            "toomanyrequestsexception",
        ),
        either(
            r"throttlingexception",
            r"rate exceeded",
            r"requestlimitexceeded",
            r"\bslowdown\b",
            r"toomanyrequestsexception",
        ),
    ),
    Sign(
        Kind.CONNECTION_TIMEOUT,
        ("endpoint url",),
        r"(?:could not connect to the|connect timeout on|read timeout on) endpoint url: \""
        r"(?P<subject>[^\"]{1,500})\"",
        "endpoint",
    ),
    Sign(Kind.AWS_ACCESS_DENIED, ("access denied.",), r"failed to (?:put|get|list) \w+: access denied"),
)

MODEL = (
    Sign(
        Kind.MODEL_DOWNLOAD_FAILED,
        ("no model found in",),
        r"no model found in (?P<subject>\S{1,1000}?)\.?$",
        "not_found",
    ),
    Sign(
        Kind.MODEL_DOWNLOAD_FAILED,
        ("failed to fetch model",),
        r"the path or model (?P<subject>\S{1,1000}) does not exist",
        "not_found",
    ),
    Sign(
        Kind.HUGGINGFACE_AUTH,
        (
            "huggingface authentication failed",
            "gatedrepoerror",
            "cannot access gated repo",
            "huggingface.co",
            "invalid user token",
            "repositorynotfounderror",
        ),
        either(
            r"authentication failed",
            r"gatedrepo",
            r"gated repo",
            r"40[13] client error.{0,80}huggingface\.co/(?:api/models/)?(?P<subject>[\w.\-]+/[\w.\-]+)",
            r"invalid user token",
            r"repositorynotfounderror",
        ),
    ),
    Sign(
        Kind.MODEL_DOWNLOAD_FAILED,
        ("couldn't connect to 'https://huggingface", "localentrynotfounderror"),
        code="hub_unreachable",
    ),
    Sign(
        Kind.MODEL_DOWNLOAD_FAILED,
        ("storage initialization failed", "error during storage initialization"),
        vague=True,
    ),
    Sign(
        Kind.LICENSE,
        ("license",),
        either(
            r"licen[cs]e (?:key )?(?:has |is )?(?:expired|invalid|missing|not found|check failed)",
            r"(?:no|invalid|expired) (?:valid )?licen[cs]e\b",
        ),
    ),
    Sign(
        Kind.MODEL_UNREADABLE,
        (
            "ran out of input",
            "unpicklingerror",
            "invalid load key",
            "deserializing header",
            "pytorchstreamreader",
            "incompatible dtype",
            "can't get attribute",
        ),
        either(
            r"eoferror: ran out of input",
            r"unpicklingerror",
            r"invalid load key",
            r"deserializing header",
            r"pytorchstreamreader failed",
            r"from the pickle has an incompatible dtype",
            r"can't get attribute '(?P<subject>[^']{1,100})'",
        ),
    ),
    Sign(
        Kind.MODEL_NOT_FOUND,
        ("model with name",),
        r"model with name[= ](?P<subject>[\w.\-/]{1,200}) (?:does not exist|not found)",
    ),
    Sign(
        Kind.MODEL_NOT_FOUND,
        ("locate model file",),
        r"model file for model (?P<subject>[\w.\-/]{1,200})",
        vague=True,
    ),
    Sign(
        Kind.MODEL_NOT_FOUND,
        ("unknown model", "valid model identifier"),
        either(
            r"unknown model:? '?(?P<subject>[\w.\-/]{1,200})",
            r"(?P<subject2>[\w.\-/]{1,200}) is not a local folder and is not a valid model identifier",
        ),
    ),
)

TLS = (
    Sign(Kind.TLS_CLOCK, ("not yet valid",), r"current time \S+ is before|certificate is not yet valid"),
    Sign(
        Kind.TLS_EXPIRED,
        ("certificate has expired", "certificate expired", "cert_has_expired", "certificateexpired"),
    ),
    Sign(
        Kind.TLS_NAME,
        ("certificate is valid for", "hostname mismatch", "no subject alternative", "altnames"),
        either(
            rf"valid for .{{1,300}}, not (?P<subject>{HOST})",
            r"hostname mismatch",
            r"no subject alternative",
            r"does not match certificate's altnames",
        ),
    ),
    Sign(
        Kind.TLS_UNKNOWN_AUTHORITY,
        (
            "unknown authority",
            "self signed certificate",
            "self-signed certificate",
            "local issuer certificate",
            "certificate_verify_failed",
            "pkix path building",
            "verify the first certificate",
            "unable_to_get_issuer",
        ),
    ),
)
