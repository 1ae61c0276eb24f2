"""`diagnose ingress` with AWS beside the cluster: moto's answers over the wire, and made targets."""

from typing import Any, TypeVar, cast

import pytest
from msgspec.structs import replace

from handlers.contract import Evidence, Question, Sources
from handlers.extract.alb_groups import closed_ports
from handlers.ingress import INGRESS
from handlers.platform import Platform
from handlers.sources.aws import AwsObject, Identity, Parameter, Stored
from handlers.sources.aws_objects.ec2 import SecurityGroup
from handlers.sources.aws_objects.elbv2 import (
    Listener,
    LoadBalancer,
    LoadBalancerState,
    Target,
    TargetGroup,
    TargetHealth,
    TargetState,
)
from handlers.sources.errors import NotFound
from handlers.sources.kubernetes import KubernetesCluster
from rules.facts.ingress import IngressFacts
from rules.judge import judge
from tests.fakes.aws import AwsFront, Moto, Spoilt
from tests.handlers.conftest import told
from tests.shipped import shipped_rules

A = TypeVar("A", bound=AwsObject)
ADDRESS = "k8s-mlops-inferenc-1f2e3d4c5b-1234567890.eu-west-1.elb.amazonaws.com"


class Account:
    """An account that holds what a test gives it; nothing of any other kind."""

    place = "eu-west-1"

    def __init__(self, *objects: AwsObject) -> None:
        self._objects = objects
        self.asked: list[tuple[type[AwsObject], dict[str, Parameter]]] = []

    async def list(self, kind: type[A], *, region: str = "", **parameters: Parameter) -> tuple[A, ...]:
        self.asked.append((kind, {"region": region, **parameters}))
        return tuple(one for one in self._objects if isinstance(one, kind))

    async def read_object(self, bucket: str, key: str, *, most: int, region: str = "") -> Stored:
        raise NotFound(f"s3://{bucket}/{key}", f"no such object of at most {most} bytes in {region}")

    async def identity(self) -> Identity:
        return Identity("1", "arn")

    async def close(self) -> None: ...


async def ask(cluster: KubernetesCluster, aws: Any, name: str) -> tuple[Evidence, IngressFacts]:
    sources = Sources(cluster=cluster, aws=aws, platform=Platform(cluster_name="mlops-platform-dev"))
    evidence = await INGRESS.gather(Question(name=name), sources, told)
    return evidence, cast(IngressFacts, evidence.facts)


def rules_of(facts: IngressFacts) -> list[str]:
    return [finding.rule for finding in judge(facts, shipped_rules()).findings]


def make_network(moto: Moto) -> tuple[str, list[str]]:
    """A VPC of the cluster with two subnets, one of them tagged for another cluster."""
    ec2 = moto.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = []
    for number, cluster in enumerate(("mlops-platform-dev", "mlops-platform-prod")):
        zone = f"eu-west-1{'ab'[number]}"
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)
        name = made["Subnet"]["SubnetId"]
        tags = {"kubernetes.io/role/elb": "1", f"kubernetes.io/cluster/{cluster}": "shared"}
        ec2.create_tags(Resources=[name], Tags=[{"Key": k, "Value": v} for k, v in tags.items()])
        subnets.append(name)
    moto.client("eks").create_cluster(
        name="mlops-platform-dev",
        roleArn="arn:aws:iam::123456789012:role/eks",
        resourcesVpcConfig={"subnetIds": subnets},
    )
    return vpc, subnets


async def test_subnets_say_why_none_fits(moto: Moto, aws_front: AwsFront, cluster: KubernetesCluster) -> None:
    _, subnets = make_network(moto)
    evidence, facts = await ask(cluster, aws_front.account(), "mlflow")
    assert evidence.gaps == ()
    (said,) = [each for each in facts.alb.subnets_said if each.text.startswith(subnets[1])]
    assert "tagged for cluster mlops-platform-prod, not for mlops-platform-dev" in said.text
    assert any(each.startswith(subnets[0]) for each in facts.alb.subnets)


async def test_certificates_that_do_not_cover_the_host_are_named(
    moto: Moto, aws_front: AwsFront, cluster: KubernetesCluster
) -> None:
    moto.client("acm").request_certificate(DomainName="*.mlops.example.com", ValidationMethod="DNS")
    evidence, facts = await ask(cluster, aws_front.account(), "model-registry")
    assert evidence.gaps == ()
    assert facts.alb.certificate_said is not None
    assert facts.alb.certificate_said.text == (
        "no certificate covers registry.ml.example.org; there are: *.mlops.example.com"
    )


async def test_load_balancer_that_was_deleted_is_found_out(
    aws_front: AwsFront, cluster: KubernetesCluster
) -> None:
    evidence, facts = await ask(cluster, aws_front.account(), "inference-gateway")
    assert evidence.gaps == ()
    assert rules_of(facts) == ["alb-gone"]


