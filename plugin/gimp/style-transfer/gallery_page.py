"""All styles as a page of tiles in groups, with a search; a painting that is not on this machine is fetched when it is chosen."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import looks
import thumbnails
from common.gallery import FOLDER, Entry, Gallery
from common.translation import _, size
from fetching import Fetching
from gi.repository import Gdk, Gtk, Pango
from pictures import Star

SIDE = 92  # points of a tile's picture
LETTERS = 12  # a tile's name is as wide as so many
LOOKS = b"""
.style-tile { padding: 4px; border-radius: 4px; }
.style-star { color: #ffc83d; background-color: rgba(0, 0, 0, 0.65); border-radius: 3px; padding: 2px; margin: 2px; }
.style-absent { border: 1px dashed alpha(currentColor, 0.5); border-radius: 3px; }
"""


class GalleryPage(Gtk.Box):
    """Offers styles; `choose` gets the value of the one that the user picks, `leave` is called when that is all."""

    def __init__(self, gallery: Gallery, choose: Callable[[str], None], leave: Callable[[], None]) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._gallery, self._choose, self._leave = gallery, choose, leave
        self._later = thumbnails.Later()
        self._flows: list[Gtk.FlowBox] = []
        self._chosen = ""
        self.search = Gtk.SearchEntry(placeholder_text=_("Title, artist or file"), hexpand=True)
        self.search.get_accessible().set_name(_("Search styles"))
        self.search.connect("search-changed", lambda _entry: self.fill())
        self.search.connect("key-press-event", self._go_down)
        self.search.connect("activate", lambda _entry: self._take_first())
        self.search.connect("stop-search", lambda _entry: self._leave())
        self._sections = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._name = Gtk.Label(xalign=0, ellipsize=Pango.EllipsizeMode.END, hexpand=True)
        self.star = Star(gallery, _("Fa_vourite"))
        self.star.changed = self.fill
        self.fetching = Fetching()
        looks.use(LOOKS)
        self._pack()

    def begin(self, value: str) -> None:
        """Show all styles, with `value` as the chosen one, and lead the keyboard to the search."""
        self._chosen = value
        self.search.set_text("")
        self.fill()
        self.search.grab_focus()

    def stop(self) -> None:
        """Fetch no more and show no more pictures: the window closes."""
        self.fetching.stop()
        self._later.stop()

    def fill(self) -> None:
        """Lay out what the search finds."""
        for section in self._sections.get_children():
            section.destroy()
        self._flows = []
        search = self.search.get_text()
        entries = self._gallery.entries(search)
        for group, members in groupby(entries, key=lambda entry: entry.group):
            self._add_section(group, list(members))
        if not search and (not entries or entries[-1].group != FOLDER):
            self._add_section(FOLDER, [])
        if not entries:
            self._sections.pack_start(looks.quiet_label(_("No style has all of these words."), margin=24), False, False, 0)
        self._sections.show_all()
        self._show_chosen()

    # -- building

    def _pack(self) -> None:
        back = Gtk.Button(label=_("_Back"), use_underline=True, tooltip_text=_("Back to the settings (Esc)"))
        back.set_image(Gtk.Image.new_from_icon_name("go-previous-symbolic", Gtk.IconSize.BUTTON))
        back.set_always_show_image(True)
        back.connect("clicked", lambda _button: self._leave())
        head = Gtk.Box(spacing=6)
        head.pack_start(back, False, False, 0)
        head.pack_start(self.search, True, True, 0)
        foot = Gtk.Box(spacing=6)
        foot.pack_start(self._name, True, True, 0)
        foot.pack_start(self.star, False, False, 0)
        scrolled = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER, shadow_type=Gtk.ShadowType.IN)
        scrolled.set_overlay_scrolling(False)
        scrolled.set_can_focus(False)
        scrolled.add(self._sections)
        self._sections.set_property("margin", 6)
        self.pack_start(head, False, False, 0)
        self.pack_start(scrolled, True, True, 0)
        self.pack_start(self.fetching, False, False, 0)
        self.pack_start(foot, False, False, 0)

    def _add_section(self, group: str, entries: list[Entry]) -> None:
        title = Gtk.Label(label=group, xalign=0)
        title.set_attributes(Pango.AttrList.from_string("0 -1 weight bold"))
        head = Gtk.Box(spacing=6)
        head.pack_start(title, True, True, 0)
        if group == FOLDER:
            head.pack_end(self._folder_button(), False, False, 0)
        self._sections.pack_start(head, False, False, 0)
        flow = Gtk.FlowBox(homogeneous=True, max_children_per_line=4, min_children_per_line=4, valign=Gtk.Align.START)
        flow.get_accessible().set_name(group)
        flow.connect("child-activated", lambda _flow, child: self._pick(child.entry))
        flow.connect("key-press-event", self._pick_by_key)
        flow.connect("keynav-failed", self._go_on)
        flow.connect("set-focus-child", lambda _flow, child: None if child else self._mark_chosen())
        flow.connect("button-press-event", self._leave_at_double_click)
        for entry in entries:
            flow.add(self._tile(entry))
        if entries:
            self._flows.append(flow)
            self._sections.pack_start(flow, False, False, 0)

    def _tile(self, entry: Entry) -> Gtk.FlowBoxChild:
        tile = Gtk.FlowBoxChild(tooltip_text="\n".join(filter(None, (entry.title, entry.credit))))
        tile.entry = entry
        tile.get_style_context().add_class("style-tile")
        told = [entry.title, entry.credit, _("Favourite") if self._gallery.is_favourite(entry.value) else ""]
        tile.get_accessible().set_name(", ".join(filter(None, [*told, _to_fetch(entry).replace("\n", " ")])))
        name = Gtk.Label(label=entry.title, max_width_chars=LETTERS, width_chars=LETTERS, justify=Gtk.Justification.CENTER)
        name.set_property("wrap", True)
        name.set_property("wrap-mode", Pango.WrapMode.WORD_CHAR)
        name.set_property("lines", 2)
        name.set_property("ellipsize", Pango.EllipsizeMode.END)
        name.set_property("valign", Gtk.Align.START)
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2)
        box.pack_start(self._starred(entry), False, False, 0)
        box.pack_start(name, False, False, 0)
        tile.add(box)
        return tile

    def _starred(self, entry: Entry) -> Gtk.Widget:
        """The picture, a favourite's with a star in its corner."""
        overlay = Gtk.Overlay(halign=Gtk.Align.CENTER)
        overlay.add(self._picture(entry))
        if self._gallery.is_favourite(entry.value):
            star = Gtk.Image.new_from_icon_name("starred-symbolic", Gtk.IconSize.MENU)
            star.set_halign(Gtk.Align.END)
            star.set_valign(Gtk.Align.START)
            star.get_style_context().add_class("style-star")
            overlay.add_overlay(star)
        return overlay

    def _picture(self, entry: Entry) -> Gtk.Widget:
        if entry.picture is None:
            words = Gtk.Label(label=_to_fetch(entry), justify=Gtk.Justification.CENTER)
            words.get_style_context().add_class("style-absent")
            picture: Gtk.Widget = words
        else:
            picture = Gtk.Image(pixel_size=SIDE)
            self._later.show(picture, str(entry.picture), SIDE)
        picture.set_size_request(SIDE, SIDE)
        return picture

    def _folder_button(self) -> Gtk.Widget:
        button = Gtk.Button(label=_("_Folder…"), use_underline=True, relief=Gtk.ReliefStyle.NONE)
        button.set_tooltip_text(self._gallery.folder or _("Show the pictures of a folder of yours here."))
        button.connect("clicked", lambda _button: self._ask_folder())
        return button

    # -- choosing

    def _pick(self, entry: Entry) -> None:
        if entry.facts:
            self.fetching.ask(entry.facts, lambda: self._fetched(entry.value))
        else:
            self._take(entry.value)

    def _fetched(self, value: str) -> None:
        self.fill()
        self._take(value)

    def _take(self, value: str) -> None:
        self._chosen = value
        self._choose(value)
        self._show_chosen()

    def _take_first(self) -> None:
        """Return in the search: the first that it finds."""
        if self._flows:
            self._pick(self._flows[0].get_child_at_index(0).entry)

    def _show_chosen(self) -> None:
        entry = self._gallery.entry(self._chosen) if self._chosen else None
        told = ". ".join(filter(None, (entry.title, entry.credit))) if entry else ""
        self._name.set_text(told)
        self._name.set_tooltip_text(told)
        self.star.show_value(self._chosen if entry else "")
        self._mark_chosen()

    def _mark_chosen(self) -> None:
        """Mark it alone: GTK marks also what the keyboard was led to last, in each group."""
        marked = False
        for flow in self._flows:
            flow.unselect_all()
            for tile in flow.get_children():
                if not marked and tile.entry.value == self._chosen:
                    marked = True
                    flow.select_child(tile)

    def _pick_by_key(self, flow: Gtk.FlowBox, event: Gdk.EventKey) -> bool:
        """Return, which in a dialog would press its own button."""
        tile = flow.get_focus_child()
        if event.keyval not in (Gdk.KEY_Return, Gdk.KEY_KP_Enter) or tile is None:
            return False
        self._pick(tile.entry)
        return True

    def _go_down(self, _search: Gtk.SearchEntry, event: Gdk.EventKey) -> bool:
        """The arrow key leads from the search to what it found."""
        if event.keyval not in (Gdk.KEY_Down, Gdk.KEY_KP_Down) or not self._flows:
            return False
        self._flows[0].get_child_at_index(0).grab_focus()
        return True

    def _go_on(self, flow: Gtk.FlowBox, direction: Gtk.DirectionType) -> bool:
        """The arrow keys lead from one group into the next."""
        step = {Gtk.DirectionType.DOWN: 1, Gtk.DirectionType.UP: -1}.get(direction, 0)
        place = self._flows.index(flow) + step
        if step == 0 or not 0 <= place < len(self._flows):
            return False
        tiles = self._flows[place].get_children()
        tiles[0 if step > 0 else -1].grab_focus()
        return True

    def _leave_at_double_click(self, flow: Gtk.FlowBox, event: Gdk.EventButton) -> bool:
        tile = flow.get_child_at_pos(round(event.x), round(event.y))
        if event.type == Gdk.EventType.DOUBLE_BUTTON_PRESS and tile and tile.entry.facts is None:
            self._leave()
            return True
        return False

    def _ask_folder(self) -> None:
        dialog = Gtk.FileChooserDialog(
            title=_("Folder of pictures"),
            transient_for=self.get_toplevel(),
            action=Gtk.FileChooserAction.SELECT_FOLDER,
            modal=True,
        )
        dialog.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
        dialog.add_button(_("_Choose"), Gtk.ResponseType.OK)
        if self._gallery.folder:
            dialog.set_current_folder(self._gallery.folder)
        if dialog.run() == Gtk.ResponseType.OK and dialog.get_filename():
            self._gallery.folder = dialog.get_filename()
            self.fill()
        dialog.destroy()


def _to_fetch(entry: Entry) -> str:
    return _("To download\n{size}").format(size=size(entry.facts.size)) if entry.facts else ""
