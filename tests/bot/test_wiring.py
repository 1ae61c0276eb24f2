"""What settings become."""

from pathlib import Path

import pytest
import yaml

from bot.command import Asker, Command, Defaults, Help
from bot.errors import SettingsError, UsageError
from bot.metrics import Metrics
from bot.settings import load_settings
from bot.settings_model import Settings
from bot.wiring.base import catalog, clusters, defaults, live
from bot.wiring.beside import platform, series
from bot.wiring.serve import counting, deadline, understanding
from handlers.platform import Component, Platform, TerraformState
from handlers.sources.errors import CredentialFailed
from handlers.sources.prometheus import Prometheus
from tests.fakes.kubernetes import ApiServer, Login, write_kubeconfig

TWO = {
    "clusters": [{"name": "prod", "default_namespace": "mlops"}, {"name": "test"}],
    "channels": {"C1": {"cluster": "test", "namespace": "lab"}, "C2": {"cluster": "test"}},
}


def settings(**sections: object) -> Settings:
    return Settings.model_validate(sections)


def test_defaults_of_channels_and_of_the_rest() -> None:
    chosen = settings(**TWO)
    assert defaults(chosen, "C1") == Defaults("test", "lab", ("prod", "test"))
    assert defaults(chosen, "C2") == Defaults("test", "", ("prod", "test"))
    assert defaults(chosen, "C9") == Defaults("prod", "mlops", ("prod", "test"))
    assert defaults(settings(), "") == Defaults()
    assert defaults(settings(digest={"timezone": "Europe/Dublin"}), "") == Defaults(zone="Europe/Dublin")


def test_clusters_of_the_settings_or_the_one_of_kubectl() -> None:
    assert clusters(settings(**TWO)).names == ("prod", "test")
    assert clusters(settings()).names == ("default",)


async def test_a_cluster_may_have_a_prometheus() -> None:
    one = {"name": "a", "prometheus_url": "http://prometheus:9090"}
    chosen = settings(clusters=[one, {"name": "b"}]).clusters
    found = series(chosen[0])
    assert isinstance(found, Prometheus)
    await found.close()
    assert series(chosen[1]) is None


@pytest.mark.parametrize(("whole", "look"), [(60, 55), (12, 7), (6, 3), (1, 0.5)])
def test_a_look_ends_before_the_question_does(whole: float, look: float) -> None:
    assert deadline(settings(work={"deadline_seconds": whole})) == look


def test_questions_get_the_defaults_of_their_channel_and_the_time_of_the_settings() -> None:
    metrics = Metrics()
    understand = understanding(settings(work={"deadline_seconds": 30}, **TWO), metrics)
    command = understand("diagnose pod x", Asker(user="U1", channel="C1"))
    assert isinstance(command, Command)
    assert (command.words, command.question.deadline) == ("diagnose pod x -n lab --cluster test", 25)
    assert understand("help", Asker(user="U1")) == Help()
    with pytest.raises(UsageError):
        understand("diagnose pod", Asker(user="U1"))
    assert 'mlops_bot_questions_total{outcome="usage",verb="none"} 1.0' in metrics.text().decode()


def test_redacted_log_lines_are_counted() -> None:
    metrics = Metrics()
    redact = counting(metrics)
    assert redact("password=hunter2hunter2") == "password=«redacted»"
    assert redact("nothing to see") == "nothing to see"
    assert "mlops_bot_redactions_total 1.0" in metrics.text().decode()


async def test_requests_are_told_with_verb_and_status(tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    async with ApiServer() as server:
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", main=Login(server=server.url))
        chosen = settings(clusters=[{"name": "prod", "kubeconfig": str(kubeconfig)}])
        book = clusters(chosen, lambda verb, code: told.append((verb, code)))
        cluster = await book.get("")
        assert cluster.name == "prod"
        await cluster.version()
        await book.close()
    assert told == [("get", 200)]


async def test_in_cluster_means_the_pods_own_account_whatever_kubeconfig_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "KUBECONFIG", str(write_kubeconfig(tmp_path / "kubeconfig", main=Login(server="http://127.0.0.1:9")))
    )
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    connect = live(settings(clusters=[{"name": "prod", "in_cluster": True}]).clusters[0])
    with pytest.raises(CredentialFailed):
        await connect()


def test_shipped_rules_with_faults_are_a_fault_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "pod").mkdir()
    (tmp_path / "pod" / "pod-wrong.yaml").write_text("id: pod-wrong\n", encoding="utf-8")
    with pytest.raises(
        SettingsError, match=r"The shipped rules have .* faults, the first at .*pod-wrong.yaml"
    ):
        catalog(settings(), tmp_path)


def test_without_a_word_the_platform_is_that_of_the_guide() -> None:
    chosen = settings(clusters=[{"name": "prod"}]).clusters[0]
    assert platform(chosen.platform) == Platform()


def test_a_component_is_changed_or_added_by_its_name() -> None:
    said = [
        {"name": "mlflow", "namespaces": ["ml"]},
        {"name": "Feast", "selectors": ["app=feast"]},
    ]
    chosen = settings(clusters=[{"name": "prod", "platform": {"components": said}}]).clusters[0]
    made = platform(chosen.platform)
    known = Platform().component("MLflow")
    changed, added = made.component("MLflow"), made.component("Feast")
    assert known
    assert changed
    assert (changed.namespaces, changed.selectors) == (("ml",), known.selectors)
    assert added == Component(name="Feast", selectors=("app=feast",))
    assert len(made.components) == len(Platform().components) + 1


def test_states_of_the_settings_take_the_place_of_the_usual_ones() -> None:
    chosen = settings(clusters=[{"name": "p", "platform": {"states": [{"env": "live", "bucket": "b"}]}}])
    (state,) = platform(chosen.clusters[0].platform).states
    assert (state.env, state.bucket, state.keys) == ("live", "b", TerraformState(env="").keys)


async def test_aws_stands_beside_a_cluster_only_where_it_is_enabled() -> None:
    chosen = settings(
        clusters=[
            {"name": "prod", "aws": {"enabled": True, "region": "eu-west-1"}},
            {"name": "test", "aws": {"region": "eu-west-1"}},
        ]
    )
    book = clusters(chosen)
    aws = book.beside("prod").aws
    assert aws is not None
    assert aws.place == "eu-west-1"
    assert book.beside("test").aws is None
    await book.close()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"aws": {"region": "Ireland"}}, r"clusters\[0\].aws.region: must be a region such as eu-west-1"),
        ({"aws": {"role_arn": "reader"}}, r"clusters\[0\].aws.role_arn: must be arn:aws:iam::"),
        ({"platform": {"account": "12"}}, r"clusters\[0\].platform.account: must be the twelve digits"),
        ({"platform": {"states": [{"env": "x", "keys": []}]}}, r"states\[0\].keys"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(
    said: dict[str, object], words: str, tmp_path: Path
) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(yaml.safe_dump({"clusters": [{"name": "prod", **said}]}), encoding="utf-8")
    with pytest.raises(SettingsError, match=words):
        load_settings(file, {})
