"""Method `arbitrary`: styles of any kind prepared, contents of any size rendered, strength, mixes, and stopping."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn

from nst_core import samples
from nst_core.bench import random_weights
from nst_core.errors import Cancelled, ModelError, UsageError
from nst_core.methods import arbitrary, precisions
from nst_core.methods.convolutions import before_each, total_work
from nst_core.methods.painter import Style
from nst_core.networks import adain
from nst_core.networks.reduced import reduced
from nst_core.networks.sheets import Space
from nst_core.progress import silent
from nst_core.scratch import ScratchSpace
from tests.methods.half import convolve_like_a_graphics_card
from tests.methods.tiny import random_magenta, random_microast

CPU = torch.device("cpu")
MODELS = ["microast", "magenta-mobile"]


def prepare(network, styles, report):
    return network.prepare(styles, report)


def render(network, content, prepared, strength, report):
    return network.render(content, prepared, {"strength": strength}, report)


@pytest.fixture(params=MODELS, scope="module")
def random_network(request):
    module = random_microast() if request.param == "microast" else random_magenta()
    return arbitrary.build(request.param, module.state_dict(), CPU)


@pytest.fixture(params=MODELS, scope="module")
def network(request, shared):
    return arbitrary.build(request.param, real_state(shared, request.param), CPU)


def real_state(shared, model):
    folder = shared / "weights/converted"
    if model == "microast":
        return load_file(folder / "microast.safetensors")
    parts = {name: load_file(folder / f"magenta-mobile-{name}.safetensors") for name in ("predictor", "transformer")}
    return {f"{part}.{key}": value for part, tensors in parts.items() for key, value in tensors.items()}


def photograph(shared, name, long_side):
    picture = Image.open(shared / "pictures/samples" / f"{name}.jpg").convert("RGB")
    picture.thumbnail((long_side, long_side))
    return tensor(np.array(picture)) / 255


def tensor(pixels):
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float()


def rms(first, second):
    return (first - second).square().mean().sqrt().item()


def scene(height, width):
    """A picture of slow waves: something to keep, something to restyle."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([torch.sin(x / (9 + c)) + torch.cos(y / (7 + c)) for c in range(3)])[None] / 4 + 0.5


def test_the_whole_way_gives_the_published_codes_picture(shared):
    network = arbitrary.build("microast", real_state(shared, "microast"), CPU)
    network.fast_precision = torch.float32
    reference = np.load(shared / "weights/reference/microast-1.npz")
    content, style = tensor(reference["content"]) / 255, tensor(reference["style"]) / 255
    painted = render(network, content, prepare(network, [Style(style)], silent), 1.0, silent)
    wanted = tensor(reference["output"])[:, :, : content.shape[2], : content.shape[3]]
    assert (painted - wanted.clamp(0, 1)).abs().max() <= 1e-4


@torch.no_grad()
@pytest.mark.parametrize("after", ["a print", "our woodcut"])
@pytest.mark.parametrize(("precision", "decibels"), [(torch.bfloat16, 40), (torch.float16, 45)])
def test_sixteen_bits_stay_near_float32(network, shared, monkeypatch, after, precision, decibels):
    """A sky after a style of hard edges: what is nearly even is where rounding shows."""
    convolve_like_a_graphics_card(monkeypatch)
    if after == "a print":
        content, style = (
            photograph(shared, "content_city_singapore", 256),
            photograph(shared, "style_hokusai_great_wave_928px", 384),
        )
    else:
        content = photograph(shared, "content_landscape_lake_sherburne", 512)
        style = tensor(np.array(Image.open(samples.path("woodcut")).convert("RGB"))) / 255
    prepared = prepare(network, [Style(style)], silent)
    monkeypatch.setattr(network, "quick", reduced(network.module, network.exact, precision))
    monkeypatch.setattr(network, "fast_precision", precision)
    fast = network.decode(content, prepared, Space(CPU))
    assert network.is_quick(content, Space(CPU)) and not network.is_quick(torch.full_like(content, 0.4), Space(CPU))
    monkeypatch.setattr(network, "fast_precision", torch.float32)
    exact = network.decode(content, prepared, Space(CPU))
    assert fast.dtype == exact.dtype and not torch.equal(fast, exact)
    assert -10 * (fast - exact).square().mean().log10() > decibels


