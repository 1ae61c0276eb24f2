"""`make image-check`: every step of the Dockerfile, the install from the hash-locked requirements too."""

import asyncio
import sys

from tests.image.building import built
from tests.image.recipe import read_recipe
from tests.image.trying import tried


def main() -> int:
    """Build, try, and print what was seen; 1 when something is amiss."""
    with built(read_recipe(), network=True) as image:
        count = len(image.files())
        sys.stdout.write(f"built: {count} files and folders, run by: {' '.join(image.hand_over) or 'you'}\n")
        seen = asyncio.run(tried(image))
    sys.stdout.write(f"answered, drew {len(seen.picture)} bytes, probes {seen.probes}\n")
    sys.stdout.write(
        f"ended with {seen.code} after {seen.seconds:.1f} s; changed files: {len(seen.changed)}\n"
    )
    fine = seen.code == 0 and set(seen.probes.values()) == {200} and not seen.changed
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
