"""The losses of `train anime`, term by term, against the formulas written out in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from nst_core.networks import vgg
from nst_core.training import anime_losses as losses


@pytest.fixture
def painted() -> torch.Tensor:
    return 2 * torch.rand(2, 3, 6, 8, generator=torch.Generator().manual_seed(3)) - 1


@pytest.fixture
def photographs() -> torch.Tensor:
    return 2 * torch.rand(2, 3, 6, 8, generator=torch.Generator().manual_seed(4)) - 1


def yuv_of(colour: np.ndarray) -> tuple[float, float, float]:
    """From the definition: luma of BT.601, and the scaled differences of blue and red from it."""
    red, green, blue = (colour + 1) / 2
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return luma, 0.436 * (blue - luma) / (1 - 0.114), 0.615 * (red - luma) / (1 - 0.299)


def huber(difference: float) -> float:
    return difference**2 / 2 if abs(difference) <= 1 else abs(difference) - 0.5


def test_colour_loss_is_absolute_in_y_and_hubers_in_u_and_v(painted, photographs):
    total = 0.0
    for picture in range(2):
        for row in range(6):
            for column in range(8):
                ours = yuv_of(painted[picture, :, row, column].double().numpy())
                theirs = yuv_of(photographs[picture, :, row, column].double().numpy())
                total += abs(ours[0] - theirs[0]) + huber(ours[1] - theirs[1]) + huber(ours[2] - theirs[2])
    assert losses.colour_loss(painted, photographs).item() == pytest.approx(total / (2 * 6 * 8), rel=1e-4)
    assert losses.colour_loss(painted, painted).item() == 0


def test_beyond_its_threshold_the_colour_loss_grows_in_a_straight_line():
    """Farther apart than colours can be, so that the threshold is seen: two pictures that differ in red alone."""
    black, red = -torch.ones(1, 3, 2, 2, dtype=torch.float64), -torch.ones(1, 3, 2, 2, dtype=torch.float64)
    red[:, 0] = 9  # 5 in [0, 1]
    luma, u, v = 0.299 * 5, 0.436 * 0.299 * 5 / 0.886, 0.615 * 5
    assert losses.colour_loss(red, black).item() == pytest.approx(luma + huber(u) + v - 0.5, rel=1e-4)


def test_grey_pictures_have_luma_and_no_colour(photographs):
    grey = losses.grey(photographs)
    assert grey.shape == photographs.shape
    for place in ((0, 0, 0), (1, 5, 7)):
        luma = yuv_of(photographs[place[0], :, place[1], place[2]].double().numpy())[0]
        assert np.allclose(grey[place[0], :, place[1], place[2]], 2 * luma - 1, atol=1e-6)
    assert losses.yuv(grey)[:, 1:].abs().max() < 1e-6


def test_style_loss_is_the_distance_of_gram_matrices_over_channels_and_places():
    torch.manual_seed(0)
    ours, theirs = torch.randn(2, 5, 3, 4), torch.randn(2, 5, 3, 4)
    total = 0.0
    for picture in range(2):
        for one in range(5):
            for other in range(5):
                grams = [
                    sum(float(maps[picture, one, r, c] * maps[picture, other, r, c]) for r in range(3) for c in range(4))
                    for maps in (ours, theirs)
                ]
                total += abs(grams[0] - grams[1]) / (5 * 3 * 4)
    assert losses.style_loss(ours, theirs).item() == pytest.approx(total / (2 * 5 * 5), rel=1e-5)


def test_content_loss_is_the_mean_distance():
    torch.manual_seed(0)
    ours, theirs = torch.randn(2, 5, 3, 4), torch.randn(2, 5, 3, 4)
    assert losses.content_loss(ours, theirs).item() == pytest.approx(np.abs(ours.numpy() - theirs.numpy()).mean(), rel=1e-5)


def test_variation_loss_is_half_the_mean_square_of_both_slopes(painted):
    values = painted.double().numpy()
    down = [values[n, c, y + 1, x] - values[n, c, y, x] for n in range(2) for c in range(3) for y in range(5) for x in range(8)]
    right = [values[n, c, y, x + 1] - values[n, c, y, x] for n in range(2) for c in range(3) for y in range(6) for x in range(7)]
    wanted = (np.square(down).mean() + np.square(right).mean()) / 2
    assert losses.variation_loss(painted).item() == pytest.approx(wanted, rel=1e-5)


def test_adversarial_losses_are_least_squares_towards_one_and_nought():
    torch.manual_seed(0)
    real, fake, grey, edges = torch.randn(4, 2, 1, 3, 3)
    terms = losses.discriminator_terms(real, fake, grey, edges)
    wanted = {
        "real": np.mean([(value - 1) ** 2 for value in real.flatten().tolist()]),
        "fake": np.mean([value**2 for value in fake.flatten().tolist()]),
        "grey": np.mean([value**2 for value in grey.flatten().tolist()]),
        "edges": np.mean([value**2 for value in edges.flatten().tolist()]),
    }
    assert {name: term.item() for name, term in terms.items()} == pytest.approx(wanted, rel=1e-5)
    assert losses.generator_loss(fake).item() == pytest.approx(np.mean([(v - 1) ** 2 for v in fake.flatten().tolist()]), rel=1e-5)


@pytest.mark.parametrize("last", ["conv2_2", "conv3_1", "conv4_4", "conv5_1"])
def test_features_are_taken_before_the_relu_of_conv4_4_or_the_deepest_there_is(last):
    """Against torchvision's layers, one after another."""
    models = pytest.importorskip("torchvision.models")
    torch.manual_seed(0)
    network = vgg.Vgg(19, last)
    for parameter in network.parameters():
        parameter.normal_(0, 0.05)
    features = losses.Features(network, scale=0.5)
    layer = "conv4_4" if last == "conv5_1" else last
    assert features.layer == layer
    with torch.device("meta"):
        theirs = models.vgg19().features[: vgg.positions(19)[layer] + 1]
    theirs.to_empty(device="cpu")
    state = network.state_dict()
    theirs.load_state_dict({key: state[f"features.{key}"] for key in theirs.state_dict()})
    pictures = 2 * torch.rand(2, 3, 20, 24) - 1
    bytes_bgr = (pictures.flip(1) + 1) * 127.5 - torch.tensor(vgg.CAFFE.mean)[:, None, None]
    with torch.no_grad():
        wanted = theirs(bytes_bgr) * 0.5
    assert wanted.min() < 0
    assert torch.allclose(features(pictures), wanted, atol=1e-4 * float(wanted.abs().max()))


