"""How a download is told: bytes, rate over the last seconds, time left; and how long the rest of a job takes."""

from __future__ import annotations

import pytest

from nst_core.transfer import Remaining, Transfer, duration


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def told(*steps: tuple[float, int], total: int = 100_000_000) -> str:
    """The last stage of a download that had so many bytes after so many seconds."""
    clock = Clock()
    transfer = Transfer("tiny", total, clock)
    stage = ""
    for seconds, have in steps:
        clock.now = 1000 + seconds
        stage = transfer.stage(have)
    return stage


def test_no_rate_is_told_before_one_is_known() -> None:
    assert told((0, 0)) == "downloading tiny: 0.0 of 100.0 MB"
    assert told((0, 0), (0.5, 9_000_000)) == "downloading tiny: 9.0 of 100.0 MB"


def test_rate_and_time_left() -> None:
    steady = [(second, 2_000_000 * second) for second in range(11)]
    assert told(*steady) == "downloading tiny: 20.0 of 100.0 MB, 2.0 MB/s, 40 s left"


def test_the_rate_is_that_of_the_last_seconds() -> None:
    fast_then_slow = [(second, 9_000_000 * min(second, 3) + 50_000 * second) for second in range(21)]
    assert told(*fast_then_slow) == "downloading tiny: 28.0 of 100.0 MB, 50 kB/s, 24 min left"


def test_a_stall_shows_within_seconds_and_promises_nothing() -> None:
    stalled = [(second, min(second, 4) * 5_000_000) for second in range(12)]
    assert told(*stalled) == "downloading tiny: 20.0 of 100.0 MB, 0 kB/s"


def test_what_a_resumed_download_had_is_no_speed() -> None:
    assert told((0, 50_000_000), (2, 51_000_000)) == "downloading tiny: 51.0 of 100.0 MB, 0.5 MB/s, 98 s left"


def test_starting_over_is_no_negative_speed() -> None:
    assert told((0, 50_000_000), (2, 60_000_000), (3, 0), (5, 4_000_000)) == (
        "downloading tiny: 4.0 of 100.0 MB, 2.0 MB/s, 48 s left"
    )


@pytest.mark.parametrize(("total", "amount"), [(0, "3.0 MB"), (2_000_000, "3.0 of 3.0 MB")])
def test_a_total_that_is_unknown_or_was_wrong_is_not_exceeded(total: int, amount: str) -> None:
    assert told((0, 0), (1, 3_000_000), total=total) == f"downloading tiny: {amount}, 3.0 MB/s"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (99, "99 s"), (180, "3 min"), (3599, "1 h 0 min"), (7500, "2 h 5 min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def left(*steps: tuple[float, float, str]) -> float | None:
    """The seconds left after the last of some (second, fraction, stage)."""
    clock = Clock()
    remaining = Remaining(clock)
    seconds = None
    for second, fraction, stage in steps:
        clock.now = 1000 + second
        seconds = remaining.after(fraction, stage)
    return seconds


def test_a_steady_job_is_reckoned_from_its_pace() -> None:
    assert left((1, 0.04, "painting")) is None
    assert left((1, 0.0, "painting"), (3, 0.2, "painting"), (5, 0.4, "painting")) == pytest.approx(7.5)


def test_a_download_is_not_taken_for_painting() -> None:
    slow = [(second, 0.001 * second, Transfer("tiny", 100, Clock()).stage(second)) for second in range(1, 101)]
    assert left(*slow) is None
    assert left(*slow, (102, 0.28, "painting")) == pytest.approx(2 / 0.18 * 0.72)
