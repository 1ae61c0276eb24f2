"""A clock that stands still until it is told to go on."""


class Clock:
    """Seconds that pass when a test says so; call it for the time."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def go(self, seconds: float) -> None:
        self.now += seconds
