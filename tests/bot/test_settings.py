from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, load_settings, require_slack, settings_table
from bot.settings_model import LogFormat, SlackMode
from rules.finding import Severity

FULL = """
slack: {mode: http, port: 8080, command: /ml}
clusters:
  - {name: prod, kubeconfig: ~/prod.yaml, context: prod-eks, default_namespace: mlops}
  - {name: here, in_cluster: true}
default_cluster: here
channels:
  C012AB3CD: {cluster: prod, namespace: mlops}
access: {users: [U012AB3CD], groups: [S012AB3CD], channels: [C012AB3CD, dm], contact: "#ml-platform"}
limits: {user: 5/minute, channel: 100/2 hours, share_seconds: 5}
work: {workers: 8, queue: 20, deadline_seconds: 30}
rules: {folder: /etc/rules, off: [pod-pending]}
runbook_base_url: https://runbooks.example.org/
digest:
  timezone: Europe/Dublin
  subscriptions:
    - {name: prod, channel: C012AB3CD, schedule: weekdays 09:00, cluster: prod, pictures: true}
    - {name: all, channel: C012AB3CD, schedule: "0 9 * * 1-5 UTC", min_severity: High, namespaces: "a, b"}
  owners: [{label: team=search, slack: S012AB3CD}, {namespace: mlops, slack: U012AB3CD}]
  weekly: friday
telemetry: {log_level: DEBUG, log_format: console, port: 9191}
"""


SUBSCRIPTION = "{name: a, channel: C012AB3CD, schedule: daily 9:00}"


def told(**said: str) -> str:
    """The settings of one digest, with something said otherwise."""
    usual = {"name": "a", "channel": "C012AB3CD", "schedule": "daily 9:00"}
    return f"digest: {{subscriptions: [{{{', '.join(f'{k}: {v}' for k, v in (usual | said).items())}}}]}}"


def written(folder: Path, text: str) -> Path:
    file = folder / "settings.yaml"
    file.write_text(text)
    return file


def fault(text: str, folder: Path, **environ: str) -> str:
    with pytest.raises(SettingsError) as raised:
        load_settings(written(folder, text), environ)
    return raised.value.sentence


def test_nothing_has_to_be_set() -> None:
    settings = load_settings(None, {})
    assert settings == Settings()
    assert (settings.slack.mode, settings.slack.command) == (SlackMode.SOCKET, "/mlops")
    assert (settings.work.workers, settings.work.queue, settings.limits.user) == (64, 500, "20/minute")
    assert settings.cluster == ""


def test_everything_can_be_set_in_the_file(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, FULL), {"HOME": "/nowhere"})
    assert settings.slack.mode is SlackMode.HTTP
    assert [cluster.name for cluster in settings.clusters] == ["prod", "here"]
    assert settings.clusters[0].kubeconfig == Path("~/prod.yaml").expanduser()
    assert settings.cluster == "here"
    assert settings.channels["C012AB3CD"].namespace == "mlops"
    assert settings.access.channels == ("C012AB3CD", "dm")
    assert settings.rules.off == ("pod-pending",)
    assert settings.telemetry.log_format is LogFormat.CONSOLE
    digest = settings.digest
    assert (digest.timezone, digest.weekly, digest.late_minutes) == ("Europe/Dublin", "friday", 120)
    assert [one.min_severity for one in digest.subscriptions] == [Severity.LOW, Severity.HIGH]
    assert digest.subscriptions[1].namespaces == ("a", "b")
    assert [owner.slack for owner in digest.owners] == ["S012AB3CD", "U012AB3CD"]


def test_the_first_cluster_is_the_default(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, "clusters: [{name: a}, {name: b}]"), {}).cluster == "a"


