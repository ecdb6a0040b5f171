"""The geometry of the previews: what is pointed at stays under the pointer, and nothing beyond the picture comes in."""

from __future__ import annotations

import pytest

from plugin.common.viewport import CLOSEST, LARGEST_PIXEL, Viewport

WIDE = Viewport().showing((300, 200), (600, 600))


def test_all_of_a_picture_is_shown_in_the_middle_as_large_as_there_is_room():
    assert WIDE.size == (600, 400) and WIDE.corner == (0, 100)
    assert WIDE.share((300, 300)) == (0.5, 0.5)


def test_a_small_picture_is_not_enlarged_to_blocks():
    tiny = Viewport().showing((10, 10), (600, 600))
    assert tiny.size == (10 * LARGEST_PIXEL, 10 * LARGEST_PIXEL)


@pytest.mark.parametrize("place", [(300, 300), (120, 210), (550, 420)])
def test_what_is_pointed_at_stays_while_zooming(place: tuple[float, float]):
    near = WIDE.zoomed(3, place)
    assert near.zoom == 3
    assert near.share(place) == pytest.approx(WIDE.share(place))
    assert near.zoomed(1 / 3, place) == WIDE


def test_zoom_ends_where_all_is_shown_and_at_the_closest():
    assert WIDE.zoomed(0) == WIDE and WIDE.zoomed(0.5) == WIDE
    assert WIDE.zoomed(1000).zoom == CLOSEST


def test_panning_follows_the_hand_and_stops_at_the_picture_s_edge():
    near = WIDE.zoomed(4)
    moved = near.panned((-100, 50))
    assert moved.corner == pytest.approx((near.corner[0] - 100, near.corner[1] + 50))
    assert near.panned((1e6, 1e6)).corner == pytest.approx((0, 0))
    assert near.panned((-1e6, -1e6)).corner == pytest.approx((600 - 2400, 600 - 1600))


def test_a_side_that_has_room_stays_in_the_middle():
    near = WIDE.zoomed(1.25)  # 750 × 500 in 600 × 600
    assert near.panned((0, 300)).corner[1] == pytest.approx(50)


def test_another_room_or_a_larger_preview_keeps_what_is_looked_at():
    near = WIDE.zoomed(4).panned((-200, -100))
    assert near.showing((600, 400), (600, 600)).share((300, 300)) == pytest.approx(near.share((300, 300)))
    assert near.showing((300, 200), (300, 300)).share((150, 150)) == pytest.approx(near.share((300, 300)))
