"""`make chart`: render and validate every variant, a line each; exit 1 when one has a fault."""

import sys
from collections import Counter

import helm_python

from tests.helm.engine import CHART
from tests.helm.schemas import faults
from tests.helm.variants import LEAST, VARIANTS, Variant


def main() -> int:
    """Print a line for each variant, and below it what an API server would refuse."""
    width = max(len(variant.name) for variant in VARIANTS)
    found = _lint()
    for variant in VARIANTS:
        found += _try(variant, width)
    if not found:
        sys.stdout.write(
            f"{len(VARIANTS)} variants, rendered by Helm {helm_python.helm_sdk_version()}, all in order\n"
        )
    return int(found > 0)


def _lint() -> int:
    report = helm_python.lint(CHART, LEAST, strict=True)
    _list(report["errors"])
    return len(report["errors"])


def _try(variant: Variant, width: int) -> int:
    try:
        rendered = variant.rendered()
    except helm_python.HelmError as error:
        sys.stdout.write(f"✗ {variant.name:{width}}  {error}\n")
        return 1
    wrong = [fault for thing in rendered.things for fault in faults(thing)]
    kinds = Counter(thing["kind"] for thing in rendered.things)
    counted = ", ".join(kind if number == 1 else f"{number} {kind}" for kind, number in sorted(kinds.items()))
    sys.stdout.write(f"{'✗' if wrong else '✓'} {variant.name:{width}}  {counted}\n")
    _list(wrong)
    return len(wrong)


def _list(wrong: list[str]) -> None:
    for each in wrong:
        sys.stdout.write(f"    {each}\n")


if __name__ == "__main__":
    raise SystemExit(main())
