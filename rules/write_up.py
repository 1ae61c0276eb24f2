"""A rule that matched becomes a Finding: its sentences, evidence and fix with the facts filled in."""

from rules.facts.base import SubjectFacts
from rules.finding import Finding, FixStep, Observation, fingerprint
from rules.path import FactPath, Scene, Unknown
from rules.rule import EvidenceItem, FixItem, Rule
from rules.template import Template
from rules.wording import is_empty, wording

MOST_OBSERVATIONS = 5
"""Observations shown of one list."""

_CAPITALS = {
    word: word.upper() for word in ("alb", "arn", "aws", "cni", "cpu", "dns", "gpu", "id", "ip", "oom", "pvc")
}


def write_up(rule: Rule, facts: SubjectFacts, scene: Scene) -> Finding:
    """The finding of a rule on the facts, or on the facts with one element."""
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        confidence=rule.confidence,
        fingerprint=fingerprint(rule.id, facts.top_owner, _discriminator(rule, scene)),
        subject=facts.ref,
        summary=rule.summary.render(scene),
        cause=rule.cause.render(scene),
        evidence=tuple(one for item in rule.evidence for one in _evidence(item, scene)),
        effect=_effect(rule, facts, scene),
        fix=tuple(_step(item, scene) for item in rule.fix if _applies(item, scene)),
        runbook=rule.runbook,
        owner=facts.top_owner,
        symptom=rule.symptom,
    )


def element_name(scene: Scene) -> str | None:
    """What the element of a scene is called; None for a scene without one."""
    if len(scene) == 1:
        return None
    element = scene[1]
    name = getattr(element, "name", "")
    return element if isinstance(element, str) else str(name)


def _discriminator(rule: Rule, scene: Scene) -> str:
    return rule.discriminator.render(scene) if rule.discriminator else element_name(scene) or ""


def _effect(rule: Rule, facts: SubjectFacts, scene: Scene) -> str:
    if rule.effect is not None:
        return rule.effect.render(scene)
    found = getattr(facts, "effect", "")
    return found if isinstance(found, str) and "effect" not in facts.missing else ""


def _applies(item: FixItem, scene: Scene) -> bool:
    return item.condition is None or item.condition.test(scene) is True


def _step(item: FixItem, scene: Scene) -> FixStep:
    return FixStep(
        say=item.say.render(scene),
        run=_text(item.run, scene) if _is_complete(item.run, scene) else "",
        show=_text(item.show, scene),
        changes=item.changes,
    )


def _is_complete(template: Template | None, scene: Scene) -> bool:
    """Whether a command can be pasted: every fact in it has a value."""
    return template is not None and not any(is_empty(path.read(scene)) for path in template.paths)


def _text(template: Template | None, scene: Scene) -> str:
    return template.render(scene) if template else ""


def _evidence(item: EvidenceItem, scene: Scene) -> tuple[Observation, ...]:
    if item.template is not None:
        if item.template.is_hollow(scene):
            return ()
        return (Observation(item.template.render(scene), _text(item.source, scene)),)
    return _observed(item.path, scene) if item.path else ()


def _observed(path: FactPath, scene: Scene) -> tuple[Observation, ...]:
    value = path.read(scene)
    if isinstance(value, Unknown) or is_empty(value):
        return ()
    if isinstance(value, Observation):
        return (value,) if value.text else ()
    if isinstance(value, tuple | list) and all(isinstance(one, Observation) for one in value):
        return tuple(one for one in value if isinstance(one, Observation) and one.text)[:MOST_OBSERVATIONS]
    read = path.field.read if path.field else ""
    return (Observation(f"{_humanised(path)}: {wording(value, path.unit)}", read),)


def _humanised(path: FactPath) -> str:
    """Say a field's name in words: restart_count is "Restart count"."""
    words = path.text.rpartition(".")[2].split("_")
    first = _CAPITALS.get(words[0], words[0].capitalize())
    return " ".join([first, *(_CAPITALS.get(word, word) for word in words[1:])])
