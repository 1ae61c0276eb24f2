"""Samples of a Prometheus as figures: those that hold a number, by the labels that tell them apart."""

import math
from collections.abc import Iterable

from handlers.sources.series import Sample


def finite(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """The samples that hold a number: a quantile of nothing and a share of nothing are NaN."""
    return tuple(sample for sample in samples if math.isfinite(sample.value))


def by_label(samples: Iterable[Sample], *labels: str) -> dict[tuple[str, ...], float]:
    """The values by these labels; samples that lack one of them, or a number, are left out."""
    return {
        key: one.value
        for one in finite(samples)
        if all(key := tuple(one.labels.get(each, "") for each in labels))
    }
