"""What is asked for: the method, the styles and the parameters, out of the properties that GIMP keeps and into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import chosen
from common import schema_words, texts, union
from common.layers import layer_name
from common.styles import WEIGHTLESS, Styles, limited, names, weightless
from common.translation import _
from gi.repository import Gimp

from nst_core import errors, schema

# Every method's parameters, in the PDB and in GIMP's memory; the default method's defaults go before the others'.
METHODS = tuple(map(schema_words.method, schema.METHODS.values()))
TABLE = union.united(sorted(METHODS, key=lambda method: method.name != schema.DEFAULT_METHOD))

# The choice of the method, described as the parameters are.
METHOD = schema.Parameter(
    "method",
    "choice",
    schema.DEFAULT_METHOD,
    _("Method"),
    _("The way to paint:") + " " + " ".join(f"{method.name}: {method.help}" for method in METHODS),
    choices=tuple(schema.Choice(method.name, method.label) for method in METHODS),
)


@dataclass(frozen=True)
class Order:
    """One stylization; no `styles` where the method takes none."""

    method: schema.Method
    styles: Styles
    parameters: dict[str, Any]

    @property
    def model(self) -> str:
        """The model that paints; UsageError where the user has yet to choose one."""
        return schema.model_of(self.method.name, self.parameters)

    @property
    def model_label(self) -> str:
        """The model, or that it is yet to be chosen, as the dialog calls it."""
        return schema_words.model_label(self.method, self.parameters)

    @property
    def layer_name(self) -> str:
        """What the new layer is called."""
        return layer_name(self.model_label, names(self.styles), self.parameters.get("strength"))


def property_name(name: str) -> str:
    """GObject's spelling of a parameter's name."""
    return name.replace("_", "-")


def method_named(name: str) -> schema.Method:
    """The method in the user's language, with his own models; UsageError names the ones that exist."""
    told: schema.Method = schema_words.method(schema.method(name))
    return told


def method_of(config: Gimp.ProcedureConfig) -> schema.Method:
    """The chosen method."""
    return method_named(config.get_property("method"))


def values(config: Gimp.ProcedureConfig) -> dict[str, Any]:
    """The values under all names, whichever method has them."""
    return {name: config.get_property(property_name(name)) for name in TABLE}


def from_dialog(config: Gimp.ProcedureConfig) -> Order:
    """What the user has chosen, or chose last time; UsageError where a style picture is wanted and missing."""
    method = method_of(config)
    return Order(method, limited(_styles(config, method), method.styles), union.chosen(method, values(config)))


def lacking(config: Gimp.ProcedureConfig) -> str:
    """What has to be chosen before anything can be painted, as a sentence; "" when it can."""
    try:
        order = from_dialog(config)
    except errors.UsageError as error:
        return texts.sentence(error.message)
    if weightless(order.styles):
        return WEIGHTLESS
    # The engine's own sentence about a model names all of them by their ids: that is for scripts.
    return texts.sentence(order.model_label) if order.parameters.get("model") == schema.NO_MODEL else ""


def from_script(config: Gimp.ProcedureConfig) -> Order:
    """What a script asks for, who need not name what stands at the method's own default; UsageError as above."""
    method = method_of(config)
    return Order(method, _styles(config, method), union.completed(method, values(config), TABLE))


def fill(config: Gimp.ProcedureConfig, method: str, styles: Styles, parameters: Mapping[str, Any]) -> None:
    """Choose all this, as far as GIMP's properties have room for it; without `styles` those stay that are chosen."""
    with config.freeze_notify():
        config.set_property("method", method)
        for name, value in parameters.items():
            if name in TABLE and union.fits(TABLE[name], value):
                config.set_property(property_name(name), value)
        if styles:
            chosen.choose(config, styles)


def _styles(config: Gimp.ProcedureConfig, method: schema.Method) -> Styles:
    return chosen.styles(config) if method.styles else ()
