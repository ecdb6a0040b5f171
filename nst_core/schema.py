"""The parameters of every method, once: command line, worker and both dialogs are made from this table.

Standard library only, Python 3.9 and newer.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from . import folders, user_models
from .errors import UsageError


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class Parameter:
    """One parameter: `kind` is "choice", "float" or "int"; `low` and `high` are inclusive; `advanced` ones lie behind a fold."""

    name: str
    kind: str
    default: Any
    label: str
    help: str
    low: float = 0.0
    high: float = 1.0
    choices: tuple[Choice, ...] = ()
    advanced: bool = False

    def check(self, value: Any) -> Any:
        """`value` (of any type that JSON or a command line gives) in the parameter's own type; UsageError when it doesn't fit."""
        if self.kind == "choice":
            allowed = [choice.value for choice in self.choices]
            if value not in allowed:
                raise UsageError(f"{self.name} {value!r} is unknown: choose one of {', '.join(allowed)}")
            return value
        try:
            if isinstance(value, bool):
                raise ValueError
            number = float(value)
            if self.kind == "int":
                if number != int(number):
                    raise ValueError
                number = int(number)
        except (TypeError, ValueError, OverflowError):
            wanted = "a whole number" if self.kind == "int" else "a number"
            raise UsageError(f"{self.name} {value!r} is not {wanted}: give one from {self.low:g} to {self.high:g}") from None
        if not self.low <= number <= self.high:
            raise UsageError(f"{self.name} {number:g} is out of range: give a number from {self.low:g} to {self.high:g}")
        return number


@dataclass(frozen=True)
class Method:
    """One way to stylize: `styles` is how many style pictures it takes at most; `parameters` in the order of the dialog.

    `model` is the one that paints where the method has no parameter of that name.
    """

    name: str
    label: str
    help: str
    styles: int
    parameters: tuple[Parameter, ...] = field(default=())
    model: str = ""

    @property
    def defaults(self) -> dict[str, Any]:
        return {parameter.name: parameter.default for parameter in self.parameters}


STRENGTH = Parameter(
    "strength",
    "float",
    1.0,
    "Strength",
    "How much of the style is painted in: 0 leaves the layer as it is, 1 is the full style.",
    0.0,
    1.0,
)
BLEND = Parameter(
    "blend",
    "float",
    1.0,
    "Blend",
    "How opaque the result lies over the original: 0 shows the original, 1 the result alone.",
    0.0,
    1.0,
)
PRESERVE_COLOR = Parameter(
    "preserve_color",
    "choice",
    "none",
    "Colours",
    "Whose colours the result has.",
    choices=(
        Choice("none", "From the style"),
        Choice("luminance", "Keep the layer's, exactly (luminance transfer)"),
        Choice("histogram", "Keep the layer's, on average (colour matching)"),
    ),
)
SIZE = Parameter(
    "size",
    "int",
    0,
    "Working size",
    "Long side in pixels while painting; smaller gives larger strokes. 0 is the layer's own size, or what fits in memory.",
    0,
    16384,
    advanced=True,
)
DEVICE = Parameter(
    "device",
    "choice",
    "auto",
    "Device",
    "What computes: the fastest that is there, or the one named.",
    choices=(
        Choice("auto", "Automatic"),
        Choice("cpu", "CPU"),
        Choice("cuda", "NVIDIA or AMD GPU"),
        Choice("mps", "Apple GPU"),
        Choice("xpu", "Intel GPU"),
    ),
    advanced=True,
)
EMBEDDED = Method(
    name="embedded",
    label="Quick",
    help="Our own network: any picture as style, at once, with nothing to download.",
    styles=8,
    parameters=(STRENGTH, BLEND, PRESERVE_COLOR, SIZE, DEVICE),
    model="embedded",
)
ARBITRARY = Method(
    name="arbitrary",
    label="Other networks",
    help="Published networks that take any picture as style; their weights are downloaded at first use.",
    styles=8,
    parameters=(
        Parameter(
            "model",
            "choice",
            "microast",
            "Model",
            "The network that paints.",
            choices=(Choice("microast", "MicroAST"), Choice("magenta-mobile", "Magenta (mobile)")),
        ),
        STRENGTH,
        BLEND,
        PRESERVE_COLOR,
        SIZE,
        DEVICE,
    ),
)

METHODS: dict[str, Method] = {method.name: method for method in (EMBEDDED, ARBITRARY)}
DEFAULT_METHOD = EMBEDDED.name


def method(name: str) -> Method:
    """The method called `name`, the user's own models among its choices; UsageError names the ones that exist."""
    try:
        return with_own_models(METHODS[name])
    except KeyError:
        raise UsageError(f"method {name!r} is unknown: choose one of {', '.join(METHODS)}") from None


def methods() -> list[Method]:
    """All of them, as `method` gives them."""
    return [method(name) for name in METHODS]


def with_own_models(one: Method) -> Method:
    """The method with the models that the user made for it after those to choose from."""
    own = user_models.found(folders.models()).values()
    added = tuple(Choice(model.id, model.title) for model in own if model.method == one.name)

    def extended(parameter: Parameter) -> Parameter:
        known = {choice.value for choice in parameter.choices}
        new = tuple(choice for choice in added if choice.value not in known)
        return replace(parameter, choices=parameter.choices + new) if parameter.name == "model" else parameter

    return replace(one, parameters=tuple(map(extended, one.parameters))) if added else one


def method_with(model: str) -> Method:
    """The method that the model belongs to; UsageError names all models."""
    for one in methods():
        if model in models_of(one):
            return one
    known = [name for one in methods() for name in models_of(one)]
    raise UsageError(f"model {model!r} is unknown: choose one of {', '.join(known)}")


def models_of(one: Method) -> list[str]:
    """The models that the method can paint with."""
    choices = [choice.value for parameter in one.parameters if parameter.name == "model" for choice in parameter.choices]
    return choices or [one.model]


def check(method_name: str, given: dict[str, Any]) -> dict[str, Any]:
    """All parameters of the method: those `given`, checked, over the defaults; UsageError on an unknown name or bad value.

    A method's only model may be named though there is no choice.
    """
    one = method(method_name)
    table = {parameter.name: parameter for parameter in one.parameters}
    for name, value in given.items():
        if name not in table and (name, value) != ("model", one.model):
            raise UsageError(f"method {method_name} has no parameter {name!r}: it has {', '.join(table)}")
    return {name: parameter.check(given[name]) if name in given else parameter.default for name, parameter in table.items()}


def model_of(method_name: str, parameters: dict[str, Any]) -> str:
    """The model that paints with these checked parameters."""
    return parameters.get("model") or method(method_name).model


def as_json() -> list[dict[str, Any]]:
    """All methods with their parameters as plain data, for `methods --json` and the wire."""
    return [asdict(one) for one in methods()]
