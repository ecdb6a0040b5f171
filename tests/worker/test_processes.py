"""The worker's processes: they start once, survive crashes, end by themselves, and leave nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nst_core import client, errors, wire

from .jobs import LONG, PATIENCE, REPOSITORY, engines, painting, pids, processes, start, until


def test_a_crash_is_told_and_the_next_job_is_served(worker):
    start().result(PATIENCE)
    process, engine = pids()
    job = start(LONG)
    painting(job)
    os.kill(engine, signal.SIGKILL)
    with pytest.raises(errors.WorkerError, match=r"engine stopped in mid-job.*try again"):
        job.result(PATIENCE)
    start().result(PATIENCE)
    assert pids()[0] == process


def test_a_worker_killed_in_mid_job_is_told_and_replaced(fresh):
    start().result(PATIENCE)
    process, engine = pids()
    job = start(LONG)
    painting(job)
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
        "from tests.worker.jobs import *\njob = start(LONG)\npainting(job)\nprint('painting', flush=True)\ntime.sleep(600)\n"
    )
    host = subprocess.Popen([sys.executable, "-c", program], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert host.stdout is not None
    assert host.stdout.readline() == "painting\n"
    host.kill()
    host.wait()
    start().result(PATIENCE)  # it would wait for the large job otherwise
    assert pids()[0] == before[0]


def test_clients_that_start_together_share_one_worker(fresh):
    program = "from tests.worker.jobs import *\nprint(pids()[0])"
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
