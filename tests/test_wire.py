"""Frames arrive as they were sent, and nothing but frames is believed."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
import threading
from multiprocessing import Pipe, connection
from pathlib import Path

import pytest

from nst_core import wire

REPOSITORY = Path(__file__).resolve().parents[1]
STDLIB_ROOMS = (
    "errors",
    "folders",
    "progress",
    "schema",
    "wire",
    "client",
    "session",
    "engine_process",
    "worker",
    "engine",
    "cli",
)


def exchange(header, blocks):
    here, there = Pipe()
    sender = threading.Thread(target=wire.send, args=(here, header, blocks))
    sender.start()
    received = wire.receive(there)
    sender.join()
    return received


@pytest.mark.parametrize("sizes", [[], [0], [5], [wire.CHUNK, 1, wire.CHUNK * 2 + 3]])
def test_a_frame_arrives_as_it_was_sent(sizes):
    blocks = [os.urandom(size) for size in sizes]
    header, received = exchange({"id": 7, "method": "stylize", "params": {"word": "größe"}}, blocks)
    assert header == {"jsonrpc": "2.0", "id": 7, "method": "stylize", "params": {"word": "größe"}}
    assert received == blocks


@pytest.mark.parametrize(
    "nonsense", [b"", b"\x80\x04pickle", b"[1]", b"7", b'{"blocks": [-1]}', b'{"blocks": ["x"]}', b'{"blocks": 3}']
)
def test_nonsense_ends_the_connection_and_nothing_else(nonsense):
    here, there = Pipe()
    here.send_bytes(nonsense)
    with pytest.raises(wire.Disconnected):
        wire.receive(there)


def test_a_closed_connection_is_reported_on_both_ends():
    here, there = Pipe()
    there.close()
    with pytest.raises(wire.Disconnected):
        wire.send(here, {"id": 1})
    with pytest.raises(wire.Disconnected):
        wire.receive(here)


def test_the_address_is_for_the_user_alone(home):
    wire.address_file().parent.mkdir(parents=True)
    address = wire.new_address()
    address.save()
    try:
        assert wire.saved_address() == address
        assert stat.S_IMODE(wire.address_file().stat().st_mode) == 0o600
        assert stat.S_IMODE(os.stat(os.path.dirname(address.address)).st_mode) == 0o700
    finally:
        wire.remove(address)


@pytest.mark.skipif(sys.platform == "win32", reason="a named pipe lies in no folder")
def test_nothing_is_left_of_an_address_whether_or_not_somebody_listened_there():
    unused, used = wire.new_address(), wire.new_address()
    with connection.Listener(used.address):
        pass
    for address in (unused, used):
        wire.remove(address)
        assert not os.path.exists(os.path.dirname(address.address))


def test_a_wrong_key_is_turned_away():
    address = wire.new_address()
    try:
        with connection.Listener(address.address) as listener:
            accepted = []
            door = threading.Thread(target=lambda: accepted.append(wire.authenticate(listener.accept(), address.key)))
            door.start()
            with pytest.raises(wire.Disconnected):
                wire.Address(address.version, address.pid, address.address, "00" * 32).dial()
            door.join()
        assert accepted == [False]
    finally:
        wire.remove(address)


@pytest.mark.parametrize("room", STDLIB_ROOMS)
def test_a_host_imports_neither_torch_nor_numpy(room):
    program = f"import sys, nst_core.{room}; print([n for n in ('torch', 'numpy', 'PIL', 'requests') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_stranger_who_knows_no_handshake_is_turned_away():
    address = wire.new_address()
    try:
        with connection.Listener(address.address) as listener:
            accepted = []
            door = threading.Thread(target=lambda: accepted.append(wire.authenticate(listener.accept(), address.key)))
            door.start()
            with connection.Client(address.address) as stranger:
                stranger.recv_bytes()
                stranger.send_bytes(b"let me in")
                with contextlib.suppress(OSError):  # the door may be shut already
                    stranger.send_bytes(b"let me in")
                door.join()
        assert accepted == [False]
    finally:
        wire.remove(address)
