"""What can be wrong with a raw value, as one tree; extractors raise nothing else of their own.

ExtractError
└── QuantityError     text that is no Kubernetes quantity
"""


class ExtractError(ValueError):
    """A raw value could not be understood."""


class QuantityError(ExtractError):
    """Text that is no Kubernetes quantity."""
