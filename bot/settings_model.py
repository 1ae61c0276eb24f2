"""What can be set, with meaning and default; `settings.py` reads it."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.settings_cluster import ClusterSettings
from bot.settings_digest import DigestSettings
from bot.settings_words import (
    ChannelId,
    File,
    GroupId,
    Limit,
    Place,
    Port,
    Section,
    Url,
    UserId,
    like,
    listed,
    redis_address,
    starts,
    upper_keys,
)

PREFIX = "MLOPS_"
DELIMITER = "__"


class SlackMode(StrEnum):
    """How Slack's requests arrive."""

    SOCKET = "socket"
    HTTP = "http"


class LogFormat(StrEnum):
    """How a log line looks."""

    JSON = "json"
    CONSOLE = "console"


class SlackSettings(Section):
    """Slack."""

    mode: SlackMode = Field(
        default=SlackMode.SOCKET, description="socket (no inbound traffic) or http (signed requests)"
    )
    host: str = Field(default="0.0.0.0", description="http mode: address to listen on")  # noqa: S104 - inside a pod
    port: Port = Field(default=3000, description="http mode: port to listen on")
    bot_token: Annotated[SecretStr | None, starts("xoxb-")] = Field(
        default=None, description="Bot token (xoxb-…)"
    )
    app_token: Annotated[SecretStr | None, starts("xapp-")] = Field(
        default=None, description="App-level token with connections:write (xapp-…), for socket mode"
    )
    signing_secret: SecretStr | None = Field(
        default=None, description="Signing secret of the app, for http mode"
    )
    command: Annotated[str, like(r"/[a-z0-9_-]{1,31}", "must be a slash command such as /mlops")] = Field(
        default="/mlops", description="Slash command, as written in the app's manifest"
    )


class ChannelSettings(Section):
    """Defaults of one channel."""

    cluster: str = Field(default="", description="Cluster when the question names none")
    namespace: str = Field(default="", description="Namespace when the question names none")


class AccessSettings(Section):
    """Who may ask; without users and groups everyone in the workspace may."""

    users: Annotated[tuple[UserId, ...], NoDecode, BeforeValidator(listed)] = Field(
        default=(), description="Slack user ids that may ask"
    )
    groups: Annotated[tuple[GroupId, ...], NoDecode, BeforeValidator(listed)] = Field(
        default=(), description="Slack user group ids whose members may ask (scope usergroups:read)"
    )
    channels: Annotated[tuple[Place, ...], NoDecode, BeforeValidator(listed)] = Field(
        default=(),
        description='Channel ids where questions are answered ("dm": direct messages); empty is everywhere',
    )
    contact: str = Field(default="the people who run this bot", description="Whom a refused asker is sent to")


class LimitSettings(Section):
    """How often may be asked."""

    user: Limit = Field(default="20/minute", description="Questions of one user")
    channel: Limit = Field(default="60/minute", description="Questions in one channel")
    share_seconds: float = Field(
        default=20.0, ge=0, le=600, description="How long an answer is given again to the same question"
    )


class WorkSettings(Section):
    """Accepted questions."""

    workers: int = Field(default=64, ge=1, le=1000, description="Questions answered at once")
    queue: int = Field(default=500, ge=0, le=100_000, description="Accepted questions that may wait")
    deadline_seconds: float = Field(
        default=60.0, gt=0, le=600, description="Seconds one question may take in all"
    )


class RedisSettings(Section):
    """Redis, where replicas share limits and answers."""

    url: Annotated[SecretStr | None, AfterValidator(redis_address)] = Field(
        default=None,
        description="redis://HOST:PORT/0, or rediss:// for TLS; without it each replica is alone",
    )


class RuleSettings(Section):
    """Rules of your own, and shipped ones switched off."""

    folder: File = Field(
        default=None, description="Folder with rule files that are added to the shipped ones"
    )
    off: Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)] = Field(
        default=(), description="Ids of rules that are switched off"
    )


class TelemetrySettings(Section):
    """Logs, metrics and probes."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is logged"
    )
    log_format: LogFormat = Field(default=LogFormat.JSON, description="json or console")
    host: str = Field(default="0.0.0.0", description="Address of /metrics and the probes")  # noqa: S104 - inside a pod
    port: Port = Field(default=9090, description="Port of /metrics and the probes")


class Settings(BaseSettings):
    """Everything that can be set. Read it with `load_settings`; it reads nothing by itself."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
    )

    slack: SlackSettings = SlackSettings()
    clusters: tuple[ClusterSettings, ...] = Field(default=(), description="Clusters that can be asked about")
    default_cluster: str = Field(
        default="", description="Cluster when nothing names one; the first of the list by default"
    )
    channels: Annotated[dict[ChannelId, ChannelSettings], BeforeValidator(upper_keys)] = Field(
        default={}, description="Defaults per channel id"
    )
    access: AccessSettings = AccessSettings()
    limits: LimitSettings = LimitSettings()
    work: WorkSettings = WorkSettings()
    redis: RedisSettings = RedisSettings()
    rules: RuleSettings = RuleSettings()
    runbook_base_url: Url = Field(
        default="", description="Where the runbooks are published, for links in answers"
    )
    digest: DigestSettings = DigestSettings()
    telemetry: TelemetrySettings = TelemetrySettings()

    @model_validator(mode="after")
    def _names_fit(self) -> "Settings":
        names = [cluster.name for cluster in self.clusters]
        if len(set(names)) < len(names):
            raise ValueError("clusters: two clusters have the same name")
        for place, name in self._named_clusters():
            if name and name not in names:
                raise ValueError(
                    f"{place}: no such cluster in the list clusters ({', '.join(names) or 'empty'})"
                )
        return self

    def _named_clusters(self) -> list[tuple[str, str]]:
        of_channels = [(f"channels.{key}.cluster", channel.cluster) for key, channel in self.channels.items()]
        of_digests = [
            (f"digest.subscriptions[{number}].cluster", subscription.cluster)
            for number, subscription in enumerate(self.digest.subscriptions)
        ]
        return [("default_cluster", self.default_cluster), *of_channels, *of_digests]

    @property
    def cluster(self) -> str:
        """Name of the cluster when nothing names one; empty when no cluster is set."""
        return self.default_cluster or (self.clusters[0].name if self.clusters else "")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's shape
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing but what `load_settings` hands over."""
        return (init_settings,)
