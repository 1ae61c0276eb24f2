"""How far a model server came with loading its model: KServe, MLServer, Triton, TorchServe and vLLM logs."""

import re
from collections.abc import Sequence

from msgspec import Struct

from handlers.extract.log_lines import LogLine

_LOADED = re.compile(
    r"application startup complete|\bloaded model '[^']{1,200}' succes+fully"
    r"|successfully loaded '[^']{1,200}'"
    r"|model \S{1,200} loaded\b|model(?: was)? loaded (?:succes+fully|in \d)|uvicorn running on"
    r"|started grpcinferenceservice|listening for requests",
    re.IGNORECASE,
)
_LOADING = re.compile(
    r"\bloading (?:the )?(?:model|weights|safetensors|checkpoint|pipeline|tokenizer|engine)"
    r"|warm(?:ing)?[- ]?up\b|checkpoint shards|compil(?:ing|ation of) (?:the )?(?:model|graph)"
    r"|capturing cuda graph|downloading shards|loading: \S|\bunpacking: |\bregistering model\b"
    r"|copying contents of",
    re.IGNORECASE,
)


class Loading(Struct, frozen=True):
    """Lines that tell of loading.

    Attributes:
        loaded: the first line of this run that says the model is loaded, when none after it says it loads.
        loading: the last line that says it loads.
    """

    loaded: LogLine | None = None
    loading: LogLine | None = None


def loading_of(lines: Sequence[LogLine]) -> Loading:
    """Tell loading from loaded: a server may listen long before its model is there, so the later counts."""
    loaded: LogLine | None = None
    loading: LogLine | None = None
    for line in lines:
        if line.access is not None:
            continue
        text = line.message[:400]
        if _LOADING.search(text):
            loaded, loading = None, line
        elif loaded is None and _LOADED.search(text):
            loaded = line
    return Loading(loaded, loading)
