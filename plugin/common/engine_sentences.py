"""Every sentence of the engine and the set-up that a host's user can meet, with {names} for what is filled in.

The first one that fits is taken, so what says more stands before what says less. A new one is missed by
tests/translation/test_engine_words.py.
"""

from __future__ import annotations

from .translation import N_

SENTENCES = (
    # What a sentence begins with.
    N_("model {id}: {rest}"),
    N_("style pack:{name}: {title}, {artist}, {year}; {licence}; from {address}"),
    N_("style {id}: {rest}"),
    N_("{file} was damaged ({reason}) and is deleted; {rest}"),
    # Stages of a job.
    N_("starting the worker"),
    N_("loading {model}"),
    N_("reading the style"),
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
    N_("fetching {title}: {size} MB, licence {licence}, commercial use: {allowed} ({address})"),
    N_("fetching {title}: {size} MB, licence {licence}, commercial use: {allowed}"),
    N_("yes"),
    N_("no"),
    N_("unclear"),
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
    N_("the GPU failed, the CPU goes on: {reason}"),
    N_("memory ran out: going on in pieces of half the size"),
    N_("memory ran out: going on at a working size of {pixels} pixels"),
    N_("memory ran out: going on in smaller tiles ({size} MB)"),
    N_("the GPU's memory ran out: the CPU goes on"),
    N_("painted at {side} pixels on the long side instead of {wanted}: more does not fit in the memory that is free"),
    N_("the strokes come out {times} times as large instead of {wanted} times: finer ones do not fit in the memory that is free"),
    N_("OpenVINO can't run this network here, PyTorch does: {reason}"),
    N_("going on without CUDA graphs: {reason}"),
    N_("recording failed: {reason}"),
    N_("a replay was {distance} from what it should give"),
    N_("the weights end at {layer}: style is taken from {layers}"),
    N_("the weights end at {layer}: content is taken from {layers}"),
    # Notes on a style picture, which follow its name.
    N_("rotated as its EXIF says"),
    N_("left out {number} extra channels"),
    N_("left out {number} extra channel"),
    N_("took the first frame of an animation"),
    N_("converted from CMYK to sRGB"),
    N_("converted from {profile} to sRGB"),
    N_("a nameless profile"),
    N_("ignored its colour profile, which is damaged or of another kind"),
    N_("ignored its colour profile, which is damaged or of another kind; converted from CMYK to sRGB"),
    # What can be wrong with a picture.
    N_("picture {file} doesn't exist: check its folder and name"),
    N_("picture {file} is a folder: name a file in it"),
    N_("picture {file} is a device, not a file: save the picture to a file first"),
    N_("picture {file} is empty (0 bytes): get it again from where it came"),
    N_("picture {file} can't be opened: you may not read it, so change its permissions"),
    N_("picture {file} can't be opened ({reason}): check its folder and name"),
    N_("picture {file} doesn't fit in memory: close other programs or scale it down first"),
    N_("picture {file} declares {width}x{height} pixels, more than the {most} million allowed: scale it down first"),
    N_("picture {file} is damaged and can't be decoded: open it in an image editor and save it again, or take another"),
    N_("picture {file} is cut short (damaged or not wholly downloaded): get it again from where it came"),
    N_("picture {file} is a TIFF with more than two dimensions: save one layer of it as a picture"),
    N_("picture {file} is not a picture: give a PNG, JPEG, WebP, TIFF, BMP or GIF file"),
    N_("picture {file} is {kind}, which can't be read: save it as PNG, JPEG, WebP or TIFF"),
    N_("a GIMP document"),
    N_("a Krita document"),
    N_("a Photoshop document"),
    N_("a PDF document"),
    N_("a JPEG XL picture"),
    N_("a JPEG 2000 picture"),
    N_("an AVIF picture"),
    N_("a HEIC picture"),
    N_("a HEIF picture"),
    N_("an OpenEXR picture"),
    N_("{picture} is {width}×{height} pixels: it must have at least {least} on each side"),
    N_("the picture"),
    N_("the painting"),
    N_("the reference"),
    N_("the style picture"),
    N_("the style picture {file}"),
    N_("the style masks are black everywhere: paint white where a style is to go"),
    N_("there is nothing to grade: paint on the layer where the picture that it is compared with is opaque"),
    N_("the painting and the reference have different shapes ({sizes}): cut both to the same part"),
    # What can be wrong with what was chosen: in a script, in a preset of another version.
    N_("method {name} takes {styles}, not {number}"),
    N_("1 to {most} style pictures"),
    N_("no style pictures"),
    N_("style weights must be 0 or more, and at least one above 0"),
    N_("method {name} is unknown: choose one of {names}"),
    N_("method {name} has no parameter {value}: it has {names}"),
    N_("method {name} has no default, as no model of it is free for every use: choose one of {names}"),
    N_("model {name} is unknown: choose one of {names}"),
    N_("style {name} is unknown: choose one of {names}"),
    N_("device {name} is not usable here: choose auto or one of {names}"),
    N_("device {name} has no numbers of precision {value}: choose another precision, or device cpu"),
    N_("{name} {value} is unknown: choose one of {names}"),
    N_("{name} {value} is not a whole number: give one from {low} to {high}"),
    N_("{name} {value} is not a number: give one from {low} to {high}"),
    N_("{name} {value} is out of range: give a number from {low} to {high}"),
    # Memory and disk.
    N_("NST_MEMORY is {value}: give the gigabytes that may be taken, such as 6, or unset it"),
    N_("memory ran out at the smallest working size: close other programs and try again"),
    N_(
        "a picture of this size needs {needed} GB of scratch space, but {folder} has {free} GB: free some, "
        "set NST_SCRATCH to a folder on another disk, or choose a smaller working size"
    ),
    N_(
        "the disk of {folder} is full: free some space there, set NST_SCRATCH to a folder on another disk, "
        "or choose a smaller working size"
    ),
    N_("the folder {folder} for scratch files can't be made ({reason}): set NST_SCRATCH to one that can be written"),
    N_("the disk is full at {folder}: free {size} MB, or set NST_HOME to a folder elsewhere"),
    N_("{folder} cannot be written ({reason}): make it writable, or set NST_HOME to a folder elsewhere"),
    # The worker and its engine.
    N_("the engine stopped in mid-job ({why}): try again, or with a smaller working size"),
    N_("it was killed, perhaps because memory ran out"),
    N_("it closed its connection"),
    N_("signal {number}"),
    N_("exit status {number}"),
    N_("the worker was lost in mid-job: try again, and if it happens again look into {file}"),
    N_("the worker stopped at its start (exit status {number}): the end of {file} says why"),
    N_("the worker did not answer within {seconds} seconds: see {file}"),
    N_("the job could not be sent: {reason}"),
    # What can be wrong with a model or a painting, whose name goes before.
    N_("{file} could not be fetched from {places}: go online, or {means}"),
    N_("{file} is not on this machine, and offline mode keeps it from being fetched from {address}: go online, or {means}"),
    N_(
        "{files} holds something else than weights ({reason}); nothing in it was run and it was deleted: "
        "install the newest version of this program, and report it if that doesn't help"
    ),
    N_("it is not on this machine: {cure}"),
    N_("{file} is damaged: {reason}: {cure}"),
    N_("install the program again"),
    N_('run "nst_core models import {name} FILE" with the file that you made it from'),
    N_("{file} cannot be read ({reason}): install the program again"),
    N_("{file} is malformed ({reason}): install the program again"),
    # Why an address does not give a file.
    N_("{have} bytes instead of {wanted}"),
    N_("{hash}… instead of {other}…"),
    N_("damaged: {damage}; deleted"),
    N_("damaged: {have} bytes instead of {wanted}"),
    N_("not there"),
    N_("cannot be read: {reason}"),
    N_("another file: {have} bytes instead of {wanted}"),
    N_("sends more than the {number} bytes that the file has"),
    N_("ended after {have} of {wanted} bytes"),
    N_("too slow: {number} bytes in {seconds} seconds"),
    N_("redirected to {address}, which is not https"),
    N_("redirected more than {number} times"),
    N_("a web page came instead of the file: does this network want you to sign in?"),
    N_("its certificate is not trusted: behind a company's proxy set REQUESTS_CA_BUNDLE"),
    N_("the proxy does not answer"),
    N_("no answer within {seconds} seconds"),
    N_("nothing came for {seconds} seconds"),
    N_("no connection"),
    N_("the connection broke"),
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
    N_(
        "{file} can't run the engine ({reason}): a file was damaged or kept back by an antivirus program, or the system lacks "
        "a library (on Windows the Visual C++ redistributable): mend that and run this again"
    ),
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
)

