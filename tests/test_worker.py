"""The worker with real weights: jobs, progress, cancel, crashes, queues, and nothing left over."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from nst_core import client, errors, raster, stylize, wire
from nst_core.warm import Warm
from nst_core.weights import Store
from nst_core.worker import STOP_SECONDS

REPOSITORY = Path(__file__).resolve().parents[1]
PATIENCE = 60.0  # seconds until a wait is a failure; no test measures time


def until(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def engines(home: Path) -> set[int]:
    """The engines' processes of this home."""
    return processes(home, b"nst_core.engine")


def processes(home: Path, program: bytes = b"nst_core") -> set[int]:
    """The worker's and the engine's processes of this home, or those of one `program`."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if f"NST_HOME={home}".encode() in (entry / "environ").read_bytes() and program in (entry / "cmdline").read_bytes():
                found.add(int(entry.name))
        except (OSError, ValueError):
            continue
    return found


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Path]:
    """One home with models at hand and one worker for the tests that leave it working; no process is left over at the end."""
    yield from served(tmp_path_factory.mktemp("worker"), shared)


@pytest.fixture
def fresh(tmp_path: Path, shared: Path) -> Iterator[Path]:
    """A home where no worker runs yet; no process is left over at the end."""
    yield from served(tmp_path / "home", shared)


def served(home: Path, shared: Path) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NST_HOME", str(home))
        patch.setenv("NST_PYTHON", sys.executable)
        patch.setenv("NST_MODELS_MIRROR", str(shared / "weights" / "mirror"))
        yield home
        client.shut_down()
        until(lambda: not processes(home))


def picture(side: int, seed: int = 0) -> client.Picture:
    """Smooth coloured noise, (side, side) RGB u8."""
    grid = np.random.default_rng(seed).random((side // 8 + 1, side // 8 + 1, 3))
    pixels = np.kron(grid, np.ones((8, 8, 1)))[:side, :side] * 255
    return client.Picture(side, side, "RGB", "u8", np.ascontiguousarray(pixels, np.uint8).tobytes())


SEEDS = itertools.count(2)


def start(side: int = 64, seed: int | None = None, **options) -> client.Job:
    """A job whose picture nobody has painted before: of one that is known, only the finishing would be done."""
    return client.stylize(
        picture(side, next(SEEDS) if seed is None else seed),
        [client.Style(picture(64, seed=1))],
        "arbitrary",
        options.pop("parameters", {}),
        **options,
    )


def painting(job: client.Job) -> None:
    """Wait until the network runs."""
    until(lambda: isinstance(event := job.next_event(0.1), client.Progress) and event.stage.startswith("paint"))


def pids() -> tuple[int, int]:
    hello = client.request("hello", {"version": wire.__version__, "protocol": wire.PROTOCOL})
    return hello["pid"], hello["engine"]


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


def test_cancel_frees_the_caller_and_stops_the_network(worker):
    start().result(PATIENCE)
    before = pids()
    job = start(1024)
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
    job = start(1024)
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


def test_a_crash_is_told_and_the_next_job_is_served(worker):
    start().result(PATIENCE)
    process, engine = pids()
    job = start(1024)
    painting(job)
    os.kill(engine, signal.SIGKILL)
    with pytest.raises(errors.WorkerError, match=r"engine stopped in mid-job.*try again"):
        job.result(PATIENCE)
    start().result(PATIENCE)
    assert pids()[0] == process


def test_a_worker_killed_in_mid_job_is_told_and_replaced(fresh):
    job = start(1024)
    painting(job)
    process, engine = pids()
    os.kill(process, signal.SIGKILL)
    with pytest.raises(errors.WorkerError, match="lost in mid-job"):
        job.result(PATIENCE)
    start().result(PATIENCE)
    until(lambda: engine not in processes(fresh))
    assert len(processes(fresh)) == 2


def test_a_client_that_dies_takes_its_job_with_it(worker):
    start().result(PATIENCE)
    before = pids()
    program = (
        "from tests.test_worker import *\njob = start(4096)\npainting(job)\nprint('painting', flush=True)\ntime.sleep(600)\n"
    )
    host = subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert host.stdout is not None
    assert host.stdout.readline() == "painting\n"
    host.kill()
    host.wait()
    start().result(PATIENCE)  # it would wait for the large job otherwise
    assert pids()[0] == before[0]


def test_clients_that_start_together_share_one_worker(fresh):
    program = "from tests.test_worker import *\nprint(pids()[0])"
    clients = [
        subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    answers = {one.communicate(timeout=PATIENCE)[0] for one in clients}
    assert len(answers) == 1
    until(lambda: len(processes(fresh)) == 2)


def test_an_idle_worker_gives_memory_back_and_then_ends(fresh, monkeypatch):
    monkeypatch.setenv("NST_REST_SECONDS", "0.5")
    monkeypatch.setenv("NST_EXIT_SECONDS", "3")
    start().result(PATIENCE)
    assert wire.saved_address() is not None
    until(lambda: not processes(fresh))
    assert wire.saved_address() is None
    start().result(PATIENCE)


def test_a_worker_ends_soon_after_the_programs_it_works_for(fresh, monkeypatch):
    monkeypatch.setenv("NST_FAREWELL_SECONDS", "3")
    monkeypatch.setenv(client.PROGRAM, "0")  # taken back at the end
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    client.ask_for(other.pid)
    job = start()
    other.communicate()
    job.result(PATIENCE)
    until(lambda: not processes(fresh))  # ten minutes would be too long


def test_nobody_waits_for_an_engine_that_does_not_start(fresh):
    job = start()
    until(lambda: engines(fresh))
    os.kill(engines(fresh).pop(), signal.SIGSTOP)
    until(lambda: "send" in job.timings)
    job.cancel()
    assert client.shut_down()
    until(lambda: not processes(fresh))


def test_an_idle_engine_still_serves_after_it_gave_memory_back(fresh, monkeypatch):
    monkeypatch.setenv("NST_REST_SECONDS", "0.2")
    want = bytes(start(seed=0).result(PATIENCE).data)
    before = pids()
    time.sleep(1)
    assert bytes(start(seed=0).result(PATIENCE).data) == want
    assert pids() == before


def test_another_version_is_refused_in_words(worker):
    with pytest.raises(errors.WorkerError, match=r"version .* the plug-in of 9\.9"):
        client.request("hello", {"version": "9.9", "protocol": wire.PROTOCOL})


def test_an_address_of_a_worker_long_gone_is_no_obstacle(fresh):
    wire.address_file().parent.mkdir(parents=True, exist_ok=True)
    wire.Address(wire.__version__, 1, str(fresh / "no" / "socket"), "00" * 32).save()
    start().result(PATIENCE)


def test_no_network_port_is_opened(worker):
    job = start(512)
    painting(job)
    sockets = set()
    for process in processes(worker):
        sockets |= {os.readlink(link) for link in Path(f"/proc/{process}/fd").iterdir() if link.is_symlink()}
    listening = {
        f"socket:[{line.split()[9]}]"
        for table in ("tcp", "tcp6", "udp", "udp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    }
    job.result(PATIENCE)
    assert any(name.startswith("socket:") for name in sockets)
    assert not sockets & listening


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


def test_a_worker_that_was_never_set_up_is_named(home):
    with pytest.raises(errors.WorkerError, match="installer install"):
        start().result(PATIENCE)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no ASCII file system encoding")
def test_a_home_beyond_ascii_is_found_by_a_host_whose_python_knows_only_ascii(tmp_path):
    home = tmp_path / "Jürgen"
    (home / "data").mkdir(parents=True)
    python = home / "python"
    python.symlink_to(sys.executable)
    (home / "data" / "worker.json").write_text(json.dumps({"python": str(python)}), encoding="utf-8")
    program = "import os; from nst_core import client; assert os.path.exists(client.worker_python())"
    environment = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "NST_HOME": str(home)}
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, env=environment, check=True)


def old_python() -> str | None:
    """An interpreter as old as the hosts bundle, where this machine has one."""
    for name in (*map(shutil.which, ("python3.9", "python3.10")), *map(str, Path.home().glob(".pyenv/versions/3.9*/bin/python"))):
        if name and subprocess.run([name, "--version"], capture_output=True, check=False).returncode == 0:
            return name
    return None


def test_the_oldest_python_of_a_host_can_talk_to_the_worker(worker):
    old = old_python()
    if old is None:
        pytest.skip("no Python 3.9 or 3.10 here")
    program = """
from nst_core import client
picture = client.Picture(32, 32, "RGBA", "f32", bytes(32 * 32 * 16))
result = client.stylize(picture, [client.Style(picture)], "arbitrary", {"strength": 0}).result(60)
assert bytes(result.data) == picture.data
print(result.header)
"""
    done = subprocess.run([old, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
