"""Filters → Compare with My Painting…: grades a painted layer, and shows where it differs on a layer above."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import buffers
import chosen
import journey
import placing
import procedure as painting
from common import grading
from common.layers import Box
from common.translation import _
from gi.repository import Gegl, Gimp, GObject
from last_values import keep
from watching import Bar

from nst_core import client, errors
from nst_core.order import Graded

NAME = "plug-in-style-transfer-compare"

BLURB = _("Grade a painted layer beside the picture that it was to become")
HELP = _(
    "Grades from 0 to 10 how near the active layer comes to another layer, separately for content and style, and, if a style "
    "picture is given, to that. A new layer above shows where they differ: amber for colours and brushwork, crimson for "
    "forms. What is transparent in either layer is not graded. Everything is computed on this machine."
)
GRADES = ("overall", "content", "style", "style-picture")
NO_GRADE = -1.0


def create(plug_in: Gimp.PlugIn, name: str) -> Gimp.Procedure:
    """The procedure `name`, ready for GIMP's menu and its PDB browser."""
    made = Gimp.ImageProcedure.new(plug_in, name, Gimp.PDBProcType.PLUGIN, run, None)
    procedure = painting.in_filters(made, _("_Compare with My Painting…"))
    procedure.set_documentation(BLURB, HELP, None)
    flags = GObject.ParamFlags.READWRITE
    procedure.add_layer_argument("reference", _("Compared with"), _("The layer that the painting was to become."), True, flags)
    action = Gimp.FileChooserAction.ANY
    procedure.add_file_argument("style", _("Style picture"), _("The picture that was painted after."), action, True, None, flags)
    for grade in GRADES:
        about = _("0 (nothing in common) to 10 (the same); -1 where there is nothing to compare with.")
        procedure.add_double_return_value(grade, grade, about, NO_GRADE, 10.0, NO_GRADE, flags)
    return procedure


def run(
    procedure: Gimp.Procedure,
    mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: list[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    _data: object = None,
) -> Gimp.ValueArray:
    """What GIMP calls: the window when somebody sits there, then the comparison."""
    window = None if mode == Gimp.RunMode.NONINTERACTIVE else importlib.import_module("grading_window")
    messages = importlib.import_module("messages") if window else None

    def grade() -> Gimp.ValueArray:
        layer = journey.source_layer(image, drawables)
        if window:
            importlib.import_module("first_use").demand()
            if not window.ask(config, image, layer):
                raise errors.Cancelled
        graded = compare(image, layer, config, messages.keep_alive if messages else None)
        if window:
            keep(config, image)
            window.show(graded, image)
        return painting.kept_private(procedure) if mode == Gimp.RunMode.INTERACTIVE else returned(procedure, graded)

    return painting.told(procedure, messages, grade, _("The painting was not graded."))


def compare(
    image: Gimp.Image, layer: Gimp.Layer, config: Gimp.ProcedureConfig, keep_alive: Callable[[], None] | None = None
) -> Graded:
    """The grades of `layer`; the heat map is then above it, as one step to undo. Raises `errors.NstError`."""
    Gegl.init(None)
    reference, style = config.get_property("reference"), config.get_property("style")
    if reference is None or reference == layer:
        raise errors.UsageError(_("there is nothing to compare with: choose another layer of the image"))
    box = part(layer, reference)
    bar = Bar(_("Comparing"), keep_alive or (lambda: None))
    bar.begin()
    try:
        pictures = [picture(one, box) for one in (layer, reference)]
        job = client.compare(*pictures, chosen.style_file(style) if style else None)
        journey.wait(job, journey.Part(bar), image)
        journey.still_there(image, layer)
        graded = job.result()
        insert(image, layer, box, graded)
    finally:
        bar.end()
    return graded


def part(layer: Gimp.Layer, reference: Gimp.Layer) -> Box:
    """What is compared, in image coordinates; UsageError when it is nothing."""
    image = layer.get_image()
    selected = None
    if not Gimp.Selection.is_empty(image):
        _done, _any, x, y, right, bottom = Gimp.Selection.bounds(image)
        selected = Box(x, y, right - x, bottom - y)
    box = grading.shared_part(buffers.place(layer), buffers.place(reference), selected)
    if box.empty:
        raise errors.UsageError(_("the two layers have no place in common: move one over the other, or select another part"))
    return box


def picture(layer: Gimp.Layer, box: Box) -> client.Picture:
    """What of the layer lies in `box`, in 8 bits: more can't be told apart by eye."""
    with through_mask(layer) as seen:
        here = buffers.place(seen)
        content = buffers.read_part(seen, box.moved(-here.x, -here.y), "u8")
    return client.Picture(box.width, box.height, content.channels, content.depth, content.data)


@contextmanager
def through_mask(layer: Gimp.Layer) -> Iterator[Gimp.Layer]:
    """A layer with the pixels of `layer`, transparent where its mask hides them: what nobody sees is not to be graded."""
    if placing.own_mask(layer) is None:
        yield layer
        return
    image = Gimp.Image.new(1, 1, Gimp.ImageBaseType.RGB)
    try:
        copy = Gimp.Layer.new_from_drawable(layer, image)
        image.insert_layer(copy, None, 0)
        if copy.get_filters():
            copy.merge_filters()
        copy.remove_mask(Gimp.MaskApplyMode.APPLY)
        yield copy
    finally:
        image.delete()


def insert(image: Gimp.Image, layer: Gimp.Layer, box: Box, graded: Graded) -> None:
    """Put the heat map above the painting, which stays the active layer: it is to be painted on."""
    here = buffers.place(layer)
    content = buffers.Content(box.moved(-here.x, -here.y), "RGBA", "u8", bytes(graded.heat_map.data))
    new = buffers.make_layer(image, layer, content, grading.layer_name(graded.grades))
    buffers.add_mask(new, None, placing.own_mask(layer), content.box)
    image.undo_group_start()
    try:
        placing.insert(image, layer, new)
        image.set_selected_layers([layer])
    finally:
        image.undo_group_end()
    Gimp.displays_flush()


def returned(procedure: Gimp.Procedure, graded: Graded) -> Gimp.ValueArray:
    """The grades for a script."""
    values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)
    for number, grade in enumerate(GRADES, 1):
        value = GObject.Value(GObject.TYPE_DOUBLE, graded.grades.get(grade.replace("-", "_"), NO_GRADE))
        values.remove(number)
        values.insert(number, value)
    return values
