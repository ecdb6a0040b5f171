"""Runs inside GIMP: the plug-in's own journey with layers of every kind; what they hold before and after goes to $FOLDER.

The kinds come from $KINDS, a JSON file, and mean what `tests/hosts/test_gimp_kinds.py` says. It judges nothing.
"""

import array
import json
import math
import os
import random
import sys
import traceback

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp, Gio  # noqa: E402

FOLDER = os.environ["FOLDER"]
sys.path.insert(0, os.environ["PLUG_IN"])
import journey  # noqa: E402
import order  # noqa: E402
import procedure  # noqa: E402
from common.output import Output  # noqa: E402

WIDTH, HEIGHT = 260, 200
BASES = {
    "rgb": (Gimp.ImageBaseType.RGB, Gimp.ImageType.RGBA_IMAGE, Gimp.ImageType.RGB_IMAGE),
    "gray": (Gimp.ImageBaseType.GRAY, Gimp.ImageType.GRAYA_IMAGE, Gimp.ImageType.GRAY_IMAGE),
    "indexed": (Gimp.ImageBaseType.RGB, Gimp.ImageType.RGBA_IMAGE, Gimp.ImageType.RGB_IMAGE),
}


def scenery(seed):
    """WIDTH × HEIGHT smooth colours with noise and every degree of transparency, in doubles: no format has more bits."""
    noise = random.Random(seed)
    values = array.array("d")
    for y in range(HEIGHT):
        for x in range(WIDTH):
            for plane in range(3):
                wave = 0.5 + 0.4 * math.sin(x / (17 + 5 * plane) + y / (21 + 3 * plane) + seed)
                values.append(min(1, max(0, wave + noise.uniform(-0.05, 0.05))))
            values.append(min(1, 0.2 + x / WIDTH))
    return values.tobytes()


PIXELS, GROUND = scenery(1), scenery(2)


