"""Where an MLflow server keeps runs and artifacts, by its arguments and variables; never a password."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from handlers.sources.objects.container import Container
from handlers.sources.objects.pod import PodSpec

_FLAGS = {
    "backend": ("--backend-store-uri",),
    "artifacts": ("--artifacts-destination", "--default-artifact-root"),
}
_VARIABLES = {
    "backend": ("MLFLOW_BACKEND_STORE_URI", "BACKEND_STORE_URI", "MLFLOW_TRACKING_STORE_URI"),
    "artifacts": (
        "MLFLOW_ARTIFACTS_DESTINATION",
        "MLFLOW_DEFAULT_ARTIFACT_ROOT",
        "DEFAULT_ARTIFACT_ROOT",
        "ARTIFACT_ROOT",
    ),
}
_HOSTS = ("PGHOST", "DB_HOST", "POSTGRES_HOST", "DATABASE_HOST", "MYSQL_HOST", "MYSQL_SERVICE_HOST")
_PORTS = ("PGPORT", "DB_PORT", "POSTGRES_PORT", "DATABASE_PORT", "MYSQL_PORT")
_REFERENCE = re.compile(r"\$[({](?P<name>\w+)[)}]|\$(?P<bare>\w+)")
_DEFAULT_PORTS = {"postgresql": 5432, "postgres": 5432, "mysql": 3306, "mssql": 1433}
_RDS = re.compile(
    r"^(?P<name>[\w-]+)\.(?P<account>[\w-]+)\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)\.rds\.amazonaws\.com"
)


class Stores(Struct, frozen=True, kw_only=True):
    """Where runs and artifacts are kept.

    Attributes:
        engine: scheme of the database ("postgresql"); "file" for a folder.
        host: of the database; empty when it comes from a Secret.
        uri: of the artifact store ("s3://bucket/path").
        proxied: whether the server itself moves artifacts.
    """

    engine: str = ""
    host: str = ""
    port: int = 0
    uri: str = ""
    proxied: bool = False

    @property
    def bucket(self) -> str:
        """The bucket of an artifact store in S3, or empty."""
        return urlsplit(self.uri).netloc if self.uri.startswith("s3://") else ""


def server_container(spec: PodSpec, preferred: str = "") -> Container | None:
    """The container that runs MLflow: by its name, its words, or the first."""
    every = spec.containers
    named = (one for one in every if one.name == (preferred or "mlflow"))
    running = (one for one in every if any("mlflow" in word for word in (*one.command, *one.args)))
    return next(named, None) or next(running, None) or next(iter(every), None)


def stores_of(container: Container | None) -> Stores:
    """Read arguments first, then variables; what comes from a Secret stays unknown."""
    if container is None:
        return Stores()
    variables = {one.name: one.value for one in container.env if one.value}
    words = list(_words(container))
    backend = _said("backend", words, variables)
    engine, host, port = _database(backend)
    host = host or next((variables[name] for name in _HOSTS if name in variables), "")
    port = port or next((int(v) for n in _PORTS if (v := variables.get(n, "")).isdigit()), 0)
    engine = engine or ("postgresql" if host else "")
    artifacts = _said("artifacts", words, variables)
    return Stores(
        engine=engine,
        host=host,
        port=port or _DEFAULT_PORTS.get(engine, 5432),
        uri=_without_credentials(artifacts),
        proxied=_proxied(words, variables),
    )


def rds_name(host: str) -> tuple[str, str]:
    """Identifier and region of the RDS instance a host name belongs to; empty for another host."""
    found = _RDS.match(host)
    if found is None or found["account"].startswith("cluster"):
        return "", ""
    return found["name"], found["region"]


def _words(container: Container) -> Iterator[str]:
    """Arguments one by one; those inside `sh -c "…"` too."""
    for word in (*container.command, *container.args):
        yield from word.split() if " " in word else (word,)


def _said(what: str, words: list[str], variables: Mapping[str, str]) -> str:
    for index, word in enumerate(words):
        flag, _, value = word.partition("=")
        if flag in _FLAGS[what]:
            found = value or (words[index + 1] if index + 1 < len(words) else "")
            return _filled(found.strip("\"'"), variables)
    return _filled(next((variables[n] for n in _VARIABLES[what] if n in variables), ""), variables)


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return _REFERENCE.sub(lambda found: variables.get(found["name"] or found["bare"], ""), text)


def _database(uri: str) -> tuple[str, str, int]:
    """Scheme without its driver, host and port of a database URI."""
    try:
        parts = urlsplit(uri)
        return parts.scheme.partition("+")[0], parts.hostname or "", parts.port or 0
    except ValueError:
        return "", "", 0


def _without_credentials(uri: str) -> str:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def _proxied(words: list[str], variables: Mapping[str, str]) -> bool:
    """The server moves artifacts unless --no-serve-artifacts (its default since MLflow 2)."""
    off = "--no-serve-artifacts" in words or variables.get("MLFLOW_SERVE_ARTIFACTS", "").lower() == "false"
    return not off
