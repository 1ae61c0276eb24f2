"""What clients and servers say of the network: DNS, connections, limits, upstreams, requests."""

from handlers.extract.log_sign import HOST, Sign, either
from handlers.extract.log_signs_process import FILES
from rules.facts.log import SignatureKind as Kind

KUBERNETES = (
    Sign(
        Kind.KUBERNETES_FORBIDDEN,
        ("is forbidden: user",),
        r"is forbidden: user [\"'](?P<user>[^\"']{1,300})[\"'] cannot (?P<code>\w+) resource [\"']"
        r"(?P<subject>[\w./\-]{1,200})",
    ),
)

DNS = (
    Sign(
        Kind.DNS_NAME_UNKNOWN,
        (
            "no such host",
            "name or service not known",
            "enotfound",
            "nodename nor servname",
            "name does not resolve",
            "could not resolve host",
            "unknownhostexception",
            "nxdomain",
            "name has no usable address",
        ),
    ),
    Sign(
        Kind.DNS_FAILURE,
        (
            "temporary failure in name resolution",
            "eai_again",
            "server misbehaving",
            "getaddrinfo failed",
            "nameresolutionerror",
            "failed to resolve",
        ),
        r"temporary failure|eai_again|server misbehaving|getaddrinfo failed"
        r"|nameresolutionerror|failed to resolve '",
    ),
    Sign(Kind.DNS_FAILURE, ("i/o timeout",), r"\blookup \S{1,253} on |:53: i/o timeout|plugin/errors"),
)

NETWORK = (
    Sign(
        Kind.HTTP_UPSTREAM_ERRORS,
        ("upstream", "bad gateway", "gateway timeout", "service unavailable", "server error"),
        either(
            "upstream prematurely closed",
            "no healthy upstream",
            "no live upstreams",
            "upstream connect error or disconnect",
            "upstream timed out",
            "upstream sent",
            r"\b(?P<code>50[0234]) server error: .{0,80}for url: (?P<subject>\S{1,500})",
            r"(?:status(?: ?code)?|returned|responded with|response)[ :=]{1,3}(?P<code2>50[234])\b",
            r"\b(?P<code3>50[234]) (?:bad gateway|service unavailable|gateway time-?out)",
        ),
    ),
    Sign(
        Kind.RATE_LIMITED,
        ("too many requests", "toomanyrequests", "rate limit", "ratelimit", "client-side throttling"),
        either(
            r"\b429\b",
            "too many requests",
            "toomanyrequests",
            r"rate ?limit(?:ed|ing)? ?(?:exceeded|reached|error|hit)|(?:exceeded"
            r"|reached|hit).{0,30}rate limit|ratelimiterror",
            "due to client-side throttling",
        ),
    ),
    Sign(
        Kind.CONNECTION_REFUSED,
        ("connection refused", "econnrefused", "actively refused", "connectionrefusederror"),
    ),
    Sign(
        Kind.CONNECTION_TIMEOUT,
        (
            "timed out",
            "i/o timeout",
            "etimedout",
            "connecttimeout",
            "readtimeout",
            "deadline exceeded",
            "no route to host",
            "network is unreachable",
            "network unreachable",
        ),
        either(
            r"connection timed out|connect timed out|connect timeout|etimedout|connecttimeout|i/o timeout",
            r"read timed out|readtimeout|timeouterror",
            r"context deadline exceeded|deadline exceeded",
            r"no route to host|network is unreachable|network unreachable",
        ),
    ),
)

REQUESTS = (
    Sign(Kind.REQUEST_INVALID, ("columns are missing",), r"columns are missing: \{?(?P<subject>[^}]{1,200})"),
    Sign(
        Kind.REQUEST_INVALID,
        (
            "invalid_input_handler",
            "input contains nan",
            "unexpected input data type",
            "feature names",
        ),
        either(
            "input contains nan",
            "invalid_input_handler",
            "unexpected input data type",
            "feature names (?:should match|must be|mismatch|unseen)",
        ),
    ),
)

_TARGETS = (
    (
        r"(?:tcp|udp|econnrefused|etimedout|connecting to|connect to|connection to"
        rf"|redis:) \[?(?P<target>{HOST}:\d{{2,5}})"
    ),
    rf"host='(?P<target>{HOST})', port=(?P<port>\d{{2,5}})",
    rf"connect to (?P<target>{HOST}) port (?P<port>\d{{2,5}})",
    rf"server at \"(?P<target>{HOST})\".{{0,60}}port (?P<port>\d{{2,5}})",
    rf"https?://(?:[^\s/@\"']{{1,200}}@)?(?P<target>{HOST}(?::\d{{2,5}})?)",
    (
        r"(?:upstream|endpoint|target|addr(?:ess)?|server|host(?:name)?|peer|broker)=\"?"
        rf"(?P<target>{HOST}(?::\d{{2,5}})?)"
    ),
    rf"(?<![\w.\-])(?P<target>{HOST}[/:]\[?[\w.]{{1,60}}:\d{{2,5}})\b",
    r"(?<![\w.\-])(?P<target>[a-z\d][\w.\-]{1,200}:\d{2,5})\b",
)
_NAMES = (
    rf"\blookup (?P<target>{HOST})(?: on |:)",
    rf"(?:resolve|resolving) (?:host(?:name)?:? )?[\"']?(?P<target>{HOST}\.[\w.\-]{{1,100}}|{HOST}(?=[\"']))",
    rf"(?:enotfound|eai_again) (?P<target>{HOST})",
    rf"plugin/errors: \d+ (?P<target>{HOST}?)\.? [A-Z]",
    rf"unknownhostexception: (?P<target>{HOST})",
    rf"host='(?P<target>{HOST})'",
    rf"host(?:name)?[ =:]{{1,3}}[\"']?(?P<target>{HOST}\.[\w.\-]{{1,100}})",
    rf"https?://(?:[^\s/@\"']{{1,200}}@)?(?P<target>{HOST})",
)
TARGETS = {
    Kind.DISK_FULL: FILES,
    Kind.READ_ONLY_FILESYSTEM: FILES,
    Kind.AWS_OIDC_PROVIDER: (r"for (?P<target>https://\S{1,300})",),
    Kind.CONNECTION_REFUSED: _TARGETS,
    Kind.CONNECTION_TIMEOUT: _TARGETS,
    Kind.TLS_EXPIRED: _TARGETS[:5],
    Kind.TLS_CLOCK: _TARGETS[:5],
    Kind.TLS_UNKNOWN_AUTHORITY: _TARGETS[:5],
    Kind.HTTP_UPSTREAM_ERRORS: _TARGETS[4:6],
    Kind.RATE_LIMITED: _TARGETS[4:6],
    Kind.DNS_FAILURE: _NAMES,
    Kind.DNS_NAME_UNKNOWN: _NAMES,
    Kind.DATABASE_DNS: _NAMES,
    Kind.DATABASE_REFUSED: _TARGETS,
    Kind.DATABASE_TIMEOUT: _TARGETS,
    Kind.PORT_IN_USE: (
        rf"\('(?P<target>{HOST})', (?P<port>\d{{2,5}})\)",
        r"(?:port|:) ?(?P<target>\d{2,5})\b",
    ),
}
"""Where a line names the other side, by kind; tried in turn when the sign itself found no subject."""
