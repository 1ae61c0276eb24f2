"""`python -m bot` and the console script `mlops`."""

import codecs
import gc
import os
import sys
import traceback
from io import TextIOWrapper
from typing import Final

from bot.cli import main as run
from bot.exit_code import CANNOT_WRITE, INTERNAL, INTERRUPTED, PIPE_CLOSED, USAGE

_PLAIN: Final = {
    0xAB: "<",
    0xB7: "|",
    0xBB: ">",
    0x2013: "-",
    0x2014: "--",
    0x2018: "'",
    0x2019: "'",
    0x201C: '"',
    0x201D: '"',
    0x2022: "*",
    0x2026: "...",
    0x2192: "->",
    0x23F3: "*",
    0x26A0: "!",
    0x270F: "*",
    0x2713: "+",
    0x2717: "x",
}
"""What stands for a character that the terminal's encoding does not have."""


def main() -> None:
    """Run the terminal; a closed pipe (`| head`), Ctrl-C and a full disk end it in order."""
    spare_collector()
    _make_writable()
    raise SystemExit(_run())


def spare_collector() -> None:
    """Let Python look for circles of garbage seldom: what is read of a cluster holds none.

    By default a list of 10,000 objects starts whole searches that stop everything for a quarter of a second.
    """
    gc.set_threshold(100_000, 50, 1000)


def _run() -> int:
    try:
        code = _code()
        sys.stdout.flush()
    except BrokenPipeError:
        return _give_up_stdout(PIPE_CLOSED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        sys.stderr.write(f"mlops: the answer cannot be written: {error.strerror or error}\n")
        return _give_up_stdout(CANNOT_WRITE)
    return code


def _code() -> int:
    try:
        return run()
    except SystemExit as end:  # how argparse ends, after help too
        return end.code if isinstance(end.code, int) else USAGE
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - the outermost edge: what is shown of an error must hold no secret
        from bot.render.redact import redact_text  # noqa: PLC0415 - help must not wait for it

        sys.stderr.write(redact_text(traceback.format_exc()))
        sys.stderr.write("mlops: this is a fault of the program; the lines above say where.\n")
        return INTERNAL


def _give_up_stdout(code: int) -> int:
    """Python flushes once more at its end, and would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _make_writable() -> None:
    """Let every answer be written, to a closed stream and in any locale."""
    codecs.register_error("plain", _plain)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for the whole run
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end]
    return "".join(_PLAIN.get(ord(character), "?") for character in unknown), error.end


if __name__ == "__main__":
    main()
