"""response_urls: five posts within thirty minutes, then they are dead."""

import json
from dataclasses import dataclass

from aiohttp import web

from tests.fakes.slack.state import Json, Message
from tests.fakes.slack.web_api import RefusalError, WebApi
from tests.fakes.slack.workspace import BOT_USER, Workspace

USES = 5
LIFETIME_SECONDS = 30 * 60.0


@dataclass(kw_only=True)
class Hook:
    """One response_url: who got it, where, and the message it was given for (clicks only)."""

    id: str
    channel: str
    user: str
    born: float
    original: Message | None = None
    uses: int = 0


class Hooks:
    """Answers `/hooks/<id>`."""

    def __init__(self, workspace: Workspace, api: WebApi) -> None:
        self._workspace = workspace
        self._api = api
        self.given: dict[str, Hook] = {}

    def new_url(self, channel: str, user: str, original: Message | None = None) -> str:
        """A response_url for one command or click."""
        space = self._workspace
        hook = Hook(id=space.new_id("H"), channel=channel, user=user, born=space.now(), original=original)
        self.given[hook.id] = hook
        return f"{self._api.origin}/hooks/{hook.id}"

    async def handle(self, request: web.Request) -> web.Response:
        """One post to a response_url."""
        hook = self.given.get(request.match_info["hook"])
        fault = self._workspace.next_fault("response_url")
        if fault is not None:
            headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
            return web.Response(
                status=429 if fault.retry_after else fault.status, text=fault.error, headers=headers
            )
        if hook is None or self._workspace.now() - hook.born > LIFETIME_SECONDS:
            return web.Response(status=404, text="expired_url")
        if hook.uses >= USES:
            return web.Response(status=404, text="used_url")
        return self._post(hook, json.loads(await request.text()))

    def _post(self, hook: Hook, body: Json) -> web.Response:
        if not body.get("delete_original"):
            try:
                self._api.check_content(body)
            except RefusalError as refusal:
                return web.Response(status=400, text=refusal.error)
        hook.uses += 1
        self._show(hook, body)
        return web.Response(text="ok")

    def _show(self, hook: Hook, body: Json) -> None:
        original = hook.original if body.get("replace_original") or body.get("delete_original") else None
        if original is not None and body.get("delete_original"):
            self._workspace.channel(hook.channel).messages.remove(original)
        elif original is not None:
            original.text, original.blocks = body.get("text", ""), body.get("blocks") or []
            original.versions.append(original.text)
        else:
            self.show_answer(hook, body)
        self._workspace.changes.tell()

    def show_answer(self, hook: Hook, body: Json) -> Message:
        """Show what was answered: to all when `in_channel`, else to the asker alone."""
        for_all = body.get("response_type") == "in_channel"
        return self._workspace.add(
            Message(
                channel=hook.channel,
                ts=self._workspace.new_ts(),
                user=BOT_USER,
                text=body.get("text") or "",
                blocks=body.get("blocks") or [],
                thread_ts=body.get("thread_ts") or "",
                only_for="" if for_all else hook.user,
                response_url=f"{self._api.origin}/hooks/{hook.id}",
                arguments=body,
            )
        )
