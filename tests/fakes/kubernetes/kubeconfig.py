"""Kubeconfig files that lead to the fake server."""

import json
import stat
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Login:
    """One context of a kubeconfig: how it signs in, and where.

    `plugin` is a command (see `write_plugin`); `user` is merged into the user's entry as it is.
    """

    server: str
    token: str = ""
    plugin: Path | None = None
    namespace: str = ""
    ca: Path | None = None
    user: tuple[tuple[str, object], ...] = ()


def write_kubeconfig(path: Path, current: str = "main", **logins: Login) -> Path:
    """Write a kubeconfig with a context for each login."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": current,
        "clusters": [{"name": name, "cluster": _cluster(login)} for name, login in logins.items()],
        "users": [{"name": name, "user": _user(login)} for name, login in logins.items()],
        "contexts": [
            {"name": name, "context": {"cluster": name, "user": name, "namespace": login.namespace}}
            for name, login in logins.items()
        ],
    }
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def write_plugin(path: Path, *lines: str) -> Path:
    """Write a credential plugin; the lines are Python, with `give(token, expires)` to answer."""
    give = """
import json, sys
def give(token, expires=None, **more):
    status = {"token": token, "expirationTimestamp": expires, **more}
    status = {key: value for key, value in status.items() if value}
    print(json.dumps({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1beta1",
                      "status": status}))
"""
    path.write_text(f"#!{sys.executable}\n{give}\n" + "\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def _cluster(login: Login) -> dict[str, object]:
    cluster: dict[str, object] = {"server": login.server}
    if login.ca is not None:
        cluster["certificate-authority"] = str(login.ca)
    return cluster


def _user(login: Login) -> dict[str, object]:
    user: dict[str, object] = dict(login.user)
    if login.token:
        user["token"] = login.token
    if login.plugin is not None:
        user["exec"] = {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": str(login.plugin),
            "args": None,
            "env": None,
            "interactiveMode": "IfAvailable",
        }
    return user
