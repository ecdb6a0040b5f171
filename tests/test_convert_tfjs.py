"""TensorFlow.js: Magenta's published graphs, with random weights, to a picture; and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from nst_core import converters, manifest
from nst_core.errors import ModelError
from nst_core.methods import arbitrary
from nst_core.methods.painter import Style
from nst_core.progress import silent

from .tfjs_file import BLOCKS, EPSILON, PUBLISHED, TfjsModel

HALVES = ["predictor", "transformer"]


@pytest.fixture(scope="module")
def models() -> dict[str, TfjsModel]:
    return {half: TfjsModel(half) for half in HALVES}


@pytest.fixture(scope="module")
def state(models, tmp_path_factory) -> converters.State:
    """Both halves as the store converts them, under the manifest's names."""
    folder = tmp_path_factory.mktemp("magenta")
    for model in models.values():
        model.write(folder)
    magenta = manifest.load().model("magenta")
    return converters.convert(magenta, {source.name: folder / source.name for source in magenta.files}, lambda: None)


@pytest.mark.parametrize("half", HALVES)
def test_what_the_tests_write_has_the_published_names_and_shapes(models, half: str) -> None:
    assert models[half].fingerprint() == PUBLISHED[half]


def layout(weight: np.ndarray) -> Tensor:
    """(h, w, in, out) to (out, in, h, w), one output at a time."""
    outputs = [torch.from_numpy(weight[..., place].copy()).movedim(-1, 0) for place in range(weight.shape[3])]
    return torch.stack(outputs)


def test_every_batch_norm_is_in_its_convolution(models, state) -> None:
    values, checked = models["predictor"].values, 0
    for key, weight in state.items():
        if key.startswith("predictor.InceptionV3") and key.endswith(".weight"):
            name = key.removeprefix("predictor.").removesuffix(".conv.weight").replace(".", "/")
            x = torch.randn(1, weight.shape[1], 7, 7)
            norm = (torch.from_numpy(values[f"{name}/BatchNorm/{part}"]) for part in ("moving_mean", "moving_variance", "beta"))
            mean, variance, beta = norm
            wanted = F.batch_norm(F.conv2d(x, layout(values[f"{name}/weights"])), mean, variance, bias=beta, eps=EPSILON)
            found = F.conv2d(x, weight, state[key.removesuffix("weight") + "bias"])
            assert torch.allclose(found, wanted, atol=1e-3), key
            checked += 1
    assert checked == 70
    weight = torch.from_numpy(values["Conv/weights"])[0, 0]
    x = torch.randn(1, 768)
    assert torch.allclose(F.linear(x, state["predictor.bottleneck.weight"]), x @ weight, atol=1e-4)


def transformed(values, content: Tensor, bottleneck: Tensor) -> Tensor:
    """The published transformer said plainly, from its own names; it pads with zeros."""
    tensors = {name: torch.from_numpy(value) for name, value in values.items()}

    def convolved(name: str, x: Tensor, stride: int = 1) -> Tensor:
        weight = layout(values[f"{name}/weights"])
        return F.conv2d(x, weight, None, stride, weight.shape[2] // 2)

    def styled(name: str, x: Tensor) -> Tensor:
        place = f"style_params/{name}/StyleNorm"
        beta, gamma = (
            bottleneck @ tensors[f"{place}/{m}/weights"][0, 0] + tensors[f"{place}/{m}/biases"] for m in ("Conv", "Conv_1")
        )
        return F.instance_norm(convolved(name, x), weight=gamma[0], bias=beta[0], eps=1e-5)

    x = content
    for number, stride in ((1, 1), (2, 2), (3, 2)):
        name = f"transformer/contract/conv{number}"
        norm = (tensors[f"{name}/BatchNorm/{part}"] for part in ("moving_mean", "moving_variance", "beta"))
        mean, variance, beta = norm
        x = F.relu(F.batch_norm(convolved(name, x, stride), mean, variance, bias=beta, eps=EPSILON))
    for number in range(1, 6):
        name = f"transformer/residual/residual{number}"
        x = x + styled(f"{name}/conv2", F.relu(styled(f"{name}/conv1", x)))
    for number in (1, 2):
        x = F.relu(styled(f"transformer/expand/conv{number}/conv", x.repeat_interleave(2, 2).repeat_interleave(2, 3)))
    return styled("transformer/expand/conv3/conv", x).sigmoid()


def test_the_whole_way_to_the_published_graphs_picture(models, state) -> None:
    painter = arbitrary.build("magenta", state, torch.device("cpu"))
    painter.fast_precision = torch.float32
    code = painter.prepare([Style(torch.rand(1, 3, 40, 40))], silent)
    content = torch.rand(1, 3, 24, 36)
    found = painter.render(content, code, {"strength": 1.0}, silent)
    assert found.std() > 0.05
    assert torch.allclose(found, transformed(models["transformer"].values, content, code), atol=1e-4)


def refusal(tmp_path: Path, model: TfjsModel, spoil=None, after=None) -> str:
    model.write(tmp_path, spoil)
    if after:
        after(tmp_path)
    magenta = manifest.load().model("magenta")
    half = replace(magenta, files=tuple(source for source in magenta.files if source.prefix == f"{model.half}."))
    with pytest.raises(ModelError, match="holds something else than weights") as refused:
        converters.convert(half, {source.name: tmp_path / source.name for source in half.files}, lambda: None)
    assert "\n" not in refused.value.message
    return refused.value.message


def weights_of(document) -> list:
    return document["weightsManifest"][0]["weights"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda document: weights_of(document)[0].update(shape=[2**40, 2**40]), "ends at byte"),
        (lambda document: weights_of(document)[0].update(shape=[-1, 4]), "only plain float32 and int32"),
        (lambda document: weights_of(document)[-1].update(dtype="string"), "only plain float32 and int32"),
        (lambda document: weights_of(document)[-1].update(quantization={"scale": 1}), "only plain float32 and int32"),
        (lambda document: weights_of(document).pop(), "hold weights of"),
        (lambda document: document["weightsManifest"][0].update(paths=["../../etc/passwd"]), "0 files are called"),
        (lambda document: document["weightsManifest"][0]["paths"].pop(), "ends at byte"),
        (lambda document: document.pop("modelTopology"), "modelTopology"),
        (lambda document: document["modelTopology"]["node"][0].update(input=["nowhere", "nowhere"]), "nowhere"),
    ],
)
def test_a_model_that_lies_about_its_shards_is_refused(tmp_path: Path, models, spoil, words: str) -> None:
    assert words in refusal(tmp_path, models["transformer"], spoil)


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b'{"modelTopology": 3}', b"\xff\xfe"])
def test_what_is_no_model_is_refused(tmp_path: Path, models, content: bytes) -> None:
    refusal(tmp_path, models["transformer"], after=lambda folder: (folder / "transformer-model.json").write_bytes(content))


def test_a_shard_that_was_cut_off_is_refused(tmp_path: Path, models) -> None:
    def cut(folder: Path) -> None:
        shard = folder / "transformer-group1-shard2of2"
        shard.write_bytes(shard.read_bytes()[:-4])

    assert "ends at byte" in refusal(tmp_path, models["transformer"], after=cut)


def test_every_layer_of_the_transformer_is_written(models) -> None:
    assert len(BLOCKS) == 16 and all(f"transformer/{block}/weights" in models["transformer"].values for block in BLOCKS)
