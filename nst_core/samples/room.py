"""Light in a room: a table before a wall, bodies on it, a window to the left. Path tracing with one bounce, then a filter that
takes the chance out of the light and leaves the textures alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np

from .noise import Array
from .trace import FAR, Balls, Body, enters, unit

MISS, TABLE, WALL, CLOTH, FIRST_BODY = -1, 0, 1, 2, 3
WALL_AWAY = 1.15
_LIFT = 1.5e-3  # metres: rays start this far off a surface, so that it doesn't hide itself

# The window, left of the table: its plane, and its panes as (low, high) along the depth and up.
WINDOW_X = np.float32(-1.35)
_PANES = tuple(((z, z + 0.36), (y, y + 0.40)) for z in (-0.95, -0.55, -0.15) for y in (0.42, 0.86, 1.30))
DAYLIGHT = np.array([12.5, 11.9, 10.9], np.float32)
ROOM = np.array([0.080, 0.068, 0.056], np.float32)  # what comes from everywhere else


_CROSS = ((-1, 0), (1, 0), (0, -1), (0, 1))
_DIAGONALS = ((-1, -1), (1, -1), (-1, 1), (1, 1))


@dataclass(frozen=True)
class Skin:
    """A surface at some points: reflectance (N, 3), normal (N, 3), gloss = mirrored share at right angles (N,), and how
    blurred the mirror is (N,)."""

    colour: Array
    normal: Array
    gloss: Array
    blur: Array


@dataclass(frozen=True)
class Scene:
    """Bodies on the table; `cloth` gives its height over the table at (x, z), negative where there is none."""

    bodies: tuple[Body, ...]
    cloth: Callable[[Array, Array], Array]
    cloth_thickness: float
    skin: Callable[[str, Array, Array, Array], Skin]  # of (body's name, local points, points, normals)


@dataclass(frozen=True)
class Rays:
    """(N, 3) each."""

    origin: Array
    heading: Array


def _meet_cloth(scene: Scene, rays: Rays, steps: int = 14) -> Array:
    top = np.float32(scene.cloth_thickness)
    y, dy = rays.origin[:, 1], rays.heading[:, 1]
    way = np.full(len(y), FAR, np.float32)
    active = np.flatnonzero((dy < -1e-4) | ((y < top) & (dy > 1e-4)))
    o, d = rays.origin[active], rays.heading[active]
    # Rays that rise leave through the top, rays that fall end on the table.
    t_in = np.where(d[:, 1] < 0, np.maximum((top - o[:, 1]) / d[:, 1], 0), 0).astype(np.float32)
    t_out = np.where(d[:, 1] < 0, -o[:, 1] / d[:, 1], (top - o[:, 1]) / d[:, 1]).astype(np.float32)
    t_out = np.minimum(t_out, t_in + 1.5)
    found = np.full(len(active), FAR, np.float32)
    last_t, last_gap = t_in, o[:, 1] + d[:, 1] * t_in - scene.cloth(o[:, 0] + d[:, 0] * t_in, o[:, 2] + d[:, 2] * t_in)
    for step in range(1, steps + 1):
        t = t_in + (t_out - t_in) * np.float32(step / steps)
        height = scene.cloth(o[:, 0] + d[:, 0] * t, o[:, 2] + d[:, 2] * t)
        gap = o[:, 1] + d[:, 1] * t - height
        hit = (gap < 0) & (last_gap > 0) & (height > 0) & (found == FAR)
        found = np.where(hit, last_t + (t - last_t) * last_gap / np.maximum(last_gap - gap, 1e-9), found)
        last_t, last_gap = t, gap
    way[active] = found
    return way


def trace(scene: Scene, rays: Rays, only_bodies: bool = False) -> tuple[Array, Array]:
    """Distance (N,) and what was met (N,) int8: MISS, TABLE, WALL, CLOTH or FIRST_BODY + number."""
    o, d = rays.origin, rays.heading
    way = np.full(len(o), FAR, np.float32)
    what = np.full(len(o), MISS, np.int8)

    def nearer(t: Array, kind: int) -> None:
        closer = (t > 0) & (t < way)
        way[closer] = t[closer]
        what[closer] = kind

    with np.errstate(divide="ignore", invalid="ignore"):
        if not only_bodies:
            nearer(np.nan_to_num(-o[:, 1] / d[:, 1], nan=-1), TABLE)
            nearer(np.nan_to_num((WALL_AWAY - o[:, 2]) / d[:, 2], nan=-1), WALL)
    nearer(_meet_cloth(scene, rays), CLOTH)
    for number, body in enumerate(scene.bodies):
        near, far = enters(body, o, d)
        close = np.flatnonzero((near < far) & (near < way))
        if len(close):
            t = np.full(len(o), FAR, np.float32)
            t[close] = body.meet(o[close], d[close])
            nearer(t, FIRST_BODY + number)
    return way, what


def _cloth_normal(scene: Scene, point: Array) -> Array:
    step = np.float32(2e-3)
    x, z = point[:, 0], point[:, 2]
    here = scene.cloth(x, z)
    # At the hem the neighbour lies on the table: take the slope from the cloth's own side.
    by_x, by_z = (np.where(next_ < 0, 0, (next_ - here) / step) for next_ in (scene.cloth(x + step, z), scene.cloth(x, z + step)))
    return unit(np.stack([-by_x, np.ones_like(x), -by_z], -1))


def surface(scene: Scene, what: Array, point: Array) -> Skin:
    """The skin at each met point; misses get black."""
    skin = Skin(
        np.zeros_like(point), np.tile(np.array([0, 1, 0], np.float32), (len(point), 1)), *np.zeros((2, len(point)), np.float32)
    )
    for kind in np.unique(what[what >= 0]):
        index = np.flatnonzero(what == kind)
        here = point[index]
        if kind >= FIRST_BODY:
            body = scene.bodies[kind - FIRST_BODY]
            name, local, normal = body.name, body.local(here), body.outward(here)
            if isinstance(body, Balls):
                local = np.concatenate([local, body.whose(here)[:, None].astype(np.float32)], -1)
        elif kind == CLOTH:
            name, local, normal = "cloth", here, _cloth_normal(scene, here)
        else:
            name, local = ("table", here) if kind == TABLE else ("wall", here)
            normal = np.tile(np.array([0, 1, 0] if kind == TABLE else [0, 0, -1], np.float32), (len(index), 1))
        part = scene.skin(name, local, here, normal)
        skin.colour[index], skin.normal[index], skin.gloss[index], skin.blur[index] = (
            part.colour,
            part.normal,
            part.gloss,
            part.blur,
        )
    return skin


def _through_window(scene: Scene, point: Array, normal: Array, chance: Array) -> Array:
    """Daylight that arrives at each point from one place on one pane, (N, 3)."""
    panes = np.array(_PANES, np.float32)
    pane = panes[np.minimum((chance[:, 0] * len(panes)).astype(int), len(panes) - 1)]
    z = pane[:, 0, 0] + (pane[:, 0, 1] - pane[:, 0, 0]) * chance[:, 1]
    y = pane[:, 1, 0] + (pane[:, 1, 1] - pane[:, 1, 0]) * chance[:, 2]
    to_light = np.stack([np.full_like(z, WINDOW_X), y, z], -1) - point
    square = np.einsum("ij,ij->i", to_light, to_light)
    heading = to_light / np.sqrt(square)[:, None]
    facing = np.maximum(np.einsum("ij,ij->i", heading, normal), 0)
    area = len(panes) * 0.36 * 0.40
    strength = facing * np.maximum(-heading[:, 0], 0) / square * np.float32(area / np.pi)
    bright = np.flatnonzero(strength > 1e-4)
    light = np.zeros_like(point)
    way, _ = trace(scene, Rays(point[bright] + normal[bright] * np.float32(_LIFT), heading[bright]), only_bodies=True)
    seen = way >= FAR
    light[bright[seen]] = strength[bright[seen], None] * DAYLIGHT
    return light


def _about(normal: Array, chance: Array) -> Array:
    """Directions around the normals, as likely as their cosine, (N, 3)."""
    turn, height = chance[:, 0] * np.float32(2 * np.pi), 2 * chance[:, 1] - 1
    across = np.sqrt(np.maximum(1 - height**2, 0))
    return unit(normal * 1.001 + np.stack([across * np.cos(turn), across * np.sin(turn), height], -1))


def _window_seen(point: Array, heading: Array, blur: Array) -> Array:
    """How much of the bright window a mirror ray sees, in [0, 1]."""
    t = (WINDOW_X - point[:, 0]) / np.minimum(heading[:, 0], -1e-5)
    y, z = point[:, 1] + heading[:, 1] * t, point[:, 2] + heading[:, 2] * t
    soft = np.maximum(blur * t * 0.6, 0.012)
    seen = np.zeros_like(t)
    for (z0, z1), (y0, y1) in _PANES:
        seen += np.prod(
            [np.clip((v - a) / soft + 0.5, 0, 1) * np.clip((b - v) / soft + 0.5, 0, 1) for v, a, b in ((z, z0, z1), (y, y0, y1))],
            0,
        )
    return np.where(heading[:, 0] < -1e-3, np.minimum(seen, 1), 0)


def _mirrored(scene: Scene, point: Array, skin: Skin, ray: Array, chance: Array) -> Array:
    """What glossy skins mirror, (N, 3)."""
    cosine = np.einsum("ij,ij->i", ray, skin.normal)
    heading = unit(ray - 2 * cosine[:, None] * skin.normal)
    fresnel = skin.gloss + (1 - skin.gloss) * (1 - np.clip(-cosine, 0, 1)) ** 5 * (1 - skin.blur)
    fresnel = np.where(skin.gloss > 0, fresnel, 0)
    light = np.zeros_like(point)
    shiny = np.flatnonzero(fresnel > 6e-3)
    p, h = point[shiny] + skin.normal[shiny] * np.float32(_LIFT), heading[shiny]
    way, what = trace(scene, Rays(p, h))
    there = p + h * np.minimum(way, 5)[:, None]
    other = surface(scene, what, there)
    seen = other.colour * (_through_window(scene, there, other.normal, chance[shiny]) + ROOM)
    window = _window_seen(p, h, skin.blur[shiny]) * (
        (what == MISS) | (what == WALL) | (way > (WINDOW_X - p[:, 0]) / np.minimum(h[:, 0], -1e-5))
    )
    light[shiny] = fresnel[shiny, None] * (
        np.where((what == MISS)[:, None], ROOM, seen) + window[:, None] * DAYLIGHT * np.float32(0.62)
    )
    return light


@dataclass(frozen=True)
class Sample:
    """One ray a pixel: reflectance, daylight on it, light from around, mirrored light, normal, all (N, 3); distance (N,)."""

    colour: Array
    light: Array
    bounced: Array
    mirrored: Array
    normal: Array
    way: Array


def look(scene: Scene, rays: Rays, generator: np.random.Generator, chance: Array, bounces: bool) -> Sample:
    """Follow camera rays to what they meet and gather the light there; `chance` (N, 3) spreads the window's samples."""
    way, what = trace(scene, rays)
    point = rays.origin + rays.heading * np.minimum(way, 20)[:, None]
    skin = surface(scene, what, point)
    lifted = point + skin.normal * np.float32(_LIFT)
    light = _through_window(scene, point, skin.normal, chance)
    bounced = _bounced(scene, lifted, skin.normal, generator) if bounces else np.zeros_like(light)
    mirrored = _mirrored(scene, point, skin, rays.heading, generator.random((len(point), 3), np.float32))
    return Sample(skin.colour, light, bounced, mirrored, skin.normal, way)


