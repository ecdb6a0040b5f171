"""The PDB procedure: its arguments made from the engine's schema, its documentation, and its three run modes."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from types import ModuleType

import chosen
import journey
import keeping
from common import engine_words, output, texts
from common.output import Output
from common.translation import _
from gi.repository import Gimp, GLib, GObject
from order import METHOD, TABLE, Order, from_dialog, from_script, property_name
from watching import Bar, Watcher

from nst_core import client, errors, schema

NAME = "plug-in-style-transfer"

BLURB = _("Paint the layer in the style of another picture")
HELP = _(
    "Paints the active layers, inside the selection if there is one, in the style of any other picture and puts the result "
    "on a new layer above each, or into a new image; the original layers are not touched. Transparency, position and precision "
    "are the original's. Everything is computed on this machine. "
    "A style picture is a file that lies on this machine: PNG, JPEG, WebP or TIFF; or the address of a painting that is fetched "
    "at its first use, like pack:great-wave; a method may take none. "
    "A parameter that the method does not have is not looked at; one that a script leaves at its default stands at the "
    "default of the method. A model that is not on this machine is downloaded without a question when a script asks for it."
)
AUTHORS = "The Style Transfer for GIMP and Krita authors"
YEAR = "2025"

GIMPS_BUTTONS = ("_OK", "_Cancel", "_Reset", "_Help", "_Load", "_Save")
STYLE = _("Style p_icture")

# Where the result goes, described as the parameters are.
OUTPUT = schema.Parameter(
    "output",
    "choice",
    output.DEFAULT.value,
    output.LABEL,
    " ".join((output.HELP, *(f"{place.label}: {place.help}" for place in Output))),
    choices=tuple(schema.Choice(place.value, place.label) for place in Output),
)

# How the engine's notes on licences and credits begin: who sat at a dialog has read them there.
READ_NOTES = ("fetching ", "style pack:")


def create(plug_in: Gimp.PlugIn, name: str) -> Gimp.Procedure:
    """The procedure `name`, ready for GIMP's menu, its PDB browser and the dialog."""
    procedure = in_filters(Gimp.ImageProcedure.new(plug_in, name, Gimp.PDBProcType.PLUGIN, run, None), _("St_yle Transfer…"))
    procedure.set_documentation(BLURB, HELP, None)
    # One layer or several.
    procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE | Gimp.ProcedureSensitivityMask.DRAWABLES)
    add_arguments(procedure)
    about = _("The image, maybe a new one, with the result: what was made are its selected layers.")
    procedure.add_image_return_value("result", _("Result"), about, False, GObject.ParamFlags.READWRITE)
    return procedure


def in_filters(procedure: Gimp.Procedure, label: str) -> Gimp.Procedure:
    """The procedure as an entry of the Filters menu, for one layer of any kind of image."""
    procedure.set_image_types("*")
    procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
    procedure.set_menu_label(label)
    procedure.add_menu_path("<Image>/Filters/")
    procedure.set_attribution(AUTHORS, f"{AUTHORS}, Apache-2.0", YEAR)
    return procedure


def add_arguments(procedure: Gimp.Procedure) -> None:
    """The style picture, the method, then every method's parameters, named as in the schema but with `-` for `_`."""
    taken = taken_letters()
    flags = GObject.ParamFlags.READWRITE
    chosen.add_arguments(procedure, STYLE)
    for parameter in (METHOD, OUTPUT, *TABLE.values()):
        about = (property_name(parameter.name), texts.mnemonic(parameter.label, taken, "_"), parameter.help)
        if parameter.kind == "choice":
            procedure.add_choice_argument(*about, gimp_choice(parameter), parameter.default, flags)
        elif parameter.kind == "float":
            procedure.add_double_argument(*about, parameter.low, parameter.high, parameter.default, flags)
        else:
            procedure.add_int_argument(*about, int(parameter.low), int(parameter.high), parameter.default, flags)


def taken_letters() -> set[str]:
    """Those of the dialog's buttons, its fold, the style picture, presets, gallery and history: two of one would take turns."""
    ours = (STYLE, _("_Paint"), _("Ad_vanced"), _("Pr_eset"), _("_Gallery…"), _("Histor_y…"), _("_Add style…"))
    # GIMP's own come in its own language, which may be one into which we have no translation.
    gimps = (GLib.dgettext("gimp30-libgimp", label) for label in GIMPS_BUTTONS)
    return texts.letters("_", *ours, *gimps, *GIMPS_BUTTONS)


def gimp_choice(parameter: schema.Parameter) -> Gimp.Choice:
    """The parameter's choices for GIMP; their numbers are their places in the schema."""
    choice = Gimp.Choice.new()
    for number, entry in enumerate(parameter.choices):
        choice.add(entry.value, number, entry.label, "")
    return choice


