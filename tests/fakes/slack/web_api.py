"""The Web API: the methods the bot calls, with Slack's checks of token, scope, membership, size and pace."""

import asyncio
import json
from collections.abc import Callable

from aiohttp import web

from tests.fakes.slack.limits import (
    ALT_TEXT_CHARACTERS,
    MESSAGE_CHARACTERS,
    TEXT_CHARACTERS,
    block_faults,
    characters,
)
from tests.fakes.slack.state import Call, Channel, File, Json, Message, decode_arguments
from tests.fakes.slack.workspace import BOT_ID, BOT_USER, TEAM, Fault, Workspace

TRIGGER_SECONDS = 3.0
METHOD_SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "usergroups.users.list": "usergroups:read",
    "users.info": "users:read",
    "conversations.info": "channels:read",
    "conversations.history": "channels:history",
}


class RefusalError(Exception):
    """The method answers `ok: false`; `extra` are further fields of the answer."""

    def __init__(self, error: str, **extra: object) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra


class WebApi:
    """Answers `/api/<method>`."""

    def __init__(self, workspace: Workspace, new_socket_url: Callable[[], str]) -> None:
        self._workspace = workspace
        self._new_socket_url = new_socket_url
        self.origin = ""
        self._methods: dict[str, Callable[[Json], Json]] = {
            "auth.test": self._auth_test,
            "apps.connections.open": self._connections_open,
            "chat.postMessage": self._post_message,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.update": self._update,
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._complete_upload,
            "usergroups.users.list": self._group_members,
            "users.info": self._user,
            "conversations.info": self._conversation,
            "conversations.history": self._history,
            "views.open": self._open_view,
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call: record it, then fault, refusal or answer."""
        method, space = request.match_info["method"], self._workspace
        token, arguments = await _read(request)
        peer = request.transport.get_extra_info("peername")[1] if request.transport else 0
        space.calls.append(Call(method=method, arguments=arguments, at=space.now(), token=token, peer=peer))
        space.changes.tell()
        fault = space.next_fault(method)
        if fault is not None and fault.cut != "after":
            return await _faulty(request, fault)
        answer = self._answer(method, token, arguments)
        if fault is not None:
            return await _faulty(request, fault)
        limited = answer.get("error") == "ratelimited"
        headers = {"X-OAuth-Scopes": ",".join(sorted(space.scopes))} | (
            {"Retry-After": "1"} if limited else {}
        )
        if space.date:
            headers["Date"] = space.date
        return web.json_response(answer, headers=headers, status=429 if limited else 200)

    async def upload(self, request: web.Request) -> web.Response:
        """The second step of an upload: the bytes."""
        file = self._workspace.files[request.match_info["file"]]
        fault = self._workspace.next_fault("upload")
        if fault is not None:
            return web.Response(status=fault.status, text=fault.error)
        file.content = await request.read()
        return web.Response(text=f"OK - {len(file.content)}")

    def _answer(self, method: str, token: str, arguments: Json) -> Json:
        try:
            if method not in self._methods:
                raise RefusalError("unknown_method", req_method=method)  # noqa: TRY301 - one place turns refusals into answers
            self._check_token(method, token)
            return {"ok": True, **self._methods[method](arguments)}
        except RefusalError as refusal:
            return {"ok": False, "error": refusal.error, **refusal.extra}

    def _check_token(self, method: str, token: str) -> None:
        space = self._workspace
        wanted = space.app_token if method == "apps.connections.open" else space.bot_token
        if not token:
            raise RefusalError("not_authed")
        if token != wanted:
            raise RefusalError("invalid_auth")
        if space.token_fault:
            raise RefusalError(space.token_fault)
        needed = METHOD_SCOPES.get(method)
        if needed is not None and needed not in space.scopes:
            raise RefusalError("missing_scope", needed=needed, provided=",".join(sorted(space.scopes)))

    def _auth_test(self, _arguments: Json) -> Json:
        return {
            "url": "http://local.example/",
            "team": "Local",
            "team_id": TEAM,
            "user": "mlops",
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
        }

    def _connections_open(self, _arguments: Json) -> Json:
        return {"url": self._new_socket_url()}

    def _post_message(self, arguments: Json) -> Json:
        space = self._workspace
        channel = self._writable(arguments)
        self.check_content(arguments)
        if space.too_fast(channel.id):
            raise RefusalError("ratelimited")
        message = self._message(channel.id, arguments)
        space.add(message)
        return {"channel": channel.id, "ts": message.ts, "message": {"text": message.text, "ts": message.ts}}

    def _post_ephemeral(self, arguments: Json) -> Json:
        channel = self._writable(arguments)
        self.check_content(arguments)
        message = self._message(channel.id, arguments)
        message.only_for = arguments["user"]
        self._workspace.add(message)
        return {"message_ts": message.ts}

    def _update(self, arguments: Json) -> Json:
        self._writable(arguments)
        message = self._workspace.find(arguments["channel"], arguments.get("ts", ""))
        if message is None:
            raise RefusalError("message_not_found")
        if message.user != BOT_USER:
            raise RefusalError("cant_update_message")
        self.check_content(arguments)
        message.text = arguments.get("text", "")
        message.blocks = arguments.get("blocks", message.blocks) or []
        message.arguments = arguments
        message.versions.append(message.text)
        self._workspace.changes.tell()
        return {"channel": message.channel, "ts": message.ts, "text": message.text}

    def check_content(self, arguments: Json) -> None:
        """Refuse a message Slack would refuse; raises RefusalError."""
        text, blocks = arguments.get("text") or "", arguments.get("blocks")
        if not text and not blocks:
            raise RefusalError("no_text")
        if len(text) > TEXT_CHARACTERS:
            raise RefusalError("msg_too_long")
        faults = block_faults(blocks, refused_types=self._workspace.refused_block_types) if blocks else []
        if faults:
            raise RefusalError("invalid_blocks", errors=faults, response_metadata={"messages": faults})
        if blocks and characters(blocks) > MESSAGE_CHARACTERS:
            raise RefusalError("msg_blocks_too_long")

    def _writable(self, arguments: Json) -> Channel:
        channel_id = arguments.get("channel", "")
        if channel_id.startswith("U"):
            return self._workspace.channel(f"D{channel_id}")
        channel = self._workspace.channels.get(channel_id)
        if channel is None or (channel.private and not channel.has_bot):
            raise RefusalError("channel_not_found")
        if channel.archived:
            raise RefusalError("is_archived")
        if not channel.has_bot:
            raise RefusalError("not_in_channel")
        return channel

    def _message(self, channel: str, arguments: Json) -> Message:
        return Message(
            channel=channel,
            ts=self._workspace.new_ts(),
            user=BOT_USER,
            text=arguments.get("text") or "",
            blocks=arguments.get("blocks") or [],
            thread_ts=arguments.get("thread_ts") or "",
            arguments=arguments,
        )

    def _upload_url(self, arguments: Json) -> Json:
        name, length = arguments.get("filename", ""), int(arguments.get("length", 0))
        if not name or not length:
            raise RefusalError("invalid_arguments")
        alt_text = arguments.get("alt_txt") or ""
        if len(alt_text) > ALT_TEXT_CHARACTERS:
            raise RefusalError("alt_txt_too_large")
        file = File(id=self._workspace.new_id("F"), filename=name, length=length, alt_text=alt_text)
        self._workspace.files[file.id] = file
        return {"upload_url": f"{self.origin}/upload/{file.id}", "file_id": file.id}

    def _complete_upload(self, arguments: Json) -> Json:
        channel_id = arguments.get("channel_id", "")
        if channel_id:
            self._writable({"channel": channel_id})
        shared = [self._share(item, channel_id, arguments) for item in arguments["files"]]
        self._workspace.changes.tell()
        return {"files": [{"id": file.id, "title": file.title} for file in shared]}

    def _share(self, item: Json, channel_id: str, arguments: Json) -> File:
        file = self._workspace.files.get(item["id"])
        if file is None or len(file.content) != file.length:
            raise RefusalError("file_not_found")
        file.title, file.shared = item.get("title") or file.filename, True
        file.channel, file.thread_ts = channel_id, arguments.get("thread_ts") or ""
        return file

    def _group_members(self, arguments: Json) -> Json:
        members = self._workspace.groups.get(arguments.get("usergroup", ""))
        if members is None:
            raise RefusalError("no_such_subteam")
        return {"users": members}

    def _user(self, arguments: Json) -> Json:
        return {"user": {"id": arguments["user"], "name": arguments["user"].lower(), "is_bot": False}}

    def _conversation(self, arguments: Json) -> Json:
        channel = self._workspace.channels.get(arguments.get("channel", ""))
        if channel is None:
            raise RefusalError("channel_not_found")
        return {"channel": {"id": channel.id, "name": channel.name, "is_member": channel.has_bot}}

    def _history(self, arguments: Json) -> Json:
        """The newest first, a page at a time; replies in threads and private messages are no part of it."""
        channel = self._writable(arguments)
        if channel.private and "groups:history" not in self._workspace.scopes:
            raise RefusalError("missing_scope", needed="groups:history")
        oldest, size = float(arguments.get("oldest") or 0), int(arguments.get("limit") or 100)
        found = [
            message
            for message in reversed(channel.messages)
            if not message.only_for and not message.thread_ts and float(message.ts) > oldest
        ]
        start = int(arguments.get("cursor") or 0)
        page, more = found[start : start + size], len(found) > start + size
        return {
            "messages": [_in_history(message) for message in page],
            "has_more": more,
            "response_metadata": {"next_cursor": str(start + size) if more else ""},
        }

    def _open_view(self, arguments: Json) -> Json:
        born = self._workspace.triggers.get(arguments.get("trigger_id", ""))
        if born is None:
            raise RefusalError("invalid_trigger_id")
        if self._workspace.now() - born > TRIGGER_SECONDS:
            raise RefusalError("expired_trigger_id")
        return {"view": {"id": self._workspace.new_id("V")}}


def _in_history(message: Message) -> Json:
    by_bot = {"bot_id": BOT_ID} if message.user == BOT_USER else {}
    return {"ts": message.ts, "text": message.text, "blocks": message.blocks, **by_bot}


async def _read(request: web.Request) -> tuple[str, Json]:
    arguments: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        arguments |= json.loads(body) if body else {}
    else:
        arguments |= dict(await request.post())
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bearer or str(arguments.pop("token", "")), decode_arguments(arguments)


async def _faulty(request: web.Request, fault: Fault) -> web.Response:
    await asyncio.sleep(fault.hold)
    if fault.cut is not None:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    if fault.retry_after:
        body = {"ok": False, "error": "ratelimited"}
        return web.json_response(body, status=429, headers={"Retry-After": str(fault.retry_after)})
    return web.json_response({"ok": False, "error": fault.error, **fault.extra}, status=fault.status)
