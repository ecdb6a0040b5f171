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
    N_("picture {name} can't be opened: you may not read it, so change its permissions"),
    N_("picture {name} can't be opened ({reason}): check its folder and name"),
    N_("picture {name} doesn't fit in memory: close other programs or scale it down first"),
    N_("picture {name} is damaged and can't be decoded: open it in an image editor and save it again, or take another"),
    N_("picture {name} is cut short (damaged or not wholly downloaded): get it again from where it came"),
    N_("device {name} is not usable here: choose auto or one of {devices}"),
    N_("{label}: {file} could not be fetched from {address}: {again}, or {means}"),
    N_(
        "{label}: {file} is not on this machine, and offline mode keeps it from being fetched from {address}: "
        "go online, or {means}"
    ),
    N_("go online"),
    N_('run "nst_core models fetch {name}" again'),
    N_(
        "set NST_MODELS_MIRROR to a folder or address that has it, "
        'or get it by other means and run "nst_core models import {name} FILE..."'
    ),
    N_("{label}: the disk is full at {folder}: free {size}, or set NST_HOME to a folder elsewhere"),
    N_("{label}: {folder} cannot be written ({reason}): make it writable, or set NST_HOME to a folder elsewhere"),
    # What can go wrong with the set-up.
    N_("the worker environment can't be made: {cause}"),
    N_("the disk is full: make room, or set NST_HOME (and UV_CACHE_DIR) to folders on another disk"),
    N_(
        "a server's certificate is not trusted: behind a proxy that looks into traffic, "
        "set SSL_CERT_FILE to your organisation's certificate file, or UV_SYSTEM_CERTS=1"
    ),
    N_("the package index refuses the user name or password: check UV_DEFAULT_INDEX or PIP_INDEX_URL"),
    N_(
        "the package index can't be reached: check the network, a proxy (HTTPS_PROXY), "
        "or point UV_DEFAULT_INDEX to an index that you can reach, then run this again"
    ),
    N_(
        "the index has no fitting build of a package for this machine and this Python: "
        "PyTorch needs 64-bit Linux (glibc 2.28), Windows or macOS 14 on Apple silicon, and Python 3.10 to 3.14"
    ),
    N_(
        "the system refuses to write a file: check who may write in the folder, "
        "close GIMP and Krita, and let the antivirus program pass the folder"
    ),
    N_("no fitting Python can be found or downloaded: install Python 3.10 to 3.14 and run the installer with it"),
    N_("uv failed with the lines above"),
    N_(
        "the worker environment needs about {size}, but the disk of {folder} has only {free} free: "
        "make room, or set NST_HOME to a folder on another disk"
    ),
    N_(
        "uv can't be installed from the package index: check the network and the index, "
        "or install uv yourself (https://docs.astral.sh/uv) and run this again"
    ),
    N_("{file} can't be replaced ({reason}): close GIMP and Krita, and check who may write there"),
    N_("{file} can't be written ({reason}): check who may write there, and the disk's free space"),
    N_("{address} can't be read ({reason}): check the network, a proxy (HTTPS_PROXY) or PIP_INDEX_URL"),
)
AMOUNT = re.compile(r"(?P<have>[\d.]+(?: [kMG]B)?) of (?P<total>[\d.]+ [kMG]B)")
LEFT = re.compile(r"(?P<time>[\dhmins ]+) left")
NOW = re.compile(r"now (?P<package>\S+)")
MODEL = re.compile(r"model (?P<name>\S+)")
NUMBER = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit> [kMG]B)?")
UNITS = {" kB": N_("{number} kB"), " MB": N_("{number} MB"), " GB": N_("{number} GB")}


def told(sentence: str) -> str:
    """The engine's `sentence` in the user's language, as far as it is known."""
    if _(sentence) != sentence:
        return _(sentence)
    for template, pattern in _patterns():
        match = pattern.fullmatch(sentence) if _(template) != template else None
        if match:
            return _(template).format(**{name: _part(text) for name, text in match.groupdict().items()})
    return sentence


def _part(text: str) -> str:
    """What a pattern leaves open: amounts and times, one after the other, or something of which there may be a translation."""
    known = told(text)
    return known if known != text else ", ".join(map(_amount, text.split(", ")))


def _amount(text: str) -> str:
    known = ((AMOUNT, _("{have} of {total}")), (LEFT, _("{time} left")), (NOW, _("now {package}")), (MODEL, _("model {name}")))
    for pattern, words in known:
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
        "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(literal)), re.DOTALL
    )
