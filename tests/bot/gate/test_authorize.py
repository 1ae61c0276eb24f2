import pytest

from bot.command import TERMINAL, Asker
from bot.errors import NotAllowed
from bot.gate.authorize import Access, Authorizer, GroupLookupError
from tests.fakes.clock import Clock


class Groups:
    """Slack's user groups; a group it does not know cannot be looked up."""

    def __init__(self, **members: str) -> None:
        self.members = {group: frozenset(users.split()) for group, users in members.items()}
        self.asked: list[str] = []

    async def __call__(self, group: str) -> frozenset[str]:
        self.asked.append(group)
        if group not in self.members:
            raise GroupLookupError("missing_scope")
        return self.members[group]


def asker(user: str = "U1", channel: str = "C1") -> Asker:
    return Asker(user=user, channel=channel, team="T1")


async def test_everyone_may_ask_when_nothing_is_configured() -> None:
    await Authorizer(Access(), Groups()).check(asker())


async def test_only_listed_users_may_ask_and_others_learn_whom_to_ask() -> None:
    door = Authorizer(Access(users=frozenset({"U1"}), contact="#ml-platform"), Groups())
    await door.check(asker("U1"))
    with pytest.raises(NotAllowed) as refused:
        await door.check(asker("U2"))
    assert refused.value.advice == "Ask #ml-platform to add you."


async def test_the_terminal_may_always_ask_but_a_slack_user_of_that_name_may_not() -> None:
    door = Authorizer(Access(users=frozenset({"U1"}), channels=frozenset({"C1"})), Groups())
    await door.check(TERMINAL)
    with pytest.raises(NotAllowed):
        await door.check(asker("terminal"))


async def test_members_of_any_listed_group_may_ask() -> None:
    door = Authorizer(Access(groups=frozenset({"S1", "S2"})), Groups(S1="U1", S2="U2 U3"))
    for user in ("U1", "U3"):
        await door.check(asker(user))
    with pytest.raises(NotAllowed, match="not on the list"):
        await door.check(asker("U4"))


async def test_members_are_asked_for_again_after_five_minutes() -> None:
    clock = Clock()
    groups = Groups(S1="U1")
    door = Authorizer(Access(groups=frozenset({"S1"})), groups, clock)
    await door.check(asker())
    groups.members["S1"] = frozenset()
    clock.go(299)
    await door.check(asker())
    assert groups.asked == ["S1"]
    clock.go(1)
    with pytest.raises(NotAllowed):
        await door.check(asker())


async def test_a_group_that_cannot_be_looked_up_lets_nobody_in_but_users_listed_by_id() -> None:
    groups = Groups(S2="U2")
    door = Authorizer(Access(users=frozenset({"U1"}), groups=frozenset({"S1", "S2"})), groups, Clock())
    await door.check(asker("U1"))
    await door.check(asker("U2"))
    with pytest.raises(NotAllowed) as refused:
        await door.check(asker("U3"))
    assert "usergroups:read" in refused.value.advice


async def test_a_failed_look_up_is_repeated_after_a_while_and_not_at_once() -> None:
    clock = Clock()
    groups = Groups()
    door = Authorizer(Access(groups=frozenset({"S1"})), groups, clock)
    for _ in range(5):
        with pytest.raises(NotAllowed):
            await door.check(asker())
    assert groups.asked == ["S1"]
    clock.go(15)
    groups.members["S1"] = frozenset({"U1"})
    await door.check(asker())


async def test_an_expired_member_list_is_not_used_when_the_look_up_fails() -> None:
    clock = Clock()
    groups = Groups(S1="U1")
    door = Authorizer(Access(groups=frozenset({"S1"})), groups, clock)
    await door.check(asker())
    clock.go(300)
    del groups.members["S1"]
    with pytest.raises(NotAllowed):
        await door.check(asker())


@pytest.mark.parametrize(
    ("listed", "channel", "allowed"),
    [
        ("C1", "C1", True),
        ("C1", "C2", False),
        ("C1", "D7", False),
        ("C1", "", False),
        ("dm", "D7", True),
        ("dm", "", True),
        ("dm", "C1", False),
    ],
)
async def test_places(listed: str, channel: str, allowed: bool) -> None:
    door = Authorizer(Access(channels=frozenset({listed})), Groups())
    try:
        await door.check(asker(channel=channel))
    except NotAllowed:
        assert not allowed
    else:
        assert allowed


async def test_a_listed_user_still_asks_in_listed_places_only() -> None:
    door = Authorizer(Access(users=frozenset({"U1"}), channels=frozenset({"C1"})), Groups())
    with pytest.raises(NotAllowed, match="this place"):
        await door.check(asker("U1", "C2"))
