"""Whether a text asks for help."""

from bot.command.grammar import Grammar
from bot.command.model import Help
from bot.command.places import Parts
from bot.command.vocabulary import CUES, FILLERS, GREETINGS, NOUNS


def wanted_help(parts: Parts, grammar: Grammar) -> Help | None:
    """Help, when it is asked for, or when nothing is."""
    words = [word.lower() for word in parts.words]
    verbs, subjects = grammar.verbs, grammar.subjects
    telling = [word for word in words if word not in FILLERS or word in verbs]
    known = [word for word in telling if word in verbs or word in subjects]
    greeted = bool(words) and words[0] in GREETINGS and (len(telling) <= 1 or known == telling)
    named = parts.called or parts.name or any(word in NOUNS and word in subjects for word in words)
    silent = not telling and not named and not any(word in CUES for word in words)
    if parts.help or (greeted and not any("/" in word for word in telling)) or silent:
        return Help(next(iter(known or telling), ""))
    return None
