"""Whether labels satisfy a selector, by the API server's and the scheduler's rules."""

from collections.abc import Mapping, Sequence

from handlers.sources.objects.meta import LabelSelector, LabelSelectorRequirement
from handlers.sources.objects.placement import NodeSelector, NodeSelectorTerm


def matches_labels(selector: LabelSelector | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes these labels; None takes nothing, an empty one everything."""
    if selector is None:
        return False
    equal = all(labels.get(key) == value for key, value in selector.match_labels.items())
    return equal and matches_requirements(selector.match_expressions, labels)


def matches_requirements(requirements: Sequence[LabelSelectorRequirement], labels: Mapping[str, str]) -> bool:
    """Whether every expression holds for these labels."""
    return all(matches_requirement(requirement, labels) for requirement in requirements)


def matches_requirement(requirement: LabelSelectorRequirement, labels: Mapping[str, str]) -> bool:
    """Whether one expression holds; an operator that does not exist never does."""
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value in requirement.values
        case "NotIn":
            return value not in requirement.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt" as operator:
            return _compares(value, operator, requirement.values)
        case _:
            return False


def matches_node_labels(wanted: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether a node carries every label of a nodeSelector."""
    return all(labels.get(key) == value for key, value in wanted.items())


def matches_node(selector: NodeSelector | None, name: str, labels: Mapping[str, str]) -> bool:
    """Whether at least one term takes the node; None takes every node, a list without terms none."""
    if selector is None:
        return True
    return any(matches_term(term, name, labels) for term in selector.node_selector_terms)


def matches_term(term: NodeSelectorTerm, name: str, labels: Mapping[str, str]) -> bool:
    """Whether all parts of one term hold; an empty term takes no node."""
    if not term.match_expressions and not term.match_fields:
        return False
    fields = {"metadata.name": name}
    return matches_requirements(term.match_expressions, labels) and matches_requirements(
        term.match_fields, fields
    )


def requirement_text(requirement: LabelSelectorRequirement) -> str:
    """One expression as a person writes it: `zone in (a, b)`, `gpu exists`, `size > 4`."""
    key, values = requirement.key, ", ".join(requirement.values)
    match requirement.operator:
        case "In":
            return f"{key}={values}" if len(requirement.values) == 1 else f"{key} in ({values})"
        case "NotIn":
            return f"{key} not in ({values})"
        case "Exists":
            return f"{key} exists"
        case "DoesNotExist":
            return f"{key} does not exist"
        case "Gt" | "Lt" as operator:
            return f"{key} {'>' if operator == 'Gt' else '<'} {values}"
        case operator:
            return f"{key} {operator} ({values})"


def _compares(value: str | None, operator: str, values: Sequence[str]) -> bool:
    if value is None or len(values) != 1:
        return False
    try:
        have, limit = int(value), int(values[0])
    except ValueError:
        return False
    return have > limit if operator == "Gt" else have < limit
