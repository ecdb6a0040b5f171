"""ONNX: the reader against files made by hand, AnimeGANv2 from its graph to a picture, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nst_core import converters, manifest
from nst_core.converters import animegan as converter
from nst_core.converters.onnx_graph import Graph
from nst_core.errors import ModelError
from nst_core.methods import anime
from nst_core.networks import animegan

from .onnx_file import AnimeGan, message, model, node, tensor, varint

VALUES = np.arange(6, dtype=np.float32).reshape(1, 2, 3)


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(8)
    return {key: torch.randn_like(value) * 0.1 for key, value in animegan.Generator().state_dict().items()}


@pytest.fixture(scope="module")
def content(state: dict[str, torch.Tensor]) -> bytes:
    return AnimeGan({key: value.numpy() for key, value in state.items()}).content()


def graph(tmp_path: Path, content: bytes) -> Graph:
    (tmp_path / "graph.onnx").write_bytes(content)
    return Graph(tmp_path / "graph.onnx")


def converted(tmp_path: Path, content: bytes) -> converters.State:
    """As the store does it, under the manifest's names."""
    hayao = manifest.load().model("animegan2-hayao")
    (source,) = hayao.files
    (tmp_path / source.name).write_bytes(content)
    return converters.convert(hayao, {source.name: tmp_path / source.name}, lambda: None)


@pytest.mark.parametrize("floats", [True, False])
def test_constants_are_read_raw_and_as_packed_numbers(tmp_path: Path, floats: bool) -> None:
    found = graph(tmp_path, model([], [tensor("a", VALUES * 2), tensor("b", VALUES, floats)]))
    np.testing.assert_array_equal(found.constant("b"), VALUES)


def test_nodes_are_read_in_their_order(tmp_path: Path) -> None:
    nodes = graph(tmp_path, model([node("Pad", ["x", "p"], "y"), node("Conv", ["y", "w", ""], "z")], [])).nodes
    assert [(one.kind, one.inputs, one.outputs) for one in nodes] == [
        ("Pad", ("x", "p"), ("y",)),
        ("Conv", ("y", "w", ""), ("z",)),
    ]


def test_a_generator_comes_out_as_it_went_into_its_graph(tmp_path: Path, state, content) -> None:
    found = converted(tmp_path, content)
    assert set(found) == set(state)
    for key, value in state.items():
        assert torch.equal(found[key], value), key


def test_the_whole_way_to_a_picture(tmp_path: Path, state, content) -> None:
    painter = anime.build("animegan2-hayao", converted(tmp_path, content), torch.device("cpu"))
    painter.fast_precision = torch.float32
    picture = torch.rand(1, 3, 24, 32)
    network = animegan.Generator()
    network.load_state_dict(state)
    with torch.no_grad():
        wanted = (network(picture * 2 - 1) + 1) / 2
    found = painter.render(picture, None, {"strength": 1.0}, lambda *_: None)
    assert torch.allclose(found, wanted, atol=1e-6) and found.std() > 1e-3


def test_another_networks_graph_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"\(1 convolutions are not those of an AnimeGANv2 generator\)"):
        converted(tmp_path, model([node("Conv", ["x", "w"], "y")], [tensor("w", VALUES)]))


@pytest.mark.parametrize("keep", [0, 1, 9, 1000, 100_000, -1])
def test_a_file_that_ends_too_soon_is_refused_in_one_sentence(tmp_path: Path, content, keep: int) -> None:
    with pytest.raises(ModelError, match=r"AnimeGANv2_Hayao.onnx holds something else than weights") as refusal:
        converted(tmp_path, content[:keep])
    assert "\n" not in refusal.value.message


def named(name: str, *fields: bytes) -> bytes:
    return message(8, name) + b"".join(fields)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (named("w", varint(1 << 3) + varint(2**40), message(9, b"1234")), "has 4 bytes for the shape"),
        (named("w", *[varint(1 << 3) + varint(2**20)] * 60, message(9, b"")), "has 0 bytes for the shape"),
        (named("w", varint(1 << 3) + b"\xff" * 9 + b"\x01", message(9, b"")), "for the shape"),  # -1
        (named("w", varint(1 << 3) + b"\xff" * 11), "more than 64 bits"),
        (named("w", varint(2 << 3) + varint(8), message(9, b"abcd")), "is of type 8"),
        (named("w", varint(1 << 3) + varint(1), varint(14 << 3) + varint(1)), "lies in another file"),
        (named("w", varint(9 << 3) + varint(7)), "a number, 7, stands where a message should"),
        (named("w", varint(3 << 3 | 3)), "unknown kind 3"),
        (named("w", varint(9 << 3 | 2) + varint(2**62)), "bytes, but"),
    ],
)
def test_what_lies_about_itself_is_refused_before_anything_is_made_of_it(tmp_path: Path, wrong: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        graph(tmp_path, model([], [wrong])).constant("w")


def test_a_norm_before_any_convolution_is_refused(tmp_path: Path) -> None:
    nodes = [node("Reciprocal", ["d"], "r"), node("Mul", ["r", "w"], "m"), node("Conv", ["m", "w"], "y")]
    (tmp_path / "odd.onnx").write_bytes(model(nodes, [tensor("w", VALUES)]))
    with pytest.raises(ValueError, match="1 convolutions are not those"):
        converter.generator([tmp_path / "odd.onnx"])
