"""`python -m bot` and the console script `mlops`."""

import os
import sys

from bot.cli import main as run


def main() -> None:
    """Run the terminal; a closed pipe (`| head`) and Ctrl-C end it quietly."""
    try:
        code = run()
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except KeyboardInterrupt:
        code = 130
    raise SystemExit(code)


if __name__ == "__main__":
    main()
