"""Which kubeconfig files there are and which contexts they name, merged as kubectl merges them.

The files are read here, typed, so that a mistake in one is told with its path; signing in with what they say
is the work of `credentials`. Nothing of the Kubernetes client is imported.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml
from msgspec import Struct, field

from handlers.sources.errors import CredentialFailed

WHAT = "the kubeconfig"
_MEND = "Mend or remove that file."
_NAME_A_FILE = "Write ~/.kube/config, or name a file with KUBECONFIG or --kubeconfig."


class _Part(Struct, frozen=True, rename="kebab"):
    """A part of a kubeconfig; only what is read here or handed to a credential plugin."""


class Context(_Part, frozen=True):
    """A context: the names of a cluster and a user, and the namespace when none is asked for."""

    cluster: str = ""
    user: str = ""
    namespace: str = ""


class Extension(_Part, frozen=True):
    """A named extension; `client.authentication.k8s.io/exec` carries settings for the credential plugin."""

    name: str = ""
    extension: msgspec.Raw = msgspec.Raw(b"null")


class ClusterEntry(_Part, frozen=True):
    """Where a cluster is and how its certificate is checked."""

    server: str = ""
    certificate_authority_data: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    proxy_url: str = ""


class Variable(Struct, frozen=True):
    """An environment variable of a credential plugin."""

    name: str
    value: str = ""


class Exec(Struct, frozen=True, rename="camel"):
    """A credential plugin (`aws eks get-token`)."""

    api_version: str
    command: str
    args: tuple[str, ...] | None = ()
    env: tuple[Variable, ...] | None = ()
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""


class User(_Part, frozen=True):
    """How to sign in, as far as it is not left to the Kubernetes client."""

    exec: Exec | None = None
    token: str = ""
    token_file: str = field(default="", name="tokenFile")
    impersonate: str = field(default="", name="as")
    impersonate_uid: str = field(default="", name="as-uid")
    impersonate_groups: tuple[str, ...] | None = field(default=(), name="as-groups")


class _Named(Struct, frozen=True):
    name: str


class NamedContext(_Named, frozen=True):
    """A context with its name."""

    context: Context | None = None


class NamedCluster(_Named, frozen=True):
    """A cluster with its name."""

    cluster: ClusterEntry | None = None


class NamedUser(_Named, frozen=True):
    """A user with its name."""

    user: User | None = None


class File(_Part, frozen=True):
    """One kubeconfig file."""

    current_context: str | None = ""
    contexts: tuple[NamedContext, ...] | None = ()
    clusters: tuple[NamedCluster, ...] | None = ()
    users: tuple[NamedUser, ...] | None = ()


class Login(Struct, frozen=True, kw_only=True):
    """What one context says; `folder` is where the user's relative paths start."""

    context: str
    namespace: str
    cluster: ClusterEntry
    user: User
    folder: Path


class Kubeconfig(Struct, frozen=True):
    """All kubeconfig files in their order; where two name the same thing, the first one counts."""

    files: tuple[tuple[Path, File], ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that were read."""
        return tuple(path for path, _ in self.files)

    @property
    def contexts(self) -> tuple[str, ...]:
        """The names of all contexts, in the order of the files."""
        return tuple(dict.fromkeys(named.name for _, file in self.files for named in file.contexts or ()))

    @property
    def current(self) -> str:
        """The current context; empty when no file names one."""
        return next((file.current_context for _, file in self.files if file.current_context), "")

    def login(self, context: str = "") -> Login:
        """What a context (by default the current one) says. Raises CredentialFailed."""
        name = context or self.current
        if not self.files:
            raise CredentialFailed(
                f"context {name}" if name else WHAT, "there is no kubeconfig", _NAME_A_FILE
            )
        if not name:
            raise CredentialFailed(WHAT, "no context is named and none is current", self._advice())
        _, found = self._find("contexts", name)
        wanted = found.context if isinstance(found, NamedContext) else None
        if wanted is None:
            raise CredentialFailed(f"context {name}", "there is no such context", self._advice())
        return self._login(name, wanted)

    def _login(self, name: str, wanted: Context) -> Login:
        _, cluster = self._find("clusters", wanted.cluster)
        path, user = self._find("users", wanted.user)
        if not isinstance(cluster, NamedCluster) or cluster.cluster is None:
            raise CredentialFailed(
                f"context {name}", f"it names the cluster {wanted.cluster!r}, which is not there"
            )
        if not wanted.user and cluster.cluster.server.startswith("https:"):
            raise CredentialFailed(f"context {name}", "it names no user to sign in as")
        if wanted.user and user is None:
            raise CredentialFailed(f"context {name}", f"it names the user {wanted.user!r}, who is not there")
        return Login(
            context=name,
            namespace=wanted.namespace,
            cluster=cluster.cluster,
            user=(user.user if isinstance(user, NamedUser) else None) or User(),
            folder=path.parent,
        )

    def _find(self, section: str, name: str) -> tuple[Path, _Named | None]:
        for path, file in self.files:
            for named in getattr(file, section) or ():
                if named.name == name:
                    return path, named
        return Path(), None

    def _advice(self) -> str:
        files = ", ".join(map(str, self.paths))
        if not self.contexts:
            return f"No context is written in {files}: name another kubeconfig."
        return f"Name one of the contexts of {files}: {', '.join(self.contexts)}."


def find_files(kubeconfig: str | None = None, environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The kubeconfig files that exist: the given one, else those of KUBECONFIG, else ~/.kube/config.

    Raises CredentialFailed when the given file does not exist, or none of KUBECONFIG does; inside a pod the
    latter leaves the pod's own account, as it does for kubectl.
    """
    if kubeconfig:
        path = Path(kubeconfig).expanduser()
        if not path.is_file():
            raise CredentialFailed(WHAT, f"{path} does not exist", "Name a kubeconfig file that exists.")
        return (path,)
    named = environ.get("KUBECONFIG", "")
    listed = (named or "~/.kube/config").split(os.pathsep)
    paths = [Path(part).expanduser() for part in listed if part]
    found = tuple(path for path in paths if path.is_file())
    if named and not found and not environ.get("KUBERNETES_SERVICE_HOST"):
        missing = " and ".join(map(str, paths)) or "no file"
        why = f"KUBECONFIG names {missing}, which {'do' if len(paths) > 1 else 'does'} not exist"
        raise CredentialFailed(WHAT, why, "Set KUBECONFIG to a file that exists, or unset it.")
    return found


def read_kubeconfig(kubeconfig: str | None = None, environ: Mapping[str, str] = os.environ) -> Kubeconfig:
    """Read and check the kubeconfig files. Raises CredentialFailed that names the file at fault."""
    return Kubeconfig(tuple((path, _read(path)) for path in find_files(kubeconfig, environ)))


T = TypeVar("T")


def _read(path: Path) -> File:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return msgspec.convert(data if data is not None else {}, File)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise CredentialFailed(WHAT, f"{path} cannot be read: {_why(error)}", _MEND) from error


def _why(error: Exception) -> str:
    """What is wrong and where; YAML's own text also quotes the line, which may hold a token."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem or 'not YAML'}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()).rstrip(".")
