"""Restarts in a line: what was restarted or killed for memory within a day, and what restarts ever more."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from handlers.extract.digest_part import counted, part_of
from handlers.extract.owner import top_owner
from handlers.extract.series import by_label
from handlers.parts import Part
from handlers.sources.objects.container import ContainerStateTerminated, ContainerStatus
from handlers.sources.objects.pod import Pod
from handlers.sources.series import Sample
from rules.finding import ObjectRef
from rules.units import seconds_in_words

RESTARTS = "Restarts"
RISING = "Rising restarts"
DAY = timedelta(hours=24)
LEAST = 3
"""Restarts of the last day from which a rise is worth a word."""
OOM = "OOMKilled"
_OF_REPLICA_SET = re.compile(r"^(?P<name>.+)-[a-z0-9]{6,10}-[a-z0-9]{5}$")
_OF_OTHERS = re.compile(r"^(?P<name>.+)-(?:[a-z0-9]{5}|\d+)$")


class Ended(Struct, frozen=True, kw_only=True):
    """One container that ended within the day.

    Attributes:
        restarts: of all its life; 0 for one that was not started again.
    """

    owner: ObjectRef
    restarts: int
    end: ContainerStateTerminated
    at: datetime

    @property
    def killed(self) -> bool:
        """Whether it was killed for memory."""
        return self.end.reason == OOM


def ended_lately(pods: Iterable[Pod], now: datetime) -> Iterator[Ended]:
    """Containers that were restarted, or killed for memory, within the last 24 hours, by their statuses."""
    for pod in pods:
        statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
        lately = [(status, end) for status in statuses if (end := _end(status, now))]
        for status, end in lately:
            if end.finished_at and (status.restart_count or end.reason == OOM):
                yield Ended(owner=top_owner(pod), restarts=status.restart_count, end=end, at=end.finished_at)


def _end(status: ContainerStatus, now: datetime) -> ContainerStateTerminated | None:
    """How its newest run within the day ended; a kill for memory tells more than what came before."""
    ends = (status.state.terminated, status.last_state.terminated)
    lately = [end for end in ends if end and end.finished_at and now - end.finished_at < DAY]
    return next((end for end in lately if end.reason == OOM), None) or next(iter(lately), None)


def restarted(ended: Iterable[Ended]) -> int:
    """How many containers were restarted within the day."""
    return sum(one.restarts > 0 for one in ended)


def restarts(ended: Iterable[Ended], now: datetime) -> Part:
    """The part, by workload: killed for memory first, then those restarted most."""
    by_owner: dict[ObjectRef, list[Ended]] = defaultdict(list)
    for one in ended:
        by_owner[one.owner].append(one)
    killed = sum(any(one.killed for one in members) for members in by_owner.values())
    ranked = sorted(by_owner.items(), key=_worst_first)
    if not ranked:
        return part_of(RESTARTS, "nothing was restarted or killed for memory in the last 24 h")
    workloads = counted(len(ranked), "workload")
    said = f"{workloads} with restarts in the last 24 h" + (f", {killed} killed for memory" if killed else "")
    return part_of(RESTARTS, said, [_line(owner, members, now) for owner, members in ranked])


def _worst_first(pair: tuple[ObjectRef, Sequence[Ended]]) -> tuple[bool, int, str]:
    owner, members = pair
    return not any(one.killed for one in members), -sum(one.restarts for one in members), str(owner)


def _line(owner: ObjectRef, members: Sequence[Ended], now: datetime) -> str:
    kills = [one for one in members if one.killed]
    latest = max(kills or members, key=lambda one: one.at)
    ago = seconds_in_words((now - latest.at).total_seconds())
    total = sum(one.restarts for one in members)
    times = counted(total, "restart") if total else ""
    what = "OOM-killed" if kills else f"exit {latest.end.exit_code}"
    where = f" of {len(members)} containers" if len(members) > 1 else ""
    pieces = (f"{what} {ago} ago", f"{times}{where} in all" if times else "")
    return f"{owner} ({owner.kind}): {', '.join(filter(None, pieces))}"


class Days(Struct, frozen=True, kw_only=True):
    """Restarts by pod of three days in a row, as Prometheus counts them."""

    before_yesterday: tuple[Sample, ...]
    yesterday: tuple[Sample, ...]
    today: tuple[Sample, ...]


def rising(days: Days, pods: Iterable[Pod], namespace: str = "") -> Part:
    """The part: workloads that were restarted more often each day than the day before."""
    owners = {(pod.metadata.namespace, pod.metadata.name): top_owner(pod) for pod in pods}
    counts = [_by_owner(day, owners) for day in (days.before_yesterday, days.yesterday, days.today)]
    every = {owner for count in counts for owner in count if namespace in {"", owner.namespace}}
    told = {owner: tuple(round(count.get(owner, 0.0)) for count in counts) for owner in every}
    found = {owner: count for owner, count in told.items() if _rises(count)}
    if not found:
        return part_of(RISING, "no workload was restarted more often each day for three days")
    lines = [
        f"{owner} ({owner.kind}): {' → '.join(map(str, count))} restarts a day"
        for owner, count in sorted(found.items(), key=lambda pair: (-pair[1][-1], str(pair[0])))
    ]
    return part_of(RISING, f"{counted(len(found), 'workload')} for three days in a row", lines)


def _rises(counts: Sequence[int]) -> bool:
    first, second, third = counts
    return first < second < third and third >= LEAST


def _by_owner(
    samples: Iterable[Sample], owners: Mapping[tuple[str, str], ObjectRef]
) -> Mapping[ObjectRef, float]:
    """Restarts by workload; a pod that is gone counts for the workload of its name that is still there."""
    known = {(owner.namespace, owner.name): owner for owner in owners.values()}
    found: dict[ObjectRef, float] = defaultdict(float)
    for (namespace, pod), value in by_label(samples, "namespace", "pod").items():
        names = (match["name"] for form in (_OF_REPLICA_SET, _OF_OTHERS) if (match := form.match(pod)))
        former = (known[namespace, name] for name in names if (namespace, name) in known)
        owner = owners.get((namespace, pod)) or next(former, None)
        if owner is not None:
            found[owner] += value
    return found
