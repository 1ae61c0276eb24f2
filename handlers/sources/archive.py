"""The files of a support bundle: a folder, or a tar archive that is read into memory, never unpacked to disk.

A bundle may come from anybody: a path that leads outside is refused, and so is a bundle that grows too large.
"""

import io
import os
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from handlers.sources.errors import BadAnswer, NotFound

MOST_BYTES = 500 * 1024 * 1024
"""Bytes of a bundle once decompressed."""

MOST_FILES = 100_000
"""Files of a bundle."""

MARK = "cluster-resources"
"""The folder that every support bundle of a cluster has."""

DEEPEST = 3
"""Folders that may lie around it."""

_KEPT = ("cluster-resources", "cluster-info", "node-metrics", "pod-metrics")

ADVICE = "Give a support bundle: a folder, or a .tar.gz, that holds cluster-resources/."


class Archive(Protocol):
    """Files by their path below the bundle's own folder ("cluster-resources/nodes.json")."""

    @property
    def names(self) -> frozenset[str]:
        """The paths of all files."""

    def read(self, name: str) -> bytes:
        """The content of a file. Raises BadAnswer."""


def open_archive(path: str | os.PathLike[str]) -> Archive:
    """Open a bundle. Raises NotFound, or BadAnswer for what is no bundle or cannot be trusted."""
    place = Path(path).expanduser()
    what = f"bundle {place}"
    if place.is_dir():
        return Folder(_marked_folder(place, what), what)
    if not place.exists():
        raise NotFound(what, "there is no such file or folder", ADVICE)
    return _Packed(_unpacked(place, what), what)


class Folder:
    """A bundle that was unpacked before."""

    def __init__(self, root: Path, what: str) -> None:
        self._root = root.resolve()
        self._what = what
        self._names = frozenset(_files(self._root))

    @property
    def names(self) -> frozenset[str]:
        """The paths of all files."""
        return self._names

    def read(self, name: str) -> bytes:
        """The content of a file. Raises BadAnswer when it lies outside, is too large or unreadable."""
        path = (self._root / name).resolve()
        if not path.is_relative_to(self._root):
            raise _outside(self._what, name)
        try:
            if path.stat().st_size > MOST_BYTES:
                raise _too_large(self._what)
            return path.read_bytes()
        except OSError as error:
            raise BadAnswer(self._what, f"{name} cannot be read: {error.strerror}") from error


class _Packed:
    def __init__(self, files: Mapping[str, bytes | PurePosixPath], what: str) -> None:
        root = _marked_prefix(files, what)
        self._files = {
            str(PurePosixPath(name).relative_to(root)): content
            for name, content in files.items()
            if PurePosixPath(name).is_relative_to(root)
        }
        self._root = root
        self._what = what

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._files)

    def read(self, name: str) -> bytes:
        for _ in range(8):
            content = self._files.get(name)
            if isinstance(content, bytes):
                return content
            if content is None or not content.is_relative_to(self._root):
                break
            name = str(content.relative_to(self._root))
        raise BadAnswer(self._what, f"{name} is a link that leads nowhere")


def _files(root: Path) -> Iterable[str]:
    for folder, _, files in os.walk(root):
        below = PurePosixPath(Path(folder).relative_to(root).as_posix())
        for file in files:
            yield str(below / file)


def _marked_folder(place: Path, what: str) -> Path:
    candidates = [place, *(entry for entry in sorted(place.iterdir()) if entry.is_dir())]
    for candidate in candidates:
        if (candidate / MARK).is_dir():
            return candidate
    raise _no_bundle(what)


def _marked_prefix(names: Iterable[str], what: str) -> PurePosixPath:
    found = {path.parents[len(path.parts) - 1 - path.parts.index(MARK)] for path in _with_mark(names)}
    if not found:
        raise _no_bundle(what)
    return min(found, key=lambda path: (len(path.parts), str(path)))


def _with_mark(names: Iterable[str]) -> Iterable[PurePosixPath]:
    paths = (PurePosixPath(name) for name in names)
    return (path for path in paths if MARK in path.parts[: DEEPEST + 1] and path.name != MARK)


def _unpacked(place: Path, what: str) -> dict[str, bytes | PurePosixPath]:
    try:
        with place.open("rb") as packed:
            return _members(_Bounded(_decompressed(packed), what), what)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise BadAnswer(what, f"it is not a readable .tar.gz archive: {error}", ADVICE) from error


def _decompressed(packed: BinaryIO) -> BinaryIO:
    import gzip  # noqa: PLC0415 - only archives need it

    magic = packed.read(2)
    packed.seek(0)
    return gzip.GzipFile(fileobj=packed) if magic == b"\x1f\x8b" else packed  # type: ignore[return-value]  # readable


class _Bounded(io.RawIOBase):
    """Gives what it reads, but not endlessly."""

    def __init__(self, source: BinaryIO, what: str) -> None:
        self._source = source
        self._what = what
        self._left = MOST_BYTES

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        content = self._source.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise _too_large(self._what)
        return content


def _members(stream: io.RawIOBase, what: str) -> dict[str, bytes | PurePosixPath]:
    files: dict[str, bytes | PurePosixPath] = {}
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for count, member in enumerate(tar):
            if count >= MOST_FILES or member.size > MOST_BYTES:
                raise _too_large(what)
            content = _content(tar, member, what)
            if content is not None:
                files[str(_safe(member.name, what))] = content
    return files


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo, what: str) -> bytes | PurePosixPath | None:
    path = _safe(member.name, what)
    if member.issym():
        return _safe(str(path.parent / member.linkname), what)
    if member.islnk():
        return _safe(member.linkname, what)
    if not member.isfile() or not _is_kept(path):
        return None
    opened = tar.extractfile(member)
    return opened.read() if opened is not None else None


def _is_kept(path: PurePosixPath) -> bool:
    return any(part in _KEPT for part in path.parts[: DEEPEST + 1])


def _safe(name: str, what: str) -> PurePosixPath:
    path = PurePosixPath(os.path.normpath(name))
    if path.is_absolute() or ".." in path.parts:
        raise _outside(what, name)
    return path


def _outside(what: str, name: str) -> BadAnswer:
    return BadAnswer(what, f"it is refused: {name[:200]} lies outside of it", ADVICE)


def _too_large(what: str) -> BadAnswer:
    return BadAnswer(what, f"it is refused: unpacked it is larger than {MOST_BYTES // 2**20} MiB", ADVICE)


def _no_bundle(what: str) -> BadAnswer:
    return BadAnswer(what, f"it is not a support bundle: it has no folder {MARK}", ADVICE)
