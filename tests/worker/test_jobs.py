"""Jobs: what is painted, progress, cancel, queues, and words for what is wrong."""

from __future__ import annotations

import os
import signal
import time
import weakref

import numpy as np
import pytest

from nst_core import client, errors, raster, stylize
from nst_core.warm import Warm
from nst_core.weights import Store
from nst_core.worker import STOP_SECONDS

from .jobs import LONG, PATIENCE, SEEDS, engines, painting, picture, pids, start, until


def test_the_worker_paints_what_the_engine_paints(worker):
    content, style = picture(96), picture(64, seed=1)
    got = client.stylize(content, [client.Style(style)], "arbitrary", {"strength": 0.7}).result(PATIENCE)
    task = stylize.Task(
        raster.from_wire(content.header, content.data),
        (stylize.Style(raster.from_wire(style.header, style.data)),),
        "arbitrary",
        {"strength": 0.7},
    )
    want = stylize.stylize(task, Warm(), Store(), lambda *_: None, lambda _: None).raster
    assert bytes(got.data) == want.pixels.tobytes()
    assert bytes(got.data) != content.data


def test_blue_first_pixels_come_back_blue_first(worker):
    rgb = np.frombuffer(picture(32).data, np.uint8).reshape(32, 32, 3)
    alpha = np.full((32, 32, 1), 200, np.uint8)
    bgra = np.ascontiguousarray(np.concatenate([rgb[..., ::-1], alpha], 2))
    style = [client.Style(picture(64, seed=1))]
    got = client.stylize(client.Picture(32, 32, "BGRA", "u8", bgra.tobytes()), style, "arbitrary", {}).result(PATIENCE)
    want = client.stylize(picture(32), style, "arbitrary", {}).result(PATIENCE)
    pixels = np.frombuffer(got.data, np.uint8).reshape(32, 32, 4)
    assert (got.channels, got.depth) == ("BGRA", "u8")
    assert (pixels[..., 2::-1].tobytes(), pixels[..., 3].tobytes()) == (bytes(want.data), alpha.tobytes())


def test_progress_grows_and_a_preview_comes_before_the_result(worker):
    job = start(1024, preview=True)
    events: list[client.Event] = []
    while not job.done:
        event = job.next_event(0.1)
        if event:
            events.append(event)
    result = job.result()
    fractions = [event.fraction for event in events if isinstance(event, client.Progress)]
    previews = [event.picture for event in events if isinstance(event, client.Preview)]
    assert fractions == sorted(fractions)
    assert len(fractions) >= 5
    assert (result.width, result.height) == (1024, 1024)
    assert [max(one.width, one.height) for one in previews] == [stylize.PREVIEW_SIDE]


def test_limits_are_those_of_who_asks_and_not_of_who_started_the_engine(fresh, monkeypatch, tmp_path):
    with monkeypatch.context() as patch, pytest.raises(errors.UsageError, match="NST_MEMORY is lots"):
        patch.setenv("NST_MEMORY", "lots")
        start().result(PATIENCE)
    engine = pids()
    start().result(PATIENCE)
    (tmp_path / "file").touch()
    with monkeypatch.context() as patch, pytest.raises(errors.OutOfMemory, match=r"the folder .*/file/below .* can't be made"):
        patch.setenv("NST_MEMORY", "0.1")
        patch.setenv("NST_SCRATCH", str(tmp_path / "file" / "below"))
        start(1024).result(PATIENCE)
    with monkeypatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setenv("NST_MEMORY", "0.1")
        patch.setenv("NST_SCRATCH", "mine")
        start(1024).result(PATIENCE)
    assert (tmp_path / "mine").is_dir(), "a relative path begins where the one who asks is"
    assert pids() == engine


def test_cancel_frees_the_caller_and_stops_the_network(worker):
    start().result(PATIENCE)
    before = pids()
    job = start(LONG)
    painting(job)
    job.cancel()
    assert job.done
    with pytest.raises(errors.Cancelled):
        job.result(timeout=0)
    start().result(PATIENCE)
    assert pids() == before, "the network should have stopped by itself, without its process being ended"


def test_a_job_that_does_not_stop_is_ended_with_its_process(worker):
    start().result(PATIENCE)
    process, engine = pids()
    job = start(LONG)
    painting(job)
    os.kill(engine, signal.SIGSTOP)
    job.cancel()
    assert job.done
    start().result(PATIENCE)
    assert pids()[0] == process
    assert pids()[1] != engine


def test_a_layer_that_the_engine_does_not_take_can_be_cancelled(worker):
    start().result(PATIENCE)
    process, engine = pids()
    os.kill(engine, signal.SIGSTOP)

    def is_replaced() -> bool:
        job = start(2048)  # more than the way to the engine holds
        until(lambda: "send" in job.timings)
        time.sleep(0.1)
        job.cancel()  # before its turn, perhaps: then nobody has tried to hand it over, and the next one is cancelled
        time.sleep(STOP_SECONDS + 0.5)
        return engine not in engines(worker)

    until(is_replaced)
    start().result(PATIENCE)
    assert pids()[0] == process
    assert pids()[1] != engine


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_job_that_has_ended_keeps_no_pixels(worker, cancelled):
    class Pixels(bytearray):
        """Other than the built-in one it can be watched."""

    pixels = Pixels(picture(64, next(SEEDS)).data)
    watched = weakref.ref(pixels)
    job = client.stylize(client.Picture(64, 64, "RGB", "u8", pixels), [client.Style(picture(64, seed=1))], "arbitrary", {})
    del pixels
    if cancelled:
        job.cancel()
    job.wait_until_told(PATIENCE)
    assert job.done
    assert watched() is None


def test_a_queued_job_can_be_cancelled(worker):
    first, second, third = start(768), start(64), start(64)
    second.cancel()
    assert second.done
    first.result(PATIENCE)
    third.result(PATIENCE)


def test_several_clients_are_served_in_turn(worker):
    jobs = [client.stylize(picture(64, seed), [client.Style(picture(64, 9))], "arbitrary", {}) for seed in range(5)]
    results = [bytes(job.result(PATIENCE).data) for job in jobs]
    again = [
        bytes(client.stylize(picture(64, s), [client.Style(picture(64, 9))], "arbitrary", {}).result(PATIENCE).data)
        for s in range(5)
    ]
    assert results == again
    assert len(set(results)) == 5


def test_questions_are_answered_in_words_and_data(worker):
    assert client.request("methods")["methods"][0]["name"] == "embedded"
    assert "microast" in {model["id"] for model in client.request("models")["models"]}
    with pytest.raises(errors.UsageError, match="nonsense"):
        client.request("nonsense")


@pytest.mark.parametrize(
    ("broken", "kind", "words"),
    [
        ({"parameters": {"model": "vgg"}}, errors.UsageError, "microast"),
        ({"side": 8}, errors.PictureError, r"8×8 pixels.*at least 16"),
        ({"styles": [client.Style("/no/such/painting.jpg")]}, errors.PictureError, "painting.jpg"),
        ({"styles": []}, errors.UsageError, "style"),
    ],
)
def test_a_bad_job_gets_one_sentence_and_the_next_one_is_served(worker, broken, kind, words):
    styles = broken.get("styles", [client.Style(picture(64, seed=1))])
    job = client.stylize(picture(broken.get("side", 64)), styles, "arbitrary", broken.get("parameters", {}))
    with pytest.raises(kind, match=words):
        job.result(PATIENCE)
    start().result(PATIENCE)