@pytest.mark.parametrize("how", [Spoilt.DENIED, Spoilt.FAILING, Spoilt.GARBAGE])
async def test_what_aws_refuses_is_a_gap_and_undecided(
    aws_front: AwsFront, cluster: KubernetesCluster, how: Spoilt
) -> None:
    aws_front.spoil("elasticloadbalancing:DescribeLoadBalancers", how)
    evidence, facts = await ask(cluster, aws_front.account(), "inference-gateway")
    assert [gap.source for gap in evidence.gaps] == ["load balancers"]
    undecided = {one.rule for one in judge(facts, shipped_rules()).undecided}
    assert undecided >= {"alb-gone", "alb-not-active", "alb-not-listening"}
    assert rules_of(facts) == []


async def test_listeners_and_targets_are_read_over_the_wire(moto: Moto, aws_front: AwsFront) -> None:
    vpc, subnets = make_network(moto)
    elb = moto.client("elbv2")
    made = elb.create_load_balancer(Name="k8s-own", Subnets=subnets)["LoadBalancers"][0]
    group = elb.create_target_group(
        Name="k8s-group",
        Protocol="HTTP",
        Port=8080,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath="/health",
    )["TargetGroups"][0]
    action = {"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}
    elb.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[action]
    )
    elb.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": "10.0.0.9", "Port": 8080}])
    account = aws_front.account()
    (balancer,) = await account.list(LoadBalancer)
    arn = balancer.load_balancer_arn
    assert balancer.dns_name == made["DNSName"]
    (listener,) = await account.list(Listener, LoadBalancerArn=arn)
    assert (listener.protocol, listener.port) == ("HTTP", 80)
    (found,) = await account.list(TargetGroup, LoadBalancerArn=arn)
    assert found.health_check_path == "/health"
    (target,) = await account.list(TargetHealth, TargetGroupArn=found.target_group_arn)
    assert target.target.id == "10.0.0.9"


def balancer(state: str = "active") -> LoadBalancer:
    return LoadBalancer(
        load_balancer_arn="arn", load_balancer_name="k8s-a", dns_name=ADDRESS, state=LoadBalancerState(state)
    )


HTTPS = Listener(port=443, protocol="HTTPS")
GROUP = TargetGroup(target_group_arn="tg", target_group_name="k8s-tg", health_check_path="/ready")


def sick(reason: str, text: str = "", state: str = "unhealthy") -> TargetHealth:
    return TargetHealth(target=Target("10.0.0.1", 8080), target_health=TargetState(state, reason, text))


@pytest.mark.parametrize(
    ("objects", "rules"),
    [
        ((balancer(), HTTPS, GROUP, sick("", state="healthy")), []),
        ((balancer(), HTTPS, GROUP, sick("Target.Timeout", "Request timed out")), ["alb-target-timeout"]),
        (
            (balancer(), HTTPS, GROUP, sick("Target.ResponseCodeMismatch", "with these codes: [500]")),
            ["alb-target-unhealthy"],
        ),
        ((balancer(), HTTPS, GROUP, sick("Target.NotInUse", state="unused")), ["alb-targets-unused"]),
        ((balancer(), HTTPS, GROUP, sick("Target.FailedHealthChecks")), ["alb-targets-unhealthy"]),
        ((balancer(), HTTPS, GROUP, sick("Elb.InitialHealthChecking", state="initial")), []),
        ((balancer("failed"), HTTPS), ["alb-not-active"]),
        ((balancer(),), ["alb-not-listening"]),
    ],
)
async def test_what_aws_says_is_judged(
    cluster: KubernetesCluster, objects: tuple[AwsObject, ...], rules: list[str]
) -> None:
    account = Account(*objects)
    evidence, facts = await ask(cluster, account, "inference-gateway")
    assert rules_of(facts) == rules
    assert all(
        asked["LoadBalancerArn"] == "arn" for kind, asked in account.asked if kind in (Listener, TargetGroup)
    )
    assert facts.alb.name == "k8s-a"
    assert evidence.gaps == ()


async def test_port_that_no_security_group_lets_in_is_found_out(cluster: KubernetesCluster) -> None:
    guarded = replace(balancer(), security_groups=("sg-1",))
    shut = SecurityGroup(group_id="sg-1", group_name="own")
    evidence, facts = await ask(cluster, Account(guarded, HTTPS, shut), "inference-gateway")
    assert rules_of(facts) == ["alb-ports-closed"]
    assert evidence.gaps == ()


async def test_groups_over_the_wire(moto: Moto, aws_front: AwsFront) -> None:
    vpc, _ = make_network(moto)
    ec2 = moto.client("ec2")
    name = ec2.create_security_group(GroupName="lb", Description="of the load balancer", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=name, IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="0.0.0.0/0"
    )
    groups = await aws_front.account().list(SecurityGroup, GroupIds=(name,))
    assert closed_ports((HTTPS,), groups) == ()
    assert closed_ports((Listener(port=80),), groups) == ("80",)


async def test_without_aws_that_is_said_and_nothing_is_undecided(cluster: KubernetesCluster) -> None:
    evidence, facts = await ask(cluster, None, "inference-gateway")
    assert [gap.source for gap in evidence.gaps] == ["load balancer in AWS"]
    assert judge(facts, shipped_rules()).undecided == ()
    assert evidence.healthy
