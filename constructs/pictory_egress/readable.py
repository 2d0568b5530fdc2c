"""As much of a model as can be read, where its data hold errors: so that what else is wrong can be told as well."""

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

_Model = TypeVar("_Model", bound=BaseModel)


def readable(model: type[_Model], data: Mapping[str, Any]) -> _Model:
    """A ``model`` of the fields of ``data`` that are valid by themselves; others are not there at all.

    Nothing is checked between fields, and a field that is asked for and not there is an AttributeError.
    """
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key in data:
            if found := _value(field, data[key]):
                (values[name],) = found
        elif not field.is_required():
            values[name] = field.get_default(call_default_factory=True)
    return model.model_construct(**values)


def _value(field: FieldInfo, given: Any) -> list[Any]:
    """The field's value in a list, which is empty when it cannot be read."""
    annotation: Any = field.annotation
    adapter: TypeAdapter[Any] = TypeAdapter(
        Annotated[annotation, *field.metadata] if field.metadata else annotation
    )
    try:
        return [adapter.validate_python(given)]
    except ValidationError:
        inner = _model_in(annotation)
    if inner is not None and isinstance(given, Mapping):
        return [readable(inner, given)]
    if inner is not None and isinstance(given, list):
        return [tuple(readable(inner, item if isinstance(item, Mapping) else {}) for item in given)]
    return []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The one model of an annotation: itself, or what a tuple or an optional field is of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = [one for one in get_args(annotation) if isinstance(one, type) and issubclass(one, BaseModel)]
    only = len(models) == 1 and (not isinstance(annotation, UnionType) or type(None) in get_args(annotation))
    return models[0] if only else None
