"""What is seen of a picture that can be zoomed and panned: pure geometry, in whatever unit the room is measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

CLOSEST = 8.0  # times the size that shows all
STEP = 1.25  # of one notch of the wheel, or one press of a key
LARGEST_PIXEL = 4.0  # a pixel's side where all is shown: beyond it a small layer is only blocks

Pair = tuple[float, float]
"""Of a place or a size: the horizontal part, the vertical one."""


@dataclass(frozen=True)
class Viewport:
    """A picture `zoom` times as large as all of it would be seen, with `centre` in the middle of the room.

    `picture` (width, height) in pixels, `room` the same in the screen's units; `centre` as shares of the picture.
    """

    picture: Pair = (1.0, 1.0)
    room: Pair = (1.0, 1.0)
    zoom: float = 1.0
    centre: Pair = (0.5, 0.5)

    @property
    def size(self) -> Pair:
        """How large the picture is on the screen."""
        fitting = min(self.room[0] / self.picture[0], self.room[1] / self.picture[1], LARGEST_PIXEL)
        return self.picture[0] * fitting * self.zoom, self.picture[1] * fitting * self.zoom

    @property
    def corner(self) -> Pair:
        """Where the picture's upper left corner lies in the room, perhaps outside."""
        width, height = self.size
        return self.room[0] / 2 - self.centre[0] * width, self.room[1] / 2 - self.centre[1] * height

    def share(self, place: Pair) -> Pair:
        """A place in the room as shares of the picture."""
        (left, top), (width, height) = self.corner, self.size
        return (place[0] - left) / width, (place[1] - top) / height

    def showing(self, picture: Pair, room: Pair) -> Viewport:
        """The same view of another picture, or in another room."""
        return replace(self, picture=picture, room=room)._within()

    def panned(self, way: Pair) -> Viewport:
        """The picture moved, but never so far that a side which has no room for all of it shows what lies beyond."""
        width, height = self.size
        return replace(self, centre=(self.centre[0] - way[0] / width, self.centre[1] - way[1] / height))._within()

    def zoomed(self, factor: float, around: Pair | None = None) -> Viewport:
        """Larger or smaller by `factor`, from all of it to `CLOSEST`; the place `around` (or the middle) stays where it is."""
        place = around or (self.room[0] / 2, self.room[1] / 2)
        fixed = self.share(place)
        larger = replace(self, zoom=min(max(self.zoom * factor, 1.0), CLOSEST))
        (left, top), (width, height) = larger.corner, larger.size
        return larger.panned((place[0] - left - fixed[0] * width, place[1] - top - fixed[1] * height))

    def _within(self) -> Viewport:
        halves = (min(room / length / 2, 0.5) for room, length in zip(self.room, self.size))
        x, y = (min(max(share, half), 1 - half) for share, half in zip(self.centre, halves))
        return replace(self, centre=(x, y))
