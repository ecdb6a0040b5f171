"""The parameters of every method, once: command line, worker and both dialogs are made from this table.

Standard library only, Python 3.9 and newer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from . import folders, user_models
from .errors import UsageError
from .parameters import NO_MODEL, Choice, Method, Parameter

STRENGTH = Parameter(
    "strength",
    "float",
    1.0,
    "Strength",
    "How much of the style is painted in: 0 leaves the layer as it is, 1 is the full style.",
    0.0,
    1.0,
)
BLEND = Parameter(
    "blend",
    "float",
    1.0,
    "Blend",
    "How opaque the result lies over the original: 0 shows the original, 1 the result alone.",
    0.0,
    1.0,
    role="finishing",
)
PRESERVE_COLOR = Parameter(
    "preserve_color",
    "choice",
    "none",
    "Colours",
    "Whose colours the result has.",
    choices=(
        Choice("none", "From the style"),
        Choice("luminance", "Keep the layer's, exactly (luminance transfer)"),
        Choice("histogram", "Keep the layer's, on average (colour matching)"),
    ),
    role="finishing",
)
STYLE_SCALE = Parameter(
    "style_scale",
    "float",
    1.0,
    "Stroke size",
    "Size of the style's strokes: above 1 they are larger, below 1 finer.",
    0.25,
    4.0,
)
SIZE = Parameter(
    "size",
    "int",
    0,
    "Working size",
    "Long side in pixels while painting; smaller gives larger strokes. 0 is the layer's own size, or what fits in memory.",
    0,
    16384,
    advanced=True,
)
DEVICE = Parameter(
    "device",
    "choice",
    "auto",
    "Device",
    "What computes: the fastest that is there, or the one named.",
    choices=(
        Choice("auto", "Automatic"),
        Choice("cpu", "CPU"),
        Choice("cuda", "NVIDIA or AMD GPU"),
        Choice("mps", "Apple GPU"),
        Choice("xpu", "Intel GPU"),
    ),
    advanced=True,
)
EMBEDDED = Method(
    name="embedded",
    label="Quick",
    help="Our own network: any picture as style, at once, with nothing to download.",
    styles=8,
    parameters=(STRENGTH, STYLE_SCALE, BLEND, PRESERVE_COLOR, SIZE, DEVICE),
    model="embedded",
)
ARBITRARY = Method(
    name="arbitrary",
    label="Other networks",
    help="Published networks that take any picture as style; their weights are downloaded at first use.",
    styles=8,
    parameters=(
        Parameter(
            "model",
            "choice",
            "microast",
            "Model",
            "The network that paints.",
            choices=(
                Choice("microast", "MicroAST"),
                Choice("magenta", "Magenta"),
                Choice("magenta-mobile", "Magenta (mobile)"),
                Choice("adain", "AdaIN"),
            ),
        ),
        STRENGTH,
        STYLE_SCALE,
        BLEND,
        PRESERVE_COLOR,
        SIZE,
        DEVICE,
    ),
)

NUMBER = r"|[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?"
LAYERS = r"|\w+(:[0-9.eE+-]+)?( *, *\w+(:[0-9.eE+-]+)?)*"


def _expert(name: str, help: str, kind: str = "text", pattern: str = NUMBER, role: str = "network") -> Parameter:
    """A parameter whose empty default means what the preset says, or nothing for a path."""
    return Parameter(name, kind, "", name.replace("_", " ").capitalize(), help, pattern=pattern, role=role)


GATYS = Method(
    name="gatys",
    label="Classic optimisation",
    help="Paints slowly and best: changes the pixels until a network sees the layer's contents and the style's textures in them.",
    styles=8,
    parameters=(
        Parameter(
            "model",
            "choice",
            "vgg19-normalised",
            "Model",
            "The network that looks; downloaded at first use.",
            choices=(
                Choice("vgg19-normalised", "VGG-19, normalised"),
                Choice("squeezenet1_1", "SqueezeNet 1.1 (quick)"),
                Choice("vgg16", "VGG-16"),
                Choice("vgg19", "VGG-19"),
            ),
        ),
        Parameter(
            "preset",
            "choice",
            "best",
            "Quality",
            "How much time is taken: seconds for a draft, minutes for the best.",
            choices=(
                Choice("best", "Best"),
                Choice("draft", "Draft"),
                Choice("classic", "As in the papers of 2015 and 2016"),
            ),
        ),
        STRENGTH,
        Parameter(
            "content_strength",
            "float",
            0.5,
            "Keep contents",
            "How closely the layer's shapes are kept: 0 lets the style flow freely, 1 keeps every detail.",
        ),
        STYLE_SCALE,
        BLEND,
        PRESERVE_COLOR,
        Parameter(
            "photoreal",
            "float",
            0.0,
            "Photorealism",
            "How strictly the result stays a photograph: 0 is a painting, at 10000 no brush stroke is left, only its colours.",
            0,
            100000,
            advanced=True,
        ),
        Parameter(
            "iterations", "int", 0, "Iterations", "Steps at the full size; 0 is as many as it takes.", 0, 100000, advanced=True
        ),
        Parameter(
            "init",
            "choice",
            "auto",
            "Begin with",
            "What the optimisation starts from.",
            choices=(
                Choice("auto", "As the quality says"),
                Choice("content", "The layer"),
                Choice("noise", "Noise"),
                Choice("mix", "Both, by the noise ratio"),
            ),
            advanced=True,
        ),
        Parameter("noise_ratio", "float", 0.7, "Noise ratio", "Share of noise where it begins with both.", advanced=True),
        Parameter(
            "pooling",
            "choice",
            "auto",
            "Pooling",
            "How the network summarises: averages look softer.",
            choices=(Choice("auto", "As the quality says"), Choice("max", "Maximum"), Choice("avg", "Average")),
            advanced=True,
        ),
        Parameter(
            "optimiser",
            "choice",
            "auto",
            "Optimiser",
            "How the pixels are changed.",
            choices=(Choice("auto", "As the quality says"), Choice("adam", "Adam"), Choice("lbfgs", "L-BFGS")),
            advanced=True,
        ),
        Parameter("seed", "int", 0, "Seed", "Of the noise; the same seed gives the same picture.", 0, 2**31 - 1, advanced=True),
        SIZE,
        DEVICE,
    ),
    expert=(
        _expert(
            "style_layers", "layers with weights, for instance conv1_1:1,conv2_1:0.5; empty for the usual ones", pattern=LAYERS
        ),
        _expert("content_layers", "layers with weights, for instance conv4_2:1; empty for the usual one", pattern=LAYERS),
        _expert("content_weight", "the weight of the content, a number; empty for the preset's"),
        _expert("style_weight", "the weight of the style, a number; empty for the preset's"),
        _expert("tv_weight", "the weight of the total variation, a number; empty for the preset's"),
        _expert("learning_rate", "a number; empty for the preset's"),
        _expert(
            "tolerance", "stop when the loss changes relatively by less, for instance 0.001; 0 never, empty for the preset's"
        ),
        Parameter(
            "precision",
            "choice",
            "auto",
            "Precision",
            "What features are computed in.",
            choices=tuple(Choice(name, name) for name in ("auto", "float32", "bfloat16", "float64")),
        ),
        Parameter(
            "photoreal_from",
            "choice",
            "end",
            "Photorealism from",
            "Whether photorealism is a second pass over the finished painting, or counts from the first iteration on.",
            choices=(Choice("end", "The finished painting"), Choice("start", "The first iteration")),
        ),
        _expert("losses", "write every iteration's losses there: a table .csv and a plot .png", "path", role="record"),
        _expert(
            "snapshots",
            "a folder for a picture of every tenth iteration, or of every so many as `every` says",
            "path",
            role="record",
        ),
        Parameter("every", "int", 10, "Every", "Iterations between two snapshots.", 1, 100000),
    ),
)

ANIME = Method(
    name="anime",
    label="Anime",
    help="Paints a photograph like a frame of an animated film; it takes no style picture. The published models are for "
    "non-commercial use, or nobody says whether they may be used otherwise.",
    styles=0,
    parameters=(
        Parameter(
            "model",
            "choice",
            NO_MODEL,
            "Model",
            "The film or look; downloaded at first use. Look at the licence before you sell what you paint.",
            choices=(
                Choice(NO_MODEL, "Choose a look"),
                Choice("animegan2-hayao", "Hayao"),
                Choice("animegan2-shinkai", "Shinkai"),
                Choice("animegan2-paprika", "Paprika"),
                Choice("animegan2-face-paint-v2", "Face portrait, version 2"),
                Choice("animegan2-face-paint-v1", "Face portrait, version 1"),
                Choice("animegan2-celeba-distill", "Soft portrait"),
            ),
        ),
        replace(STRENGTH, role="finishing"),  # the drawing is mixed with the photograph, not with what the network knows
        BLEND,
        replace(PRESERVE_COLOR, choices=(Choice("none", "From the model"), PRESERVE_COLOR.choices[1])),
        SIZE,
        DEVICE,
    ),
)

METHODS: dict[str, Method] = {method.name: method for method in (EMBEDDED, ARBITRARY, GATYS, ANIME)}
DEFAULT_METHOD = EMBEDDED.name


def method(name: str) -> Method:
    """The method called `name`, the user's own models among its choices; UsageError names the ones that exist."""
    try:
        return with_own_models(METHODS[name])
    except KeyError:
        raise UsageError(f"method {name!r} is unknown: choose one of {', '.join(METHODS)}") from None


