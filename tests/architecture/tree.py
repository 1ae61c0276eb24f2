"""The files that belong to the project, wherever it was unpacked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("bot", "handlers", "rules")
_NOT_OURS: Final = {"__pycache__", "build", "dist", "node_modules"}
_TEXT: Final = {
    *("", ".py", ".md", ".toml", ".yaml", ".yml", ".lock", ".json", ".txt", ".tsv", ".http", ".sh", ".tpl")
}


def texts(folder: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Path below the root and content of every text file; hidden folders but those of CI are left out."""
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") and path.name not in {".ci", ".github", ".gitignore"}
        if hidden or path.name in _NOT_OURS or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from texts(path)
        elif path.suffix in _TEXT:
            yield str(path.relative_to(ROOT)), path.read_text("utf-8")


def modules() -> Iterator[tuple[str, str]]:
    """Path and source of every module of the product."""
    for package in PACKAGES:
        yield from ((name, text) for name, text in texts(ROOT / package) if name.endswith(".py"))