def test_the_environment_wins_over_the_file_key_by_key(tmp_path: Path) -> None:
    file = written(tmp_path, FULL)
    environ = {"MLOPS_SLACK__PORT": "9999", "MLOPS_ACCESS__USERS": "U0AA1, U0AA2", "MLOPS_WORK__WORKERS": "3"}
    settings = load_settings(file, environ)
    assert (settings.slack.port, settings.slack.command) == (9999, "/ml")
    assert settings.access.users == ("U0AA1", "U0AA2")
    assert (settings.work.workers, settings.work.queue) == (3, 20)


def test_the_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    file = written(tmp_path, "runbook_base_url: https://r.example.org")
    assert load_settings(None, {"MLOPS_CONFIG": str(file)}).runbook_base_url == "https://r.example.org"


def test_lists_and_mappings_can_be_json_in_the_environment() -> None:
    settings = load_settings(
        None,
        {
            "MLOPS_CLUSTERS": '[{"name": "prod"}]',
            "MLOPS_CHANNELS": '{"C012AB3CD": {"cluster": "prod"}}',
            "MLOPS_CHANNELS__C0ZZ9__NAMESPACE": "mlops",
        },
    )
    assert settings.cluster == "prod"
    assert settings.channels["C012AB3CD"].cluster == "prod"
    assert settings.channels["C0ZZ9"].namespace == "mlops"


def test_secrets_are_read_under_their_customary_names_and_do_not_print() -> None:
    environ = {
        "SLACK_BOT_TOKEN": "xoxb-aaa",
        "SLACK_APP_TOKEN": "xapp-bbb",
        "SLACK_SIGNING_SECRET": "ccc-ccc",
        "REDIS_URL": "redis://:ddd-ddd@redis:6379/0",
    }
    settings = load_settings(None, environ)
    assert settings.slack.bot_token is not None
    assert settings.slack.bot_token.get_secret_value() == "xoxb-aaa"
    assert settings.redis.url is not None
    assert settings.redis.url.get_secret_value().endswith("@redis:6379/0")
    shown = f"{settings!r}{settings}{settings.model_dump_json()}"
    assert all(word not in shown for word in ("aaa", "bbb", "ccc", "ddd"))


