"""The rules in force."""

import shlex
from collections.abc import AsyncIterator, Sequence

from bot.doctor.finding import Finding, Mark
from bot.render.rule_faults import is_of_settings
from rules.rule import Catalog


async def check_rules(known: Catalog, config: Sequence[str] = ()) -> AsyncIterator[Finding]:
    """The rules in force, and the operator's files that were refused.

    `config` are the options that name the settings file again, for a command to paste.
    """
    yield Finding(
        Mark.FINE,
        f"{len(known.rules)} rules in force" + (f", {len(known.off)} switched off" if known.off else ""),
    )
    listing = shlex.join(("mlops", "rules", "list", *config))
    for fault in known.faults:
        if is_of_settings(fault):
            advice = f"Mend or remove that id in the settings; `{listing}` names every rule."
            yield Finding(Mark.MISSING, f"the setting rules.off: {fault.message}", advice)
        else:
            yield Finding(Mark.MISSING, str(fault), "Mend the rule file; the other rules are in force.")
