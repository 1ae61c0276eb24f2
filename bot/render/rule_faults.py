"""Where a fault of an operator's rules is: in a file of theirs, or in a setting."""

from rules.fault import Fault
from rules.switched_off import named_in_settings


def is_of_settings(fault: Fault) -> bool:
    """Whether a fault is in the setting `rules.off`; every other one is in a rule file, with its place."""
    return fault.file == named_in_settings(("",))[0].place.file
