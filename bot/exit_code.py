"""Exit codes of the terminal; those from 64 on are the ones of sysexits, those from 128 on the shell's."""

HEALTHY = 0
FAULTS = 1
UNTOLD = 2
USAGE = 64
UNREACHABLE = 69
INTERNAL = 70
CANNOT_WRITE = 74
INTERRUPTED = 130
PIPE_CLOSED = 141