@torch.no_grad()
def test_float16_paints_in_bands_what_it_paints_in_one_piece(network, shared, monkeypatch, tmp_path):
    convolve_like_a_graphics_card(monkeypatch)
    monkeypatch.setattr(precisions, "QUICK_PIXELS", 1)
    content = photograph(shared, "content_city_singapore", 331)
    prepared = prepare(network, [Style(photograph(shared, "style_vangogh_starry_night_1889", 384))], silent)
    for name, value in (("quick", reduced(network.module, network.exact, torch.float16)), ("fast_precision", torch.float16)):
        monkeypatch.setattr(network, name, value)
    whole = network.decode(content, prepared, Space(CPU))
    monkeypatch.setenv("NST_SCRATCH", str(tmp_path))
    monkeypatch.setattr("nst_core.device.budget", lambda place: 0)
    monkeypatch.setattr(ScratchSpace, "rows", lambda *_: 16)
    with ScratchSpace(CPU, network.facts, *content.shape[2:]) as space:
        assert network.network(content, space) is network.quick
        in_bands = network.decode(content, prepared, space)
    assert not torch.equal(in_bands, whole)
    assert (in_bands - whole).abs().max() <= 1 / 255


@pytest.mark.parametrize(
    ("content", "style"),
    [
        ("content_city_singapore", "style_hokusai_great_wave_928px"),
        ("content_landscape_lake_sherburne", "style_vangogh_starry_night_1889"),
    ],
)
def test_each_step_of_strength_moves_the_picture_and_none_jumps(network, shared, content, style):
    picture = photograph(shared, content, 192)
    prepared = prepare(network, [Style(photograph(shared, style, 400))], silent)
    series = [picture] + [render(network, picture, prepared, step / 10, silent) for step in range(1, 11)]
    steps = np.array([rms(first, second) for first, second in zip(series, series[1:])])
    assert steps.min() >= 0.7 * steps.mean()
    assert steps.max() <= 1.4 * steps.mean()
    away = [rms(picture, later) for later in series]
    assert away == sorted(away)


def test_weak_strength_is_near_the_content(network, shared):
    picture = photograph(shared, "content_closeup_spices", 256)
    prepared = prepare(network, [Style(photograph(shared, "style_turner_venice_1835", 512))], silent)
    full = rms(picture, render(network, picture, prepared, 1.0, silent))
    assert rms(picture, render(network, picture, prepared, 0.02, silent)) <= 0.06 * full


def test_full_strength_needs_nothing_of_the_contents_own_style(random_network, monkeypatch):
    prepared = prepare(random_network, [Style(torch.rand(1, 3, 40, 40))], silent)
    monkeypatch.setattr(random_network, "encode", lambda views: pytest.fail("the style encoder ran"))
    render(random_network, scene(32, 32), prepared, 1.0, silent)


def test_a_mix_with_all_the_weight_on_one_style_is_that_style(random_network):
    first, second, content = torch.rand(1, 3, 60, 80), torch.rand(1, 3, 90, 50), scene(40, 56)
    alone = render(random_network, content, prepare(random_network, [Style(first)], silent), 1.0, silent)
    mix = prepare(random_network, [Style(first, 3.0), Style(second, 0.0)], silent)
    assert torch.equal(render(random_network, content, mix, 1.0, silent), alone)


def test_weights_count_in_proportion(random_network):
    first, second, content = torch.rand(1, 3, 60, 80), torch.rand(1, 3, 90, 50), scene(40, 56)
    mixes = [prepare(random_network, [Style(first, a), Style(second, b)], silent) for a, b in ((1, 3), (20, 60))]
    assert torch.equal(*(render(random_network, content, mix, 1.0, silent) for mix in mixes))