def test_features_other_than_the_published_ones_are_scaled_to_their_size():
    torch.manual_seed(0)
    network = vgg.Vgg(19, "conv2_2", vgg.TORCHVISION)
    batches = [2 * torch.rand(2, 3, 16, 16) - 1 for _ in range(3)]
    scale = losses.Features(network).scale_for(batches)
    scaled = losses.Features(network, scale)
    sizes = [float(scaled(batch).abs().mean()) for batch in batches]
    assert np.mean(sizes) == pytest.approx(losses.USUAL, rel=1e-4)
    assert scaled.scale_for(batches) == pytest.approx(scale, rel=1e-4)
    assert losses.Features(vgg.Vgg(19, "conv4_4", vgg.CAFFE)).scale_for([]) == 1
    assert not losses.Features(vgg.Vgg(19, "conv4_4", vgg.TORCHVISION)).published


def test_every_term_has_a_gradient_towards_what_was_painted(painted, photographs):
    for loss in (losses.colour_loss, lambda ours, theirs: losses.variation_loss(ours), losses.content_loss, losses.style_loss):
        moving = painted.clone().requires_grad_()
        before = loss(moving, photographs)
        before.backward()
        assert moving.grad is not None
        step = moving.detach() - 0.01 * F.normalize(moving.grad.flatten(), dim=0).view_as(moving)
        assert loss(step, photographs) < before.detach()
