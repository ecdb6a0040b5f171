"""What is asked for: the method, the style picture and the parameters, out of the properties that GIMP keeps and into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from common import schema_words, texts, union
from common.layers import layer_name, style_name
from common.translation import _
from gi.repository import Gimp, Gio

from nst_core import client, errors, packs, schema, weights

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
    """One stylization; `style` is the picture's path or a painting's name ("pack:great-wave"), "" where the method takes none."""

    method: schema.Method
    style: str
    parameters: dict[str, Any]

    @property
    def model(self) -> str:
        """The model that paints; UsageError where the user has yet to choose one."""
        return schema.model_of(self.method.name, self.parameters)

    @property
    def model_label(self) -> str:
        """The model, or that it is yet to be chosen, as the dialog calls it."""
        labels = {
            choice.value: choice.label
            for parameter in self.method.parameters
            if parameter.name == "model"
            for choice in parameter.choices
        }
        return labels.get(self.parameters.get("model", ""), self.method.label)

    @property
    def styles(self) -> list[client.Style]:
        """The style pictures as the worker takes them."""
        return [client.Style(self.style)] if self.style else []

    @property
    def layer_name(self) -> str:
        """What the new layer is called."""
        # A painting's name is not a file's: what comes after "pack:" is.
        styles = [style_name(self.style.rpartition(":")[2] if packs.is_painting(self.style) else self.style)]
        return layer_name(self.model_label, styles if self.style else [], self.parameters.get("strength"))


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
    return Order(method, _style(config, method), union.chosen(method, values(config)))


def lacking(config: Gimp.ProcedureConfig) -> str:
    """What has to be chosen before anything can be painted, as a sentence; "" when it can."""
    try:
        order = from_dialog(config)
    except errors.UsageError as error:
        return texts.sentence(error.message)
    # The engine's own sentence about a model names all of them by their ids: that is for scripts.
    return texts.sentence(order.model_label) if order.parameters.get("model") == schema.NO_MODEL else ""


def from_script(config: Gimp.ProcedureConfig) -> Order:
    """What a script asks for, who need not name what stands at the method's own default; UsageError as above."""
    method = method_of(config)
    return Order(method, _style(config, method), union.completed(method, values(config), TABLE))


def fill(config: Gimp.ProcedureConfig, method: str, style: str, parameters: Mapping[str, Any]) -> None:
    """Choose all this, as far as GIMP's properties have room for it; a `style` of "" leaves the one that is chosen."""
    with config.freeze_notify():
        config.set_property("method", method)
        for name, value in parameters.items():
            if name in TABLE and union.fits(TABLE[name], value):
                config.set_property(property_name(name), value)
        if style:
            config.set_property("style", style_property(style))


def style_property(value: str) -> Gio.File:
    """The style as GIMP keeps it, which remembers files alone: a painting as the place where it lies once it is fetched."""
    paths = {name: path for path, name in _paintings().items()}
    path = paths.get(value, value)
    return Gio.File.new_for_uri(path) if packs.is_painting(path) else Gio.File.new_for_path(path)


def style_of(config: Gimp.ProcedureConfig) -> str:
    """The chosen style, whatever the method; "" when there is none that an order could name."""
    try:
        return style_file(config.get_property("style"))
    except errors.UsageError:
        return ""


def style_file(file: Gio.File | None) -> str:
    """The chosen style as the worker takes it: a path or a painting's name; UsageError when there is none, or elsewhere."""
    if file is None:
        raise errors.UsageError(_("no style picture is chosen: choose the picture whose style is to be taken"))
    path = file.get_path()
    if path is not None:
        return _paintings().get(str(path), str(path))
    if packs.is_painting(file.get_uri()):  # as a script names it
        return str(file.get_uri())
    raise errors.UsageError(
        _("style {address} does not lie on this machine: save it to a folder first").format(address=file.get_uri())
    )


@lru_cache(maxsize=1)
def _paintings() -> dict[str, str]:
    """The names of the packs' paintings by their places on this machine, fetched or not."""
    store = weights.Store()
    return {str(store.file(painting)): painting.id for painting in store.manifest.paintings.values()}


def _style(config: Gimp.ProcedureConfig, method: schema.Method) -> str:
    return style_file(config.get_property("style")) if method.styles else ""
