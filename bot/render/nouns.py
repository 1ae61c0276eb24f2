"""How objects and numbers of them are named in a sentence."""

from rules.finding import ObjectRef


def kind_words(kind: str) -> str:
    """A kind as people write it in a sentence ("pod", "InferenceService")."""
    return kind.lower() if kind[1:].islower() else kind


def object_words(ref: ObjectRef) -> str:
    """Name an object as people do: "pod mlops/x", "InferenceService mlops/fraud-detector"."""
    return f"{kind_words(ref.kind)} {ref}"


def counted(number: int, one: str) -> str:
    """A number of things ("1 cause", "2 NetworkPolicies")."""
    return f"{number:,} {one if number == 1 else _plural(one)}"


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch")) else f"{word}s"
