"""The loss of one training step of the embedded model: style, content, identity, equivariance, calm areas and order of tones."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..colour import luma
from ..losses import Statistics, relative_style
from ..networks.embedded import Embedded
from ..networks.vgg import Vgg
from .sources import Batch
from .targets import STYLE_LAYERS, view

LATTICE = 16  # pixels; the network's coarsest grid
BORDER = 16  # pixels near a crop's edge, where shifted outputs may differ

PENALTIES = ("content", "fine_content", "identity", "equivariance", "halo", "calm", "order", "variation")
"""The terms that are no style's, each with a weight of its name."""


@dataclass(frozen=True)
class Weights:
    """What each term counts.

    mean, covariance: style, of every layer at full size; coarse: how much more smaller sizes count, as large strokes show there.
    content, fine_content: squared error of conv3_3 at half size and of conv3_1 at full size over the content's own variance.
    identity: mean distance of a picture from itself painted in its own style, so that strength 0 is close to the original.
    equivariance: mean distance between painting a shifted crop and shifting the painted picture: no texture may settle on the
    lattices of the network's strides.
    halo: slopes of the picture reduced to an eighth where the content is flat: light rims beside edges, stains in skies.
    calm: what is finer than 17 pixels where the content has no texture: dashes in skies and on walls.
    order: how far areas lose the order of the content's: dark hair, coats and woods stay darker than what is around them.
    variation: squared differences of neighbouring pixels.
    """

    mean: float = 2.5
    covariance: float = 1.0
    coarse: float = 1.5
    content: float = 1.2
    fine_content: float = 0.5
    identity: float = 4.0
    equivariance: float = 2.0
    halo: float = 1.0
    calm: float = 50.0
    order: float = 2.0
    variation: float = 0.1


@dataclass(frozen=True)
class Plan:
    """What happens to each picture of a batch: the `partner` whose code is mixed in (None: nobody's; -1: the content's own) and
    the code's own share; whether the first content is also painted as itself; the shift (rows, columns) to test."""

    partners: tuple[int | None, ...]
    shares: tuple[float, ...]
    identity: bool
    shift: tuple[int, int]


def plan(size: int, chance: random.Random, mixed: float = 0.25) -> Plan:
    """`mixed` of the pictures get a mixture of two codes, half of these with the content's own."""
    partners: list[int | None] = []
    shares = []
    for index in range(size):
        partner = None
        if chance.random() < mixed:
            partner = -1 if chance.random() < 0.5 else (index + 1) % size
        partners.append(partner)
        shares.append(1.0 if partner is None else chance.random())
    identity = chance.random() < 0.5
    return Plan(tuple(partners), tuple(shares), identity, (chance.randrange(LATTICE), chance.randrange(LATTICE)))