def _bounced(scene: Scene, lifted: Array, normal: Array, generator: np.random.Generator) -> Array:
    """Light that comes from the things around, along one random direction a point, (N, 3)."""
    bounce = Rays(lifted, _about(normal, generator.random((len(lifted), 2), np.float32)))
    next_way, next_what = trace(scene, bounce)
    there = bounce.origin + bounce.heading * np.minimum(next_way, 20)[:, None]
    other = surface(scene, next_what, there)
    second = _through_window(scene, there, other.normal, generator.random((len(lifted), 3), np.float32))
    return np.where((next_what == MISS)[:, None], ROOM, other.colour * (second + ROOM)).astype(np.float32)


def steady(light: Array, normal: Array, way: Array) -> Array:
    """Average light (H, W, 3) over neighbours of like normal and distance: the a-trous filter of Dammertz et al. 2010."""
    rows, columns = way.shape
    for step, places in ((1, _CROSS), (2, _DIAGONALS), (3, _CROSS), (5, _DIAGONALS)):
        total, weights = light.copy(), np.ones(way.shape, np.float32)
        padded = [np.pad(a, [(step, step), (step, step)] + [(0, 0)] * (a.ndim - 2), mode="edge") for a in (normal, way, light)]
        for across, down in places:
            window = (
                slice(step * (1 + down), step * (1 + down) + rows),
                slice(step * (1 + across), step * (1 + across) + columns),
            )
            other_normal, other_way, other = (a[window] for a in padded)
            alike = np.maximum(np.einsum("ijk,ijk->ij", normal, other_normal), 0)
            for _ in range(4):  # to the 16th power
                alike *= alike
            alike /= np.square(1 + np.square((other_way - way) * np.float32(1 / (0.004 * step + 0.006))))
            total += other * alike[..., None]
            weights += alike
        light = total / weights[..., None]
    return light
