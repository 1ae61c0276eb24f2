"""Which kinds a look at everything sweeps, each with its own suspicion; pods are swept by `health` itself."""

from handlers.sweep import Sweep

SWEEPS: tuple[Sweep, ...] = ()
"""In the order causes are told among equals: what others stand on first."""
