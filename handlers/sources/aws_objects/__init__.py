"""Kinds of AWS objects, one module a service; only fields that something reads."""
