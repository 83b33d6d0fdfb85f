"""The command `grading`: thin commands, and the one place that catches faults and prints."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from grading.errors import Fault, WrongCall

if TYPE_CHECKING:
    from grading.collect import Arrival
    from grading.course import Course
    from grading.demo import Demo
    from grading.grade import OnResult
    from grading.marking import Marking
    from grading.pool import Pool
    from grading.results import Result

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Release assignments, collect hand-ins, grade them, give feedback.",
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

CourseDir = Annotated[
    Path | None,
    typer.Option("--course", help="The course folder.  [default: PASSERELLE_COURSE, else the current folder]"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line, in place of the table.")]
Material = Annotated[
    Path | None,
    typer.Option(help="The checkout with notebooks/assignments.  [default: the current folder, else Passerelle's own]"),
]


def main() -> None:
    """Run the command line; exit status 0 done, 1 something to mend was found, 2 wrong call."""
    try:
        app()
    except Fault as fault:
        _tell(fault)
        sys.exit(fault.status)
    except KeyboardInterrupt:
        err.print("Stopped.")
        sys.exit(130)
    except Exception:
        traceback.print_exc()
        err.print("[bold red]ERROR[/] This is a fault of ours, not of yours.")
        err.print("[bold]TIP[/]   Send the lines above with the command that you typed.", markup=True)
        sys.exit(1)


def _tell(fault: Fault) -> None:
    err.print("[bold red]ERROR[/] ", end="")
    err.print(fault.what, markup=False, soft_wrap=True)
    if fault.fix:
        err.print("[bold]TIP[/]   ", end="")
        err.print(fault.fix, markup=False, soft_wrap=True)


def _course(course: Path | None) -> Course:
    from grading import course as courses

    return courses.find(course or Path(os.environ.get("PASSERELLE_COURSE") or "."))


def _material(material: Path | None) -> Path:
    from grading.messages import CHECKOUT

    here = Path.cwd()
    return (material or (here if (here / "notebooks" / "assignments").is_dir() else CHECKOUT)).resolve()


def _print(rows: list[dict[str, Any]], *, as_json: bool, columns: dict[str, str], title: str = "") -> None:
    """Print rows as JSON lines, or as a table of some of their keys under people's headings."""
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
        return
    table = Table(title=title or None, title_justify="left")
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        # `Text`, because learners' words may look like markup.
        table.add_row(*(Text(str(row[key])) for key in columns), style=row.get("style"))
    out.print(table)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or an nbgrader course to take over.")],
    code: Annotated[
        str | None, typer.Option(help="Course code that learners type.  [default: the folder's name]")
    ] = None,
) -> None:
    """Make a course folder; an existing nbgrader course becomes one in place."""
    from grading import course, gradebook

    made = course.init(folder, code)
    gradebook.create(made)
    out.print(f"Course {made.code} in {made.root}", markup=False, soft_wrap=True)
    out.print(f"Learners type the course code:  {made.code}", markup=False)
    out.print(f"Next:  grading release ASSIGNMENT --course {made.root}", markup=False, soft_wrap=True)


