"""`mlops events`: the warnings of the last hour, each said once."""

from handlers.events.answer import EVENTS

__all__ = ["EVENTS"]
