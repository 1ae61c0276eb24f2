"""Reads the settings once: a YAML file, then the environment, which wins; one sentence for each fault."""

import difflib
import re
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined
from pydantic_settings import EnvSettingsSource
from pydantic_settings.exceptions import SettingsError as BadVariable

from bot.errors import SettingsError
from bot.settings_model import DELIMITER, PREFIX, Settings, SlackMode

__all__ = ["Settings", "load_settings", "require_slack", "settings_table"]

Data = dict[str, Any]

ALIASES = {
    "SLACK_BOT_TOKEN": ("slack", "bot_token"),
    "SLACK_APP_TOKEN": ("slack", "app_token"),
    "SLACK_SIGNING_SECRET": ("slack", "signing_secret"),
    "REDIS_URL": ("redis", "url"),
}
"""Variables that are read under their customary names too; the MLOPS_ name wins."""

_SHAPES = {
    "missing": "is required",
    **dict.fromkeys(("tuple_type", "list_type"), "must be a list"),
    **dict.fromkeys(
        ("dict_type", "model_type", "model_attributes_type", "mapping_type"), "must be a mapping (key: value)"
    ),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "must be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    "string_type": "must be text; put a number between quotation marks",
    "path_type": "must be a path",
}
"""What a value must be, by pydantic's name of the fault, whose own words speak of Python."""
_BOOLEAN = "tag:yaml.org,2002:bool"
FILE_VARIABLE = f"{PREFIX}CONFIG"


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings from `path` (or the file MLOPS_CONFIG names, or none) and from `environ`.

    Raises:
        SettingsError: with one sentence for every fault, each with its key; values are never repeated,
            since any of them may be a secret.
    """
    named = environ.get(FILE_VARIABLE)
    file = path or (Path(named) if named else None)
    variables = {name: value for name, value in environ.items() if value}
    faults = [_unknown_variable(name) for name in sorted(variables) if _is_unknown(name)]
    data = _merged(_read_file(file) if file else {}, _merged(_aliases(variables), _read_variables(variables)))
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        faults += [_sentence(fault) for fault in error.errors(include_url=False, include_input=False)]
        raise _all(faults) from None  # the foreign error can hold values
    if faults:
        raise _all(faults)
    return settings


def require_slack(settings: Settings) -> None:
    """Raise `SettingsError` naming what is missing to serve Slack; the terminal needs none of it."""
    needs = {SlackMode.SOCKET: ("bot_token", "app_token"), SlackMode.HTTP: ("bot_token", "signing_secret")}
    missing = [name for name in needs[settings.slack.mode] if getattr(settings.slack, name) is None]
    if missing:
        names = " and ".join(f"slack.{name} (SLACK_{name.upper()})" for name in missing)
        raise SettingsError(
            f"Slack's {settings.slack.mode} mode needs {names}.", "Set it in the environment."
        )


def settings_table() -> str:
    """All settings as a Markdown table: key, variable, default, meaning."""
    lines = ["| setting | environment | default | meaning |", "| --- | --- | --- | --- |"]
    for key, variable, field in _walk(Settings, "", PREFIX):
        cells = (
            f"`{key}`",
            _variable(key, variable) if variable else "in the list",
            _default(field),
            field.description or "",
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


class _Variables(EnvSettingsSource):
    """pydantic's reading of variables, from a given mapping instead of the process environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._environ.items()}


def _read_variables(environ: Mapping[str, str]) -> Data:
    try:
        return _Variables(environ)()
    except BadVariable as error:
        field = re.search(r'field "(\w+)"', str(error))
        name = f"{PREFIX}{field[1].upper()}" if field else "a variable"
        raise _all([f"{name}: is not JSON, or belongs in the settings file"]) from None


def _aliases(environ: Mapping[str, str]) -> Data:
    data: Data = {}
    for name, (section, key) in ALIASES.items():
        if name in environ:
            data.setdefault(section, {})[key] = environ[name]
    return data