def test_a_mix_lies_between_its_styles(network, shared):
    content = photograph(shared, "content_animal_otters", 256)
    styles = [photograph(shared, name, 512) for name in ("style_hokusai_great_wave_928px", "style_bruegel_harvesters_1565")]

    def painted(*weights):
        mix = [Style(picture, weight) for picture, weight in zip(styles, weights)]
        return render(network, content, prepare(network, mix, silent), 1.0, silent)

    first, second, middle = painted(1, 0), painted(0, 1), painted(1, 1)
    apart = rms(first, second)
    assert 0.3 * apart < rms(first, middle) < 0.8 * apart
    assert 0.3 * apart < rms(second, middle) < 0.8 * apart


@pytest.mark.parametrize("weights", [(0, 0), (1, -1), (2, -1)])
def test_weights_that_are_no_mix_are_refused(random_network, weights):
    with pytest.raises(UsageError, match="style weights"):
        prepare(random_network, [Style(torch.rand(1, 3, 16, 16), weight) for weight in weights], silent)


@pytest.mark.parametrize("strength", [1.0, 0.3])
@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 401), (401, 17), (33, 50), (1, 1), (3, 70)])
def test_any_size_comes_back_as_it_was(random_network, height, width, strength):
    content = torch.rand(1, 3, height, width)
    before = content.clone()
    prepared = prepare(random_network, [Style(torch.rand(1, 3, 30, 30))], silent)
    painted = render(random_network, content, prepared, strength, silent)
    assert painted.shape == content.shape
    assert painted.min() >= 0
    assert painted.max() <= 1
    assert torch.equal(content, before)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 900), (700, 3), (40, 41), (1300, 900)])
def test_styles_of_any_size_are_taken(random_network, height, width):
    prepared = prepare(random_network, [Style(torch.rand(1, 3, height, width))], silent)
    assert render(random_network, scene(20, 20), prepared, 1.0, silent).isfinite().all()


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_flat_pictures_stay_smooth(network, value, strength):
    prepared = prepare(network, [Style(scene(200, 300))], silent)
    painted = render(network, torch.full((1, 3, 48, 64), value), prepared, strength, silent)
    assert painted.isfinite().all()
    assert painted.std((2, 3)).max() < 0.1


def test_the_border_is_painted_like_the_inside(network, shared):
    """No frame from padding: next to the edge, neighbouring columns and rows differ hardly more than inside."""
    prepared = prepare(network, [Style(photograph(shared, "style_turner_venice_1835", 512))], silent)
    painted = render(network, photograph(shared, "content_landscape_lake_sherburne", 302), prepared, 1.0, silent)

    def roughness(strip):
        return strip.diff(dim=3).abs().mean().item()

    inside = roughness(painted[:, :, :, 40:-40])
    for strip in (painted[..., :6], painted[..., -6:], painted[:, :, :6].mT, painted[:, :, -6:].mT):
        assert roughness(strip) < 3 * inside


@contextmanager
def counting(module):
    """A list that grows by one with every convolution that has run."""
    ran: list[nn.Module] = []
    layers = [layer for layer in module.modules() if isinstance(layer, nn.Conv2d)]
    hooks = [layer.register_forward_hook(lambda layer, *_: ran.append(layer)) for layer in layers]
    yield ran
    for hook in hooks:
        hook.remove()


class Stop:
    """A report that raises at its call number `at`, and remembers what it was told."""

    def __init__(self, at: int = 10**9) -> None:
        self.at = at
        self.fractions: list[float] = []

    def __call__(self, fraction: float, stage: str, preview: object = None) -> None:
        self.fractions.append(fraction)
        if len(self.fractions) == self.at:
            raise Cancelled


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_progress_goes_steadily_from_nothing_to_nearly_all(random_network, strength):
    prepared = prepare(random_network, [Style(torch.rand(1, 3, 64, 64))], silent)
    report = Stop()
    render(random_network, torch.rand(1, 3, 256, 256), prepared, strength, report)
    assert report.fractions[0] == 0
    assert 0.7 < report.fractions[-1] < 1
    assert report.fractions == sorted(report.fractions)
    assert max(np.diff(report.fractions)) < 0.35