def methods() -> list[Method]:
    """All of them, as `method` gives them."""
    return [method(name) for name in METHODS]


def with_own_models(one: Method) -> Method:
    """The method with the models that the user made for it after those to choose from."""
    own = user_models.found(folders.models()).values()
    added = tuple(Choice(model.id, model.title) for model in own if model.method == one.name)

    def extended(parameter: Parameter) -> Parameter:
        known = {choice.value for choice in parameter.choices}
        new = tuple(choice for choice in added if choice.value not in known)
        return replace(parameter, choices=parameter.choices + new) if parameter.name == "model" else parameter

    return replace(one, parameters=tuple(map(extended, one.parameters))) if added else one


def method_with(model: str) -> Method:
    """The method that the model belongs to; UsageError names all models."""
    for one in methods():
        if model in one.models:
            return one
    known = [name for one in methods() for name in one.models]
    raise UsageError(f"model {model!r} is unknown: choose one of {', '.join(known)}")


def check(method_name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """`Method.check` of the method with that name."""
    return method(method_name).check(given)


def model_of(method_name: str, parameters: Mapping[str, Any]) -> str:
    """`Method.model_of` of the method with that name."""
    return method(method_name).model_of(parameters)


def as_json() -> list[dict[str, Any]]:
    """All methods with their parameters as plain data, for `methods --json` and the wire."""
    return [asdict(one) for one in methods()]
