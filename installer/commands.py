"""The command line: which command, which options; the work is done in the modules of the same names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nst_core.errors import NstError

from .processes import say

if TYPE_CHECKING:
    from .hosts import Choice


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit status: 0 done, 1 failed with a sentence, 2 usage, 130 stopped by Ctrl+C."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "test":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a Windows console may lack the letters of the user's folder
    try:
        return _COMMANDS[options.command](options, rest)
    except NstError as error:
        if error.details:
            print(error.details, file=sys.stderr)
        print(f"installer: error: {error.message}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("installer: stopped; run the same command again to go on: what is half done is done again", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m installer", description="Installs Style Transfer for GIMP and Krita.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="make the worker's environment and stylize a sample picture")
    demo.add_argument("-o", "--output", type=Path, default=Path("style-transfer-demo.png"), help="the picture to write")

    commands.add_parser(
        "test",
        help="make the test environment, run lint, type checks and tests",
        description="Every further argument goes to pytest.",
    )

    install = commands.add_parser("install", help="put the plug-in into every GIMP 3 and Krita profile of this user")
    _add_profile_options(install)
    install.add_argument("--python", type=Path, metavar="PATH", help="the worker's Python, instead of making an environment")
    install.add_argument("--fresh", action="store_true", help="make the environment anew even if it looks complete")

    uninstall = commands.add_parser("uninstall", help="take the plug-in out of every profile again")
    _add_profile_options(uninstall)
    uninstall.add_argument("--all", action="store_true", help="remove the worker's environment, the models and the caches too")

    doctor = commands.add_parser("doctor", help="say what is installed where, and what is wrong with it")
    _add_profile_options(doctor)
    doctor.add_argument("--json", action="store_true", help="print one JSON object")

    commands.add_parser("lock", help="for maintainers: refresh the locked versions in installer/locks")
    return parser


def _add_profile_options(parser: argparse.ArgumentParser) -> None:
    folders = parser.add_argument_group("where (without these, every profile that is found)")
    folders.add_argument(
        "--gimp-profile", type=Path, action="append", default=[], metavar="DIR", help="such as ~/.config/GIMP/3.0"
    )
    folders.add_argument(
        "--krita-resources", type=Path, action="append", default=[], metavar="DIR", help="such as ~/.local/share/krita"
    )
    folders.add_argument("--krita-config", type=Path, metavar="FILE", help="such as ~/.config/kritarc")
    folders.add_argument("--only", choices=("gimp", "krita"), help="leave the other program alone")


# Each command imports its module when it runs: `--help` and a usage error need none of them.
def _demo(options: argparse.Namespace, _rest: list[str]) -> int:
    from . import demo

    demo.make(options.output)
    return 0


def _test(_options: argparse.Namespace, rest: list[str]) -> int:
    from . import checks

    return checks.run(rest)


def _install(options: argparse.Namespace, _rest: list[str]) -> int:
    from . import install

    install.install(_chosen(options), options.python, options.fresh)
    return 0


def _uninstall(options: argparse.Namespace, _rest: list[str]) -> int:
    from . import install

    install.uninstall(_chosen(options), everything=options.all)
    return 0


def _doctor(options: argparse.Namespace, _rest: list[str]) -> int:
    from . import doctor

    report = doctor.examine(_chosen(options), for_people=not options.json)
    say(doctor.as_json(report) if options.json else doctor.as_text(report))
    return 0


def _lock(_options: argparse.Namespace, _rest: list[str]) -> int:
    from . import locks

    locks.refresh()
    return 0


def _chosen(options: argparse.Namespace) -> Choice:
    from .hosts import choose

    return choose(options.gimp_profile, options.krita_resources, options.krita_config, options.only)


_COMMANDS: dict[str, Callable[[argparse.Namespace, list[str]], int]] = {
    "demo": _demo,
    "test": _test,
    "install": _install,
    "uninstall": _uninstall,
    "doctor": _doctor,
    "lock": _lock,
}
