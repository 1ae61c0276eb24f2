"""What the manifests hand over is what the bot and Redis take."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from bot.settings import load_settings, require_slack
from bot.settings_model import SlackMode
from rules.facts import SUBJECTS
from rules.load import SHIPPED, load_catalog
from tests.fakes import redis as fakes
from tests.helm.engine import Rendered
from tests.helm.variants import rendered

SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_SIGNING_SECRET": "signing",
    "REDIS_PASSWORD": "s3cret",
    "url": "rediss://:s3cret@redis.example.com:6379/0",
}


def environment(container: Any) -> dict[str, str]:
    """The variables as a kubelet sets them, in order; $(NAME) is one that came before."""
    found: dict[str, str] = {}
    for each in container["env"]:
        key = each.get("valueFrom", {}).get("secretKeyRef", {}).get("key")
        text = SECRETS[key] if key else each["value"]
        found[each["name"]] = re.sub(r"\$\((\w+)\)", lambda name: found[name[1]], text)
    return found


def mounted(install: Rendered, ending: str, folder: Path) -> Path:
    """A ConfigMap as a kubelet mounts it: links to a folder that can be exchanged."""
    version = folder / "..2026_01_01"
    version.mkdir(parents=True)
    (folder / "..data").symlink_to(version.name)
    for name, text in install.one("ConfigMap", ending)["data"].items():
        (version / name).write_text(text, "utf-8")
        (folder / name).symlink_to(f"..data/{name}")
    return folder


def test_settings_and_secrets_are_accepted(install: Rendered, tmp_path: Path) -> None:
    (bot,) = install.one("Deployment")["spec"]["template"]["spec"]["containers"]
    variables = environment(bot)
    folder = mounted(install, "-settings", tmp_path / "settings")
    assert Path(variables["MLOPS_CONFIG"]).name in {each.name for each in folder.iterdir()}
    assert str(Path(variables["MLOPS_CONFIG"]).parent) in {each["mountPath"] for each in bot["volumeMounts"]}
    settings = load_settings(folder / "mlops.yaml", variables)
    require_slack(settings)
    ports = {each["name"]: each["containerPort"] for each in bot["ports"]}
    assert settings.telemetry.port == ports["metrics"]
    assert (settings.slack.mode is SlackMode.HTTP) == ("http" in ports)
    assert ports.get("http", settings.slack.port) == settings.slack.port
    assert settings.clusters[0].in_cluster


def test_the_address_of_redis_is_that_of_its_service_or_of_the_secret() -> None:
    urls = {}
    for name in ("bundled Redis", "external Redis", "one replica without Redis"):
        (bot,) = rendered(name).one("Deployment")["spec"]["template"]["spec"]["containers"]
        urls[name] = environment(bot).get("REDIS_URL")
    service = rendered("bundled Redis").one("Service", "-redis")["metadata"]["name"]
    assert urls == {
        "bundled Redis": f"redis://:s3cret@{service}:6379/0",
        "external Redis": SECRETS["url"],
        "one replica without Redis": None,
    }


def test_rules_are_accepted_from_where_they_are_mounted(tmp_path: Path) -> None:
    install = rendered("rules of one's own")
    (bot,) = install.one("Deployment")["spec"]["template"]["spec"]["containers"]
    settings = load_settings(
        mounted(install, "-settings", tmp_path / "settings") / "mlops.yaml", environment(bot)
    )
    assert str(settings.rules.folder) in {each["mountPath"] for each in bot["volumeMounts"]}
    # The shipped one that off.yaml names is enough beside them, and quicker than all.
    few = tmp_path / "shipped"
    shutil.copytree(SHIPPED / "pod", few / "pod", ignore=lambda _, names: set(names) - {"pod-pending.yaml"})
    own = mounted(install, "-rules", tmp_path / "rules")
    catalog = load_catalog(few, subjects=SUBJECTS, operator=own, quick=True)
    assert catalog.faults == ()
    assert catalog.find("my-port-in-use") is not None
    assert catalog.off == ("pod-pending",)


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A real Redis, started by the command of the StatefulSet, in a folder and on a port of the test."""
    (redis,) = rendered("bundled Redis").one("StatefulSet")["spec"]["template"]["spec"]["containers"]
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "redis-server").symlink_to(fakes._binary())
    port = fakes._free_port()
    (script,) = redis["args"]
    script = script.replace("/data", str(tmp_path)) + f" --port {port} --bind 127.0.0.1"
    variables = environment(redis) | {"PATH": f"{tools}:{os.environ['PATH']}"}
    process = subprocess.Popen([*redis["command"], script], env=variables, stdout=subprocess.DEVNULL)  # noqa: S603
    yield f"redis://127.0.0.1:{port}/0"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert list(tmp_path.glob("appendonly*")), "it wrote what it was told"


async def test_the_bundled_redis_keeps_all_it_is_told_and_asks_for_the_password(redis_url: str) -> None:
    async with Redis.from_url(redis_url, password=SECRETS["REDIS_PASSWORD"]) as redis:
        for _ in range(200):
            try:
                await redis.set("known", "1")
                break
            except RedisError:
                await asyncio.sleep(0.02)
        wanted = {
            "appendonly": "yes",
            "maxmemory-policy": "noeviction",
            "maxmemory": str(192 * 2**20),
            "save": "",
        }
        found = await redis.config_get(*wanted)
        assert {_text(key): _text(value) for key, value in found.items()} == wanted
    async with Redis.from_url(redis_url) as stranger:
        with pytest.raises(AuthenticationError):
            await stranger.get("known")


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
