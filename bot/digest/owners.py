"""Whom a cause concerns: labels and namespaces of the settings to people and groups in Slack."""

from collections.abc import Sequence

from msgspec import Struct

from bot.changes import Entry
from bot.digest.compare import place_of


class Owner(Struct, frozen=True, kw_only=True):
    """Who looks after what bears a label, or stands in a namespace.

    Attributes:
        label: "key=value"; empty where the namespace decides.
        namespace: empty where the label decides; with both, both must fit.
        slack: id of a user or of a user group.
    """

    label: str = ""
    namespace: str = ""
    slack: str


def owners_of(entry: Entry, owners: Sequence[Owner]) -> tuple[str, ...]:
    """Slack ids of whoever looks after a cause: of the first rule that fits, labels before namespaces."""
    fitting = [owner for owner in owners if _fits(owner, entry)]
    by_label = [owner for owner in fitting if owner.label]
    chosen = (by_label or fitting)[:1]
    return tuple(
        dict.fromkeys(
            owner.slack
            for owner in fitting
            if chosen and (owner.label, owner.namespace) == (chosen[0].label, chosen[0].namespace)
        )
    )


def _fits(owner: Owner, entry: Entry) -> bool:
    key, _, value = owner.label.partition("=")
    label = not owner.label or entry.labels.get(key) == value
    place = not owner.namespace or place_of(entry.finding.subject) == owner.namespace
    return label and place
