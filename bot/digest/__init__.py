"""The daily digest: when it is told, what has changed since the last one, and the memory behind it."""
