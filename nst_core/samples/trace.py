"""A small ray tracer: turned bodies, bent tubes, balls, a cloth on a table before a wall. Rays are arrays, (N, 3) float32.

Turned bodies and tubes are distance fields whose plane half is tabulated once, so that any outline costs the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Protocol

import numpy as np

from .noise import Array

FAR = np.float32(1e9)
_CELLS = 256
_MARCH_STEPS = 40
_TOUCH = 4e-4  # metres at which a ray has arrived


def spline(points: list[tuple[float, float]], steps: int = 12, closed: bool = False) -> Array:
    """A Catmull-Rom curve through `points` as a polyline (M, 2)."""
    knots = np.array(points, np.float32)
    before, after = (knots[-1:], knots[:2]) if closed else (2 * knots[:1] - knots[1:2], 2 * knots[-1:] - knots[-2:-1])
    p = np.concatenate([before, knots, after])
    t = np.linspace(0, 1, steps, endpoint=False, dtype=np.float32)[None, :, None]
    p0, p1, p2, p3 = (p[i : len(p) - 3 + i, None] for i in range(4))
    curve = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    return np.concatenate([curve.reshape(-1, 2), knots[:1] if closed else knots[-1:]])


@dataclass
class Table2D:
    """Distances to a polyline over a rectangle, with their slopes: (rows, columns), rows go up with the second coordinate."""

    low: Array
    cell: Array
    distance: Array
    slopes: tuple[Array, Array]

    @classmethod
    def around(cls, line: Array, margin: float, signed: bool) -> Table2D:
        """Tabulate the distance to `line` (M, 2); negative inside when `signed` (the line closes itself on the axis)."""
        low, high = line.min(0) - margin, line.max(0) + margin
        cell = (high - low) / (_CELLS - 1)
        u, v = np.meshgrid(*(np.linspace(low[i], high[i], _CELLS, dtype=np.float32) for i in (0, 1)))
        nearest = np.full(u.shape, FAR, np.float32)
        inside = np.zeros(u.shape, bool)
        for (a_u, a_v), (b_u, b_v) in zip(line[:-1], line[1:]):
            d_u, d_v = b_u - a_u, b_v - a_v
            t = np.clip(((u - a_u) * d_u + (v - a_v) * d_v) / max(d_u * d_u + d_v * d_v, 1e-12), 0, 1)
            nearest = np.minimum(nearest, np.hypot(u - a_u - t * d_u, v - a_v - t * d_v))
            crosses = (a_v > v) != (b_v > v)
            inside ^= crosses & (u < a_u + (v - a_v) * d_u / (d_v if d_v else 1e-12))
        distance = np.where(inside, -nearest, nearest) if signed else nearest
        by_v, by_u = np.gradient(distance, cell[1], cell[0])
        return cls(low.astype(np.float32), cell.astype(np.float32), distance, (by_u, by_v))

    def at(self, u: Array, v: Array, values: Array) -> Array:
        """`values` between the cells; outside the rectangle its edge."""
        x = np.clip((u - self.low[0]) / self.cell[0], 0, _CELLS - 1.001)
        y = np.clip((v - self.low[1]) / self.cell[1], 0, _CELLS - 1.001)
        column, row = x.astype(np.int32), y.astype(np.int32)
        x -= column
        y -= row
        flat = values.ravel()
        index = row * _CELLS + column
        upper = flat[index] * (1 - x) + flat[index + 1] * x
        lower = flat[index + _CELLS] * (1 - x) + flat[index + _CELLS + 1] * x
        return upper + (lower - upper) * y


@dataclass(frozen=True)
class Relief:
    """A tabulated height over a rectangle of the table; beyond it -1, which stands for nothing."""

    low: tuple[float, float]
    cells_a_metre: float
    heights: Array

    @classmethod
    def of(cls, height: Callable[[Array, Array], Array], low: tuple[float, float], high: tuple[float, float]) -> Relief:
        """Tabulate `height` of (x, z) between the corners, a millimetre apart."""
        x, z = (np.arange(low[i], high[i], 0.001, dtype=np.float32) for i in (0, 1))
        return cls(low, 1000.0, height(*np.meshgrid(x, z)).astype(np.float32))

    def __call__(self, x: Array, z: Array) -> Array:
        rows, columns = self.heights.shape
        u, v = (
            (x - np.float32(self.low[0])) * np.float32(self.cells_a_metre),
            (z - np.float32(self.low[1])) * np.float32(self.cells_a_metre),
        )
        within = (u >= 0) & (v >= 0) & (u < columns - 1) & (v < rows - 1)
        found = np.full(x.shape, -1, np.float32)
        u, v = u[within], v[within]
        column, row = u.astype(np.int32), v.astype(np.int32)
        u -= column
        v -= row
        flat, index = self.heights.ravel(), row * columns + column
        upper = flat[index] * (1 - u) + flat[index + 1] * u
        lower = flat[index + columns] * (1 - u) + flat[index + columns + 1] * u
        found[within] = upper + (lower - upper) * v
        return found


class Body(Protocol):
    """What a ray can meet: a bounding ball, and a surface inside it."""

    name: str
    centre: Array
    radius: float

    def meet(self, origin: Array, ray: Array) -> Array:
        """Distance to the surface along each ray (N,), FAR where there is none."""

    def outward(self, point: Array) -> Array:
        """Unit normals at surface points (N, 3)."""

    def local(self, point: Array) -> Array:
        """Points in the body's own frame, where its texture lives (N, 3)."""


