"""A GPU's numbers are held to the CPU's; the GPU is stood for by the CPU with other numbers."""

from __future__ import annotations

import pytest
import torch

from nst_core.methods import agreement
from nst_core.networks import moments

APPLE = torch.device("mps")


@pytest.fixture
def on_apple(monkeypatch):
    """Computes what is for Apple's GPU on the CPU, and changes it."""

    def apply(name, change):
        compute = getattr(agreement, name)

        def elsewhere(place):
            found = compute(torch.device("cpu"))
            return found if place.type == "cpu" else change(found)

        monkeypatch.setattr(agreement, name, elsewhere)

    for name in ("features", "gradients"):
        apply(name, lambda found: found)
    return apply


@pytest.mark.parametrize("name", ["features", "gradients"])
def test_rounding_is_trusted_and_what_is_wrong_in_one_place_is_not(on_apple, name):
    agreement.demand(APPLE)
    on_apple(name, lambda found: found * (1 + 1e-3 * torch.rand_like(found)))
    agreement.demand(APPLE)

    def wrong(value):
        def change(found):
            changed = found.clone()
            changed[..., 50:52, 7] = value
            return changed

        return change

    for value in (0.0, float("nan")):
        on_apple(name, wrong(value))
        with pytest.raises(RuntimeError, match=f"its {name} are not those of the CPU"):
            agreement.demand(APPLE)


def test_who_is_not_asked_loses_no_time(monkeypatch):
    monkeypatch.setattr(agreement, "features", None)
    for place in ("cpu", "cuda"):
        agreement.demand(torch.device(place))
    monkeypatch.setattr(torch.version, "hip", "7.0")
    with pytest.raises(TypeError):
        agreement.demand(torch.device("cuda"))


def test_a_normalisation_that_forgets_where_its_band_begins_is_seen(monkeypatch):
    """As PyTorch's reports have it: of a view into a larger tensor, the first rows were normalised."""
    right, known = agreement.features(torch.device("cpu")), moments.F.batch_norm

    def forgetful(x, *others, **named):
        start = x.as_strided(x.shape, x.stride(), 0) if x.storage_offset() else x
        return known(start, *others, **named)

    monkeypatch.setattr(moments.F, "batch_norm", forgetful)
    wrong = agreement.features(torch.device("cpu"))
    assert (wrong - right).abs().max() > agreement.APART * right.abs().max()


@pytest.mark.parametrize("compute", [agreement.features, agreement.gradients])
def test_what_is_computed_says_something_and_leaves_the_random_numbers_alone(compute):
    state = torch.get_rng_state()
    found = compute(torch.device("cpu"))
    assert torch.equal(found, compute(torch.device("cpu")))
    assert found.shape[1:] == (3, agreement.HEIGHT, agreement.WIDTH)
    assert bool(found.isfinite().all()) and found.std() > 0.1 * found.abs().max()
    assert torch.equal(torch.get_rng_state(), state)