def test_the_mlops_name_wins_over_the_customary_one_and_empty_is_unset() -> None:
    environ = {"SLACK_BOT_TOKEN": "xoxb-1", "MLOPS_SLACK__BOT_TOKEN": "xoxb-2", "SLACK_APP_TOKEN": ""}
    settings = load_settings(None, environ)
    assert settings.slack.bot_token is not None
    assert settings.slack.bot_token.get_secret_value() == "xoxb-2"
    assert settings.slack.app_token is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("slak: {}", "slak: there is no such setting, did you mean slack?"),
        ("slack: {mood: socket}", "slack.mood: there is no such setting, did you mean mode?"),
        (
            "clusters: [{name: a}, {nme: b, name: c}]",
            "clusters[1].nme: there is no such setting, did you mean name?",
        ),
        (
            "channels: {C012AB3CD: {clustr: a}}",
            "channels.C012AB3CD.clustr: there is no such setting, did you mean",
        ),
        ("work: {zzz: 1}", "work.zzz: there is no such setting; known are workers, queue, deadline_seconds"),
        ("slack: {mode: carrier-pigeon}", "slack.mode: must be 'socket' or 'http'"),
        ("slack: {command: mlops}", "slack.command: must be a slash command such as /mlops"),
        ("clusters: [{}]", "clusters[0].name: is required"),
        ("clusters: [{name: a}, {name: a}]", "clusters: two clusters have the same name"),
        ("clusters: [{name: a, in_cluster: true, context: b}]", "clusters[0]: has both in_cluster and"),
        (
            "{clusters: [{name: a}], default_cluster: b}",
            "default_cluster: no such cluster in the list clusters (a)",
        ),
        ("channels: {C012AB3CD: {cluster: a}}", "channels.C012AB3CD.cluster: no such cluster"),
        ("channels: {general: {}}", "channels.GENERAL: must be a channel id such as C012AB3CD, not a name"),
        ("access: {users: [ada]}", "access.users[0]: must be a Slack user id such as U012AB3CD, not a name"),
        ("access: {groups: [oncall]}", "access.groups[0]: must be a Slack user group id"),
        ("access: {channels: ['#ml']}", "access.channels[0]: must be a channel id"),
        ("limits: {user: often}", "limits.user: must be a number per time such as 20/minute"),
        ("limits: {user: 0/minute}", "limits.user: must be a number per time"),
        ("work: {workers: 0}", "work.workers: must be greater than or equal to 1"),
        ("runbook_base_url: ftp://x", "runbook_base_url: must begin with https:// or http://"),
        ("telemetry: {port: 70000}", "telemetry.port: must be less than or equal to 65535"),
        (
            "digest: {timezone: CET}",
            "digest.timezone: must be a time zone such as",
        ),
        ("digest: {timezone: dublin}", "Dublin; did you mean Europe/Dublin?"),
        (told(schedule="wekdays 09:00"), "subscriptions[0].schedule: must be a schedule such as"),
        (told(schedule="wekdays 09:00"), "did you mean weekdays 09:00?"),
        (told(schedule="wekdays 09:00 utc"), "did you mean weekdays 09:00 UTC?"),
        (told(schedule="'*/5 * * * *'"), "did you mean 0 * * * *?"),
        (told(schedule="0 9 30 2 *"), "name a day that its month has"),
        (told(channel="'#ml'"), "digest.subscriptions[0].channel: must be a channel id"),
        (told(name="'two words'"), "digest.subscriptions[0].name: must be one word"),
        (told(cluster="b"), "digest.subscriptions[0].cluster: no such cluster in the list clusters (empty)"),
        (told(min_severity="bad"), "digest.subscriptions[0].min_severity: must be 'critical', 'high'"),
        (told(namespaces="My_Space"), "subscriptions[0].namespaces[0]: must be a namespace"),
        (
            f"digest: {{subscriptions: [{SUBSCRIPTION}, {SUBSCRIPTION}]}}",
            "digest: subscriptions: two of them have the same name",
        ),
        ("digest: {owners: [{slack: U012AB3CD}]}", "digest.owners[0]: needs a label or a namespace"),
        (
            "digest: {owners: [{label: a=b, slack: ada}]}",
            "owners[0].slack: must be a Slack user or user group id",
        ),
        ("digest: {owners: [{label: team, slack: U012AB3CD}]}", "owners[0].label: must be a label such as"),
        ("digest: {weekly: someday}", "digest.weekly: must be 'monday', 'tuesday'"),
        ("digest: {late_minutes: -1}", "digest.late_minutes: must be greater than or equal to 0"),
        ("digest: {keep_days: 0}", "digest.keep_days: must be greater than or equal to 1"),
        ("work: {workers: 1, workers: 2}", "settings.yaml:1:20: workers is given twice"),
        (
            "clusters: [{name: a, in_cluster: maybe}]",
            "clusters[0].in_cluster: must be true or false",
        ),
        ("clusters: {a: b}", "clusters: must be a list"),
        ("rules: {off: 5}", "rules.off: must be a list"),
        ("channels: []", "channels: must be a mapping (key: value)"),
        ("slack: 5", "slack: must be a mapping (key: value)"),
        ("work: {workers: many}", "work.workers: must be a whole number"),
        ("work: {deadline_seconds: long}", "work.deadline_seconds: must be a number"),
        ("slack: {command: 5}", "slack.command: must be text"),
        ("redis: {url: 'redis://:hunter2@redis:port/0'}", "redis.url: its host or port cannot be read"),
        ("redis: {url: 'redis://:hunter2@redis:70000/0'}", "redis.url: its host or port cannot be read"),
        ("redis: {url: 'redis://:hunt/er2@redis:6379/0'}", "redis.url: its host or port cannot be read"),
        ("- a\n- b", "must be a mapping of settings"),
        ("slack: {mode: 'socket}", "settings.yaml:1:"),
        ("\x00", "is not YAML"),
    ],
)
def test_every_fault_names_its_key(text: str, sentence: str, tmp_path: Path) -> None:
    assert sentence in fault(text, tmp_path)


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    said = fault("slack: {mood: x}\nwork: {workers: many}", tmp_path, MLOPS_SLAK__MODE="http")
    assert said.startswith("The settings cannot be used, 3 faults:\n- MLOPS_SLAK__MODE: ")
    assert "did you mean MLOPS_SLACK__MODE?" in said


