"""A made-up model of two checkpoints, a few kilobytes each, and what the store's tests say about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from nst_core import download
from nst_core.errors import ModelError
from nst_core.manifest import Licence, Manifest, Model, Source
from nst_core.reply import Patience
from nst_core.weights import Store

PATIENCE = Patience(connect=5, stall=1, attempts=2, first_wait=0.01)
STATES = {
    name: {"conv.weight": torch.randn(16, 3, 3, 3, generator=torch.Generator().manual_seed(seed)), "conv.bias": torch.ones(16)}
    for seed, name in enumerate(("encoder", "decoder"))
}
WANT = {f"{name}.{key}": tensor for name, state in STATES.items() for key, tensor in state.items()}


def described(originals: Path, address: str, *mirrors: str) -> Model:
    sources = [
        Source(
            path.name,
            f"{address}/first/{path.name}",
            "pytorch",
            f"{path.stem}.",
            tuple(f"{address}/{mirror}/{path.name}" for mirror in mirrors),
            path.stat().st_size,
            download.sha256(path),
        )
        for path in (originals / "encoder.pth", originals / "decoder.pth")
    ]
    terms = Licence("MIT", "https://models.example/LICENSE", "yes")
    return Model("tiny", "arbitrary", "Tiny", "Made up.", tuple(sources), terms, "Nobody", (0.0, 1.0), 4, 16)


def store_of(model: Model, **options: object) -> Store:
    return Store(manifest=Manifest({model.id: model}), patience=PATIENCE, **options)  # type: ignore[arg-type]


def assert_same(got: dict[str, torch.Tensor], want: dict[str, torch.Tensor]) -> None:
    assert set(got) == set(want)
    assert all(torch.equal(got[key], want[key]) for key in want)


def files_in(store: Store) -> list[str]:
    return sorted(path.name for path in (store.root / "tiny").iterdir())


def refused(action: Callable[[], object], *named: str) -> ModelError:
    """The ModelError that `action` raises: one sentence that starts with the model and names what it should."""
    with pytest.raises(ModelError) as refusal:
        action()
    message = refusal.value.message
    assert message.startswith("model tiny: ")
    assert "\n" not in message and not message.endswith(".")
    for piece in named:
        assert piece in message
    return refusal.value


def flip(path: Path, place: int) -> None:
    """Turn one bit over."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
