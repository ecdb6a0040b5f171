"""AnimeGANv2's generator against the layers of the paper said plainly, with real weights and in bands."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file

from nst_core import device
from nst_core.networks import animegan, sheets
from nst_core.networks.sheets import Space
from nst_core.scratch import HalvedSheet, ScratchSpace

SIZE = (41, 9)  # three bands
EXACT = 2e-5  # a halo that is one row short gives 0.3


@pytest.fixture(scope="module")
def hayao(shared):
    return load_file(shared / "weights/converted/animegan2-hayao.safetensors")


@pytest.fixture(scope="module")
def random_state():
    torch.manual_seed(3)
    return {
        key: torch.randn_like(value) * (2 / value[0].numel()) ** 0.5 if value.ndim == 4 else value + torch.randn_like(value) * 0.3
        for key, value in animegan.Generator().state_dict().items()
    }


def generator(state, enlargement="legacy"):
    network = animegan.Generator(enlargement)
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)


def plainly(state, x, enlarge):
    """The whole network in functions, every layer on the whole picture."""

    def layer(name, x, stride=1, groups=1):
        weight, bias = state[f"{name}.1.weight"], state.get(f"{name}.1.bias")
        margin = weight.shape[2] // 2
        x = F.pad(x, (0, 1, 0, 1) if stride == 2 else (margin,) * 4, mode="reflect")
        return F.leaky_relu(norm(f"{name}.2", F.conv2d(x, weight, bias, stride, groups=groups)), 0.2)

    def norm(name, x):
        flat = x.flatten(1)
        x = (x - flat.mean(1)[:, None, None, None]) / (flat.var(1, unbiased=False)[:, None, None, None] + 1e-5).sqrt()
        return x * state[f"{name}.weight"][:, None, None] + state[f"{name}.bias"][:, None, None]

    def residual(name, x):
        inner = layer(f"{name}.layers.0", x)
        inner = layer(f"{name}.layers.1", inner, groups=inner.shape[1])
        y = norm(f"{name}.layers.3", F.conv2d(inner, state[f"{name}.layers.2.weight"]))
        return x + y if x.shape == y.shape else y

    x = layer("block_a.2", layer("block_a.1", layer("block_a.0", x), 2))
    x = layer("block_b.1", layer("block_b.0", x, 2))
    x = layer("block_c.0", x)
    for number in range(1, 5):
        x = residual(f"block_c.{number}", x)
    x = layer("block_d.1", layer("block_d.0", enlarge(layer("block_c.5", x))))
    x = layer("block_e.2", layer("block_e.1", layer("block_e.0", enlarge(x))))
    return torch.tanh(F.conv2d(x, state["out_layer.0.weight"]))


def legacy(x):
    """out[k] = in[k / 2], one place at a time; beyond the last place is the last place."""
    for axis in (2, 3):
        size = x.shape[axis]
        rows = [
            (x.select(axis, k // 2) + x.select(axis, min((k + 1) // 2, size - 1))) / 2 if k % 2 else x.select(axis, k // 2)
            for k in range(2 * size)
        ]
        x = torch.stack(rows, axis)
    return x


def aligned(x):
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)


@pytest.mark.parametrize(("enlargement", "enlarge"), [("legacy", legacy), ("aligned", aligned)])
def test_the_picture_is_that_of_the_layers_said_plainly(hayao, enlargement, enlarge):
    picture = torch.rand(1, 3, 64, 100) * 2 - 1
    painted = generator(hayao, enlargement)(picture)
    assert painted.std() > 0.1
    assert (painted - plainly(hayao, picture, enlarge)).abs().max() <= 1e-4


def test_the_enlargements_differ(hayao):
    picture = torch.rand(1, 3, 64, 64) * 2 - 1
    assert (generator(hayao)(picture) - generator(hayao, "aligned")(picture)).abs().max() > 0.05


def test_the_published_weights_fit(hayao):
    assert {key: value.shape for key, value in animegan.Generator().state_dict().items()} == {
        key: value.shape for key, value in hayao.items()
    }


@pytest.mark.parametrize("enlargement", ["legacy", "aligned"])
@pytest.mark.parametrize("kept", [True, False])
def test_in_bands_it_is_the_same_whether_features_are_kept_or_computed_again(monkeypatch, random_state, enlargement, kept):
    network, picture = generator(random_state, enlargement), torch.rand(1, 3, *SIZE) * 2 - 1
    space = Space(torch.device("cpu"), 1, 1)
    monkeypatch.setattr(space, "holds", lambda *_: kept)
    assert (network(picture, space) - network(picture)).abs().max() <= EXACT


@pytest.mark.parametrize(("height", "width"), [(animegan.FACTS.minimum_side, 9), (17, 101), (64, 64)])
def test_sides_come_out_rounded_up_to_the_size_multiple(random_state, height, width):
    painted = generator(random_state)(torch.rand(1, 3, height, width))
    multiple = animegan.FACTS.size_multiple
    assert painted.shape == (1, 3, -(-height // multiple) * multiple, -(-width // multiple) * multiple)
    assert painted.abs().max() <= 1


def test_the_minimum_side_is_the_shortest_that_works(random_state):
    with pytest.raises(RuntimeError):
        generator(random_state)(torch.rand(1, 3, animegan.FACTS.minimum_side - 1, 64))


def test_without_memory_it_keeps_float16_and_stays_the_same_to_half_a_level(hayao, shared, monkeypatch, tmp_path):
    photograph = Image.open(shared / "pictures/samples/content_animal_otters.jpg").convert("RGB").resize((96, 64))
    picture = torch.from_numpy(np.array(photograph)).permute(2, 0, 1)[None] / 127.5 - 1
    network, made = generator(hayao), []
    monkeypatch.setenv("NST_SCRATCH", str(tmp_path))
    monkeypatch.setattr(device, "budget", lambda place: 0)
    with ScratchSpace(torch.device("cpu"), animegan.FACTS, 96, 64) as space:
        space.band_pixels = space.most_pixels = 1
        placed = space.placed

        def watched(*given):
            made.append(placed(*given))
            return made[-1]

        monkeypatch.setattr(space, "placed", watched)
        apart = network(picture, space) - network(picture)
    assert {type(sheet) for sheet in made} == {HalvedSheet}
    assert 1e-5 < apart.abs().max() <= 2 * 0.5 / 255


def test_the_facts_count_the_sheets_that_must_be_kept(random_state, monkeypatch):
    space, alive, most = Space(torch.device("cpu"), 1), {}, []

    def placed(shape, every, itemsize):
        sheet = sheets.MemorySheet(shape, every)
        alive[sheet] = itemsize * shape[1] * shape[2] * shape[3]
        most.append(sum(alive.values()))
        monkeypatch.setattr(sheet, "close", lambda: alive.pop(sheet, None))
        return sheet

    monkeypatch.setattr(space, "placed", placed)
    monkeypatch.setattr(space, "holds", lambda *_: False)
    generator(random_state)(torch.rand(1, 3, 64, 48), space)
    assert max(most) == animegan.FACTS.kept_bytes_per_pixel * 64 * 48
