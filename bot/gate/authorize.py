"""Who may ask, and where."""

import time
from collections.abc import Awaitable, Callable

from msgspec import Struct

from bot.command import TERMINAL, Asker
from bot.errors import BotError, NotAllowed

DIRECT = "dm"

GroupMembers = Callable[[str], Awaitable[frozenset[str]]]
"""The Slack user ids of a user group; raises `GroupLookupError`."""


class GroupLookupError(BotError):
    """Slack does not tell who is in a user group: scope missing, group unknown, or no answer."""


class Access(Struct, frozen=True, kw_only=True):
    """The access lists; an empty pair of `users` and `groups` means everyone, empty `channels` everywhere.

    Attributes:
        users: Slack user ids ("U…", "W…").
        groups: Slack user group ids ("S…").
        channels: conversation ids where questions are answered; "dm" stands for direct messages and
            the app's home.
        contact: whom to ask for access.
    """

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    contact: str = "the people who run this bot"


class Authorizer:
    """Checks an asker against the access lists; who is in a group is remembered for five minutes.

    Access lists fail closed: when Slack does not tell who is in a group, only users listed by id pass.

    Args:
        access: the lists.
        group_members: asks Slack who is in a user group.
        clock: monotonic seconds.
    """

    REMEMBERED = 300.0
    FAILURE_REMEMBERED = 15.0

    def __init__(
        self, access: Access, group_members: GroupMembers, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._access = access
        self._group_members = group_members
        self._clock = clock
        self._known: dict[str, tuple[float, frozenset[str] | None]] = {}

    async def check(self, asker: Asker) -> None:
        """Pass, or raise `NotAllowed` with whom to ask; the terminal always passes."""
        if asker == TERMINAL:
            return
        self._check_place(asker)
        await self._check_person(asker)

    def _check_place(self, asker: Asker) -> None:
        channels = self._access.channels
        place = DIRECT if asker.channel.startswith("D") or not asker.channel else asker.channel
        if channels and place not in channels:
            raise NotAllowed(
                "Questions are not answered in this place.",
                f"Ask in one of the channels on the list, or ask {self._access.contact} to add this one.",
            )

    async def _check_person(self, asker: Asker) -> None:
        access = self._access
        if not (access.users or access.groups) or asker.user in access.users:
            return
        members = [await self._members(group) for group in sorted(access.groups)]
        if any(group is not None and asker.user in group for group in members):
            return
        if None in members:
            raise NotAllowed(
                "Slack does not tell who is in the user groups on the list, so you could not be found there.",
                f"Ask {access.contact} to grant the scope usergroups:read, or to list you by user id.",
            )
        raise NotAllowed(
            "You are not on the list of people who may ask.", f"Ask {access.contact} to add you."
        )

    async def _members(self, group: str) -> frozenset[str] | None:
        until, members = self._known.get(group, (0.0, None))
        now = self._clock()
        if now < until:
            return members
        try:
            members = await self._group_members(group)
        except GroupLookupError:
            self._known[group] = (now + self.FAILURE_REMEMBERED, None)
            return None
        self._known[group] = (now + self.REMEMBERED, members)
        return members