def _is_unknown(name: str) -> bool:
    # Names without the delimiter are left alone: Kubernetes sets MLOPS_BOT_PORT and the like for a
    # Service called mlops-bot. A misspelt key inside a known section is found when it is validated.
    section, delimiter, _ = name.removeprefix(PREFIX).partition(DELIMITER)
    return name.startswith(PREFIX) and bool(delimiter) and section.lower() not in Settings.model_fields


def _unknown_variable(name: str) -> str:
    section, _, rest = name.removeprefix(PREFIX).partition(DELIMITER)
    known = [f"{PREFIX}{field.upper()}{DELIMITER}{rest}" for field in Settings.model_fields]
    near = difflib.get_close_matches(f"{PREFIX}{section}{DELIMITER}{rest}", known, n=1)
    return f"{name}: there is no such setting" + (f", did you mean {near[0]}?" if near else "")


class _Loader(yaml.SafeLoader):
    """Safe YAML in which only true and false are booleans (`rules.off` is a key), no key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} is given twice", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOLEAN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOLEAN, re.compile("true|false"), list("tf"))


def _read_file(path: Path) -> Data:
    try:
        data = yaml.load(path.read_bytes(), _Loader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise _all([f"{path}: cannot be read ({error.strerror})"]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise _all([f"{place}: {error.problem or 'is not YAML'}"]) from None  # it quotes the line
    except yaml.YAMLError:
        raise _all([f"{path}: is not YAML"]) from None
    if not isinstance(data, dict | None):
        raise _all([f"{path}: must be a mapping of settings"])
    return {str(key): value for key, value in (data or {}).items() if value is not None}


def _merged(base: Data, over: Data) -> Data:
    both = dict(base)
    for key, value in over.items():
        below = both.get(key)
        both[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return both


def _all(faults: list[str]) -> SettingsError:
    if len(faults) == 1:
        return SettingsError(f"The settings cannot be used: {faults[0]}.")
    listed = "".join(f"\n- {fault}" for fault in faults)
    return SettingsError(f"The settings cannot be used, {len(faults)} faults:{listed}")


def _sentence(fault: ErrorDetails) -> str:
    place = [part for part in fault["loc"] if part != "[key]"]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    if fault["type"] == "extra_forbidden":
        near = _did_you_mean(str(place[-1]), _known_keys(place[:-1]))
        return f"{key}: there is no such setting{near}"
    message = _SHAPES.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
    message = re.sub(r"^Input should be ", "must be ", message)
    return f"{key}: {message[:1].lower()}{message[1:]}" if key else message


def _known_keys(place: list[int | str]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in place:
        field = model.model_fields.get(str(part))
        model = (_model_in(field.annotation) or model) if field else model
    return list(model.model_fields)


def _did_you_mean(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f", did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The section an annotation holds: itself, or the items of a list or mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)


def _walk(model: type[BaseModel], key: str, variable: str) -> Iterator[tuple[str, str, FieldInfo]]:
    for name, field in model.model_fields.items():
        inner = _model_in(field.annotation)
        own = f"{variable}{name.upper()}" if variable else ""
        if inner is None:
            yield f"{key}{name}", own, field
        elif _is_section(field):
            yield from _walk(inner, f"{key}{name}.", own and f"{own}{DELIMITER}")
        else:
            many = ".<id>." if "dict" in str(field.annotation) else "[]."
            yield f"{key}{name}", own and f"{own} (JSON)", field
            yield from _walk(inner, f"{key}{name}{many}", "")


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _variable(key: str, variable: str) -> str:
    customary = next((name for name, place in ALIASES.items() if ".".join(place) == key), "")
    return f"`{variable}` or `{customary}`" if customary else f"`{variable}`"


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "required"
    value = ", ".join(field.default) if isinstance(field.default, tuple) else field.default
    return f"`{value}`" if value not in (None, "", {}) else ""
