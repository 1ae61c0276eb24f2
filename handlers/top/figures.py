"""What both tables of `mlops top` share: the order that was asked for, cells, and the headline."""

from collections.abc import Callable, Sequence

from handlers.contract import Option, Question
from handlers.extract.top import Amount, Consumer, SortBy, words
from rules.units import bytes_in_words, cores_in_words

SORT_BY = Option(name="sort-by", meaning="Which figure the largest are found by", choices=("memory", "cpu"))
NO_FIGURES = "No usage figures: the metrics API (metrics-server) gives none; sorted by requests"


def sort_by(question: Question, default: SortBy = "memory") -> SortBy:
    """The figure to sort by; the corridor has checked the choice."""
    return "cpu" if question.options.get("sort-by", default) == "cpu" else "memory"


def cells(amount: Amount, by: SortBy) -> tuple[str, str, str, str]:
    """Used, requested, most and share as four cells; a dash where nothing is known."""
    text = bytes_in_words if by == "memory" else cores_in_words
    percent = "-" if amount.share is None else f"{amount.share:.0f}%"
    return _cell(amount.used, text), _cell(amount.requested, text), _cell(amount.most, text), percent


def headline(consumers: Sequence[Consumer], by: SortBy, *, measured: bool) -> str:
    """The largest consumer in a sentence."""
    if not measured:
        return NO_FIGURES
    if not consumers:
        return "Nothing runs here"
    first = consumers[0]
    share = first.amount(by).share
    percent = f" ({share:.0f}%)" if share is not None else ""
    name = "CPU" if by == "cpu" else "memory"
    return f"{first.ref.kind} {first.ref} uses most {name}{percent}: {words(first)}"


def _cell(value: float | None, text: Callable[[float], str]) -> str:
    return "-" if value is None else text(round(value, 3))
