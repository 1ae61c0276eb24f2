"""A digest as a Slack message with its thread, as text, as Markdown and as JSON."""
