"""First use from a host's side: what a download tells reaches the client, and the client's own environment decides."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nst_core import client
from nst_core.errors import Cancelled, ModelError
from nst_core.weights import Store

from .. import loopback
from ..loopback import Loopback


@pytest.fixture(scope="module")
def server(shared: Path) -> Iterator[Loopback]:
    with loopback.serving() as running:
        mirror = shared / "weights" / "mirror"
        for name in ("magenta-mobile/style_predict_quantized_256.tflite", "magenta-mobile/style_transfer_f16_384.tflite"):
            running.files[name] = (mirror / name).read_bytes()
        name = "style-pack-public-domain/wave.jpg"
        running.files[name] = (mirror / name).read_bytes()
        yield running


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """A worker that was started by somebody who may not use the network at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NST_HOME", str(tmp_path_factory.mktemp("worker")))
        patch.setenv("NST_PYTHON", sys.executable)
        patch.setenv("NST_OFFLINE", "1")
        client.request("models")
        patch.delenv("NST_OFFLINE")
        patch.setenv("no_proxy", "127.0.0.1")
        yield patch
        client.shut_down()


def painted() -> tuple[client.Picture, list[client.Event]]:
    """A small picture after the wave by Magenta, and what was told meanwhile."""
    content = client.Picture(64, 64, "RGB", "u8", bytes(range(256)) * 48)
    job = client.stylize(content, [client.Style("pack:great-wave")], "arbitrary", {"model": "magenta-mobile"})
    events = []
    while (event := job.next_event(timeout=60)) is not None:
        events.append(event)
    return job.result(), events


def test_offline_is_the_clients_own_wish(worker: pytest.MonkeyPatch, server: Loopback) -> None:
    with worker.context() as patch, pytest.raises(ModelError, match="offline mode keeps it from being fetched"):
        patch.setenv("NST_OFFLINE", "1")
        painted()


def test_terms_bytes_rate_and_credit_reach_the_client(worker: pytest.MonkeyPatch, server: Loopback) -> None:
    with worker.context() as patch:
        patch.setenv("NST_MODELS_MIRROR", server.address)
        server.pace = 0.0004
        picture, events = painted()
    assert (picture.width, picture.height) == (64, 64)
    stages = [event.stage for event in events if isinstance(event, client.Progress)]
    assert any(stage.startswith("downloading magenta-mobile: ") and stage.endswith(" s left") for stage in stages)
    assert any("MB/s" in stage for stage in stages)
    said = [event.text for event in events if isinstance(event, client.Log)]
    assert said[1].startswith("style pack:great-wave: Under the Wave off Kanagawa, Katsushika Hokusai, about 1831")
    assert said[2].startswith("fetching Magenta (mobile): 3.3 MB, licence Apache-2.0") and "use: unclear" in said[2]


def test_a_painting_is_brought_here_without_painting_anything(worker: pytest.MonkeyPatch, server: Loopback) -> None:
    Store().remove("pack:great-wave")
    with worker.context() as patch:
        patch.setenv("NST_MODELS_MIRROR", server.address)
        server.pace = 0.0
        job = client.fetch("pack:great-wave")
        path = job.result(timeout=60)
    assert path == Store().path("pack:great-wave")
    assert path.read_bytes() == server.files["style-pack-public-domain/wave.jpg"]


def test_fetching_is_cancelled_between_two_bytes_and_goes_on_where_it_was(worker: pytest.MonkeyPatch, server: Loopback) -> None:
    store = Store()
    store.remove("pack:great-wave")
    with worker.context() as patch:
        patch.setenv("NST_MODELS_MIRROR", server.address)
        server.pace = 0.01
        job = client.fetch("pack:great-wave")
        while (event := job.next_event(timeout=60)) is not None:
            if isinstance(event, client.Progress) and event.stage.startswith("downloading") and event.fraction > 0.1:
                job.cancel()
        with pytest.raises(Cancelled):
            job.result()
        job.wait_until_told(60)
        server.pace = 0.0
        server.asked.clear()
        client.fetch("pack:great-wave").result(timeout=60)
    assert next(begin for path, begin in server.asked if path.endswith("wave.jpg")) not in ("", "bytes=0-")


def test_what_can_not_be_fetched_is_told(worker: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="style 'pack:mona-lisa' is unknown"):
        client.fetch("pack:mona-lisa").result(timeout=60)