def run(
    procedure: Gimp.Procedure,
    mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: list[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    _data: object = None,
) -> Gimp.ValueArray:
    """What GIMP calls: the dialog when the mode is interactive, then the layers' journey; failures leave one sentence."""
    # Imported here because GTK wants a display, which a batch run need not have.
    messages = None if mode == Gimp.RunMode.NONINTERACTIVE else importlib.import_module("messages")

    def paint() -> Gimp.ValueArray:
        layers = journey.source_layers(image, drawables)
        if messages:
            importlib.import_module("first_use").demand()
        if not agreed(procedure, mode, config, image, layers):
            raise errors.Cancelled
        order = from_dialog(config) if messages else from_script(config)
        where = Output(config.get_property("output"))
        made, notes = journey.stylize(image, layers, order, where, watcher(mode, order, image))
        if messages:
            if where is Output.IMAGE:
                messages.show_image(made[0].get_image())
            keeping.painted(order, made[0])
            notes = [note for note in notes if not note.startswith(READ_NOTES)]
        if notes:
            Gimp.message("\n".join(f"{_('Style Transfer')}: {engine_words.told(note)}" for note in notes))
        return kept_private(procedure) if mode == Gimp.RunMode.INTERACTIVE else returned(procedure, made[0].get_image())

    return told(
        procedure, messages, paint, _("The layer was not painted.") if len(drawables) < 2 else _("The layers were not painted.")
    )


def told(
    procedure: Gimp.Procedure, messages: ModuleType | None, work: Callable[[], Gimp.ValueArray], headline: str
) -> Gimp.ValueArray:
    """What `work` returns; when it fails, somebody is told why, in a window where `messages` has one, under the `headline`."""
    if messages:
        client.ask_for(os.getppid())  # GIMP: the worker need not outlive it for long
    try:
        return work()
    except errors.Cancelled:
        return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
    except errors.NstError as error:
        return failed(procedure, error, messages, headline)
    except Exception as error:  # a fault of ours must reach the user with its details, not vanish with the process
        return failed(procedure, errors.unexpected(error), messages, headline)


def agreed(
    procedure: Gimp.Procedure, mode: Gimp.RunMode, config: Gimp.ProcedureConfig, image: Gimp.Image, layers: list[Gimp.Layer]
) -> bool:
    """Whether the user wants it: asked in the dialog, or, at a repetition, about a download alone; a script is not asked."""
    if mode == Gimp.RunMode.NONINTERACTIVE:
        return True
    dialog = importlib.import_module("dialog")
    if mode == Gimp.RunMode.INTERACTIVE:
        return bool(dialog.ask(procedure, config, image, layers))
    return bool(dialog.may_fetch(from_dialog(config)))


def watcher(mode: Gimp.RunMode, order: Order, image: Gimp.Image) -> Watcher:
    """What shows the job: a window of ours while somebody sits there, who may keep what is painted; else GIMP's own bar."""
    if mode == Gimp.RunMode.INTERACTIVE:
        window: Watcher = importlib.import_module("progress_window").Progress(order, image)
        return window
    return Bar()


def kept_private(procedure: Gimp.Procedure) -> Gimp.ValueArray:
    """That all went well, without the word for it: on "success" after a dialog GIMP writes all arguments into the image.

    They would be saved with it, and tell every reader where on this machine the style pictures lie. What was chosen is kept
    in GIMP's own place for it by `last_values`, so that nothing is lost.
    """
    values = procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)  # which makes no values of any other kind
    values.remove(0)
    values.insert(0, GObject.Value(Gimp.PDBStatusType, Gimp.PDBStatusType.PASS_THROUGH))
    return values


def returned(procedure: Gimp.Procedure, image: Gimp.Image) -> Gimp.ValueArray:
    """The image with the result, for a script."""
    values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)
    values.remove(1)
    values.insert(1, GObject.Value(Gimp.Image, image))
    return values


def failed(procedure: Gimp.Procedure, error: errors.NstError, messages: ModuleType | None, headline: str) -> Gimp.ValueArray:
    """Tell the failure once: in a dialog with its details when somebody sits there, else as the call's error message."""
    status = Gimp.PDBStatusType.CALLING_ERROR if isinstance(error, errors.UsageError) else Gimp.PDBStatusType.EXECUTION_ERROR
    if messages is None:
        return procedure.new_return_values(status, GLib.Error(error.message))
    messages.tell(error, headline)
    # Without a message: GIMP would show it a second time, with the procedure's name before it.
    return procedure.new_return_values(status, None)
