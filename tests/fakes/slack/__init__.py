"""A local Slack that keeps Slack's rules: Web API, Socket Mode, signed HTTP and the people in it."""

from tests.fakes.slack.delivery import Envelope
from tests.fakes.slack.server import Slack, View
from tests.fakes.slack.state import Call, File, Message

__all__ = ["Call", "Envelope", "File", "Message", "Slack", "View"]
