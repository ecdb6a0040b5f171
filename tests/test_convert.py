"""Converters: the real files give exactly the reference weights, and what isn't weights is refused without being run."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from nst_core import converters, manifest
from nst_core.converters import magenta, pytorch
from nst_core.converters.tflite_graph import Graph
from nst_core.errors import ModelError
from nst_core.manifest import Licence, Model, Source

from .tflite_file import Quantisation, TfliteFile

RANDOM = np.random.default_rng(3)


def nothing() -> None:
    """A progress nobody looks at."""


def tiny(*sources: Source) -> Model:
    return Model("tiny", "arbitrary", "Tiny", "", sources, Licence("MIT", "", "yes"), "", (0.0, 1.0), 4, 16)


def converted(shared: Path, model_id: str) -> converters.State:
    model = manifest.load().model(model_id)
    originals = {source.name: shared / "weights" / "mirror" / model_id / source.name for source in model.files}
    return converters.convert(model, originals, nothing)


def assert_same(got: converters.State, want: converters.State) -> None:
    assert set(got) == set(want)
    for key, tensor in want.items():
        assert got[key].dtype == tensor.dtype, key
        assert got[key].is_contiguous(), key
        assert torch.equal(got[key], tensor), key


# --- the real files


def test_microast_is_the_reference_bit_for_bit(shared: Path) -> None:
    assert_same(converted(shared, "microast"), load_file(shared / "weights" / "converted" / "microast.safetensors"))


def test_magenta_mobile_is_the_reference_bit_for_bit(shared: Path) -> None:
    want = {
        f"{half}.{key}": tensor
        for half in ("predictor", "transformer")
        for key, tensor in load_file(shared / "weights" / "converted" / f"magenta-mobile-{half}.safetensors").items()
    }
    assert_same(converted(shared, "magenta-mobile"), want)


# --- PyTorch


def test_a_state_dict_comes_through_unchanged_under_its_prefix(tmp_path: Path) -> None:
    weights = {"conv.weight": torch.randn(4, 3, 3, 3), "conv.bias": torch.randn(4).half()}
    for name in ("a.pth", "b.pth"):
        torch.save(weights, tmp_path / name)
    model = tiny(Source("a.pth", "", "pytorch", "encoder."), Source("b.pth", "", "pytorch", "decoder."))
    state = converters.convert(model, {name: tmp_path / name for name in ("a.pth", "b.pth")}, nothing)
    assert_same(state, {prefix + key: value for prefix in ("encoder.", "decoder.") for key, value in weights.items()})


def test_files_of_one_converter_and_prefix_go_to_it_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def join(paths: list[Path]) -> converters.State:
        seen.append([path.name for path in paths])
        return {"weight": torch.zeros(1)}

    monkeypatch.setitem(converters.CONVERTERS, "shards", join)  # type: ignore[arg-type]
    sources = [Source(name, "", "shards", "net.") for name in ("2of2", "1of2")]
    for source in sources:
        (tmp_path / source.name).touch()
    state = converters.convert(tiny(*sources), {source.name: tmp_path / source.name for source in sources}, nothing)
    assert seen == [["2of2", "1of2"]]
    assert list(state) == ["net.weight"]


class Evil:
    """What a poisoned checkpoint holds: loading it would run a command."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.witness),)


def bare_pickle(held: object, path: Path) -> None:
    path.write_bytes(pickle.dumps(held, protocol=2))


@pytest.mark.parametrize("write", [torch.save, bare_pickle])
def test_a_pickle_with_code_in_it_is_refused_and_not_run(write: Callable[[object, Path], None], tmp_path: Path) -> None:
    path, witness = tmp_path / "evil.pth", tmp_path / "was-run"
    write({"weight": Evil(witness)}, path)
    with pytest.raises(ModelError, match=r"model tiny: evil.pth holds something else than weights .* nothing in it was run"):
        converters.convert(tiny(Source("evil.pth", "", "pytorch")), {"evil.pth": path}, nothing)
    assert not witness.exists()
    with suppress(RuntimeError):
        torch.load(path, weights_only=False)
    assert witness.is_dir(), "the same file does run code where nobody is careful, so the test means something"


@pytest.mark.parametrize("held", [[1, 2], {}, {"epoch": 3}, {"nested": {"weight": torch.zeros(1)}}], ids=str)
def test_what_is_no_plain_state_dict_is_refused(held: object, tmp_path: Path) -> None:
    torch.save(held, tmp_path / "odd.pth")
    with pytest.raises(ValueError, match=r"instead of a state dict|not a tensor"):
        pytorch.state_dict([tmp_path / "odd.pth"])


