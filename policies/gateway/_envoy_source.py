"""Where an Envoy has its configuration from: its own command, or a file that a container before it unpacks."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..stack.values import NotKnownError, Unknown, parse_json
from ._containers import Container
from ._packed import VARIABLE, unpacked

Json = Mapping[str, Any]
Named = tuple[str, Container]
_INLINE: Final = ("--config-yaml",)
_NAMES: Final = frozenset(
    {
        "name", "address", "sni", "exact", "server_names", "domains", "authority", "host_rewrite_literal", "cluster",
        "issuer", "audiences", "uri", "inline_string", "filename", "service_name", "region",
    }
)  # fmt: skip
"""What of a configuration may come later: names, such as a load balancer's. All else switches something on or off."""
_FILE: Final = ("--config-path", "-c")


def envoys(containers: Sequence[Named]) -> list[tuple[str, Json]]:
    """Each Envoy of a task with its configuration.

    Raises
    ------
    NotKnownError
        A configuration comes from elsewhere or from two places, cannot be read, or is not known yet.
    """
    return [(name, _configuration(name, one, containers)) for name, one in containers if _is_envoy(name, one)]


def _is_envoy(name: str, container: Container) -> bool:
    arguments = [argument for argument in _arguments(name, container) if isinstance(argument, str)]
    return (
        name == "envoy"
        or "/envoy" in str(container.get("image", ""))
        or any(argument.startswith(("--config-yaml", "--config-path")) for argument in arguments)
    )


def _configuration(name: str, container: Container, containers: Sequence[Named]) -> Json:
    inline, files = _given(name, container, _INLINE), _given(name, container, _FILE)
    if len(inline) + len(files) != 1:
        # Envoy would merge them.
        text = f"a command with {len(inline) + len(files)} configurations"
        raise NotKnownError(f"{name}.command", Unknown(text=text))
    if files:
        return _from_file(files[0], f"{name}.{_FILE[0]}", containers)
    field = f"{name}.{_INLINE[0]}"
    try:
        found = parse_json(inline[0], field)
    except ValueError:
        raise NotKnownError(field, Unknown(text="YAML, not JSON")) from None
    if not isinstance(found, Mapping):
        raise NotKnownError(field, Unknown(text=f"a {type(found).__name__}"))
    _demand_settings(found, "", field)
    return found


def _demand_settings(value: Any, key: str, field: str) -> None:
    """Raise unless all but names is known: what is switched off later looks like what is left as it was."""
    if isinstance(value, Unknown) and key not in _NAMES:
        raise NotKnownError(f"{key} in {field}", value)
    if isinstance(value, Mapping):
        for inner_key, inner in value.items():
            _demand_settings(inner, inner_key, field)
    elif isinstance(value, list):
        for inner in value:
            _demand_settings(inner, key, field)


def _from_file(path: Any, field: str, containers: Sequence[Named]) -> Json:
    """The one packed configuration of the task, if ``path`` is where it is unpacked to."""
    found = [
        (name, value, variables.get("RUN_DIRECTORY"))
        for name, container in containers
        for variables in [_environment(name, container)]
        for value in variables.get(VARIABLE, ())
    ]
    if len(found) != 1:
        text = f"{path}, with {len(found)} variables {VARIABLE} in the task to make it from"
        raise NotKnownError(field, Unknown(text=text))
    name, value, directories = found[0]
    if not directories or path != f"{directories[-1]}/envoy.json":
        raise NotKnownError(field, Unknown(text=f"{path}, which container {name} does not write"))
    return unpacked(value, f"{name}.{VARIABLE}")


def _environment(name: str, container: Container) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {}
    for variable in _listed(container.get("environment"), f"{name}.environment"):
        if not isinstance(variable, Mapping):
            raise NotKnownError(f"{name}.environment", Unknown(text="not spelled out"))
        values.setdefault(str(variable.get("name")), []).append(variable.get("value"))
    return values


def _arguments(name: str, container: Container) -> list[Any]:
    return [
        argument
        for field in ("entryPoint", "command")
        for argument in _listed(container.get(field), f"{name}.{field}")
    ]


def _listed(value: Any, field: str) -> list[Any]:
    if isinstance(value, Unknown):
        raise NotKnownError(field, value)
    return list(value or [])


def _given(name: str, container: Container, flags: Sequence[str]) -> list[Any]:
    """The values of ``flags``, as ``--flag value`` or ``--flag=value``."""
    found = []
    arguments = _arguments(name, container)
    for argument, following in zip(arguments, [*arguments[1:], None], strict=True):
        if isinstance(argument, str) and (parts := argument.partition("="))[0] in flags:
            found.append(parts[2] if parts[1] else following)
    return found
