"""Facts in, findings out: pure, reads no file but its own, calls no network."""
