"""`terraform drift`: a recorded state beside a local AWS that has the same, and then something else."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from bot.report import Report, Verdict
from handlers.terraform import TERRAFORM_DRIFT
from tests.fakes.aws import AwsFront, Moto, Spoilt
from tests.handlers.terraform_ask import BUCKET, KEY, ask, make_bucket, told
from tests.handlers.terraform_platform import (
    EVERYBODY,
    PASSWORD,
    RECORDED,
    TRUST,
    Made,
    let_in,
    make_platform,
)


@pytest.fixture
def made(moto: Moto) -> Made:
    return make_platform(moto)


async def drift(aws_front: AwsFront) -> Report:
    return await ask(TERRAFORM_DRIFT, aws_front.account())


def everything(report: Report) -> str:
    return msgspec.json.encode(report).decode()


@pytest.mark.usefixtures("made")
async def test_aws_has_what_the_state_says(aws_front: AwsFront) -> None:
    report = await drift(aws_front)
    assert (report.findings, report.also_noticed, report.undecided, report.gaps) == ((), (), (), ())
    assert report.verdict is Verdict.HEALTHY
    assert report.said == "AWS has what the Terraform state of dev says, in 15 resources"
    assert report.about == ("dev: 15 of 20 resources compared",)
    (table,) = report.tables
    assert [row.cells for row in table.rows] == [("aws_db_subnet_group", "1"), ("aws_iam_policy", "1")]


@pytest.mark.usefixtures("made")
async def test_no_secret_of_a_state_is_ever_told(aws_front: AwsFront) -> None:
    assert PASSWORD in RECORDED.read_text("utf-8")
    report = await drift(aws_front)
    assert PASSWORD not in everything(report)


def bigger_database(made: Made) -> None:
    made.moto.client("rds").modify_db_instance(
        DBInstanceIdentifier="prod-mlflow", DBInstanceClass="db.r6g.large", ApplyImmediately=True
    )


def public_database(made: Made) -> None:
    made.moto.client("rds").modify_db_instance(
        DBInstanceIdentifier="prod-mlflow", PubliclyAccessible=True, ApplyImmediately=True
    )


def newer_database(made: Made) -> None:
    made.moto.client("rds").modify_db_instance(
        DBInstanceIdentifier="prod-mlflow", EngineVersion="16.8", ApplyImmediately=True
    )


def stopped_database(made: Made) -> None:
    made.moto.client("rds").stop_db_instance(DBInstanceIdentifier="prod-mlflow")


def no_database(made: Made) -> None:
    made.moto.client("rds").delete_db_instance(DBInstanceIdentifier="prod-mlflow", SkipFinalSnapshot=True)


def more_nodes(made: Made) -> None:
    made.moto.client("eks").update_nodegroup_config(
        clusterName="prod",
        nodegroupName="general",
        scalingConfig={"minSize": 1, "maxSize": 9, "desiredSize": 5},
    )


def open_group(made: Made) -> None:
    let_in(made, made.ids["aws_security_group.db"], 5432, IpRanges=EVERYBODY)


def open_group_with_rules_of_its_own(made: Made) -> None:
    let_in(made, made.ids["aws_security_group.nodes"], 22, IpRanges=EVERYBODY)


def rule_gone(made: Made) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 10250, "ToPort": 10250, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    made.ec2.revoke_security_group_ingress(GroupId=made.ids["aws_security_group.nodes"], IpPermissions=[rule])


def tag_gone(made: Made) -> None:
    made.ec2.delete_tags(
        Resources=[made.ids["aws_subnet.private[1]"]], Tags=[{"Key": "kubernetes.io/role/internal-elb"}]
    )


def open_bucket(made: Made) -> None:
    made.moto.client("s3").delete_public_access_block(Bucket="prod-artifacts")


def versions_off(made: Made) -> None:
    made.moto.client("s3").put_bucket_versioning(
        Bucket="prod-artifacts", VersioningConfiguration={"Status": "Suspended"}
    )


def no_encryption(made: Made) -> None:
    made.moto.client("s3").delete_bucket_encryption(Bucket="prod-artifacts")


def trust(made: Made, **statement: Any) -> None:
    policy = {**TRUST, "Statement": [{**TRUST["Statement"][0], **statement}]}  # type: ignore[dict-item]
    made.moto.client("iam").update_assume_role_policy(RoleName="eks", PolicyDocument=json.dumps(policy))


def trust_everybody(made: Made) -> None:
    trust(made, Principal={"AWS": "*"})


def trust_fewer(made: Made) -> None:
    trust(made, Condition={"StringEquals": {"aws:SourceAccount": "1"}})


Change = tuple[Callable[[Made], None], str, str]
CHANGES: tuple[tuple[Change, ...], ...] = (
    (
        (bigger_database, "changed", "instance_class is db.r6g.large in AWS, db.t4g.medium in the state"),
        (more_nodes, "changed", "max_size is 9 in AWS, 5 in the state"),
        (open_group, "exposed", "rules added: ingress tcp 5432 from 0.0.0.0/0"),
        (rule_gone, "changed", "rules gone: ingress tcp 10250 from 10.0.0.0/8"),
        (tag_gone, "tags", "tags: kubernetes.io/role/internal-elb gone"),
        (open_bucket, "exposed", "block_public_policy is off in AWS, on in the state"),
        (trust_everybody, "exposed", "the trust policy differs"),
    ),
    (
        (public_database, "exposed", "publicly_accessible is on in AWS, off in the state"),
        (open_group_with_rules_of_its_own, "exposed", "rules added: ingress tcp 22 from 0.0.0.0/0"),
        (versions_off, "changed", "versioning is Suspended in AWS, Enabled in the state"),
        (trust_fewer, "changed", "the trust policy differs"),
    ),
    (
        (newer_database, "upgraded", "engine_version is 16.8 in AWS, 16.3 in the state"),
        (no_encryption, "gone", "AWS has no such aws_s3_bucket_server_side_encryption_configuration"),
    ),
    ((stopped_database, "changed", "status is stopped in AWS, available in the state"),),
    ((no_database, "gone", "AWS has no such aws_db_instance"),),
)


@pytest.mark.parametrize("changes", CHANGES)
async def test_what_was_changed_outside_terraform_is_told(
    changes: tuple[Change, ...], made: Made, aws_front: AwsFront
) -> None:
    for change, _, _ in changes:
        change(made)
    report = await drift(aws_front)
    findings = (*report.findings, *report.also_noticed)
    assert len(findings) == len(changes)
    for _, rule, says in changes:
        (finding,) = [each for each in findings if any(says in seen.text for seen in each.evidence)]
        assert finding.rule == f"terraform-drift-{rule}"
        assert not any(step.changes for step in finding.fix)


def desired_size(made: Made) -> None:
    made.moto.client("eks").update_nodegroup_config(
        clusterName="prod", nodegroupName="general", scalingConfig={"desiredSize": 4}
    )


def tag_of_aws_itself(made: Made) -> None:
    made.moto.client("eks").tag_resource(
        resourceArn=made.moto.client("eks").describe_cluster(name="prod")["cluster"]["arn"],
        tags={"aws:cloudformation:stack-name": "x"},
    )


def the_same_trust_in_other_words(made: Made) -> None:
    trust(made, Action=["sts:AssumeRole"], Principal={"Service": ["eks.amazonaws.com"]})


def rule_of_the_load_balancer_controller(made: Made) -> None:
    described = [{"CidrIp": "0.0.0.0/0", "Description": "elbv2.k8s.aws/targetGroupBinding=shared"}]
    let_in(made, made.ids["aws_security_group.nodes"], 8080, IpRanges=described)


def rule_somebody_else_manages(made: Made) -> None:
    let_in(made, made.ids["aws_security_group.nodes"], 8080, IpRanges=[{"CidrIp": "10.9.0.0/16"}])


async def test_what_terraform_would_not_change_is_no_drift(made: Made, aws_front: AwsFront) -> None:
    desired_size(made)
    tag_of_aws_itself(made)
    the_same_trust_in_other_words(made)
    rule_of_the_load_balancer_controller(made)
    rule_somebody_else_manages(made)
    report = await drift(aws_front)
    assert (*report.findings, *report.also_noticed) == ()
    assert report.verdict is Verdict.HEALTHY


async def test_what_may_not_be_read_leaves_a_doubt(made: Made, aws_front: AwsFront) -> None:
    open_group(made)
    aws_front.spoil("rds:DescribeDBInstances", Spoilt.DENIED)
    report = await drift(aws_front)
    assert [each.rule for each in report.findings] == ["terraform-drift-exposed"]
    assert "no right rds:DescribeDBInstances" in {gap.reason for gap in report.gaps}
    assert "terraform-drift-gone" in {each.rule for each in report.undecided}
    assert report.about == ("dev: 14 of 20 resources compared",)


@pytest.mark.usefixtures("made")
async def test_nothing_found_is_not_healthy_while_something_is_unread(aws_front: AwsFront) -> None:
    aws_front.spoil("iam:ListRoles", Spoilt.DENIED)
    report = await drift(aws_front)
    assert report.findings == ()
    assert report.verdict is Verdict.UNKNOWN


async def test_resources_of_another_account_are_not_called_gone(made: Made, aws_front: AwsFront) -> None:
    text = json.dumps(made.state()).replace(
        "arn:aws:rds:eu-west-1:123456789012", "arn:aws:rds:eu-west-1:999999999999"
    )
    made.write(json.loads(text))
    no_database(made)
    report = await drift(aws_front)
    assert report.findings == ()
    assert any("it is in account 999999999999" in "".join(doubt.missing) for doubt in report.undecided)


async def test_tainted_and_deposed_resources(made: Made, aws_front: AwsFront) -> None:
    state = made.state()
    instances = state["resources"][0]["instances"]
    instances[0]["status"] = "tainted"
    instances.append({**instances[0], "deposed": "0a1b2c3d"})
    made.write(state)
    report = await drift(aws_front)
    assert sorted(each.rule for each in report.findings) == [
        "terraform-drift-deposed",
        "terraform-drift-tainted",
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "it is not the JSON of a Terraform state"),
        (b"\x00\xff", "it is not the JSON of a Terraform state"),
        (b"{}", "it is of version 0"),
        (b'{"version": 3, "modules": []}', "it is of version 3"),
        (b'{"version": 4, "resources": 7}', "it is not the JSON of a Terraform state"),
    ],
)
async def test_what_is_no_state_is_said(body: bytes, says: str, moto: Moto, aws_front: AwsFront) -> None:
    make_bucket(moto).put_object(Bucket=BUCKET, Key=KEY, Body=body)
    report = await drift(aws_front)
    assert [each.rule for each in report.findings] == ["terraform-drift-state-unreadable"]
    assert says in told(report)


async def test_a_state_without_anything_to_compare_is_not_called_healthy(
    moto: Moto, aws_front: AwsFront
) -> None:
    body = b'{"version": 4, "resources": [{"type": "terraform_data", "name": "x", "instances": [{}]}]}'
    make_bucket(moto).put_object(Bucket=BUCKET, Key=KEY, Body=body)
    report = await drift(aws_front)
    assert report.verdict is Verdict.UNKNOWN
    assert report.about == ("dev: 0 of 1 resources compared",)
    assert [each.rule for each in report.also_noticed] == ["terraform-drift-nothing-compared"]


async def test_a_state_that_is_not_there_and_no_aws(moto: Moto, aws_front: AwsFront) -> None:
    make_bucket(moto)
    report = await drift(aws_front)
    assert [each.rule for each in report.findings] == ["terraform-drift-state-missing"]
    without = await ask(TERRAFORM_DRIFT, None)
    assert without.verdict is Verdict.UNKNOWN
    assert [gap.reason for gap in without.gaps] == ["AWS is not configured for this cluster"]


@pytest.mark.usefixtures("made")
async def test_nothing_is_ever_written(aws_front: AwsFront) -> None:
    await drift(aws_front)
    words = {action.partition(":")[2] for action in aws_front.seen}
    assert not [word for word in words if not word.startswith(("Describe", "List", "Get", "GET", "HEAD"))]
