"""Runs inside GIMP: where results go, of one layer and of several, what is saved with them, and what a cancel leaves.

Writes `seen.json` and pixels to $FOLDER; it judges nothing.
"""

import json
import os
import sys
import traceback

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp, Gio  # noqa: E402

FOLDER, STYLE = os.environ["FOLDER"], os.environ["STYLE"]
sys.path.insert(0, os.environ["PLUG_IN"])
import journey  # noqa: E402
import order  # noqa: E402
import procedure  # noqa: E402
from common.output import Output  # noqa: E402
from watching import Bar, Wish  # noqa: E402

from nst_core import errors  # noqa: E402

SIZE = (120, 90)
NOTE = "style-transfer"


def picture():
    """A float image of a wide gamut with the layers "top", "inside" (of the group "group"), "hidden" and "ground"."""
    image = Gimp.Image.new_with_precision(*SIZE, Gimp.ImageBaseType.RGB, Gimp.Precision.FLOAT_LINEAR)
    image.set_color_profile(Gimp.ColorProfile.new_rgb_adobe())
    image.set_resolution(144.0, 72.0)
    image.set_unit(Gimp.Unit.mm())
    layers = {}
    for name, colour in (("ground", "teal"), ("hidden", "tan"), ("group", ""), ("inside", "peru"), ("top", "navy")):
        if name == "group":
            layers[name] = Gimp.GroupLayer.new(image, name)
            image.insert_layer(layers[name], None, 0)
            continue
        layers[name] = Gimp.Layer.new(image, name, 80, 60, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(layers[name], layers["group"] if name == "inside" else None, 0)
        layers[name].fill(Gimp.FillType.TRANSPARENT)
        Gimp.context_set_foreground(Gegl.Color.new(colour))
        image.select_ellipse(Gimp.ChannelOps.REPLACE, 4, 4, 70, 50)
        layers[name].edit_fill(Gimp.FillType.FOREGROUND)
        Gimp.Selection.none(image)
    layers["top"].set_offsets(15, 12)
    layers["hidden"].set_visible(False)
    image.clean_all()
    return image, layers


def called(image, layers, **arguments):
    """The procedure, as a script calls it; what comes back of its status and its message, and the image with the result."""
    made = Gimp.get_pdb().lookup_procedure("plug-in-style-transfer")
    config = made.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", layers)
    for name, value in {"strength": 0.8, "style": Gio.File.new_for_path(STYLE), **arguments}.items():
        config.set_property(name, value)
    values = made.run(config)
    result = values.index(1) if values.length() > 1 else None
    return values.index(0).value_nick, Gimp.get_pdb().get_last_error(), result


def tree(image):
    """Every layer, top to bottom: its name, its group's, where it lies, and whether it is shown, chosen, masked."""
    chosen = [layer.get_id() for layer in image.get_selected_layers()]
    rows = []

    def walk(layers, parent):
        for layer in layers:
            where = layer.get_offsets()
            rows.append(
                {
                    "name": layer.get_name(),
                    "parent": parent,
                    "box": [where.offset_x, where.offset_y, layer.get_width(), layer.get_height()],
                    "visible": layer.get_visible(),
                    "chosen": layer.get_id() in chosen,
                    "mask": layer.get_mask() is not None,
                    "note": note(layer),
                }
            )
            if layer.is_group():
                walk(layer.get_children(), layer.get_name())

    walk(image.get_layers(), None)
    return rows


def note(layer):
    parasite = layer.get_parasite(NOTE)
    return [json.loads(bytes(parasite.get_data())), parasite.is_persistent()] if parasite else None


def dump(name, drawable, kind=None):
    """The pixels in the buffer's own format and colour space, and their size."""
    width, height = drawable.get_width(), drawable.get_height()
    data = drawable.get_buffer().get(Gegl.Rectangle.new(0, 0, width, height), 1.0, kind, Gegl.AbyssPolicy.NONE)
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(data)
    return [width, height, Babl.format_get_encoding(drawable.get_format())]


# -- steps


def several():
    """Layers of several kinds at once, given in no order; two of them are one inside the other."""
    image, layers = picture()
    before = tree(image)
    status, message, result = called(image, [layers[name] for name in ("ground", "inside", "hidden", "group", "top")])
    seen = {"status": status, "message": message, "before": before, "after": tree(image), "here": result == image}
    image.delete()
    return seen


def partly_selected():
    """A selection that meets one of two layers."""
    image, layers = picture()
    layers["top"].set_offsets(100, 80)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 5, 5, 30, 30)
    status, message, _ = called(image, [layers["top"], layers["ground"]])
    seen = {"status": status, "message": message, "after": tree(image)}
    image.delete()
    return seen


