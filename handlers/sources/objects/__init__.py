"""Kubernetes objects as msgspec Structs with only the fields that are read."""
