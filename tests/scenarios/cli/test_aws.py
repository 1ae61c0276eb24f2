"""The terminal with an AWS account under its cluster: from the settings file to the printed answer."""

import json
import os
from pathlib import Path

import pytest
import yaml

from tests.fakes.aws import ACCOUNT, AwsFront, Moto, Spoilt
from tests.fakes.kubernetes import ApiServer, Login, write_kubeconfig
from tests.handlers.terraform_ask import BUCKET, KEY, LOCK_ID, TABLE, info, make_bucket, make_table, put_lock
from tests.scenarios.cli.terminal import Ended, environment, mlops


class Machine:
    """A machine whose settings name a cluster with an AWS account."""

    def __init__(self, folder: Path, cluster: str, aws: str) -> None:
        kubeconfig = write_kubeconfig(folder / "kubeconfig", main=Login(server=cluster))
        state = {"env": "dev", "bucket": BUCKET, "keys": [KEY], "lock_tables": [TABLE]}
        prod = {
            "name": "prod",
            "kubeconfig": str(kubeconfig),
            "aws": {"enabled": True, "region": "eu-west-1", "endpoint_url": aws},
            "platform": {"states": [state]},
        }
        self._settings = folder / "settings.yaml"
        self._settings.write_text(yaml.safe_dump({"clusters": [prod]}), encoding="utf-8")

    async def mlops(self, *words: str) -> Ended:
        keys = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        return await mlops(*words, "--config", str(self._settings), env=environment(**keys))


@pytest.fixture
def locked(moto: Moto) -> None:
    make_bucket(moto).put_object(Bucket=BUCKET, Key=KEY, Body=b'{"version": 4}')
    put_lock(make_table(moto), info(age=30_000, who="runner@fv-az1-2"))


@pytest.mark.usefixtures("locked")
async def test_the_lock_of_a_state(tmp_path: Path, aws_front: AwsFront) -> None:
    async with ApiServer() as cluster:
        machine = Machine(tmp_path, cluster.url, aws_front.url)
        ended = await machine.mlops("terraform", "lock", "dev")
        assert ended.code == 1
        assert "locked by runner@fv-az1-2 for 8 h 20 min" in " ".join(ended.out.split())
        assert f"$ terraform force-unlock {LOCK_ID}\n" in ended.out
        assert "changes lock of the Terraform state" in " ".join(ended.out.split())

        aws_front.spoil("dynamodb:GetItem", Spoilt.DENIED)
        refused = await machine.mlops("terraform", "lock", "dev", "-o", "json")
        assert refused.code == 2
        answer = json.loads(refused.out)
        assert answer["verdict"] == "unknown"
        assert {gap["reason"] for gap in answer["gaps"]} == {"no right dynamodb:GetItem"}


@pytest.mark.usefixtures("locked")
async def test_doctor_names_the_account(tmp_path: Path, aws_front: AwsFront) -> None:
    async with ApiServer() as cluster:
        ended = await Machine(tmp_path, cluster.url, aws_front.url).mlops("doctor")
    assert f"✓ aws of prod: account {ACCOUNT}, eu-west-1, as arn:aws:sts::{ACCOUNT}:" in ended.out
