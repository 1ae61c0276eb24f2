"""What people do: type a slash command, mention the bot, write to it, click."""

import asyncio

from tests.fakes.slack.delivery import Delivery, Envelope
from tests.fakes.slack.hooks import Hooks
from tests.fakes.slack.state import Json, Message
from tests.fakes.slack.workspace import APP, BOT_USER, TEAM, Workspace


class Person:
    """Somebody in the workspace, by user id."""

    def __init__(self, user: str, workspace: Workspace, delivery: Delivery, hooks: Hooks) -> None:
        self.user = user
        self._workspace = workspace
        self._delivery = delivery
        self._hooks = hooks

    async def types(self, line: str, channel: str = "C1") -> Envelope:
        """Type a slash command; returns when it was acked or failed; what that says is shown."""
        command, _, text = line.partition(" ")
        url = self._hooks.new_url(channel, self.user)
        place = self._workspace.channel(channel)
        envelope = await self._delivery.once(
            "slash_commands",
            {
                "token": "unused",
                "team_id": TEAM,
                "team_domain": "local",
                "channel_id": channel,
                "channel_name": place.name,
                "user_id": self.user,
                "user_name": self.user.lower(),
                "command": command,
                "text": text,
                "api_app_id": APP,
                "is_enterprise_install": "false",
                "response_url": url,
                "trigger_id": self._workspace.new_trigger(),
            },
        )
        hook = self._hooks.given[url.rsplit("/", 1)[1]]
        if envelope.fault:
            self._hooks.show_answer(hook, {"text": f'{command} failed with the error "{envelope.fault}"'})
        elif envelope.answer:
            self._hooks.show_answer(hook, envelope.answer)
        return envelope

    def mentions(self, text: str, channel: str = "C1", thread_ts: str = "") -> Message:
        """Write `@bot text` in a channel or thread."""
        message = self._says(f"<@{BOT_USER}> {text}", channel, thread_ts)
        self._delivery.start_event(self.event_of(message, "app_mention"))
        return message

    def dms(self, text: str, thread_ts: str = "") -> Message:
        """Write to the bot directly."""
        message = self._says(text, f"D{self.user}", thread_ts)
        self._delivery.start_event(self.event_of(message, "message", channel_type="im"))
        return message

    def event_of(self, message: Message, kind: str, **fields: object) -> Json:
        """The Events API payload of a message."""
        event: Json = {
            "type": kind,
            "user": message.user,
            "text": message.text,
            "ts": message.ts,
            "channel": message.channel,
            "event_ts": message.ts,
            **fields,
        }
        if message.thread_ts:
            event["thread_ts"] = message.thread_ts
        return {
            "token": "unused",
            "team_id": TEAM,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": self._workspace.new_id("Ev"),
            "event_time": int(self._workspace.now()),
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
        }

    def sends_event(self, payload: Json) -> "asyncio.Task[Envelope]":
        """Let Slack deliver an event of any shape."""
        return self._delivery.start_event(payload)

    async def clicks(self, message: Message, label: str) -> Envelope:
        """Click the button, or choose the option, of this label; returns when it was acked or failed."""
        action = _action(message, label)
        url = self._hooks.new_url(message.channel, self.user, message)
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": bool(message.only_for),
        }
        shown: Json = {"ts": message.ts, "text": message.text, "blocks": message.blocks, "user": message.user}
        if message.thread_ts:
            container["thread_ts"] = shown["thread_ts"] = message.thread_ts
        payload: Json = {
            "type": "block_actions",
            "user": {"id": self.user, "username": self.user.lower(), "team_id": TEAM},
            "api_app_id": APP,
            "token": "unused",
            "container": container,
            "trigger_id": self._workspace.new_trigger(),
            "team": {"id": TEAM, "domain": "local"},
            "channel": {"id": message.channel, "name": message.channel.lower()},
            "response_url": url,
            "actions": [action],
        }
        if not message.only_for:
            payload["message"] = shown
        return await self._delivery.once("interactive", payload)

    def _says(self, text: str, channel: str, thread_ts: str) -> Message:
        ts = self._workspace.new_ts()
        return self._workspace.add(
            Message(channel=channel, ts=ts, user=self.user, text=text, thread_ts=thread_ts)
        )


def _action(message: Message, label: str) -> Json:
    for block in message.blocks:
        for element in [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]:
            action: Json = {
                "type": element.get("type"),
                "block_id": block.get("block_id", "b"),
                "action_ts": "1.0",
            }
            if element.get("type") == "button" and element["text"]["text"] == label:
                return action | {
                    key: element[key] for key in ("action_id", "value", "text") if key in element
                }
            for option in element.get("options", []):
                if option["text"]["text"] == label:
                    return action | {"action_id": element["action_id"], "selected_option": option}
    raise AssertionError(f"no {label!r} to click; there is {message.buttons}")
