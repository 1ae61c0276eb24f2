"""A small platform in a local AWS, and the state Terraform wrote of the same: recorded once, ids exchanged.

`platform.tfstate` was written by Terraform 1.11.4 with its AWS provider, of a configuration that makes just
what `make_platform` makes here; one type that is not compared was added.
"""

import json
from pathlib import Path
from typing import Any

from tests.fakes.aws import Moto
from tests.handlers.build import Json
from tests.handlers.terraform_ask import BUCKET, KEY, make_bucket

RECORDED = Path(__file__).parent / "platform.tfstate"
PASSWORD = "hunter2hunter2"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "eks.amazonaws.com"}}
    ],
}
EVERYBODY = [{"CidrIp": "0.0.0.0/0"}]
TAGS = {"Team": "mlops", "ManagedBy": "terraform"}


class Made:
    """What was made, by the name of its resource in the state ("aws_subnet.private[0]")."""

    def __init__(self, moto: Moto) -> None:
        self.moto = moto
        self.ids: dict[str, str] = {}
        self.ec2 = moto.client("ec2")

    def state(self) -> Json:
        """The recorded state, with the ids of what was made."""
        text = RECORDED.read_text("utf-8")
        recorded: Json = json.loads(text)
        for resource in recorded["resources"]:
            for number, instance in enumerate(resource["instances"]):
                index = f"[{number}]" if "index_key" in instance else ""
                name = f"{resource['type']}.{resource['name']}{index}"
                if name in self.ids:
                    text = text.replace(instance["attributes"]["id"], self.ids[name])
        exchanged: Json = json.loads(text)
        return exchanged

    def write(self, state: Json) -> None:
        """Put a state where it is looked for."""
        self.moto.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=json.dumps(state).encode())


def make_platform(moto: Moto) -> Made:
    """Make everything, and write its state."""
    made = Made(moto)
    make_bucket(moto)
    _network(made)
    _groups(made)
    _cluster(made)
    _stores(made)
    made.write(made.state())
    return made


def _pairs(**more: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in {**TAGS, **more}.items()]


def _tagged(kind: str, tags: list[dict[str, str]]) -> Any:
    return [{"ResourceType": kind, "Tags": tags}]


def _network(made: Made) -> None:
    vpc = made.ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=_tagged("vpc", _pairs(Name="main")))[
        "Vpc"
    ]["VpcId"]
    made.ids["aws_vpc.main"] = vpc
    for number, zone in enumerate(("eu-west-1a", "eu-west-1b")):
        tags = [*_pairs(Name=f"private-{number}"), {"Key": "kubernetes.io/role/internal-elb", "Value": "1"}]
        subnet = made.ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.0.{number}.0/24",
            AvailabilityZone=zone,
            TagSpecifications=_tagged("subnet", tags),
        )
        made.ids[f"aws_subnet.private[{number}]"] = subnet["Subnet"]["SubnetId"]


def _groups(made: Made) -> None:
    for name in ("db", "nodes"):
        group = made.ec2.create_security_group(
            GroupName=name,
            Description="Managed by Terraform",
            VpcId=made.ids["aws_vpc.main"],
            TagSpecifications=_tagged("security-group", _pairs()),
        )
        made.ids[f"aws_security_group.{name}"] = group["GroupId"]
    database, nodes = made.ids["aws_security_group.db"], made.ids["aws_security_group.nodes"]
    ranges = [{"CidrIp": "10.0.0.0/16"}, {"CidrIp": "10.1.0.0/16"}]
    let_in(made, database, 5432, IpRanges=ranges, UserIdGroupPairs=[{"GroupId": database}])
    let_in(made, nodes, 443, UserIdGroupPairs=[{"GroupId": database}])
    let_in(made, nodes, 10250, IpRanges=[{"CidrIp": "10.0.0.0/8"}])


def let_in(made: Made, group: str, port: int, **peers: Any) -> None:
    """One more rule of a group."""
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peers}
    made.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])


def _cluster(made: Made) -> None:
    role = made.moto.client("iam").create_role(RoleName="eks", AssumeRolePolicyDocument=json.dumps(TRUST))
    subnets = [made.ids[f"aws_subnet.private[{number}]"] for number in range(2)]
    eks = made.moto.client("eks")
    eks.create_cluster(
        name="prod",
        version="1.32",
        roleArn=role["Role"]["Arn"],
        resourcesVpcConfig={
            "subnetIds": subnets,
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
        },
        tags=TAGS,
    )
    eks.create_nodegroup(
        clusterName="prod",
        nodegroupName="general",
        nodeRole=role["Role"]["Arn"],
        subnets=subnets,
        instanceTypes=["m6i.large"],
        scalingConfig={"minSize": 1, "maxSize": 5, "desiredSize": 2},
        tags=TAGS,
    )
    balancer = made.moto.client("elbv2").create_load_balancer(
        Name="public", Subnets=subnets, SecurityGroups=[made.ids["aws_security_group.nodes"]]
    )
    made.ids["aws_lb.public"] = balancer["LoadBalancers"][0]["LoadBalancerArn"]


def _stores(made: Made) -> None:
    made.moto.client("rds").create_db_instance(
        DBInstanceIdentifier="prod-mlflow",
        DBInstanceClass="db.t4g.medium",
        Engine="postgres",
        EngineVersion="16.3",
        AllocatedStorage=50,
        MasterUsername="mlflow",
        MasterUserPassword=PASSWORD,
        BackupRetentionPeriod=7,
    )
    made.moto.client("dynamodb").create_table(
        TableName="app-locks",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    s3 = make_bucket(made.moto, "prod-artifacts", versioned=True)
    s3.put_bucket_encryption(
        Bucket="prod-artifacts",
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    block = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(
        Bucket="prod-artifacts", PublicAccessBlockConfiguration=dict.fromkeys(block, True)
    )