def places():
    """The same layer and selection into each place."""
    seen = {}
    for where in Output:
        image, layers = picture()
        image.select_ellipse(Gimp.ChannelOps.REPLACE, 30, 25, 40, 30)
        Gimp.Selection.feather(image, 5)
        image.clean_all()
        seen["selection"] = dump("selection", image.get_selection(), "Y float")
        before = tree(image)
        status, message, result = called(image, [layers["top"]], output=where.value)
        (new,) = result.get_selected_layers()
        seen[where.value] = {
            "status": status,
            "message": message,
            "before": before,
            "after": tree(image),
            "dirty": image.is_dirty(),
            "result": tree(result),
            "canvas": [result.get_width(), result.get_height()],
            "kind": kind_of(result),
            "pixels": dump(f"place-{where.value}", new),
        }
        if new.get_mask():
            seen[where.value]["mask"] = dump("place-mask", new.get_mask(), "Y float")
        seen["kind"] = kind_of(image)
        if result != image:
            result.delete()
        image.delete()
    return seen


def kind_of(image):
    """What a new image must share with the old one."""
    profile = image.get_color_profile()
    resolution = image.get_resolution()
    return {
        "base": image.get_base_type().value_nick,
        "precision": image.get_precision().value_nick,
        "profile": profile.get_description() if profile else None,
        "resolution": [resolution.xresolution, resolution.yresolution],
        "unit": image.get_unit().get_name(),
    }


def several_into_a_new_image():
    image, layers = picture()
    _, message, result = called(image, [layers["ground"], layers["top"], layers["inside"]], output="image")
    seen = {"message": message, "result": tree(result), "canvas": [result.get_width(), result.get_height()]}
    result.delete()
    image.delete()
    return seen


def new_image_of_few_colours():
    """An indexed image: the new one has its palette."""
    image = Gimp.Image.new(*SIZE, Gimp.ImageBaseType.RGB)
    layer = Gimp.Layer.new(image, "few colours", *SIZE, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    layer.get_buffer().set(Gegl.Rectangle.new(0, 0, *SIZE), "R'G'B'A u8", bytes(range(240)) * (SIZE[0] * SIZE[1] // 60))
    image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 8, False, False, "")
    palette = [colour.get_bytes(Babl.format("R'G'B' u8")).get_data() for colour in image.get_palette().get_colors()]
    _, message, result = called(image, [layer], output="image")
    new = [colour.get_bytes(Babl.format("R'G'B' u8")).get_data() for colour in result.get_palette().get_colors()]
    seen = {"message": message, "same": palette == new, "colours": len(palette), "base": result.get_base_type().value_nick}
    result.delete()
    image.delete()
    return seen


def saved():
    """The note after the image was saved and opened again, and whether the file tells where the style lies."""
    image, layers = picture()
    called(image, [layers["top"]])
    file = Gio.File.new_for_path(os.path.join(FOLDER, "saved.xcf"))
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file, None)
    image.delete()
    again = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file)
    seen = {"after": tree(again)}
    again.delete()
    return seen


def stopped():
    """Several layers, stopped when the first is done, or while the second is painted: what each wish leaves."""
    seen = {}
    for name, wish, when in (
        ("cancelled-between", Wish.CANCEL, "may_keep"),
        ("cancelled-meanwhile", Wish.CANCEL, "second"),
        ("kept-between", Wish.KEEP, "may_keep"),
        ("kept-meanwhile", Wish.KEEP, "second"),
        ("kept-too-early", Wish.KEEP, "first"),
    ):
        image, layers = picture()
        watcher = Stopping(wish, when)
        try:
            journey.stylize(image, [layers["top"], layers["ground"]], wanted(), watcher=watcher)
            ended = "painted"
        except errors.NstError as error:
            ended = type(error).__name__
        seen[name] = {"ended": ended, "after": [row["name"] for row in tree(image)], "told": watcher.told}
        image.delete()
    return seen


class Stopping(Bar):
    """Has a wish at one moment of a job."""

    def __init__(self, wish, when):
        super().__init__()
        self._later, self._when, self._turns, self.told = wish, when, 0, []

    def turn_to(self, layer):
        self._turns += 1
        if self._when == ("first", "second")[self._turns - 1]:
            self.wish = self._later

    def may_keep(self):
        if self._when == "may_keep":
            self.wish = self._later

    def show(self, fraction, text):
        self.told.append([fraction, text])


def wanted():
    config = procedure.create(Gimp.get_plug_in(), "plug-in-style-transfer-output").create_config()
    config.set_property("style", Gio.File.new_for_path(STYLE))
    return order.from_script(config)


def main():
    Gegl.init(None)
    seen = {}
    for step in (several, partly_selected, places, several_into_a_new_image, new_image_of_few_colours, saved, stopped):
        try:
            seen[step.__name__] = step()
        except Exception:
            seen[step.__name__] = {"broken": traceback.format_exc()}
    with open(os.path.join(FOLDER, "seen.json"), "w", encoding="utf-8") as file:
        json.dump(seen, file)


main()