@app.command()
def release(  # noqa: PLR0917 - Typer turns parameters into options
    assignment: Annotated[str, typer.Argument(help="Name of the assignment.")],
    course: CourseDir = None,
    material: Material = None,
    into: Annotated[
        Path | None, typer.Option(help="Where to publish.  [default: notebooks/released of the checkout]")
    ] = None,
    due: Annotated[str | None, typer.Option(help='Until when, such as 2026-12-31T18:00+01:00; "" for no end.')] = None,
    address: Annotated[list[str] | None, typer.Option(help="Where browsers post hand-ins; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make the learners' version, without solutions or hidden tests."""
    from grading.release import release as make

    made = make(_course(course), assignment, _material(material), into, due=due, addresses=address)
    about = made.about
    if as_json:
        typer.echo(json.dumps({"folder": str(made.folder), **about}, ensure_ascii=False))
        return
    _print(
        [{**cell, "points": f"{cell['points']:g}"} for cell in about["cells"]],
        as_json=False,
        columns={"notebook": "Notebook", "id": "Cell", "points": "Points", "mode": "Marked"},
        title=f"{assignment}: {about['points']:g} points, in {', '.join(about['languages'])}",
    )
    out.print(f"Learners' version: {made.folder}", markup=False, soft_wrap=True)
    out.print("Next:  make build, and publish _build/site", markup=False)


@app.command()
def collect(
    assignment: Annotated[str | None, typer.Argument(help="Take only this assignment's.")] = None,
    places: Annotated[
        list[Path] | None,
        typer.Option("--from", help="File or folder; may be repeated.  [default: the course's inbox/]"),
    ] = None,
    course: CourseDir = None,
    as_json: AsJson = False,
) -> None:
    """Take hand-ins in; what cannot be read is set aside with its reason, and stays where it is."""
    from grading.collect import collect as take

    where = _course(course)
    arrivals = take(where, assignment, places or [])
    show_arrivals(arrivals, as_json=as_json)
    if not arrivals and not as_json:
        out.print(f"Nothing found. Put hand-ins into {where.inbox}, or say where: --from PATH", markup=False)
    if any(each.status == "set-aside" for each in arrivals):
        err.print(f"Copies and reasons: {where.set_aside}; originals untouched.", markup=False, soft_wrap=True)
        raise typer.Exit(1)


def _printable(name: str) -> str:
    """Return a file's name with "?" for bytes in no known encoding: printing them would end the command."""
    return name.encode("utf-8", "replace").decode("utf-8")


def show_arrivals(arrivals: list[Arrival], *, as_json: bool) -> None:
    """Print what became of each file."""
    words = {"taken": "taken in", "known": "known already", "set-aside": "set aside", "left": "another assignment"}
    rows = [
        {
            "file": _printable(str(each.path)),
            "status": each.status,
            "learner": each.learner,
            "assignment": each.assignment,
            "attempt": each.attempt,
            "receipt": each.code,
            "reason": each.reason,
        }
        for each in arrivals
    ]
    if as_json:
        _print(rows, as_json=True, columns={})
        return
    for row, each in zip(rows, arrivals, strict=True):
        row["file"] = _printable(each.path.name)
        row["attempt"] = str(each.attempt or "")
        row["said"] = words[each.status] + (f": {each.reason}" if each.reason else "")
        row["style"] = "red" if each.status == "set-aside" else None
    columns = {
        "file": "File",
        "learner": "Learner",
        "attempt": "Attempt",
        "receipt": "Receipt",
        "said": "What became of it",
    }
    _print(rows, as_json=False, columns=columns)
    counts = {status: sum(each.status == status for each in arrivals) for status in words}
    out.print(", ".join(f"{count} {words[status]}" for status, count in counts.items() if count))


@app.command()
def grade(  # noqa: PLR0917 - Typer turns parameters into options
    assignment: Annotated[str, typer.Argument(help="Name of the assignment.")],
    learners: Annotated[list[str] | None, typer.Argument(help="Only theirs.  [default: everybody's]")] = None,
    jobs: Annotated[int, typer.Option(min=0, help="How many notebooks run at once; 0 for one each processor.")] = 0,
    counts: Annotated[
        Literal["last", "best", "first", "last-before-due"] | None,
        typer.Option("--attempts", help="Which attempt of a learner counts.  [default: marking.toml's, else last]"),
    ] = None,
    tests: Annotated[
        Literal["isolated", "shared"] | None,
        typer.Option(
            help="Where tests run.  [default: marking.toml's, else isolated where the author's solution passes so]"
        ),
    ] = None,
    cell_s: Annotated[
        float | None,
        typer.Option("--cell-seconds", help="The most that one cell may take.  [default: marking.toml's, else 30]"),
    ] = None,
    notebook_s: Annotated[
        float | None,
        typer.Option(
            "--notebook-seconds", help="The most that one notebook may take.  [default: marking.toml's, else 120]"
        ),
    ] = None,
    explain: Annotated[
        str | None, typer.Option(metavar="LEARNER", help="Say of this learner what ran and why each point was given.")
    ] = None,
    cluster: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Let Dask workers run the notebooks; address of their scheduler.")
    ] = "",
    again: Annotated[bool, typer.Option("--again", help="Run what was run before, too.")] = False,
    nbgrader_rules: Annotated[
        bool,
        typer.Option(
            "--nbgrader-rules", help="As nbgrader: nothing for a test that warns, all for one that ends in a word."
        ),
    ] = False,
    course: CourseDir = None,
    as_json: AsJson = False,
) -> None:
    """Run and mark every attempt, and record of each learner the one that counts."""
    from grading import marking

    given = {
        "attempts": counts,
        "tests": tests,
        "rules": "nbgrader" if nbgrader_rules else None,
        "cell-seconds": cell_s,
        "notebook-seconds": notebook_s,
    }
    where = _course(course)
    how = marking.settled(where, assignment, given, jobs=jobs, cluster=cluster, again=again)
    wanted = [explain] if explain else learners or []
    results = _grade(where, assignment, wanted, how, quiet=as_json)
    if explain and not as_json:
        from grading.explain import explained

        for line in explained(results):
            out.print(line, markup=False, soft_wrap=True)
    else:
        show_results(results, as_json=as_json)
    if any(result.status == "failed" for result in results):
        raise typer.Exit(1)


def _grade(course: Course, assignment: str, learners: list[str], marking: Marking, *, quiet: bool) -> list[Result]:
    # First of all, since it needs longest, and what marks is long to import, too.
    pool = _pool(marking)
    with _watching(quiet=quiet) as told, pool:
        from grading.grade import grade as mark

        return mark(course, assignment, learners, marking, pool=pool, on_result=told)


def _pool(marking: Marking) -> Pool:
    from grading.pool import Local

    if not marking.cluster:
        return Local(marking.jobs, marking.engine, marking.limits, apart=marking.mode != "shared")
    try:
        from grading.cluster import Cluster
    except ModuleNotFoundError as error:
        raise WrongCall("marking on a cluster needs Dask", "pip install 'passerelle[cluster]'") from error
    return Cluster(marking.cluster, marking.engine, marking.limits)


@contextmanager
def _watching(*, quiet: bool) -> Iterator[OnResult]:
    """Show a moving bar while hand-ins are marked; hand out what advances it."""
    columns = (
        TextColumn("Grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal) as bars:
        task = bars.add_task("starting", total=None, rate="")

        def told(result: Result, total: int) -> None:
            bars.update(task, advance=1, total=total, description=result.learner)
            if speed := bars.tasks[0].speed:
                bars.update(task, rate=f"{speed * 60:.0f} a minute, left:")

        yield told


def show_results(results: list[Result], *, as_json: bool) -> None:
    """Print what marking gave: a line each learner, problems in plain words."""
    from grading.messages import number

    if as_json:
        for result in results:
            typer.echo(json.dumps(result.document(), ensure_ascii=False))
        return
    rows: list[dict[str, Any]] = []
    others = [result for result in results if not result.counts]
    results = [result for result in results if result.counts]
    for result in results:
        failed = result.status == "failed"
        rows.append(
            {
                "learner": result.learner + (f" ({result.name})" if result.name else ""),
                "attempt": f"{result.attempt} of {result.attempts}",
                "points": "not marked" if failed else f"{number(result.score)} / {number(result.max_score)}",
                "was": "" if result.was is None else number(result.was),
                "manual": result.needs_manual or "",
                "problems": "\n".join(result.document()["problems"]),
                "style": "red" if failed else None,
            }
        )
    columns = {"learner": "Learner"}
    if others:
        columns["attempt"] = "Attempt"
    columns["points"] = "Points"
    if any(row["was"] for row in rows):
        columns["was"] = "Before"
    columns |= {"manual": "To mark by hand", "problems": "Problems"}
    _print(rows, as_json=False, columns=columns)
    unmarked = sum(result.status == "failed" for result in results)
    by_hand = sum(bool(result.needs_manual) for result in results)
    inside = sorted({cell.id for result in results for cell in result.cells if cell.mode == "shared"})
    if inside:
        out.print(f"Tests that ran inside the learner's program: {', '.join(inside)}", markup=False, soft_wrap=True)
    changed = [result for result in others if result.was is not None]
    if changed:
        told = (f"{each.learner} {each.attempt} ({number(each.was or 0)} → {number(each.score)})" for each in changed)
        out.print(f"Attempts that do not count have other points too: {', '.join(told)}", markup=False, soft_wrap=True)
    pairs = {tuple(sorted((result.learner, each.learner))): each for result in results for each in result.similar}
    if pairs:
        out.print("Similar answers, to look at; this is no verdict:")
        for (one, other), each in pairs.items():
            renamed = "" if each.similarity == each.renamed else f", {each.renamed:.0%} with all names alike"
            out.print(f"  {one} and {other}: {each.similarity:.0%}{renamed}", markup=False, soft_wrap=True)
    out.print(f"{len(results) - unmarked} marked, {unmarked} not marked, {by_hand} with cells to mark by hand")


@app.command()
def feedback(
    assignment: Annotated[str, typer.Argument(help="Name of the assignment.")],
    learners: Annotated[list[str] | None, typer.Argument(help="Only theirs.  [default: everybody's]")] = None,
    course: CourseDir = None,
    as_json: AsJson = False,
) -> None:
    """Write one page for each learner, in the learner's language."""
    from grading.feedback import feedback as write

    pages = write(_course(course), assignment, learners or [])
    rows = [{"learner": page.learner, "language": page.language, "page": str(page.path)} for page in pages]
    _print(rows, as_json=as_json, columns={"learner": "Learner", "language": "Language", "page": "Page"})


@app.command()
def demo(
    into: Annotated[Path | None, typer.Option(help="A new folder for the course.  [default: a temporary one]")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the temporary folder.")] = False,
    material: Material = None,
    as_json: AsJson = False,
) -> None:
    """Show a whole course with a dozen made-up learners, from release to feedback."""
    with ExitStack() as stack:
        if into is not None:
            folder = into
        elif keep:
            folder = Path(tempfile.mkdtemp(prefix="passerelle-demo-"))
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="passerelle-demo-")))
        made = _demo(folder, _material(material), quiet=as_json)
        if not as_json:
            out.print("All learners here are made up.")
            show_arrivals(made.arrivals, as_json=False)
        show_results(made.results, as_json=as_json)
        if as_json:
            return
        out.print(f"{len(made.pages)} pages of feedback")
        if into is not None or keep:
            out.print(f"The course:   {made.course.root}", markup=False, soft_wrap=True)
            out.print(f"One page:     {made.pages[0].path}", markup=False, soft_wrap=True)
        else:
            out.print("The folder is gone now. To keep it: grading demo --keep")


def _demo(folder: Path, material: Path, *, quiet: bool) -> Demo:
    from grading.demo import demo as run

    with _watching(quiet=quiet) as told:
        return run(folder, material, on_result=told)


if __name__ == "__main__":
    main()