def objective(
    network: Embedded, vgg: Vgg, batch: Batch, todo: Plan, typical: tuple[Statistics, ...], weights: Weights
) -> tuple[Tensor, dict[str, Tensor]]:
    """The loss to minimise, and its terms before their weights; the style terms also for every layer and size."""
    size = len(batch.contents)
    codes, targets = mixed_styles(network, batch, todo)
    contents = batch.contents
    if todo.identity:
        contents = torch.cat([contents, contents[:1]])
        codes = torch.cat([codes, network.encode(contents[:1])])
    painted = network(contents, codes).float()
    terms: dict[str, Tensor] = {}
    if todo.identity:
        terms["identity"] = (painted[size:] - contents[size:]).abs().mean()
        painted, codes = painted[:size], codes[:size]
    else:
        terms["equivariance"] = equivariance(network, batch.contents, codes, painted, todo.shift)
    seen = view(vgg, painted, len(targets) // len(STYLE_LAYERS))
    total = painted.new_zeros(())
    for name in ("mean", "covariance"):
        terms[name] = painted.new_zeros(())
    demanded = texture(batch.contents)
    for index, (found, wanted, usual) in enumerate(zip(seen.style, targets, typical)):
        means, covariances = relative_style(found, wanted, usual)
        mean, covariance = means.mean(), (demanded * covariances).mean()
        level, layer = divmod(index, len(STYLE_LAYERS))
        importance = weights.coarse if level else 1.0
        total = total + importance * (weights.mean * mean + weights.covariance * covariance)
        terms["mean"] = terms["mean"] + mean.detach()
        terms["covariance"] = terms["covariance"] + covariance.detach()
        terms[f"{STYLE_LAYERS[layer]}/{2**level}"] = covariance.detach()
    terms["content"] = map_distance(seen.coarse, batch.content_view.coarse)
    terms["fine_content"] = map_distance(seen.fine, batch.content_view.fine)
    terms["halo"] = slopes_where_flat(painted, batch.contents)
    terms["calm"] = texture_where_calm(painted, batch.contents)
    terms["order"] = lost_order(painted, batch.contents).mean()
    terms["variation"] = sum((difference.square().mean() for difference in neighbours(painted)), painted.new_zeros(()))
    for name in PENALTIES:
        if name in terms:
            total = total + getattr(weights, name) * terms[name]
    return total, {name: term.detach() for name, term in terms.items()}


def mixed_styles(network: Embedded, batch: Batch, todo: Plan) -> tuple[Tensor, tuple[Statistics, ...]]:
    """The code to paint each content after, and the statistics to reach: of one style, or of two mixed in the same proportion."""
    codes = network.encode(batch.styles)
    own = [index for index, partner in enumerate(todo.partners) if partner == -1]
    partners = [index if partner in (None, -1) else partner for index, partner in enumerate(todo.partners)]
    chosen = torch.tensor(partners, device=codes.device)
    others = codes[chosen]
    second = [Statistics(layer.mean[chosen], layer.covariance[chosen]) for layer in batch.style_view.style]
    if own:
        places = torch.tensor(own, device=codes.device)
        others = others.index_copy(0, places, network.encode(batch.contents[places]).to(others.dtype))
        second = [
            Statistics(
                theirs.mean.index_copy(0, places, ours.mean[places]),
                theirs.covariance.index_copy(0, places, ours.covariance[places]),
            )
            for theirs, ours in zip(second, batch.content_view.style)
        ]
    share = torch.tensor(todo.shares, device=codes.device)
    targets = tuple(first.mixed(other, share) for first, other in zip(batch.style_view.style, second))
    return torch.lerp(others, codes, share[:, None].to(codes.dtype)), targets


def equivariance(network: Embedded, contents: Tensor, codes: Tensor, painted: Tensor, shift: tuple[int, int]) -> Tensor:
    """Mean distance of the first half of the batch from itself painted on a lattice shifted by `shift` pixels."""
    half = (len(contents) + 1) // 2
    rows, columns = shift
    side = contents.shape[2] - LATTICE
    window = (slice(rows, rows + side), slice(columns, columns + side))
    again = network(contents[:half, :, window[0], window[1]], codes[:half]).float()
    difference = (again - painted[:half, :, window[0], window[1]]).abs()
    return difference[:, :, BORDER:-BORDER, BORDER:-BORDER].mean()


def texture(contents: Tensor, usual: float = 0.02) -> Tensor:
    """How much there is in each content for strokes to follow, (N,) in [0, 1]: mean slope over `usual` a pixel.

    A clean sky has to take the style's colours and stay calm. Asked for its textures too, the network learns to make stripes
    out of the last bits of a gradient.
    """
    across, down = (difference.abs().mean((1, 2, 3)) for difference in neighbours(contents))
    return ((across + down) / (2 * usual)).clamp(max=1)


def map_distance(found: Tensor, wanted: Tensor) -> Tensor:
    """Squared error over the wanted maps' variance; flat contents are judged by a tenth of what is usual in the batch."""
    found, wanted = found.float(), wanted.float()
    variance = wanted.square().mean((1, 2, 3)) - wanted.mean((1, 2, 3)).square()  # torch.var is slow on channels-last maps
    return ((found - wanted).square().mean((1, 2, 3)) / (variance + 0.1 * variance.mean() + 1e-3)).mean()


def slopes_where_flat(painted: Tensor, contents: Tensor, flat: float = 0.03) -> Tensor:
    """Mean slope of the painted pictures, reduced to an eighth, where the contents' own slope is well below `flat` a step."""
    total = painted.new_zeros(())
    reduced = (F.avg_pool2d(painted, 8), F.avg_pool2d(contents, 8))
    for ours, theirs in zip(*(neighbours(picture) for picture in reduced)):
        calm = torch.exp(-(theirs.abs().mean(1, keepdim=True) / flat).square())
        total = total + (calm * ours.abs()).mean()
    return total


def texture_where_calm(painted: Tensor, contents: Tensor, flat: float = 0.012, side: int = 17) -> Tensor:
    """Mean distance of the painted pictures from themselves smoothed over `side` pixels, where the contents' mean slope over as
    many pixels is well below `flat` a pixel.

    The style's covariances are asked of a whole crop, and of its calm parts too: a network that knows no large strokes fills
    them with short ones along the picture's axes, out of next to nothing. 0.012 lies between a sky's grain (0.002 to 0.01)
    and still leaves, stones or fur (0.02 and more).
    """
    across, down = (difference.abs().mean(1, keepdim=True) for difference in neighbours(contents))
    slope = smoothed((F.pad(across, (0, 1, 0, 0)) + F.pad(down, (0, 0, 0, 1))) / 2, side)
    calm = torch.exp(-(slope / flat).square())
    return (calm * (painted - smoothed(painted, side)).abs()).mean()


def smoothed(pictures: Tensor, side: int) -> Tensor:
    """The mean over squares of `side` (odd) pixels around each pixel; squares end at the border."""
    return F.avg_pool2d(pictures, side, 1, side // 2, count_include_pad=False)


def lost_order(painted: Tensor, contents: Tensor, kept: float = 0.35, faint: float = 0.02) -> Tensor:
    """By how much pairs of areas fall short of `kept` of the content's difference in luma, its sign counting; (N,).

    0 when every pair keeps its order and so much of its contrast, `kept` when all is of one tone, more when dark and light
    change places; contrasts below `faint` weigh little. A style of few tones is thus reached by less contrast, not by turning
    the picture's lights into its darks.
    """
    found, wanted = contrasts(painted), contrasts(contents)
    short = (kept * wanted.abs() - wanted.sign() * found).clamp(min=0)
    return short.mean((1, 2)) / (wanted.abs().mean((1, 2)) + faint)


def contrasts(pictures: Tensor, cells: int = 16) -> Tensor:
    """Differences in luma (N, P, P) between all pairs of areas: squares, `cells` of them along the shorter side."""
    tones = F.avg_pool2d(luma(pictures), min(pictures.shape[2:]) // cells).flatten(1)
    return tones[:, :, None] - tones[:, None, :]


def neighbours(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Differences to the next pixel to the right and below."""
    return picture[..., 1:] - picture[..., :-1], picture[..., 1:, :] - picture[..., :-1, :]
