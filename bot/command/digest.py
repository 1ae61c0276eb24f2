"""Text → DigestWish: `digest subscribe "weekdays 09:00"`, `digest snooze FINGERPRINT 3d`."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, get_args

from msgspec.structs import replace

from bot.command.cleaning import bare, unmarked
from bot.command.digest_options import Options, read_options
from bot.command.digest_wish import DAY, HOUR, WEEK, DigestAction, DigestWish
from bot.command.model import Asker, Defaults, Help
from bot.command.nearness import near
from bot.command.refusing import SHOWN
from bot.command.understanding import LONGEST_TEXT, known_cluster
from bot.command.vocabulary import CALLED
from bot.errors import UsageError
from bot.schedule_words import parse_schedule

_SCOPE = "[--namespaces a,b] [--min-severity high] [--cluster CLUSTER]"
DIGEST_USAGE: Final[Mapping[str, str]] = {
    f"digest [preview] {_SCOPE}": "What a digest would tell now, for your eyes only",
    f"digest now {_SCOPE}": "Post a digest here now",
    f'digest subscribe "weekdays 09:00 Europe/Dublin" {_SCOPE} [--name NAME]': "Post one here regularly",
    "digest unsubscribe [NAME]": "No longer",
    "digest list": "Who is told what and when",
    "digest picture [7d|30d] [--cluster CLUSTER]": "Trends as a picture",
    "digest snooze FINGERPRINT [12h|1d|3d|1w] [--cluster CLUSTER]": "Leave a cause out until it grows worse",
    "digest wake FINGERPRINT [--cluster CLUSTER]": "Tell it again",
}
"""How each wish is typed → what it does."""
_ACTIONS: Final[tuple[DigestAction, ...]] = get_args(DigestAction)
_ALSO: Final[Mapping[str, DigestAction]] = {
    **dict.fromkeys(("show", "dryrun", "dry-run"), "preview"),
    **dict.fromkeys(("post", "send", "today"), "now"),
    **dict.fromkeys(("add", "sub", "schedule"), "subscribe"),
    **dict.fromkeys(("remove", "delete", "stop", "unsub", "cancel"), "unsubscribe"),
    **dict.fromkeys(("ls", "subscriptions"), "list"),
    **dict.fromkeys(("pictures", "trend", "trends", "chart", "graph", "png"), "picture"),
    **dict.fromkeys(("mute", "silence"), "snooze"),
    **dict.fromkeys(("unsnooze", "unmute"), "wake"),
}
"""Other words for the actions."""
_DIGEST = ("digest", "digests")
_HELP = ("help", "usage")
_POLITE = ("please", "pls", "plz", "thanks")
_TOKEN = re.compile(r"""(?:"[^"]*"|(?<![^\s=])'[^']*'|[^\s])+""")
_QUOTED = re.compile("(?<![^=])'([^']*)'")
_FINGERPRINT = re.compile("[0-9a-f]{12}", re.IGNORECASE)
_SPAN = re.compile("(?:for)?([0-9]{1,4}|an?)(h|hours?|d|days?|w|weeks?)")
_LAST = re.compile("(?:the|last|this|a|of|for)*(7|30|week|month)-?(?:d|days?)?")
_MONTH = 30
_LONGEST_SNOOZE = 30 * DAY
_SNOOZES = "Say, for example, 12h, 1d, 3d or 1w."


def parse_digest(text: str, asker: Asker, defaults: Defaults) -> DigestWish | Help | None:
    """Understand what is wanted of the digest; None when the text is about something else.

    The namespace of a channel does not count: a digest is about everything unless it says otherwise.

    Raises:
        UsageError: with what is missing or unknown, and the whole text that was probably meant.
    """
    words = _tokens(unmarked(text).replace("`", " "))
    while words and bare(words[0]).removeprefix("@").lower() in ("", CALLED):
        del words[0]
    if not words or bare(words[0]).lower() not in _DIGEST:
        return None
    if len(text) > LONGEST_TEXT:
        raise UsageError(
            f"That is {len(text)} characters long; a command has at most {LONGEST_TEXT}.", _usage("subscribe")
        )
    options = read_options(words[1:])
    asked = bare(options.rest[0]).lower() if options.rest else ""
    return (
        Help(_DIGEST[0]) if options.help or asked in _HELP else _Understood(options, asker, defaults).wish()
    )