@pytest.mark.parametrize("at", [1, 4, 13])
def test_a_report_that_raises_stops_before_the_next_convolution(random_network, at):
    prepared = prepare(random_network, [Style(torch.rand(1, 3, 64, 64))], silent)
    content = scene(64, 64)
    wanted = render(random_network, content, prepared, 0.5, silent)
    report = Stop(at)
    with counting(random_network.module) as ran, pytest.raises(Cancelled):
        render(random_network, content, prepared, 0.5, report)
    assert len(ran) == at - 1
    assert torch.equal(render(random_network, content, prepared, 0.5, silent), wanted)
    assert len(report.fractions) == at


def test_preparing_can_be_stopped_too(random_network):
    with pytest.raises(Cancelled):
        prepare(random_network, [Style(torch.rand(1, 3, 64, 64))], Stop(2))


def test_every_convolution_is_announced(random_network):
    announced: list[float] = []
    with counting(random_network.module) as ran, before_each(random_network.module, announced.append):
        random_network.decode(scene(32, 32), random_network.encode(random_network.views(scene(32, 32))), Space(CPU))
    assert len(announced) == len(ran) > 10
    assert min(announced) > 0


@pytest.mark.parametrize("model", [*MODELS, "adain"])
def test_the_work_in_bands_is_known_beforehand(model):
    """Or the bar stands at its end long before the picture is there."""
    painter = arbitrary.build(model, random_weights.state("arbitrary", model), CPU)
    painter.fast_precision = torch.float32
    content, code = scene(320, 96), painter.encode(painter.views(scene(64, 64)))
    space = Space(CPU, 64 * 96, 160 * 96)
    with torch.no_grad():
        done = total_work(painter.module, lambda: painter.decode(content, code, space))
    assert painter.decoding_work * space.computed_pixels(320, 96, painter.facts.halo) == pytest.approx(done, rel=0.15)


def test_preparing_does_not_touch_what_it_was_given(random_network):
    picture = torch.rand(1, 3, 256, 256)
    before = picture.clone()
    prepare(random_network, [Style(picture)], silent)
    assert torch.equal(picture, before)


def test_an_unknown_model_is_refused():
    with pytest.raises(ModelError, match=r"'cyclegan' is unknown .*microast, magenta, magenta-mobile"):
        arbitrary.build("cyclegan", {}, CPU)


@pytest.mark.parametrize("model", MODELS)
def test_weights_that_do_not_fit_are_refused(model):
    with pytest.raises(ModelError, match=f"model {model}: the weights do not fit the network"):
        arbitrary.build(model, {"decoder.weight": torch.zeros(1)}, CPU)


def test_adain_paints_at_any_size_with_the_published_encoder_whole():
    torch.manual_seed(4)
    module = adain.AdaIN()
    beyond = {"encoder.32.weight": torch.zeros(512, 512, 3, 3), "encoder.32.bias": torch.zeros(512)}
    painter = arbitrary.build("adain", module.state_dict() | beyond, CPU)
    painter.fast_precision = torch.float32
    content, style = scene(19, 30), torch.rand(1, 3, 33, 21)
    prepared = prepare(painter, [Style(style)], silent)
    with torch.no_grad():
        code = module.code(painter.views(style))
        wanted = module(content, code)[:, :, :19, :30].clamp(0, 1)
    assert torch.allclose(render(painter, content, prepared, 1.0, silent), wanted, atol=1e-5)
    assert render(painter, scene(3, 40), prepared, 0.5, silent).shape == (1, 3, 3, 40)
