"""The command line: `python -m nst_core stylize | methods | models | train | doctor | compare | bench | worker`.

Only parses and prints; imports what a command needs when it runs, so that `--help` answers at once. Exit codes are those
of `errors`; an error is one line on stderr that starts with "nst_core: error:".
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import textwrap
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

from . import __version__, bench, cli_compare, cli_models, client, console, errors, packs, schema
from .command import Parser, told

ALLOWED_WIDTH = 44  # characters of a parameter's values in the table of methods
Chosen = tuple[str, float, Optional[str]]
"""A style picture, its weight and its mask."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = parser().parse_args(given)
        return options.run(options) or 0
    except errors.NstError as error:
        return _fail(error, given)
    except KeyboardInterrupt:
        return _fail(errors.Cancelled(), given)
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        return 0
    except Exception as error:
        return _fail(errors.NstError(f"internal error: {type(error).__name__}: {error} (run again with --debug for more)"), given)


def _fail(error: errors.NstError, given: Sequence[str]) -> int:
    if "--debug" in given:
        traceback.print_exc()
        if error.details:
            print(error.details, file=sys.stderr)
    return told(error)


def parser() -> Parser:
    """The whole grammar."""
    top = Parser(prog="python -m nst_core", description="Paint a picture in the style of another one, on this machine.")
    top.add_argument("--version", action="version", version=f"nst_core {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_stylize(commands)
    _add(commands, "methods", _methods, "list the methods and their parameters")
    cli_models.add(commands, _add)
    _add_train(commands)
    _add(commands, "doctor", _doctor, "say what is installed, which devices there are and where files live")
    cli_compare.add(commands, _add)
    measured = _add(commands, "bench", _bench, "measure speed and memory")
    measured.add_argument("name", metavar="NAME", nargs="?", default="gatys", help=f"{' or '.join(bench.NAMES)} (default: gatys)")
    measured.add_argument(
        "--side", metavar="PIXELS", action="append", type=int, default=[], help="of the pictures; repeat for more"
    )
    worker = _add(commands, "worker", _worker, "run the worker process, or stop it")
    worker.add_argument("--stop", action="store_true", help="end the worker that runs in the background")
    return top


def _add(commands: Any, name: str, run: Any, summary: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
    command.set_defaults(run=run)
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument("--debug", action="store_true", help="print tracebacks")
    return command


def _add_stylize(commands: Any) -> None:
    command = _add(commands, "stylize", _stylize, "paint CONTENT in the style of one picture or several")
    command.add_argument("content", metavar="CONTENT", type=Path, help="the picture to paint")
    command.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="png, jpg, webp or tif file to write")
    command.add_argument(
        "--style", metavar="IMG", action="append", default=[], help="a style picture, or pack:NAME; repeat to mix several"
    )
    command.add_argument(
        "--style-weight", metavar="W", action="append", type=float, default=[], help="the share of each --style, in their order"
    )
    command.add_argument(
        "--style-mask",
        metavar="FILE",
        action="append",
        default=[],
        help="a grey picture for each --style, in their order, white where it goes; `rest` for what the others leave over",
    )
    command.add_argument(
        "--method",
        help=f"one of {', '.join(schema.METHODS)}; default: the one that --model belongs to, else {schema.DEFAULT_METHOD}",
    )
    for name, hint in _parameter_help().items():
        command.add_argument(f"--{name.replace('_', '-')}", dest=f"parameter_{name}", metavar=name.upper(), help=hint)
    command.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], help="any parameter of the method by its name"
    )
    command.add_argument("--progress", choices=("auto", "bar", "json", "none"), default="auto")
    command.add_argument("--offline", action="store_true", help="never download")
    command.add_argument("--in-process", action="store_true", help="compute here instead of in the worker process")


def _parameter_help() -> dict[str, str]:
    """The parameters that have a flag of their own (each means the same in every method), with their help."""
    hints: dict[str, str] = {}
    for method in schema.METHODS.values():
        for parameter in method.parameters:
            hints.setdefault(parameter.name, f"{parameter.help} Default: {parameter.default}.".replace("%", "%%"))
    return hints


def _add_train(commands: Any) -> None:
    """Takes whatever comes: the grammar is training's own. No argument begins with NUL, so none is an option here."""
    command = commands.add_parser("train", help="train a model of your own", prefix_chars="\0", add_help=False)
    command.set_defaults(run=_train)
    command.add_argument("arguments", nargs="*")


# --- stylize


def _stylize(options: argparse.Namespace) -> int:
    from . import imagefile, raster

    given = _parameters(options)
    method = options.method or (schema.method_with(given["model"]).name if "model" in given else schema.DEFAULT_METHOD)
    parameters = schema.check(method, given)
    styles = _styles(options, schema.method(method))
    imagefile.check_output(options.output)
    progress = console.Progress("none" if options.json else options.progress)
    content = imagefile.read(options.content)
    raster.demand_size(content.raster, f"the picture {options.content}")
    for note in content.notes:
        progress.note(f"{options.content.name}: {note}")
    started = time.monotonic()
    run = _in_process if options.in_process else _in_worker
    result, timings = run(content.raster, styles, method, parameters, options.offline, progress)
    for note in imagefile.write(options.output, result):
        progress.note(f"{options.output.name}: {note}")
    seconds = time.monotonic() - started
    facts = {
        "output": str(options.output),
        "width": result.width,
        "height": result.height,
        "channels": result.channels,
        "depth": result.depth,
        "method": method,
        "model": schema.model_of(method, parameters),
        "parameters": parameters,
        "seconds": round(seconds, 3),
        "timings": {name: round(value, 3) for name, value in timings.items()},
    }
    progress.done(facts)
    if options.json:
        print(json.dumps(facts))
    elif progress.mode != "json":
        print(f"{options.output}: {result.width}×{result.height}, {facts['model']}, {seconds:.1f} s")
    return 0