class _Understood:
    """One text on its way to a DigestWish; what is mistyped is put right, for a suggestion."""

    def __init__(self, options: Options, asker: Asker, defaults: Defaults) -> None:
        self._options = options
        self._asker = asker
        self._defaults = defaults
        self._words = [word for word in options.rest if bare(word).lower() not in _POLITE]
        self._faults = list(options.faults)

    def wish(self) -> DigestWish:
        """The wish; the first fault counts, with all of them put right in its suggestion."""
        try:
            wish = self._wish()
        except UsageError as error:
            raise (*self._faults, error)[0] from None
        if not self._faults:
            return wish
        first = self._faults[0]
        advice = "" if first.advice.startswith("Did you mean") else first.advice
        raise UsageError(first.sentence, advice, wish.words)

    def _wish(self) -> DigestWish:
        action = self._action()
        self._options.refuse_others(action)
        named = self._options.wish(action, self._asker)
        wish = replace(named, cluster=self._cluster(named.cluster) if action in _OF_CLUSTER else "")
        return self._with_words(wish)

    def _with_words(self, wish: DigestWish) -> DigestWish:
        match wish.action:
            case "subscribe":
                return replace(wish, schedule=self._schedule())
            case "unsubscribe":
                return replace(wish, name=self._name(wish.name))
            case "picture":
                return replace(wish, days=self._days())
            case "snooze":
                fingerprint, rest = self._fingerprint(wish.action)
                return replace(wish, fingerprint=fingerprint, seconds=_seconds(rest))
            case "wake":
                fingerprint, rest = self._fingerprint(wish.action)
                self._refuse_rest(wish, rest)
                return replace(wish, fingerprint=fingerprint)
            case _:
                return self._refuse_rest(wish, self._words)

    def _action(self) -> DigestAction:
        """The first word, which is taken away; a preview without any."""
        if not self._words:
            return "preview"
        said = bare(self._words[0]).lower()
        known: dict[str, DigestAction] = {each: each for each in _ACTIONS}
        if said not in known and said not in _ALSO and known_cluster(said, self._clusters) in self._clusters:
            return "preview"  # which refuses it as a name, and suggests --cluster
        action = known.get(said) or _ALSO.get(said) or known.get(near(said, _ACTIONS))
        if action is None or (said not in known and said not in _ALSO):
            unknown = UsageError(f"A digest knows no “{said[:SHOWN]}”.", f"It knows: {', '.join(_ACTIONS)}.")
            if action is None:
                raise unknown
            self._faults.append(unknown)
        del self._words[0]
        return action

    @property
    def _clusters(self) -> tuple[str, ...]:
        return self._defaults.clusters

    def _cluster(self, said: str) -> str:
        """The cluster as the settings write it."""
        named = known_cluster(said, self._clusters)
        if not named or not self._clusters or named in self._clusters:
            return named or self._defaults.cluster
        unknown = UsageError(
            f"I do not know a cluster called {said[:SHOWN]}.", f"Known clusters: {', '.join(self._clusters)}."
        )
        meant = near(said, self._clusters)
        if not meant:
            raise unknown
        self._faults.append(unknown)
        return meant

    def _schedule(self) -> str:
        text = " ".join(self._words)
        if not text:
            self._faults.append(UsageError("When should it be told?", _usage("subscribe")))
            text = "weekdays 09:00"
        try:
            return parse_schedule(text, self._defaults.zone).words
        except UsageError as error:
            if not error.suggestion:
                raise
            self._faults.append(UsageError(error.sentence, error.advice))
            return error.suggestion

    def _name(self, said: str) -> str:
        """The name of the subscription to end: a word, or an option."""
        names = list(dict.fromkeys(filter(None, (said, *map(bare, self._words)))))
        if len(names) > 1:
            raise UsageError(
                f"I take one name, and got {len(names)}: {', '.join(name[:SHOWN] for name in names[:4])}.",
                "“digest list” tells the names.",
            )
        return Options.named(names[0]) if names else ""

    def _days(self) -> int:
        said = "".join(map(bare, self._words)).lower()
        match = _LAST.fullmatch(said)
        if said and not match:
            self._faults.append(UsageError("The picture shows 7 or 30 days.", _usage("picture")))
        return _MONTH if match and match[1] in ("30", "month") else WEEK

    def _fingerprint(self, action: DigestAction) -> tuple[str, list[str]]:
        """The fingerprint and the other words."""
        words = list(map(bare, self._words))
        found = next((word for word in words if _FINGERPRINT.fullmatch(word)), "")
        if not found:
            raise UsageError(
                f"{action} which cause?".capitalize(),
                "Its fingerprint are the twelve digits and letters a digest shows beside it. "
                + _usage(action),
            )
        words.remove(found)
        return found.lower(), words

    def _refuse_rest(self, wish: DigestWish, rest: Sequence[str]) -> DigestWish:
        """Words that mean nothing here; one may be a cluster."""
        if not rest:
            return wish
        clusters = [known_cluster(bare(word), self._clusters) for word in rest]
        named = next((each for each in clusters if each in self._clusters), "")
        named = named if wish.action in _OF_CLUSTER else ""
        shown = " ".join(rest)[:SHOWN]
        self._faults.append(UsageError(f"“digest {wish.action}” takes no “{shown}”.", _usage(wish.action)))
        return replace(wish, cluster=named or wish.cluster)


_OF_CLUSTER = frozenset(_ACTIONS) - {"list", "unsubscribe"}


def _seconds(words: Sequence[str]) -> float:
    """How long a snooze lasts, a day when nothing is said."""
    said = "".join(words).lower()
    match = _SPAN.fullmatch(said or "1d")
    if not match:
        raise UsageError(f"“{' '.join(words)[:SHOWN]}” is no time to snooze.", _SNOOZES)
    unit = {"h": HOUR, "d": DAY, "w": WEEK * DAY}[match[2][0]]
    seconds = unit * (1 if match[1].startswith("a") else int(match[1]))
    if not HOUR <= seconds <= _LONGEST_SNOOZE:
        raise UsageError("A snooze lasts from an hour to 30 days.", _SNOOZES)
    return seconds


def _tokens(text: str) -> list[str]:
    """Words; what stands between quotes is one, unless the whole text does."""
    inside = (_QUOTED.sub(r"\1", token).replace('"', " ") for token in _TOKEN.findall(text))
    tokens = [token.strip(" '") for token in inside]
    return tokens if tokens and " " not in tokens[0] else " ".join(tokens).split()


def _usage(action: DigestAction) -> str:
    return f"Say: {next(line for line in DIGEST_USAGE if action in line)}"