@pytest.mark.parametrize(
    "name", ["pytorch", "safetensors", "onnx-animegan", "magenta-tfjs", "magenta-mobile-predictor", "magenta-mobile-transformer"]
)
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x1c\x00\x00\x00TFL3", b"\x80\x02.", bytes(range(256))])
def test_noise_is_told_in_one_sentence(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(content)
    with pytest.raises(ModelError, match=r"model tiny: noise holds something else than weights") as refusal:
        converters.convert(tiny(Source("noise", "", name)), {"noise": tmp_path / "noise"}, nothing)
    assert "\n" not in refusal.value.message
    assert "Traceback" in refusal.value.details


# --- TFLite: the container


def constant_of(file: TfliteFile, tensor: int, tmp_path: Path) -> np.ndarray:
    path = tmp_path / "constants.tflite"
    path.write_bytes(file.content([]))
    return Graph(path).constant(tensor)


def test_constants_are_dequantised_per_channel(tmp_path: Path) -> None:
    values = RANDOM.integers(-128, 128, (2, 3, 4)).astype(np.int8)
    scale, zero = np.array([0.5, 0.03, 7], np.float32), [3, -5, 0]
    file = TfliteFile()
    number = file.constant(values, Quantisation(scale.tolist(), zero, axis=1))
    want = np.empty(values.shape, np.float32)
    for place in np.ndindex(values.shape):  # one number at a time, in double precision
        want[place] = (int(values[place]) - zero[place[1]]) * float(scale[place[1]])
    np.testing.assert_array_equal(constant_of(file, number, tmp_path), want)


def test_constants_are_dequantised_per_tensor(tmp_path: Path) -> None:
    file = TfliteFile()
    number = file.constant(np.array([-128, 0, 127], np.int8), Quantisation([0.25], [-128]))
    np.testing.assert_array_equal(constant_of(file, number, tmp_path), np.array([0, 32, 63.75], np.float32))


def test_half_precision_weights_are_read_through_their_dequantize(tmp_path: Path) -> None:
    file = TfliteFile()
    values = RANDOM.standard_normal(5).astype(np.float16)
    number = file.operator("DEQUANTIZE", file.constant(values))
    got = constant_of(file, number, tmp_path)
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, values.astype(np.float32))


def test_what_is_computed_is_no_constant(tmp_path: Path) -> None:
    file = TfliteFile()
    number = file.operator("RSQRT", file.constant(np.array([4], np.float32)))
    with pytest.raises(ValueError, match="computed"):
        constant_of(file, number, tmp_path)


# --- TFLite: Magenta's graphs, small and with their tensors in another order