class Kind:
    """An image with a layer called "source" of one kind above another one, made anew for each call."""

    def __init__(self, kind, made):
        self.kind, self.procedure = kind, made
        self.name = kind["name"]
        self.sizes = {}

    def run(self):
        image, layer = self.make()
        self.native("before", layer)
        self.paint(image, layer, 0.0, Output.MASKED, "unchanged")
        self.native("after", layer)
        image.delete()
        for where in (Output.MASKED, Output.CUT) if self.kind["select"] else ():
            image, layer = self.make()
            image.select_rectangle(Gimp.ChannelOps.REPLACE, *self.kind["select"])
            Gimp.Selection.feather(image, 6)
            self.write("selection", *read(image.get_selection(), "Y float"))
            self.native(f"before-{where.value}", layer)
            self.composite(f"shown-before-{where.value}", image)
            self.paint(image, layer, 0.8, where, f"painted-{where.value}")
            self.composite(f"shown-{where.value}", image)
            self.native(f"after-{where.value}", layer)
            image.delete()
        return {"sizes": self.sizes}

    def make(self):
        kind = self.kind
        base, with_alpha, without = BASES[kind["base"]]
        image = Gimp.Image.new_with_precision(*kind["canvas"], base, getattr(Gimp.Precision, kind["precision"]))
        if kind["profile"]:
            image.set_color_profile(getattr(Gimp.ColorProfile, kind["profile"])())
        ground = Gimp.Layer.new(image, "ground", WIDTH, HEIGHT, with_alpha, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(ground, None, 0)
        fill(ground, GROUND)
        parent = None
        if kind["group"]:
            parent = Gimp.GroupLayer.new(image, "group")
            image.insert_layer(parent, None, 0)
            parent.set_mode(getattr(Gimp.LayerMode, kind["group"]))
        source = self.layer(image, with_alpha if kind["alpha"] else without)
        image.insert_layer(source, parent, 0)
        source.set_offsets(*kind["offset"])
        if kind["what"] == "pixels":
            fill(source, PIXELS)
        if kind["mask"]:
            mask = source.create_mask(Gimp.AddMaskType.WHITE)
            source.add_mask(mask)
            fill(mask, PIXELS)
        if kind["effect"]:
            effect = Gimp.DrawableFilter.new(source, kind["effect"], "effect")
            source.append_filter(effect)
            effect.update()
        if kind["base"] == "indexed":
            image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 40, False, False, "")
        source.set_lock_alpha(kind["lock"])
        source.set_visible(not kind["hidden"])
        return image, parent if kind["what"] == "group" or kind["active"] == "group" else source

    def layer(self, image, pixels):
        what = self.kind["what"]
        if what == "text":
            return Gimp.TextLayer.new(image, "Painted waves\nand woods", Gimp.context_get_font(), 40, Gimp.Unit.pixel())
        if what == "link":
            return Gimp.LinkLayer.new(image, Gio.File.new_for_path(os.environ["PICTURE"]))
        if what == "vector":
            path = Gimp.Path.new(image, "curve")
            image.insert_path(path, None, 0)
            stroke = path.bezier_stroke_new_moveto(20, 30)
            path.bezier_stroke_lineto(stroke, 230, 60)
            path.bezier_stroke_lineto(stroke, 120, 180)
            path.stroke_close(stroke)
            return Gimp.VectorLayer.new(image, path)
        return Gimp.Layer.new(image, "source", WIDTH, HEIGHT, pixels, 100, Gimp.LayerMode.NORMAL)

    def paint(self, image, layer, strength, where, name):
        config = self.procedure.create_config()
        config.set_property("style", Gio.File.new_for_path(os.environ["STYLE"]))
        config.set_property("strength", strength)
        (new,), _ = journey.stylize(image, [layer], order.from_script(config), where)
        self.native(name, new)

    def native(self, name, layer):
        """What the layer holds, in its own numbers, with its effects."""
        if layer.get_filters() and name.startswith("before"):
            copy = layer.copy()
            copy.merge_filters()
            self.native("seen", copy)
            copy.delete()
        data, size = read(layer)
        where = layer.get_offsets()
        self.write(name, data, [*size, where.offset_x, where.offset_y], encoding(layer))

    def composite(self, name, image):
        """What is seen of the whole image."""
        copy = image.duplicate()
        if copy.get_base_type() == Gimp.ImageBaseType.INDEXED:
            copy.convert_rgb()
        seen = Gimp.Layer.new_from_visible(copy, copy, "seen")
        data, size = read(seen)
        self.write(name, data, size, encoding(seen))
        seen.delete()
        copy.delete()

    def write(self, name, data, size, kind="Y float"):
        self.sizes[name] = [*size, kind]
        with open(os.path.join(FOLDER, f"{self.name}.{name}"), "wb") as file:
            file.write(data)


def encoding(layer):
    """The names of the components: "R'G'B'A u8", or "palette"."""
    kind = layer.get_format()
    return "palette" if Babl.format_is_palette(kind) else Babl.format_get_encoding(kind)


def read(drawable, kind=None):
    """The pixels and the size; in the buffer's own format and colour space, where no `kind` is named."""
    width, height = drawable.get_width(), drawable.get_height()
    data = drawable.get_buffer().get(Gegl.Rectangle.new(0, 0, width, height), 1.0, kind, Gegl.AbyssPolicy.NONE)
    return data, [width, height]


def fill(drawable, data):
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, WIDTH, HEIGHT), "R'G'B'A double", data)
    buffer.flush()
    drawable.update(0, 0, WIDTH, HEIGHT)


def main():
    Gegl.init(None)
    with open(os.environ["KINDS"], encoding="utf-8") as file:
        kinds = json.load(file)
    made = procedure.create(Gimp.get_plug_in(), "plug-in-style-transfer-kinds")
    for kind in kinds:
        try:
            said = Kind(kind, made).run()
        except Exception:
            said = {"broken": traceback.format_exc()}
        with open(os.path.join(FOLDER, kind["name"] + ".json"), "w", encoding="utf-8") as file:
            json.dump(said, file)


main()
