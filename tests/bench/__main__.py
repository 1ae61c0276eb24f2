"""`make bench`: every figure, each a ratio or a bound measured in this one run, beside what it must reach."""

import importlib
import sys
import time

BENCHES = (
    ("diagnosing", "diagnose pod: at most 12 requests, at most 0.35 of the same reads one after another"),
    ("listing", "10,000 pods of 8 KB: at most 2.2 times a bare loop's CPU, 160 MB, no stall above 50 ms"),
    ("commands", "200 slash commands at once: every ack under 500 ms, none lost, under 250 MB"),
    (
        "health",
        "health -A of 10,000 pods: at most half of kubectl get pods -A, 300 MB, no stall above 50 ms, linear",
    ),
    ("digest", "the digest of 10,000 pods beside health -A: time, memory, requests"),
    ("history", "90 days of 500 causes: under 3 MB in Redis, read in 50 ms, a look learnt in 150 ms"),
    ("judging", "judging a pod with the whole catalog: under 1 ms"),
)


def main() -> int:
    """Run the benches named on the command line, or all of them."""
    chosen = sys.argv[1:]
    for name, goal in BENCHES:
        if chosen and name not in chosen:
            continue
        began = time.monotonic()
        print(f"{name}: {goal}")  # noqa: T201 - printing is its purpose
        for line in importlib.import_module(f"tests.bench.{name}").run():
            print(f"  {line}")  # noqa: T201 - same
        print(f"  ({time.monotonic() - began:.0f} s)\n")  # noqa: T201 - same
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
