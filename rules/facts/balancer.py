"""Facts about a load balancer: what its controller says of it, and how its targets stand."""

from typing import Annotated, Literal

from rules.facts.base import Facts, fact
from rules.finding import Observation

BalancerProblem = Literal[
    "none",
    "subnets_none",
    "subnets_full",
    "subnets_too_few",
    "subnets_same_zone",
    "certificate_not_found",
    "certificate_unusable",
    "security_group_tags",
    "security_groups_missing",
    "backend_missing",
    "backend_port_missing",
    "target_port_empty",
    "class_invalid",
    "group_conflict",
    "access_denied",
    "web_identity",
    "quota",
    "throttled",
    "unknown",
]
TargetProblem = Literal[
    "none",
    "wrong_code",
    "timeout",
    "failed",
    "not_registered",
    "unused",
    "unusable_address",
    "aws_error",
    "starting",
    "unknown",
]


class BalancerSaidFacts(Facts, frozen=True, kw_only=True):
    """The newest failure of the load balancer controller that nothing has mended since."""

    problem: Annotated[BalancerProblem, fact("The kind of failure, from the controller's own words")] = "none"
    said: Annotated[Observation | None, fact("Those words", read="events, or the controller's log")] = None
    brief: Annotated[str, fact("The beginning of those words, for a headline")] = ""
    subject: Annotated[str, fact("What they are about: host, Service, port, tag, setting; or empty")] = ""
    groups: Annotated[tuple[str, ...], fact("Security groups they name")] = ()
    group_count: Annotated[int, fact("How many security groups they name")] = 0
    evaluated: Annotated[int | None, fact("Subnets it looked at; None when not said")] = None
    of_other_clusters: Annotated[int | None, fact("Subnets tagged for other clusters")] = None
    full: Annotated[int | None, fact("Subnets with too few free addresses")] = None
    action: Annotated[str, fact("IAM action that was refused (ec2:CreateSecurityGroup), or empty")] = ""
    role: Annotated[str, fact("Role it was refused to, or empty")] = ""


class TargetFacts(Facts, frozen=True, kw_only=True):
    """The targets behind a load balancer."""

    total: Annotated[int, fact("Targets that are known")] = 0
    unhealthy: Annotated[int, fact("Targets that get no traffic for their health")] = 0
    problem: Annotated[
        TargetProblem, fact("Why, by the reason AWS gives", read="readiness gate, DescribeTargetHealth")
    ] = "none"
    codes: Annotated[str, fact("HTTP codes the health check got (404), or empty")] = ""
    said: Annotated[Observation | None, fact("Reason and description of the first of them")] = None
    brief: Annotated[str, fact("The beginning of that, for a headline")] = ""
    pod: Annotated[str, fact("The pod behind that target, or empty")] = ""
    port: Annotated[int, fact("The pod's port that the Service leads to; 0 when not known")] = 0
    asked: Annotated[
        str, fact("Path the health check asks", read="annotation healthcheck-path, target group")
    ] = "/"
    probe: Annotated[
        str, fact("Path of the pods' own readiness probe, or empty", read="readinessProbe.httpGet")
    ] = ""
    differs: Annotated[bool, fact("Whether the two paths differ")] = False
    pods_ready: Annotated[bool, fact("Whether the containers of those pods are ready")] = False
    on: Annotated[str, fact("Where the path is set: annotation of the Ingress or of the Service")] = ""
    restricted: Annotated[
        bool, fact("Whether network policies let no addresses in, and so not the load balancer's")
    ] = False
