"""What the AWS load balancer controller says of a failure (v2.14) → which one it is; pure."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from handlers.extract.log_aws import aws_call
from rules.facts.balancer import BalancerProblem, BalancerSaidFacts, TargetProblem
from rules.finding import Observation

_PATTERNS: tuple[tuple[BalancerProblem, re.Pattern[str]], ...] = (
    ("subnets_none", re.compile(r"unable to (?:resolve|discover) at least one subnet")),
    ("subnets_too_few", re.compile(r"subnets count less than minimal required count: (\d+ < \d+)")),
    (
        "subnets_same_zone",
        re.compile(r"multiple subnets? (?:\S+ )?in (?:the )?same Availability Zone ?(\S*)", re.IGNORECASE),
    ),
    ("certificate_not_found", re.compile(r"no certificate found for host: (\S+)")),
    ("certificate_unusable", re.compile(r"\b(CertificateNotFound|UnsupportedCertificate)\b")),
    ("security_group_tags", re.compile(r"expected exactly one securityGroup tagged with (\S+)")),
    ("security_groups_missing", re.compile(r"couldn't find all security ?groups?:?\s*(.*)")),
    ("backend_missing", re.compile(r'(?:backend not found: )?[Ss]ervices? "([^"]+)" not found')),
    ("backend_port_missing", re.compile(r"unable to find port (\S+ on service \S+)")),
    ("target_port_empty", re.compile(r"TargetGroup port is empty")),
    ("class_invalid", re.compile(r"invalid ingress class:? ?(.*)")),
    ("group_conflict", re.compile(r"conflicting ([\w -]+?)(?::|$| settings)")),
    ("web_identity", re.compile(r"WebIdentityErr|AssumeRoleWithWebIdentity|failed to retrieve credentials")),
    ("access_denied", re.compile(r"AccessDenied|UnauthorizedOperation|is not authorized to perform")),
    ("quota", re.compile(r"\b(TooMany\w+|\w+LimitExceeded)\b")),
    ("throttled", re.compile(r"Throttling|Rate exceeded|RequestLimitExceeded")),
)
"""First match wins."""
_EVALUATED = re.compile(
    r"Evaluated (\d+) subnets: (\d+) are tagged for other clusters,? and (\d+) have insufficient"
)
_BUILD, _DEPLOY = "Failed build model due to ", "Failed deploy model due to "
_BRIEF = 120
_GROUPS = re.compile(r"got: \[([^\]]*)\]")
_GROUP = re.compile(r"sg-[0-9a-f]+")
_CODES = re.compile(r"codes: \[([\d, ]+)\]")
_REASONS: Mapping[str, TargetProblem] = MappingProxyType(
    {
        "Target.ResponseCodeMismatch": "wrong_code",
        "Target.Timeout": "timeout",
        "Target.FailedHealthChecks": "failed",
        "Target.NotRegistered": "not_registered",
        "Target.NotInUse": "unused",
        "Target.InvalidState": "not_registered",
        "Target.IpUnusable": "unusable_address",
        "Target.DeregistrationInProgress": "not_registered",
        "Elb.InternalError": "aws_error",
        "Elb.InitialHealthChecking": "starting",
        "Elb.RegistrationInProgress": "starting",
    }
)


def balancer_said(said: Observation) -> BalancerSaidFacts:
    """Classify the controller's words."""
    problem, subject = _classified(said.text)
    counts = _EVALUATED.search(said.text)
    evaluated, others, full = (int(count) for count in counts.groups()) if counts else (None, None, None)
    if problem == "subnets_none" and full and not others:
        problem = "subnets_full"
    refused, got = aws_call(said.text), _GROUPS.search(said.text)
    groups = tuple(_GROUP.findall(got[1] if got else ""))
    return BalancerSaidFacts(
        problem=problem,
        said=said,
        brief=brief(said.text),
        subject=subject or _counted(evaluated, others) if problem == "subnets_none" else subject,
        groups=groups,
        group_count=len(groups),
        evaluated=evaluated,
        of_other_clusters=others,
        full=full,
        action=refused.action if refused else "",
        role=refused.role if refused else "",
    )


def brief(text: str) -> str:
    """The beginning of a text without what every failure says, short enough for a headline."""
    plain = " ".join(text.split()).removeprefix(_BUILD).removeprefix(_DEPLOY)
    return plain if len(plain) <= _BRIEF else f"{plain[:_BRIEF].rstrip()} …"


def _counted(evaluated: int | None, others: int | None) -> str:
    """Why no subnet fits, as far as the controller counted."""
    if not evaluated:
        return "none is tagged for it"
    return f"{others} of {evaluated} are tagged for other clusters"


def _classified(text: str) -> tuple[BalancerProblem, str]:
    for problem, pattern in _PATTERNS:
        found = pattern.search(text)
        if found:
            return problem, (found[1] if pattern.groups else "").strip().rstrip(".,:")
    return "unknown", ""


def target_problem(reason: str) -> TargetProblem:
    """The kind of a target's trouble, by AWS's reason."""
    return _REASONS.get(reason, "unknown")


def response_codes(description: str) -> str:
    """The HTTP codes of a failed health check ("404"), or empty."""
    found = _CODES.search(description)
    return found[1] if found else ""
