"""Exit codes of the terminal; 64 and 69 are EX_USAGE and EX_UNAVAILABLE of sysexits."""

HEALTHY = 0
FAULTS = 1
UNTOLD = 2
USAGE = 64
UNREACHABLE = 69
