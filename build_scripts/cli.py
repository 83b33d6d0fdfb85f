"""The command `lessons`. The only place that prints, and the only one that catches."""

from __future__ import annotations

import platform
import sys
import traceback
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from build_scripts.errors import Fault
from build_scripts.progress import Progress

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Check, build and show the site of lessons.",
)
stderr = Console(stderr=True, highlight=False)


class NoRepository(Fault):
    """The command was typed somewhere else."""

    status = 2


def repository() -> Path:
    """Return the folder with the lessons: this one, or the nearest above it.

    Raises:
        NoRepository: there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "content").is_dir():
            return folder
    raise NoRepository(f"There are no lessons (folder `content`) in {here}, nor above it.", "cd PASSERELLE")


class Format(StrEnum):
    """How `lessons check` tells what it found."""

    TEXT = "text"
    GITHUB = "github"
    JSON = "json"


Pyodide = Annotated[
    str | None,
    typer.Option(metavar="DIR|TARBALL|URL", help="A fuller Pyodide distribution instead of the npm package's core."),
]


@app.command()
def check(
    paths: Annotated[list[Path] | None, typer.Argument(help="Pages to tell about; all when none is named.")] = None,
    format: Annotated[Format, typer.Option(help="How to tell what was found.")] = Format.TEXT,
) -> None:
    """Apply every rule to every page and tell all faults at once."""
    from build_scripts import check as checking

    findings = checking.check(repository(), [path.absolute() for path in paths or []])
    told = checking.report(findings, format.value)
    if told:
        sys.stdout.write(f"{told}\n")
    raise typer.Exit(1 if findings else 0)


@app.command()
def build(pyodide: Pyodide = None) -> None:
    """Build everything into `_build/`: the engine, the pages, the notebooks."""
    from build_scripts import build as building

    building.build(repository(), pyodide, Progress())


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8000,
    lan: Annotated[bool, typer.Option("--lan", help="Let the phones and computers of the room in.")] = False,
    host: Annotated[str | None, typer.Option(help="An address to listen on; one of the network needs --lan.")] = None,
    build: Annotated[bool, typer.Option("--build/--no-build", help="Build first, and again at each change.")] = True,
    pyodide: Pyodide = None,
) -> None:
    """Show the site at an address, and follow every change of its sources."""
    from build_scripts import serve as serving

    serving.serve(repository(), host, port, lan=lan, live=build, pyodide=pyodide, report=Progress())


def main() -> None:
    """Run the command: a known fault becomes a sentence and a tip, an unknown one says that it is ours."""
    try:
        app(standalone_mode=True)
    except Fault as fault:
        tell(fault)
        raise SystemExit(fault.status) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception:
        stderr.print("[bold red]ERROR[/]  This is a fault of Passerelle itself, not yours.")
        stderr.print(
            "[bold]TIP[/]    Please send us the lines below, and what you typed:\n"
            f"       lessons {version('passerelle')}, Python {platform.python_version()}, {platform.platform()}"
        )
        stderr.print(traceback.format_exc(), markup=False)
        raise SystemExit(1) from None


def tell(fault: Fault) -> None:
    """Print a known fault: a red ERROR, then one thing to do."""
    stderr.print("[bold red]ERROR[/]  ", end="")
    stderr.print(fault.what, markup=False, soft_wrap=True)
    if fault.fix:
        stderr.print("[bold]TIP[/]    ", end="")
        stderr.print(fault.fix, markup=False, soft_wrap=True)