def _styles(options: argparse.Namespace, method: schema.Method) -> list[Chosen]:
    """The style files with their weights and masks; every file is looked at now, before a worker starts."""
    if not options.style and method.styles:
        raise errors.UsageError("a style picture is needed: add --style IMG")
    weights = options.style_weight or [1.0] * len(options.style)
    if len(weights) != len(options.style):
        raise errors.UsageError(f"{len(options.style)} --style but {len(weights)} --style-weight: give one weight for each style")
    for style in options.style:
        packs.demand(style)
    return list(zip(options.style, weights, _style_masks(options)))


def _style_masks(options: argparse.Namespace) -> list[str | None]:
    """A mask's file for each style; None paints what the others leave over, or everything."""
    if not options.style_mask:
        return [None] * len(options.style)
    if len(options.style_mask) != len(options.style):
        told = f"{len(options.style)} --style but {len(options.style_mask)} --style-mask"
        raise errors.UsageError(f"{told}: give one mask for each style, or `rest` for what the others leave over")
    masks = [None if mask == "rest" else mask for mask in options.style_mask]
    for mask in masks:
        if mask is not None and not Path(mask).exists():
            raise errors.PictureError(f"style mask {mask} does not exist: check the name")
    return masks


def _parameters(options: argparse.Namespace) -> dict[str, Any]:
    """What was given by a flag of its own or by --set."""
    given = {name: getattr(options, f"parameter_{name}") for name in _parameter_help()}
    parameters = {name: value for name, value in given.items() if value is not None}
    for item in options.set:
        name, equals, value = item.partition("=")
        if not equals:
            raise errors.UsageError(f"--set {item} has no value: write NAME=VALUE")
        parameters[name] = value
    return parameters


def _in_worker(
    content: Any,
    styles: list[Chosen],
    method: str,
    parameters: dict[str, Any],
    offline: bool,
    progress: console.Progress,
) -> tuple[Any, dict[str, float]]:
    from . import raster

    header, data = raster.to_wire(content)
    job = client.stylize(
        client.Picture(**header, data=data),
        [client.Style(*one) for one in styles],
        method,
        parameters,
        python=sys.executable,
        offline=offline,
    )
    try:
        while not job.done:
            _show(job.next_event(timeout=0.1), progress)
        while (event := job.next_event()) is not None:
            _show(event, progress)
        picture = job.result()
    except KeyboardInterrupt:
        job.cancel()
        job.wait_until_told(timeout=1.0)
        raise
    return raster.from_wire(picture.header, picture.data), job.timings


def _show(event: client.Event | None, progress: console.Progress) -> None:
    if isinstance(event, client.Progress):
        progress.show(event.fraction, event.stage, event.seconds_left)
    elif isinstance(event, client.Log):
        progress.note(event.text)


def _in_process(
    content: Any,
    styles: list[Chosen],
    method: str,
    parameters: dict[str, Any],
    offline: bool,
    progress: console.Progress,
) -> tuple[Any, dict[str, float]]:
    from .stylize import Style, Task, stylize
    from .warm import Warm
    from .weights import Store

    task = Task(content, tuple(Style(*one) for one in styles), method, parameters)
    result = stylize(task, Warm(), Store(offline=offline, log=progress.note), _report(progress), progress.note)
    return result.raster, result.timings


def _report(progress: console.Progress) -> Any:
    def report(fraction: float, stage: str, preview: Any = None) -> None:
        progress.show(fraction, stage)

    return report


# --- methods


def _methods(options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps({"methods": schema.as_json()}, indent=1))
        return
    for method in schema.METHODS.values():
        print(f"{method.name}: {method.help}")
        print(console.table([row for one in method.everything for row in _described(one)]))


def _described(parameter: schema.Parameter) -> list[tuple[str, str, str, str]]:
    """A parameter's row of the table, and more of them for many choices."""
    allowed = textwrap.wrap(parameter.allowed, ALLOWED_WIDTH, break_on_hyphens=False)
    first = (f"  {parameter.name}", str(parameter.default), allowed[0], parameter.help)
    return [first, *(("", "", more, "") for more in allowed[1:])]


# --- the rest


def _train(options: argparse.Namespace) -> int:
    try:
        from .training.__main__ import main as train
    except ModuleNotFoundError as error:
        if not error.name or error.name.startswith(__package__):
            raise
        told = f'training needs {error.name}, which this Python lacks: run {sys.executable} -m pip install ".[train]"'
        raise errors.NstError(f"{told} in the program's folder") from error
    return train(options.arguments, "python -m nst_core train")


def _doctor(options: argparse.Namespace) -> None:
    from . import doctor

    facts = doctor.examine()
    print(json.dumps(facts, indent=1) if options.json else doctor.text(facts))


def _bench(options: argparse.Namespace) -> None:
    subject = bench.of(options.name)
    found = subject.rows(options.side or subject.DEFAULT_SIDES)
    print(json.dumps({options.name: found}, indent=1) if options.json else console.table(subject.text(found)))


def _worker(options: argparse.Namespace) -> int:
    if options.stop:
        stopped = client.shut_down()
        print(json.dumps({"stopped": stopped}) if options.json else "stopped" if stopped else "no worker runs")
        return 0
    from . import worker

    with contextlib.suppress(KeyboardInterrupt):
        return worker.main()
    return 0
