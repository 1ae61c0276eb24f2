"""One frame of a stack, and which frame of a stack is the application's own code."""

import re
from collections.abc import Sequence

from msgspec import Struct

_LIBRARY_FILES = re.compile(
    r"site-packages|dist-packages|/lib/python\d|<frozen |<string>|^<|importlib|node_modules|^node:|internal/"
    r"|/usr/local/go/|/usr/lib/go|/pkg/mod/|/gems/|/lib/ruby/|/rustc/|/library/(?:core|std|alloc)/|\.cargo/registry"
)
_LIBRARY_FUNCTIONS = re.compile(
    r"^(?:java|javax|jdk|sun|com\.sun|kotlin|kotlinx|scala|akka|org\.(?:springframework|apache|hibernate|eclipse|junit"
    r"|jboss|postgresql)|io\.(?:netty|grpc|micrometer)|com\.(?:fasterxml|google|zaxxer|mysql|amazonaws)|reactor"
    r"|software\.amazon|System|Microsoft|runtime|panic|std|core)[.:/(]|^(?:runtime|panic|log|net/http)\.|^panic\("
)


class Frame(Struct, frozen=True):
    """One frame: file, line (0 when not said) and function (empty when not said)."""

    file: str
    line: int = 0
    function: str = ""

    @property
    def library(self) -> bool:
        """Whether it belongs to a library or the language itself."""
        return bool(_LIBRARY_FILES.search(self.file) or _LIBRARY_FUNCTIONS.match(self.function))


def best_frame(frames: Sequence[Frame]) -> Frame | None:
    """The application's frame nearest to the failure, else the nearest; `frames` begin with the nearest."""
    return next((frame for frame in frames if not frame.library), frames[0] if frames else None)


def place(frame: Frame | None) -> str:
    """A frame as people point at it: "app/main.py:88 in main"."""
    if frame is None:
        return ""
    where = f"{frame.file}:{frame.line}" if frame.line else frame.file
    return f"{where} in {frame.function}" if frame.function else where
