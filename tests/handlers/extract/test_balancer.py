"""What the load balancer controller says → which failure it is; texts of its releases 2.4 to 2.14."""

import pytest

from handlers.extract.balancer import balancer_said, brief, response_codes, target_problem
from rules.finding import Observation

EVALUATED = (
    "couldn't auto-discover subnets: unable to resolve at least one subnet. Evaluated {} subnets: {} are"
    " tagged for other clusters, and {} have insufficient available IP addresses"
)
TEXTS = [
    (
        EVALUATED.format(6, 6, 0),
        "subnets_none",
        "6 of 6 are tagged for other clusters",
    ),
    (
        "couldn't auto-discover subnets: unable to discover at least one subnet",
        "subnets_none",
        "none is tagged for it",
    ),
    (
        EVALUATED.format(2, 0, 2),
        "subnets_full",
        "",
    ),
    ("subnets count less than minimal required count: 1 < 2", "subnets_too_few", "1 < 2"),
    ("multiple subnets in same Availability Zone eu-west-1a: [subnet-1]", "subnets_same_zone", "eu-west-1a"),
    ("no certificate found for host: a.example.org", "certificate_not_found", "a.example.org"),
    (
        "CertificateNotFound: Certificate 'arn:aws:acm:x' not found",
        "certificate_unusable",
        "CertificateNotFound",
    ),
    (
        "expected exactly one securityGroup tagged with kubernetes.io/cluster/dev for eni eni-1, got: []",
        "security_group_tags",
        "kubernetes.io/cluster/dev",
    ),
    ("couldn't find all security groups", "security_groups_missing", ""),
    ('ingress: a/b: backend not found: services "old" not found', "backend_missing", "old"),
    ("ingress: a/b: unable to find port 81 on service a/web", "backend_port_missing", "81 on service a/web"),
    (
        "TargetGroup port is empty. When using Instance targets, your service must be of type 'NodePort'",
        "target_port_empty",
        "",
    ),
    ("invalid ingress class: ingressClassParams not found", "class_invalid", "ingressClassParams not found"),
    ("conflicting scheme: map[internal:{} internet-facing:{}]", "group_conflict", "scheme"),
    ("conflicting securityGroups settings", "group_conflict", "securityGroups"),
    (
        "WebIdentityErr: failed to retrieve credentials\ncaused by: AccessDenied: Not authorized",
        "web_identity",
        "",
    ),
    ("TooManyLoadBalancers: The limit on load balancers is 50", "quota", "TooManyLoadBalancers"),
    ("Throttling: Rate exceeded", "throttled", ""),
    ("something that nobody has seen yet", "unknown", ""),
]


@pytest.mark.parametrize(("text", "problem", "subject"), TEXTS, ids=[problem for _, problem, _ in TEXTS])
def test_texts_are_told_apart(text: str, problem: str, subject: str) -> None:
    found = balancer_said(Observation(f"Failed build model due to {text}", "event"))
    assert found.problem == problem
    assert found.subject == subject
    assert found.said is not None


def test_refused_action_and_role_are_named() -> None:
    text = (
        "Failed deploy model due to operation error EC2: CreateSecurityGroup, https response error"
        " StatusCode: 403, RequestID: x, api error UnauthorizedOperation: User:"
        " arn:aws:sts::111122223333:assumed-role/dev-lbc/1700 is not authorized to perform:"
        " ec2:CreateSecurityGroup on resource: arn:aws:ec2:eu-west-1:1:vpc/vpc-1 because no identity-based"
        " policy allows the ec2:CreateSecurityGroup action"
    )
    found = balancer_said(Observation(text))
    assert (found.problem, found.action, found.role) == (
        "access_denied",
        "ec2:CreateSecurityGroup",
        "dev-lbc",
    )


def test_security_groups_are_listed() -> None:
    text = "expected exactly one securityGroup tagged with t for eni eni-1, got: [sg-0a sg-0b]"
    found = balancer_said(Observation(text))
    assert found.groups == ("sg-0a", "sg-0b")
    assert found.group_count == 2


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("Target.ResponseCodeMismatch", "wrong_code"),
        ("Target.Timeout", "timeout"),
        ("Target.NotInUse", "unused"),
        ("Elb.InitialHealthChecking", "starting"),
        ("Target.Else", "unknown"),
    ],
)
def test_reasons_of_targets(reason: str, problem: str) -> None:
    assert target_problem(reason) == problem


def test_codes_of_a_failed_check() -> None:
    assert response_codes("Health checks failed with these codes: [404, 502]") == "404, 502"
    assert response_codes("Request timed out") == ""


def test_headline_is_short_and_says_what_failed() -> None:
    assert brief("Failed deploy model due to  Throttling:\nRate exceeded") == "Throttling: Rate exceeded"
    assert len(brief("x" * 1000)) < 130
