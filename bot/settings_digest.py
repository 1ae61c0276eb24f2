"""What can be set for the digest: when it is told, where, to whom, and how long it is remembered."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.errors import UsageError
from bot.schedule_words import check_zone, parse_schedule
from bot.settings_words import ChannelId, MentionId, Section, like, listed
from rules.finding import Severity

_ANY_ZONE = "UTC"


def _zone(value: str) -> str:
    """A time zone that exists; the sentence does not repeat the value, which may be in the wrong place."""
    try:
        return check_zone(value)
    except UsageError as error:
        raise ValueError(f"must be a time zone such as Europe/Dublin; {_hint(error)}") from None


def _schedule(value: str) -> str:
    """A schedule that can be read; its zone may be left to the default one."""
    try:
        parse_schedule(value, _ANY_ZONE)
    except UsageError as error:
        hint = _hint(error, "" if _ANY_ZONE in value.upper() else f" {_ANY_ZONE}")
        raise ValueError(f"must be a schedule such as weekdays 09:00 Europe/Dublin; {hint}") from None
    return value


def _hint(error: UsageError, unsaid: str = "") -> str:
    """What was probably meant, without the zone that was not said; or what to do."""
    meant = error.suggestion.removesuffix(unsaid)
    hint = f"did you mean {meant}?" if meant else error.advice
    return f"{hint[:1].lower()}{hint[1:]}".rstrip(".")


def _lowered(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Zone = Annotated[str, AfterValidator(_zone)]
ScheduleText = Annotated[str, AfterValidator(_schedule)]
SubscriptionName = Annotated[
    str, like(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", "must be one word such as prod-mornings")
]
Label = Annotated[str, like(r"([A-Za-z0-9][\w./-]*=[\w.-]*)?", "must be a label such as team=search")]
Namespace = Annotated[
    str, like(r"([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?", "must be a namespace such as mlops")
]
Weekly = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "never"]


class SubscriptionSettings(Section):
    """One digest that is told by itself; people subscribe to others from Slack."""

    name: SubscriptionName = Field(description="Name of the subscription, once in the list")
    channel: ChannelId = Field(description="Channel id it is posted to")
    schedule: ScheduleText = Field(
        description='When: "weekdays 09:00 Europe/Dublin", or cron "0 9 * * mon-fri"'
    )
    namespaces: Annotated[tuple[Namespace, ...], BeforeValidator(listed)] = Field(
        default=(), description="Namespaces it is limited to; empty is all"
    )
    min_severity: Annotated[Severity, BeforeValidator(_lowered)] = Field(
        default=Severity.LOW, description="Least severity that is told"
    )
    cluster: str = Field(default="", description="Cluster it is about; the default one without")
    pictures: bool = Field(default=False, description="Draw the trends once a week")


class OwnerSettings(Section):
    """Whom a digest mentions beside a cause: who owns what has a label, or a namespace."""

    label: Label = Field(default="", description="Label of the object or its namespace: team=search")
    namespace: Namespace = Field(default="", description="Namespace, instead of a label")
    slack: MentionId = Field(description="Slack user or user group id that is mentioned")

    @model_validator(mode="after")
    def _one_of_them(self) -> "OwnerSettings":
        if bool(self.label) == bool(self.namespace):
            raise ValueError("needs a label or a namespace, one of them")
        return self


class DigestSettings(Section):
    """The digest."""

    timezone: Zone = Field(
        default=_ANY_ZONE, description="Time zone of schedules that name none, as in the IANA list"
    )
    subscriptions: tuple[SubscriptionSettings, ...] = Field(
        default=(), description="Digests that are told by themselves"
    )
    owners: tuple[OwnerSettings, ...] = Field(
        default=(), description="Whom a digest mentions; the first that fits counts"
    )
    weekly: Annotated[Weekly, BeforeValidator(_lowered)] = Field(
        default="monday", description="Day on which a digest adds hygiene and pictures, or never"
    )
    late_minutes: int = Field(
        default=120, ge=0, le=720, description="How late a missed digest is still posted; later it is skipped"
    )
    recheck_minutes: int = Field(
        default=15, ge=0, le=1440, description="How often a posted digest is put right that day; 0 is never"
    )
    keep_days: int = Field(
        default=90, ge=1, le=400, description="Days for which causes and figures are remembered"
    )

    @model_validator(mode="after")
    def _names_are_unique(self) -> "DigestSettings":
        names = [subscription.name.lower() for subscription in self.subscriptions]
        if len(set(names)) < len(names):
            raise ValueError("subscriptions: two of them have the same name")
        return self
