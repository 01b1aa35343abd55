"""The options of a dataclass as data: the one place from which YAML, help, tables and digests are made."""

import dataclasses
import json
import types
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from pipeline.stage import Bytes, Count, Fraction, Positive, Preset, Ratio, Seconds, Stage, stage_class

_KINDS: tuple[tuple[Any, str], ...] = (
    (Count, "count"),
    (Positive, "count >= 1"),
    (Fraction, "fraction 0-1"),
    (Ratio, "number >= 0"),
    (Seconds, "seconds > 0"),
    (Bytes, "bytes, as 256MB"),
    (bool, "true/false"),
    (int, "integer"),
    (float, "number"),
    (str, "text"),
)


class Option(NamedTuple):
    """One option as its line declares it."""

    name: str
    annotation: Any
    meaning: str
    default: Any
    is_preset: bool

    @property
    def kind(self) -> str:
        """The type in words: `fraction 0-1`, `bytes|cld2|all`, …"""
        return describe_type(self.annotation)

    @property
    def shown_default(self) -> str:
        """The default as a user would write it in YAML."""
        return show_value(self.default)


def options_of(declared: type) -> tuple[Option, ...]:
    """The options of a dataclass, in order. Raises TypeError for an option without a meaning or a default."""
    hints = get_type_hints(declared, include_extras=True)
    found = []
    for field in dataclasses.fields(declared):
        annotation = hints[field.name]
        notes = getattr(annotation, "__metadata__", ())
        meanings = [note for note in notes if isinstance(note, str)]
        if field.default is not dataclasses.MISSING:
            default = field.default
        elif field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        else:
            raise TypeError(f"{declared.__name__}.{field.name}: an option needs a default")
        if not meanings:
            raise TypeError(f"{declared.__name__}.{field.name}: an option needs its meaning in its annotation")
        is_preset = any(note is Preset or isinstance(note, Preset) for note in notes)
        found.append(Option(field.name, annotation, meanings[-1], default, is_preset))
    return tuple(found)


def describe_type(annotation: Any) -> str:
    """The type in words.

    >>> describe_type(Annotated[Fraction | None, "a share"]), describe_type(Literal["a", "b"])
    ('fraction 0-1', 'a|b')
    """
    for known, words in _KINDS:
        if annotation == known:
            return words
    if get_origin(annotation) is Annotated:
        inner, *notes = get_args(annotation)
        for known, words in _KINDS[:6]:
            base, *bounds = get_args(known)
            if inner == base and notes[: len(bounds)] == bounds:
                return words
        return describe_type(inner)
    if get_origin(annotation) is Literal:
        return "|".join(str(value) for value in get_args(annotation))
    if get_origin(annotation) in (Union, types.UnionType):
        return " or ".join(describe_type(a) for a in get_args(annotation) if a is not type(None))
    if get_origin(annotation) in (tuple, list, frozenset):
        return f"list of {describe_type(get_args(annotation)[0])}"
    if get_origin(annotation) is dict or str(get_origin(annotation)).endswith("Mapping'>"):
        return "mapping"
    return getattr(annotation, "__name__", str(annotation)).lower()


def show_value(value: Any) -> str:
    """A value as a user would write it.

    >>> show_value(None), show_value(True), show_value(("a", "b")), show_value(256_000_000)
    ('none', 'true', '[a, b]', '256000000')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return f"[{', '.join(show_value(v) for v in value)}]"
    return str(value)


def validate(option: Option, value: Any) -> Any:
    """The value in the option's own type. Raises ValueError that says what was expected and what was found."""
    try:
        return _adapter(option.annotation).validate_json(json.dumps(value, default=str), strict=True)
    except ValidationError as error:
        found = error.errors()[-1] if error.error_count() > 1 else error.errors()[0]
        complaint = found["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        raise ValueError(f"{show_value(value)!r} is not {option.kind}: expected {complaint}") from None


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(annotation: Any) -> TypeAdapter[Any]:
    """The validator of a type, made once."""
    key = repr(annotation)
    if key not in _adapters:
        _adapters[key] = TypeAdapter(annotation)
    return _adapters[key]


def as_plain(value: Any) -> Any:
    """The value as JSON holds it: tuples as lists, paths as strings."""
    if isinstance(value, tuple | list):
        return [as_plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): as_plain(v) for k, v in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def options_as_plain(instance: Any) -> dict[str, Any]:
    """Every option of an instance with its value, as JSON holds it."""
    return {option.name: as_plain(getattr(instance, option.name)) for option in options_of(type(instance))}


def build(name: str, plain: dict[str, Any]) -> Stage:
    """A stage from its options as a plan holds them. Raises ConfigError or ValueError for what it does not take."""
    declared = stage_class(name)
    return declared(**{o.name: validate(o, plain[o.name]) for o in options_of(declared) if o.name in plain})
