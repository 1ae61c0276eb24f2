"""The Dockerfile's steps done in an empty folder: no engine, the same commands, in the same order.

Paths of the image lie below the folder. Only the install from the lock needs a network; without one the
locked packages are taken from where the tests run, files and all.
"""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import Distribution, distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from msgspec import Struct

from tests.architecture.tree import ROOT
from tests.image.recipe import Recipe, environment

PLACES: Final = ("/opt/mlops", "/src", "/dist")
"""Where the Dockerfile works."""
FROM_LOCK: Final = "--require-hashes"
TAKES_OUT: Final = " uninstall "


class Image(Struct, frozen=True):
    """What the steps left behind: `folder` holds the image's paths.

    `hand_over` is put before a command that its user runs.
    """

    recipe: Recipe
    folder: Path
    hand_over: tuple[str, ...]

    @property
    def tree(self) -> Path:
        """What the final stage takes from the builder."""
        return self.folder / "opt" / "mlops"

    @property
    def wheel(self) -> Path:
        """The wheel that was built."""
        (wheel,) = (self.folder / "dist").glob("*.whl")
        return wheel

    @property
    def command(self) -> list[str]:
        """What a container starts."""
        entry, more = self.recipe.last("ENTRYPOINT").words, self.recipe.last("CMD").words
        found = shutil.which(entry[0], path=self.environment["PATH"])
        assert found, f"{entry[0]} is not in {self.environment['PATH']}"
        return [*self.hand_over, found, *entry[1:], *more]

    @property
    def environment(self) -> dict[str, str]:
        """What a process of it finds in its environment.

        The home of a user without a name is /, and the only folder it may write to is /tmp.
        """
        said = {name: placed(value, self.folder) for name, value in environment(self.recipe.final).items()}
        return {**said, "HOME": "/", "TMPDIR": str(self.folder / "tmp")}

    def files(self) -> set[str]:
        """Every file and folder of the tree."""
        return {str(path.relative_to(self.tree)) for path in self.tree.rglob("*")}

    def refuses(self) -> bool:
        """Whether a new file in the tree is refused to its user; root, where it cannot hand over, may all."""
        touched = subprocess.run(  # noqa: S603 - in our own folder
            [*self.hand_over, "touch", str(self.tree / "new")], capture_output=True, check=False
        )
        (self.tree / "new").unlink(missing_ok=True)
        return touched.returncode != 0 or (not self.hand_over and os.geteuid() == 0)

    def writable(self) -> list[str]:
        """What in the tree somebody else than its owner may write to."""
        return [
            str(path)
            for path in self.tree.rglob("*")
            if not path.is_symlink() and path.stat().st_mode & (stat.S_IWOTH | stat.S_IWGRP)
        ]


@contextmanager
def built(recipe: Recipe, *, network: bool = False) -> Iterator[Image]:
    """Do the steps; the tree is read-only then. Root hands over to the image's user."""
    with TemporaryDirectory(prefix="image-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for own, mode in (("tmp", 0o1777), ("etc", 0o755)):
            (folder / own).mkdir()
            (folder / own).chmod(mode)
        _give_python(folder)
        _do(recipe, folder, network=network)
        image = Image(recipe, folder, _hand_over(recipe, folder / "opt" / "mlops"))
        _make_read_only(image.tree)
        try:
            yield image
        finally:
            _make_writable(image.tree)


def placed(text: str, folder: Path) -> str:
    """A text of the Dockerfile with the image's paths below the folder."""
    for place in PLACES:
        text = text.replace(place, f"{folder}{place}")
    return text


def _give_python(folder: Path) -> None:
    """The base image's `python`: the interpreter of the tests."""
    python = folder / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)


def _do(recipe: Recipe, folder: Path, *, network: bool) -> None:
    steps = recipe.builder
    said = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}", **environment(steps)}
    here = folder
    for step in steps:
        match step.name:
            case "WORKDIR":
                here = Path(placed(step.text, folder))
                here.mkdir(parents=True)
            case "COPY":
                _copy(step.words, here)
            case "RUN" if FROM_LOCK in step.text and not network:
                _take_locked(recipe, folder)
            case "RUN":
                _run(placed(step.text, folder), here, said)


def _copy(words: list[str], here: Path) -> None:
    *sources, to = words
    for source in sources:
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, here / to, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / source, here / to)


def _run(command: str, here: Path, said: dict[str, str]) -> None:
    ended = subprocess.run(  # noqa: S603 - a command of our Dockerfile
        ["/bin/sh", "-ec", command], cwd=here, env=said, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"


def locked_names() -> set[str]:
    """The packages of the lock."""
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    return {line.partition("==")[0] for line in lines if "==" in line and not line.startswith(" ")}


def _take_locked(recipe: Recipe, folder: Path) -> None:
    """Give the new environment the locked packages that are installed here.

    What a later step takes out is copied; the rest is pointed to, for thousands of files take their time.
    """
    names = locked_names()
    taken_out = " ".join(step.text for step in recipe.builder if TAKES_OUT in step.text)
    (to,) = (folder / "opt" / "mlops").glob("lib/python*/site-packages")
    for package in distributions():
        name = package.name.lower().replace("_", "-")
        if name in names:
            _take(package, to, copy=name in taken_out.split())


def _take(package: Distribution, to: Path, *, copy: bool) -> None:
    home = Path(str(package.locate_file("")))
    for top in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
        if not copy:
            (to / top).unlink(missing_ok=True)  # several packages may share a folder
            (to / top).symlink_to(home / top)
        elif (home / top).is_dir():
            shutil.copytree(home / top, to / top)
        else:
            shutil.copy2(home / top, to / top)


def _hand_over(recipe: Recipe, tree: Path) -> tuple[str, ...]:
    """What starts a command as the image's user; nothing where this machine lets nobody become it.

    Where that user may not even see the interpreter, below a closed home, it gets the right to read
    everything: it still may write nowhere.
    """
    user, _, group = recipe.last("USER").text.partition(":")
    plain = ("setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs")
    reading = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    ways = (plain, (*plain, *reading)) if os.geteuid() == 0 and shutil.which("setpriv") else ()
    return next((way for way in ways if _is_python(way, tree / "bin" / "python")), ())


def _is_python(way: tuple[str, ...], python: Path) -> bool:
    """Whether a command started that way is this interpreter: another may stand in for its closed library."""
    shown = "import sys; print((sys.version, sys.base_prefix))"
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [*way, str(python), "-c", shown], cwd="/", capture_output=True, text=True, check=False
    )
    return ended.stdout.strip() == str((sys.version, sys.base_prefix))


def _make_read_only(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)


def _make_writable(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o700)
