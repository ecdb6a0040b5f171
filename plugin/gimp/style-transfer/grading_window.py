"""The two windows of a comparison: what is compared with what, and the grades; needs a display."""

from __future__ import annotations

import chosen
import keeping
import messages
from common import grading
from common.gallery import Entry
from common.translation import _
from gi.repository import Gimp, GimpUi, Gtk
from style_list import StyleList

from nst_core.order import Graded

TITLE = _("Compare with My Painting")
GREY_LEGEND = _("Heat map: clear where both agree. This image has no room for its colours: in RGB mode they tell what differs.")
GAP = 12
WIDTH = 420  # of the texts in points


def ask(config: Gimp.ProcedureConfig, image: Gimp.Image, painting: Gimp.Layer) -> bool:
    """Let the user choose the other layer and, if wanted, a style picture; False when he doesn't want to go on."""
    GimpUi.init(messages.NAME)
    window = Gtk.Dialog(title=TITLE, border_width=GAP // 2)
    window.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
    compare = window.add_button(_("C_ompare"), Gtk.ResponseType.OK)
    window.set_default_response(Gtk.ResponseType.OK)
    layers = [one for one in every(image.get_layers()) if one != painting and not grading.is_heat_map(one.get_name())]
    chooser = Gtk.ComboBoxText()
    for layer in layers:
        chooser.append_text(layer.get_name())
    chooser.set_active(0 if layers else -1)
    compare.set_sensitive(bool(layers))
    style = config.get_property("style")
    gallery = keeping.gallery()
    styles = StyleList(gallery, chosen.style_file(style) if style else "")
    grid = Gtk.Grid(row_spacing=GAP // 2, column_spacing=GAP, margin=GAP)
    intro = _("Grades how near the painted layer comes to another layer, and shows on a new layer where they differ.")
    grid.attach(
        text(intro if layers else _("There is only this layer: keep the stylized result as a layer of this image.")), 0, 0, 2, 1
    )
    name = Gtk.Label(label=painting.get_name(), xalign=0)
    for row, (label, widget) in enumerate(
        ((_("Painting"), name), (_("_Compared with"), chooser), (_("_Style picture"), styles)), 1
    ):
        grid.attach(Gtk.Label(label=label, use_underline=True, xalign=0, mnemonic_widget=widget), 0, row, 1, 1)
        widget.set_hexpand(True)
        widget.get_accessible().set_name(label.replace("_", ""))
        grid.attach(widget, 1, row, 1, 1)
    show_in(window, grid)
    agreed = window.run() == Gtk.ResponseType.OK
    while agreed and not _may_fetch(gallery.entry(styles.value), window):
        agreed = window.run() == Gtk.ResponseType.OK
    if agreed:
        config.set_property("reference", layers[chooser.get_active()])
        config.set_property("style", chosen.style_property(styles.value) if styles.value else None)
    window.destroy()
    messages.keep_alive()
    return agreed


def _may_fetch(entry: Entry | None, window: Gtk.Window) -> bool:
    """Whether the comparison may begin: the user is asked about a painting that has to be downloaded first."""
    return entry is None or entry.facts is None or messages.agreed(entry.facts, window, _("_Download and compare"))


def show(graded: Graded, image: Gimp.Image) -> None:
    """The grades, each as a bar, a number and words; `image` is where the heat map is."""
    window = Gtk.Dialog(title=TITLE, border_width=GAP // 2)
    window.add_button(_("_Close"), Gtk.ResponseType.CLOSE)
    window.set_default_response(Gtk.ResponseType.CLOSE)
    grid = Gtk.Grid(row_spacing=GAP // 2, column_spacing=GAP, margin=GAP)
    for row, (label, grade, words, hint) in enumerate(grading.rows(graded.grades, graded.words)):
        bar = Gtk.LevelBar(max_value=grading.LARGEST, value=grade, hexpand=True, valign=Gtk.Align.CENTER)
        for offset in (Gtk.LEVEL_BAR_OFFSET_LOW, Gtk.LEVEL_BAR_OFFSET_HIGH, Gtk.LEVEL_BAR_OFFSET_FULL):
            bar.remove_offset_value(offset)  # a bar of one colour: its length says it
        bar.set_size_request(WIDTH // 3, -1)
        bar.get_accessible().set_name(f"{label}: {words}")
        for column, widget in enumerate((Gtk.Label(label=label, xalign=0), bar, Gtk.Label(label=words, xalign=0))):
            widget.set_tooltip_text(hint)
            grid.attach(widget, column, row, 1, 1)
    legend = grading.LEGEND if image.get_base_type() == Gimp.ImageBaseType.RGB else GREY_LEGEND
    grid.attach(text(legend + grading.part_told(graded.painted)), 0, len(grading.LABELS), 3, 1)
    show_in(window, grid)
    window.run()
    window.destroy()
    messages.keep_alive()


def every(layers: list[Gimp.Layer]) -> list[Gimp.Layer]:
    """All layers, those in groups after their group."""
    found = []
    for layer in layers:
        found.append(layer)
        if layer.is_group():
            found += every(layer.get_children())
    return found


def text(words: str) -> Gtk.Label:
    """A paragraph."""
    label = Gtk.Label(label=words, wrap=True, xalign=0, margin_bottom=GAP // 2, margin_top=GAP // 2)
    label.set_size_request(WIDTH, -1)
    label.set_max_width_chars(1)
    return label


def show_in(window: Gtk.Dialog, content: Gtk.Widget) -> None:
    """Put it into the window, which belongs to GIMP's."""
    window.get_content_area().add(content)
    content.show_all()
    GimpUi.window_set_transient(window)