def test_a_misspelt_variable_is_refused_but_not_those_kubernetes_sets_for_a_service(tmp_path: Path) -> None:
    assert "slack.mood" in fault("", tmp_path, MLOPS_SLACK__MOOD="socket")
    load_settings(None, {"MLOPS_BOT_PORT": "tcp://10.0.0.1:80", "MLOPS_BOT_SERVICE_HOST": "10.0.0.1"})


def test_a_variable_that_is_not_json_is_named() -> None:
    with pytest.raises(SettingsError, match="MLOPS_CLUSTERS: is not JSON"):
        load_settings(None, {"MLOPS_CLUSTERS": "prod,dev"})


@pytest.mark.parametrize(
    "text",
    [
        "slack: {bot_token: hunter2}",
        "slack: {app_token: [hunter2]}",
        "slack: {signing_secret: {a: hunter2}}",
        "redis: {url: [hunter2]}",
        "redis: hunter2",
        "redis: {url: 'redis://:hunter2@redis:port/0'}",
        "redis: {url: 'redis://redis:hunter2/0'}",
        "slack: {mode: hunter2}",
        "default_cluster: hunter2",
        "runbook_base_url: hunter2",
        "digest: {timezone: hunter2}",
        "digest: {subscriptions: [{name: a, channel: C012AB3CD, schedule: hunter2 9:00}]}",
        "digest: {subscriptions: [{name: a, channel: C012AB3CD, schedule: '0 hunter2 * * *'}]}",
        "digest: {weekly: hunter2}",
        "slack:\n  bot_token: 'hunter2\n x: y",
        "slack:\n  bot_token: hunter2: x",
        "slack: {bot_token: !hunter hunter2}",
    ],
)
def test_no_fault_repeats_a_value(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(written(tmp_path, text), {})
    assert "hunter2" not in f"{raised.value}{raised.value.__cause__!r}"


def test_words_that_old_yaml_takes_for_booleans_are_words(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "clusters: [{name: no, context: on, in_cluster: false}]"), {})
    assert (settings.cluster, settings.clusters[0].context) == ("no", "on")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nothing\.yaml: cannot be read"):
        load_settings(tmp_path / "nothing.yaml", {})


def test_an_empty_file_and_empty_sections_are_fine(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, ""), {}) == Settings()
    assert load_settings(written(tmp_path, "slack:\nclusters:\n"), {}) == Settings()


def test_serving_slack_needs_the_tokens_of_its_mode() -> None:
    with pytest.raises(SettingsError, match=r"SLACK_BOT_TOKEN.*SLACK_APP_TOKEN"):
        require_slack(load_settings(None, {}))
    with pytest.raises(SettingsError, match="SLACK_SIGNING_SECRET"):
        require_slack(load_settings(None, {"MLOPS_SLACK__MODE": "http", "SLACK_BOT_TOKEN": "xoxb-1"}))
    require_slack(load_settings(None, {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}))


def test_the_table_has_a_row_with_a_meaning_for_every_setting() -> None:
    rows = [line.strip("| ").split(" | ") for line in settings_table().splitlines()[2:]]
    assert all(len(row) == 4 and row[3] for row in rows)
    keys = [row[0] for row in rows]
    for key in ("slack.bot_token", "clusters[].kubeconfig", "channels.<id>.cluster", "limits.share_seconds"):
        assert f"`{key}`" in keys
    assert "`MLOPS_SLACK__BOT_TOKEN` or `SLACK_BOT_TOKEN`" in settings_table()
