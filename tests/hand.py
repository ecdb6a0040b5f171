"""A hand that paints after a picture: strokes of its colours, aimed no better than a hand aims.

`python -m tests.hand` paints tests/painted/, which the tests of the grades look at: it takes minutes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from nst_core import samples
from nst_core.samples.oil import Canvas, Layer, cover, lit
from nst_core.samples.photo import blurred

PAINTED = Path(__file__).parent / "painted"
HANDS = (
    "lake after oil",  # what a plug-in could have made of it
    "lake after oil by hand",
    "lake after oil by a rough hand",
    "lake by hand",
    "still life after oil",
    "still life after oil by hand",
)
SIDE = 512


def painted(picture: np.ndarray, width: float = 8.0, turn: float = 0.25, off: float = 0.04, seed: int = 1) -> np.ndarray:
    """`picture` (H, W, 3) in [0, 1] in brush strokes `width` pixels wide, four times as long: the same shape.

    `turn` is by how many radians strokes miss the direction of edges, `off` how much their colours miss.
    """
    height, across = picture.shape[:2]
    soft = blurred(picture.astype(np.float32), width / 3)
    down, right = np.gradient(blurred(picture.astype(np.float32).mean(-1), width))

    def at(field: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.asarray(field[np.clip(y, 0, height - 1).astype(int), np.clip(x, 0, across - 1).astype(int)])

    def along_edges(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.arctan2(at(down, x, y), at(right, x, y)) + np.pi / 2

    def pigment(x: np.ndarray, y: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        missed = generator.normal(0, off, (len(x), 1)) + generator.normal(0, off / 2, (len(x), 3))
        return np.clip(at(soft, x, y) + missed, 0, 1)

    generator = np.random.default_rng(seed)
    canvas = Canvas.primed(across, height, (across, height), tuple(picture.mean((0, 1))))
    for brush in (2 * width, width):
        cover(canvas, Layer(spacing=0.7 * brush, length=4 * brush, width=brush, turn=turn), along_edges, pigment, generator)
    return lit(canvas, across, height)


def in_colours_of(content: np.ndarray, style: np.ndarray) -> np.ndarray:
    """`content` with the mean and covariance of the colours of `style`; both (·, ·, 3) in [0, 1]."""
    own, wanted = content.reshape(-1, 3), style.reshape(-1, 3)
    spread, new = (np.linalg.cholesky(np.cov(x.T)) for x in (own, wanted))
    return ((own - own.mean(0)) @ np.linalg.solve(spread.T, new.T) + wanted.mean(0)).clip(0, 1).reshape(content.shape)


def opened(name: str) -> np.ndarray:
    """A sample of ours with `SIDE` pixels on its long side, (H, W, 3) in [0, 1]."""
    with Image.open(Path(samples.__file__).parent / name) as image:
        scale = SIDE / max(image.size)
        small = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    return np.asarray(small) / 255


def save(name: str, picture: np.ndarray) -> np.ndarray:
    PAINTED.mkdir(exist_ok=True)
    Image.fromarray(np.rint(picture * 255).astype(np.uint8)).save(PAINTED / f"{name.replace(' ', '-')}.jpg", quality=85)
    return picture


def main() -> None:
    oil = opened("style-swirled-oil.jpg")
    for name in ("lake", "still life"):
        scene = opened(f"scene-{name.replace(' ', '-')}.jpg")
        after = save(f"{name} after oil", painted(in_colours_of(scene, oil), width=5))
        save(f"{name} after oil by hand", painted(after, seed=2))
        if name == "lake":
            save(f"{name} after oil by a rough hand", painted(after, 24, 0.6, 0.12, seed=2))
            save(f"{name} by hand", painted(scene, seed=2))


if __name__ == "__main__":
    main()
