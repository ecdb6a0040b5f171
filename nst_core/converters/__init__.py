"""Published weight files to one state dict with the key names of `networks`: one file a source format.

A converter takes the paths of the files that belong together and gives a state dict. What comes in was checked against the
manifest's hashes before; nothing here downloads or knows where the store is.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .. import inflation
from ..errors import ModelError, NstError
from ..manifest import Model, Source
from . import animegan, magenta, magenta_tfjs, pytorch, safetensors_file

if TYPE_CHECKING:
    from torch import Tensor

State = dict[str, "Tensor"]
Converter = Callable[[Sequence[Path]], State]

# Goes into every converted file's provenance: raise it when a converter's output changes, and stores convert again.
VERSION = 1

CONVERTERS: dict[str, Converter] = {
    "pytorch": pytorch.state_dict,
    "safetensors": safetensors_file.state_dict,
    "onnx-animegan": animegan.generator,
    "magenta-tfjs": magenta_tfjs.either_half,
    "magenta-mobile-predictor": magenta.mobile_predictor,
    "magenta-mobile-transformer": magenta.mobile_transformer,
}


def convert(model: Model, paths: Mapping[str, Path], progress: Callable[[], None]) -> State:
    """The whole state of `model`, contiguous, from `paths` (by source name); `progress` is called before each part.

    Files of the same converter, prefix and `keep` go to the converter together, in the manifest's order. ModelError names
    the model and the file that could not be read.
    """
    state: State = {}
    for (name, prefix, keep), sources in _parts(model).items():
        progress()
        for key, tensor in _part(model, name, [paths[source.name] for source in sources]).items():
            if key.startswith(keep):
                state[prefix + key] = tensor.contiguous()
    return state


def _parts(model: Model) -> dict[tuple[str, str, str], list[Source]]:
    parts: dict[tuple[str, str, str], list[Source]] = {}
    for source in model.files:
        parts.setdefault((source.converter, source.prefix, source.keep), []).append(source)
    return parts


def _part(model: Model, name: str, paths: list[Path]) -> State:
    try:
        for path in paths:
            inflation.demand_honest_archive(path)
        state = CONVERTERS[name](paths)
        inflation.demand_honest_weights(state, sum(path.stat().st_size for path in paths))
        return state
    except (NstError, MemoryError):
        raise
    # A parser that is fed with what it can't read may raise anything: the user gets one sentence for all of it.
    except Exception as error:
        files = ", ".join(path.name for path in paths)
        reason = (str(error).splitlines() or [""])[0][:120] or type(error).__name__
        raise ModelError(
            f"model {model.id}: {files} holds something else than weights ({reason}); nothing in it was run and it was deleted: "
            "install the newest version of this program, and report it if that doesn't help",
            traceback.format_exc(),
        ) from error
