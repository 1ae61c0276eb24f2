"""What has been read so far, on one line of a terminal that is wiped before the answer."""

import os
from typing import TextIO

from bot.render.door import terminal_line

_WIPE = "\r\x1b[K"


class ProgressLine:
    """Shows progress on a terminal, and nothing anywhere else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = stream.isatty()
        self._done: list[str] = []

    async def told(self, what: str) -> None:
        """Add one source."""
        self._done.append(terminal_line(what))
        if self._shown:
            line = " ".join(f"{done} ✓" for done in self._done)
            self._write(_WIPE + line[-(self._columns() - 1) :])

    def end(self) -> None:
        """Wipe the line."""
        if self._shown and self._done:
            self._write(_WIPE)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def _columns(self) -> int:
        """A longer line would go on in the next row, which is not wiped."""
        return max(20, os.get_terminal_size(self._stream.fileno()).columns or 80)
