"""Go and look: the only I/O doors of the project."""