def weight(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


def pytorch_layout(values: np.ndarray, depthwise: bool = False) -> torch.Tensor:
    """(out, h, w, in) to (out, in, h, w), one channel pair at a time."""
    if depthwise:
        return torch.stack([torch.from_numpy(values[0, :, :, channel])[None] for channel in range(values.shape[3])])
    kernels = [[torch.from_numpy(values[o, :, :, i].copy()) for i in range(values.shape[3])] for o in range(values.shape[0])]
    return torch.stack([torch.stack(row) for row in kernels])


class Builder:
    """Adds convolutions to a file and notes what the converter is to find under which name."""

    def __init__(self) -> None:
        self.file = TfliteFile()
        self.want: dict[str, torch.Tensor] = {}

    def convolution(self, name: str, source: int, values: np.ndarray, kind: str = "CONV_2D") -> int:
        depthwise = kind == "DEPTHWISE_CONV_2D"
        self.want[f"{name}.weight"] = pytorch_layout(values, depthwise)
        bias = weight(values.shape[3 if depthwise else 0])
        self.want[f"{name}.bias"] = torch.from_numpy(bias)
        return self.file.operator(kind, source, self.file.constant(values), self.file.constant(bias))


def test_a_predictor_is_read_by_what_follows_what(tmp_path: Path) -> None:
    builder = Builder()
    picture = builder.file.tensor(1, 8, 8, 3)
    x = builder.convolution("stem.conv", builder.file.operator("QUANTIZE", picture), weight(4, 3, 3, 3))
    x = builder.convolution("blocks.0.depthwise.conv", x, weight(1, 3, 3, 4), "DEPTHWISE_CONV_2D")
    x = builder.convolution("blocks.0.project.conv", x, weight(2, 1, 1, 4))
    for block in (1, 2):
        start = x
        x = builder.convolution(f"blocks.{block}.expand.conv", x, weight(6, 1, 1, 2))
        x = builder.convolution(f"blocks.{block}.depthwise.conv", x, weight(1, 3, 3, 6), "DEPTHWISE_CONV_2D")
        x = builder.convolution(f"blocks.{block}.project.conv", x, weight(2, 1, 1, 6))
        x = builder.file.operator("ADD", x, start)
    x = builder.convolution("head.conv", x, weight(8, 1, 1, 2))
    builder.convolution("bottleneck", builder.file.operator("MEAN", x), weight(5, 1, 1, 8))
    builder.want["bottleneck.weight"] = builder.want["bottleneck.weight"][:, :, 0, 0]
    path = tmp_path / "predictor.tflite"
    path.write_bytes(builder.file.content([picture]))
    assert_same(magenta.mobile_predictor([path]), builder.want)


def transformer(builder: Builder, order: tuple[str, str], norms: int = 13) -> bytes:
    """A transformer with 2 channels; `order` says which of beta and gamma comes first in the file."""
    file = builder.file
    bottleneck, picture = file.tensor(1, 1, 1, 5), file.tensor(1, 8, 8, 3)
    names = [f"residual.{block}.norm{number}" for block in range(5) for number in (1, 2)]
    names += [f"expand{number}.norm" for number in (1, 2, 3)]
    maps = {}
    for name in reversed(names[:norms]):  # all of them before the picture's first convolution, and backwards
        for half in order:
            maps[name, half] = builder.convolution(f"{name}.{half}", bottleneck, weight(2, 1, 1, 5))
            builder.want[f"{name}.{half}.weight"] = builder.want[f"{name}.{half}.weight"][:, :, 0, 0]
    x = file.operator("MIRROR_PAD", picture)
    for number in (1, 2, 3):
        x = builder.convolution(f"contract{number}.conv", x, weight(2, 3, 3, 2 if number > 1 else 3))
    for name in names[:norms]:
        layer = name.replace("norm", "conv")
        x = builder.convolution(f"{layer}.conv", x, weight(2, 3, 3, 2))
        del builder.want[f"{layer}.conv.bias"]
        mean = file.operator("MEAN", x)
        deviation = file.operator("RSQRT", file.operator("MEAN", file.operator("SQUARED_DIFFERENCE", x, mean)))
        factor = file.operator("MUL", deviation, maps[name, "gamma"])
        offset = file.operator("SUB", maps[name, "beta"], file.operator("MUL", mean, factor))
        x = file.operator("ADD", file.operator("MUL", x, factor), offset)
    return file.content([bottleneck, picture])


@pytest.mark.parametrize("order", [("beta", "gamma"), ("gamma", "beta")])
def test_a_transformer_is_read_by_what_its_style_maps_feed(order: tuple[str, str], tmp_path: Path) -> None:
    builder = Builder()
    path = tmp_path / "transformer.tflite"
    path.write_bytes(transformer(builder, order))
    assert_same(magenta.mobile_transformer([path]), builder.want)


def test_a_transformer_of_another_depth_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "transformer.tflite"
    path.write_bytes(transformer(Builder(), ("beta", "gamma"), norms=12))
    with pytest.raises(ValueError, match="15 convolutions and 24 style maps"):
        magenta.mobile_transformer([path])


# --- safetensors


def test_safetensors_come_through_unchanged(tmp_path: Path) -> None:
    weights = {"features.0.weight": torch.randn(4, 3, 3, 3), "head.fc.bias": torch.randn(4).half()}
    save_file(weights, tmp_path / "a.safetensors")
    model = tiny(Source("a.safetensors", "", "safetensors", keep="features."))
    state = converters.convert(model, {"a.safetensors": tmp_path / "a.safetensors"}, nothing)
    assert_same(state, {"features.0.weight": weights["features.0.weight"]})


@pytest.mark.parametrize(
    "header",
    [
        {"w": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 8]}},
        {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 2**60]}},
        {"w": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}},
        {"w": {"dtype": "PICKLE", "shape": [2], "data_offsets": [0, 8]}},
    ],
    ids=["absurd", "beyond", "backwards", "unknown"],
)
def test_safetensors_that_lie_about_themselves_are_refused(tmp_path: Path, header: dict) -> None:
    text = json.dumps(header).encode()
    (tmp_path / "a.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + b"\0" * 8)
    with pytest.raises(ModelError, match=r"model tiny: a.safetensors holds something else than weights"):
        converters.convert(
            tiny(Source("a.safetensors", "", "safetensors")), {"a.safetensors": tmp_path / "a.safetensors"}, nothing
        )


def test_two_files_with_the_same_weight_are_refused(tmp_path: Path) -> None:
    names = ("a.safetensors", "b.safetensors")
    for name in names:
        save_file({"w": torch.zeros(2)}, tmp_path / name)
    with pytest.raises(ModelError, match="'w' is in two files"):
        converters.convert(
            tiny(*(Source(name, "", "safetensors") for name in names)), {name: tmp_path / name for name in names}, nothing
        )