def enters(body: Body, origin: Array, ray: Array) -> tuple[Array, Array]:
    """Where each ray goes into and out of the body's bounding ball; in > out where it misses."""
    offset = origin - body.centre
    b = np.einsum("ij,ij->i", offset, ray)
    square = b * b - np.einsum("ij,ij->i", offset, offset) + np.float32(body.radius**2)
    root = np.sqrt(np.maximum(square, 0))
    return np.where(square > 0, np.maximum(-b - root, 0), FAR), -b + root


@dataclass
class _Field:
    """A body given by a distance in its own frame: `turn` (3, 3) has its axes as rows, `position` its origin."""

    name: str
    position: Array
    turn: Array
    centre: Array = field(init=False)
    radius: float = field(init=False)

    def distance(self, local: Array) -> Array:
        """How far the surface is at least, (N,), negative inside."""
        raise NotImplementedError

    def outward(self, point: Array) -> Array:
        raise NotImplementedError

    def local(self, point: Array) -> Array:
        return (point - self.position) @ self.turn.T

    def meet(self, origin: Array, ray: Array) -> Array:
        near, far = enters(self, origin, ray)
        start, heading = self.local(origin), ray @ self.turn.T
        way = np.full(len(ray), FAR, np.float32)
        active = np.flatnonzero(near < far)
        t = near[active] + np.float32(_TOUCH)
        for _ in range(_MARCH_STEPS):
            if not len(active):
                break
            gap = self.distance(start[active] + heading[active] * t[:, None])
            arrived = gap < _TOUCH
            way[active[arrived]] = t[arrived]
            t = t + np.maximum(gap, _TOUCH) * np.float32(0.95)
            going = ~arrived & (t < far[active])
            active, t = active[going], t[going]
        return way


