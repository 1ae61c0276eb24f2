"""Answers recorded from a kube-apiserver, and Status bodies made in their image."""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.kubernetes.routes import Route

FOLDER = Path(__file__).parents[2] / "lab" / "answers"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One recorded answer."""

    status: int
    content_type: str
    body: bytes


def recorded(name: str) -> Recorded:
    """An answer by its file name ("403-nodes.http")."""
    head, _, body = (FOLDER / name).read_bytes().partition(b"\r\n\r\n")
    if not body:
        head, _, body = (FOLDER / name).read_bytes().partition(b"\n\n")
    lines = head.decode().splitlines()
    headers = dict(line.split(": ", 1) for line in lines[1:])
    return Recorded(
        status=int(lines[0].split()[1]), content_type=headers["Content-Type"].split(";")[0], body=body
    )


@dataclass(eq=False)
class Refusal(Exception):
    """An answer that is no success: status code, reason and message of its Status object."""

    code: int
    reason: str
    message: str
    details: tuple[tuple[str, str], ...] | None = None

    @property
    def body(self) -> bytes:
        """The Status object, as the API server writes it."""
        status: dict[str, object] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
        }
        if self.details is not None:
            status["details"] = dict(self.details)
        status["code"] = self.code
        return json.dumps(status, separators=(",", ":")).encode() + b"\n"


def not_found(plural: str, group: str, name: str) -> Refusal:
    label = f"{plural}.{group}" if group else plural
    details = {"name": name, "group": group, "kind": plural}
    return Refusal(404, "NotFound", f'{label} "{name}" not found', _kept(details))


def forbidden(route: Route) -> Refusal:
    label = f"{route.plural}.{route.group}" if route.group else route.plural
    who = 'User "system:serviceaccount:mlops:ops-viewer"'
    resource = f"{route.plural}/{route.subresource}" if route.subresource else route.plural
    where = f'in the namespace "{route.namespace}"' if route.namespace else "at the cluster scope"
    subject = f'{label} "{route.name}"' if route.name else label
    wanted = f'cannot {route.verb} resource "{resource}" in API group "{route.group}" {where}'
    details = {"name": route.name, "group": route.group, "kind": route.plural}
    return Refusal(403, "Forbidden", f"{subject} is forbidden: {who} {wanted}", _kept(details))


def bad_request(message: str) -> Refusal:
    return Refusal(400, "BadRequest", message)


def _kept(details: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, value in details.items() if value)
