"""What the engine and the set-up say while they work, for the catalogues: they themselves speak English alone.

A sentence is looked up as it came. Where it differs from time to time, a pattern here says in which parts, and these are looked
up in turn. What is not listed is shown as it came.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .translation import N_, _, number

# The first pattern that fits is taken, so what says more goes before what says less.
SENTENCES = (
    # Stages of a job.
    N_("starting the worker"),
    N_("loading {model}"),
    N_("painting"),
    N_("painting at {side} px, {step} of {steps}"),
    N_("making it photorealistic"),
    N_("finishing"),
    N_("done"),
    N_("looking at the pictures"),
    N_("comparing content"),
    N_("comparing style"),
    N_("drawing the heat map"),
    # Stages of a download.
    N_("waiting for another program that fetches {name}"),
    N_("fetching {title}: {size}, licence {licence}, commercial use: {allowed} ({address})"),
    N_("fetching {title}: {size}, licence {licence}, commercial use: {allowed}"),
    N_("downloading {name}: {amount}"),
    N_("converting {model}"),
    N_("{title} is ready"),
    # Stages of setting up.
    N_("looking for the tool that makes environments"),
    N_("planning"),
    N_("fetching PyTorch and what it needs: {amount}"),
    N_("unpacking"),
    N_("checking that everything works"),
    # What the set-up will bring.
    N_("PyTorch for NVIDIA cards, which runs without one too"),
    N_("PyTorch for this machine's graphics card"),
    N_("PyTorch for the processor alone"),
    N_("PyTorch for Apple's processors and their graphics"),
    # Grades in words.
    N_("the same"),
    N_("very near"),
    N_("near"),
    N_("on the way"),
    N_("far"),
    N_("something else"),
    # Notes on a result.
    N_("memory ran out: going on in pieces of half the size"),
    N_("memory ran out: going on at a working size of {pixels} pixels"),
    N_("memory ran out: going on in smaller tiles ({size} MB)"),
    N_("the GPU's memory ran out: the CPU goes on"),
    # The errors that are met most.
    N_("memory ran out at the smallest working size: close other programs and try again"),
    N_("the engine stopped in mid-job ({why}): try again, or with a smaller working size"),
    N_("the worker was lost in mid-job: try again, and if it happens again look into {file}"),
    N_("the worker stopped at its start (exit status {status}): the end of {file} says why"),
    N_("the worker did not answer within {seconds} seconds: see {file}"),
    N_("the job could not be sent: {reason}"),
    N_("there is nothing to grade: paint on the layer where the picture that it is compared with is opaque"),
    N_("style picture {name} does not exist: check the name"),
    N_("picture {name} doesn't exist: check its folder and name"),
    N_("picture {name} is empty (0 bytes): get it again from where it came"),
    N_("device {name} is not usable here: choose auto or one of {devices}"),
)
AMOUNT = re.compile(r"(?P<have>[\d.]+(?: [kMG]B)?) of (?P<total>[\d.]+ [kMG]B)")
LEFT = re.compile(r"(?P<time>[\dhmins ]+) left")
NOW = re.compile(r"now (?P<package>\S+)")
NUMBER = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit> [kMG]B)?")
UNITS = {" kB": N_("{number} kB"), " MB": N_("{number} MB"), " GB": N_("{number} GB")}


def told(sentence: str) -> str:
    """The engine's `sentence` in the user's language, as far as it is known."""
    if _(sentence) != sentence:
        return _(sentence)
    for template, pattern in _patterns():
        match = pattern.fullmatch(sentence)
        if match and _(template) != template:
            return _(template).format(**{name: _part(text) for name, text in match.groupdict().items()})
    return sentence


def _part(text: str) -> str:
    """What a pattern leaves open: amounts and times, one after the other, or something of which there may be a translation."""
    return _(text) if _(text) != text else ", ".join(map(_amount, text.split(", ")))


def _amount(text: str) -> str:
    for pattern, words in ((AMOUNT, _("{have} of {total}")), (LEFT, _("{time} left")), (NOW, _("now {package}"))):
        match = pattern.fullmatch(text)
        if match:
            return words.format(**{name: _numbers(part) for name, part in match.groupdict().items()})
    return _numbers(text)


def _numbers(text: str) -> str:
    """Amounts with the language's decimal sign and units; what is no amount, a version for instance, stays as it is."""
    match = NUMBER.match(text)
    if match is None or text[match.end() :] not in ("", "/s"):
        return text
    amount = number(float(match["number"]), len(match["number"].partition(".")[2]))
    words = UNITS.get(match["unit"], "{number}")
    return _(words).format(number=amount) + text[match.end() :]


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """The sentences that have parts, each with what it looks like."""
    return [(template, _pattern(template)) for template in SENTENCES if "{" in template]


def _pattern(template: str) -> re.Pattern[str]:
    literal = re.split(r"\{(\w+)\}", template)
    return re.compile(
        "".join(f"(?P<{part}>.+)" if place % 2 else re.escape(part) for place, part in enumerate(literal)), re.DOTALL
    )
