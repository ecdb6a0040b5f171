"""The literals in the sources of the engine and the set-up: those that a host's user can meet, and all of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .literals import PROGRAMMERS, docstrings, name_of, words
from .template import REPOSITORY

LIKE_A_SENTENCE = re.compile(
    r"""[^\W\d_]{2,}[,.:;)]*\s+["'(]*[^\W\d_]                                     # two words
    |[^\W\d_]{3,}[,.:;)]*\s+["'(]*\{\}|\{\}[,.:;)]*\s+["'(]*[^\W\d_]{3,}          # one, and something to be filled in""",
    re.VERBOSE,
)
TOLD = frozenset(("report", "log", "at", "watched"))  # what these get is read, be it one word

# Whose arguments programmers read, or those who look into the details of a failure; and texts that the template has already.
ASIDE = PROGRAMMERS | {"OSError", "Disconnected", "say", "write", "getLogger", "Parameter", "Choice", "Method", "_expert"}

# What no host's job comes to: the command line, developers, and pictures of numbers.
ROOMS = (
    *("nst_core/bench/", "nst_core/samples/", "nst_core/training/", "nst_core/folders.py"),
    *("nst_core/cli.py", "nst_core/cli_compare.py", "nst_core/cli_models.py", "nst_core/command.py", "nst_core/console.py"),
    *("nst_core/compare.py", "nst_core/doctor.py", "nst_core/prune.py", "nst_core/gatys/trace.py"),
    "nst_core/transfer.py",  # amounts, which are put together anew
)
SET_UP = ("cost", "environment", "explain", "files", "headway", "setup", "uv", "worker_file")
"""The installer's modules that a host's set-up comes to."""

# Functions and constants beside those that a host's job comes to, by their files.
BESIDE = {
    # Files are written by the command line alone, and its own questions asked before a job.
    "nst_core/codecs.py": ("_write_png", "_write_tiff", "_write_jpeg", "_write_webp", "_eight_bit_image", "_saved"),
    "nst_core/imagefile.py": ("write", "check_output", "_check_place", "_why_not_written"),
    "nst_core/packs.py": ("demand",),
    "nst_core/device.py": ("_model", "is_out_of_memory"),
    "nst_core/grade.py": ("__str__",),
    # Models that are brought, checked and removed by hand.
    "nst_core/shelf.py": ("demand_complete", "recognised", "_stranger"),
    "nst_core/user_models.py": ("take", "described", "_model", "_header", "_demand_weights"),
    "nst_core/weights.py": ("verify", "import_files", "remove", "_import_own", "_own"),
    "nst_core/provenance.py": ("settle", "STALE"),
    # Parameters for experts.
    "nst_core/parameters.py": ("_check_text",),
    "nst_core/gatys/recipe.py": ("layer_weights",),
    # What the schema, the shims or the versions' agreement have sorted out before.
    "nst_core/methods/arbitrary.py": ("build",),
    "nst_core/methods/embedded.py": ("build",),
    "nst_core/methods/codes.py": ("shares",),
    "nst_core/schema.py": ("method_with",),
    "nst_core/raster.py": ("__post_init__", "from_wire", "to_wire", "from_tensors", "_side"),
    "nst_core/worker.py": ("answer",),
    "nst_core/errors.py": ("from_wire",),
    "nst_core/manifest.py": ("_source", "known"),
    "nst_core/networks/features.py": ("told",),
    "nst_core/gatys/terms.py": ("name",),
    "installer/environment.py": ("test", "_CURE_FOR_GIVEN_PYTHON", "_PROBE", "_install_packages", "_package_index_build"),
    "installer/explain.py": ("_SIGNS",),
    "installer/uv.py": ("_with_pip", "_by_hand"),
}
NO_SENTENCES = frozenset(
    (
        *("git blob SHA-1", ", now {}"),  # names and amounts
        *("the network has no layer {}: it has {}", "model {} is unknown to method gatys: choose one of {}"),
        *("{} is Python {}: the worker needs 3.10 or newer", "{} does not run on this machine"),
    )
)


def met() -> Iterator[tuple[str, str]]:
    """The file and the words, with {} for what is filled in, of each that a host's user can meet."""
    for path in _files():
        name = path.relative_to(REPOSITORY).as_posix()
        if not name.startswith(ROOMS):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            skipped = {*docstrings(tree), *_beside(tree, BESIDE.get(name, ()))}
            yield from ((name, text) for text in _below(tree, skipped, False) if text not in NO_SENTENCES)


def all_of_them() -> Iterator[str]:
    """The words of every literal."""
    for path in _files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from filter(None, map(words, set(ast.walk(tree)) - set(docstrings(tree))))


def stale() -> Iterator[str]:
    """What `BESIDE` names and is not there any more."""
    for name, beside in BESIDE.items():
        tree = ast.parse((REPOSITORY / name).read_text(encoding="utf-8"))
        found = {_defined(node) for node in _beside(tree, beside)}
        yield from (f"{name}: {missing}" for missing in sorted(set(beside) - found))


def _files() -> list[Path]:
    set_up = [REPOSITORY / "installer" / f"{name}.py" for name in SET_UP]
    return [*sorted((REPOSITORY / "nst_core").rglob("*.py")), *set_up]


def _below(node: ast.AST, skipped: set[ast.AST], told: bool) -> Iterator[str]:
    """The literals in there; where somebody is `told` them, those of one word too."""
    if node in skipped or (isinstance(node, ast.Call) and name_of(node.func) in ASIDE):
        return
    text = words(node)
    if text is not None:
        if LIKE_A_SENTENCE.search(text) or (told and text.isalpha()):
            yield text
        return
    told = isinstance(node, ast.Call) and name_of(node.func) in TOLD
    for child in ast.iter_child_nodes(node):
        yield from _below(child, skipped, told)


def _beside(tree: ast.AST, names: tuple[str, ...]) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree) if _defined(node) in names)


def _defined(node: ast.AST) -> str:
    """The name of a function or a constant where it is made, else nothing."""
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(target, ast.Name):
        return target.id
    return node.name if isinstance(node, ast.FunctionDef) else ""