AROUND = (
    N_("style {name}: {rest}"),
    N_("{address} ({reason}) nor from {places}"),
    N_("{address} ({reason})"),
)
"""What stands around others, and would fit many: tried last."""

REASONS = (
    N_("permission denied"),
    N_("no space left on device"),
    N_("read-only file system"),
    N_("no such file or directory"),
    N_("is a directory"),
    N_("not a directory"),
    N_("input/output error"),
    N_("file name too long"),
)
"""The system's own, which come with a capital or without."""

IN_A_HOST = {
    "internal error: {reason}": N_("internal error ({reason}): try again, and report it with its details if it happens again"),
    'the worker\'s Python is not set up (there is none at {file}): run "python3 -m installer install" once': N_(
        "the engine is not set up (there is no Python at {file}): choose Style Transfer in the menu, which offers to set it up, "
        "or correct NST_PYTHON if it is set"
    ),
    'the worker\'s Python is not set up: run "python3 -m installer install" once': N_(
        "the engine is not set up: choose Style Transfer in the menu, which offers to set it up"
    ),
    'the worker\'s Python {file} is not there: run "python3 -m installer install" again': N_(
        "the engine's Python {file} is not there: choose Style Transfer in the menu, which offers to set the engine up anew"
    ),
    'the worker could not be started with {file} ({reason}): run "python3 -m installer install" again': N_(
        "the engine could not be started with {file} ({reason}): see that this file may be run and that no antivirus program "
        "holds it back"
    ),
    "the worker is of version {version}, the plug-in of {own}: "
    'run "python3 -m installer install" again and restart the program': N_(
        "the engine that runs is of version {version}, this plug-in of {own}: close GIMP and Krita, install the plug-in again, "
        "and start the computer anew"
    ),
    '{file} could not be fetched from {places}: run "nst_core models fetch {name}" again, or {means}': N_(
        "{file} could not be fetched from {places}: check the network and try again, or {means}"
    ),
    "set NST_MODELS_MIRROR to a folder or address that has it, "
    'or get it by other means and run "nst_core models import {name} FILE..."': N_(
        "set NST_MODELS_MIRROR to a folder or address that has it, and start this program again"
    ),
    'the weights do not fit the network: run "nst_core models fetch {name}" again': N_(
        "the weights do not fit the network: install Style Transfer again, and report it if that doesn't help"
    ),
    '{file} cannot be read ({reason}): run "nst_core models verify {name}"': N_(
        "{file} cannot be read ({reason}): delete this file and try again"
    ),
    "uv failed with the lines above": N_("uv failed: its last lines are in the details"),
    "no fitting Python can be found or downloaded: install Python 3.10 to 3.14 and run the installer with it": N_(
        "no fitting Python can be found or downloaded: install Python 3.10 to 3.14 and set Style Transfer up again"
    ),
}
"""What says how the command line would go on, and the same to somebody who sits before a host."""