@dataclass
class Turned(_Field):
    """A solid of revolution about its own second axis; `outline` (M, 2) as (radius, height)."""

    outline: Array
    squash: float = 1.0  # the third axis is shorter by this factor: no fruit is round

    def __post_init__(self) -> None:
        self.table = Table2D.around(self.outline, 0.03, signed=True)
        middle = (self.outline[:, 1].min() + self.outline[:, 1].max()) / 2
        self.centre = self.position + np.array([0, middle, 0], np.float32) @ self.turn
        self.radius = float(np.hypot(self.outline[:, 0], self.outline[:, 1] - middle).max() + 0.004)

    def distance(self, local: Array) -> Array:
        return self.table.at(np.hypot(local[:, 0], local[:, 2] / self.squash), local[:, 1], self.table.distance) * self.squash

    def outward(self, point: Array) -> Array:
        local = self.local(point)
        around = np.maximum(np.hypot(local[:, 0], local[:, 2] / self.squash), 1e-5)
        by_radius, by_height = (self.table.at(around, local[:, 1], slope) for slope in self.table.slopes)
        normal = np.stack([by_radius * local[:, 0] / around, by_height, by_radius * local[:, 2] / around / self.squash**2], -1)
        return unit(normal @ self.turn)


@dataclass
class Tube(_Field):
    """A bent rod along `line` (M, 2) in its first two axes, thicker or thinner by `thickness`."""

    line: Array
    thickness: float
    flatness: float = 1.0  # > 1: a strap rather than a rod

    def __post_init__(self) -> None:
        self.table = Table2D.around(self.line, 0.06, signed=False)
        middle = (self.line.min(0) + self.line.max(0)) / 2
        self.centre = self.position + np.array([*middle, 0], np.float32) @ self.turn
        self.radius = float(np.hypot(*(self.line - middle).T).max() + self.thickness * self.flatness + 0.002)

    def distance(self, local: Array) -> Array:
        beside = self.table.at(local[:, 0], local[:, 1], self.table.distance)
        return (np.hypot(beside, local[:, 2] / self.flatness) - np.float32(self.thickness)).astype(np.float32)

    def outward(self, point: Array) -> Array:
        local, step = self.local(point), np.float32(1e-3)
        slopes = [self.distance(local + step * axis) - self.distance(local - step * axis) for axis in np.eye(3, dtype=np.float32)]
        return unit(np.stack(slopes, -1) @ self.turn)


@dataclass
class Balls:
    """A bunch of balls, `centres` (M, 3) and `radii` (M,)."""

    name: str
    centres: Array
    radii: Array

    def __post_init__(self) -> None:
        self.centre = self.centres.mean(0)
        self.radius = float((np.hypot(*(self.centres - self.centre).T[:2]) + self.radii).max() * 1.25)

    def local(self, point: Array) -> Array:
        return (point - self.centres[self._whose(point)]).astype(np.float32)

    def _whose(self, point: Array) -> Array:
        apart = np.linalg.norm(point[:, None] - self.centres[None], axis=-1) - self.radii
        return np.abs(apart).argmin(1)

    def whose(self, point: Array) -> Array:
        """The number of the ball that each surface point lies on."""
        return self._whose(point)

    def meet(self, origin: Array, ray: Array) -> Array:
        near, far = enters(self, origin, ray)
        way = np.full(len(ray), FAR, np.float32)
        active = np.flatnonzero(near < far)
        o, d = origin[active], ray[active]
        best = way[active]
        for centre, radius in zip(self.centres, self.radii):
            offset = o - centre
            b = np.einsum("ij,ij->i", offset, d)
            square = b * b - np.einsum("ij,ij->i", offset, offset) + radius * radius
            t = -b - np.sqrt(np.maximum(square, 0))
            best = np.where((square > 0) & (t > 1e-4) & (t < best), t, best)
        way[active] = best
        return way

    def outward(self, point: Array) -> Array:
        return unit(self.local(point))


def unit(vectors: Array) -> Array:
    """Vectors of length 1, (N, 3) float32."""
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)).astype(np.float32)


def turned(tilt: float = 0.0, spin: float = 0.0) -> Array:
    """A body's axes as rows (3, 3): leaning over by `tilt` radians toward the direction `spin` around the upright."""
    c, s = np.cos(tilt), np.sin(tilt)
    lean = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], np.float32)
    c, s = np.cos(spin), np.sin(spin)
    about = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], np.float32)
    return (lean @ about).astype(np.float32)
