"""Stopping a long painting: at once, or keeping what there is; through the worker as a host does it."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest
from safetensors.torch import save_file

from nst_core import client, errors, folders, manifest, provenance
from tests.gatys.networks import random_state

PATIENCE = 90.0  # seconds until a wait is a failure; no test measures time
MODEL = "squeezenet1_1"


@pytest.fixture
def worker(home, monkeypatch):
    """A home that holds SqueezeNet with random weights, and a worker of its own."""
    monkeypatch.setenv("NST_PYTHON", sys.executable)
    file = folders.models() / MODEL / f"{MODEL}.safetensors"
    file.parent.mkdir(parents=True)
    save_file(random_state(MODEL), file.with_suffix(".made"))
    provenance.settle(file.with_suffix(".made"), file, manifest.load().model(MODEL))
    yield
    client.shut_down()


def picture(side: int, seed: int) -> client.Picture:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    return client.Picture(side, side, "RGB", "u8", pixels.tobytes())


def endless() -> client.Job:
    """A painting that takes hours, as soon as its first preview has come."""
    parameters = {"model": MODEL, "preset": "classic", "iterations": 100_000}
    job = client.stylize(picture(64, 0), [client.Style(picture(64, 1))], "gatys", parameters)
    deadline = time.monotonic() + PATIENCE
    while not isinstance(job.next_event(0.1), client.Preview):
        assert not job.done, job.result()
        assert time.monotonic() < deadline, "no preview ever came"
    return job


def test_finishing_gives_the_newest_picture_and_cancelling_none(worker):
    job = endless()
    job.finish()
    kept = job.result(PATIENCE)
    assert (kept.width, kept.height) == (64, 64)
    assert bytes(kept.data) != bytes(picture(64, 0).data)
    job = endless()  # the same engine goes on
    job.cancel()
    with pytest.raises(errors.Cancelled):
        job.result(PATIENCE)
