"""Grade: run every hand-in in the sandbox, score it with nbgrader's rules, record it."""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

from grading import attempts, gradebook, handin, modes, results, source
from grading import notebook as nb
from grading.attempts import Attempt
from grading.course import Course
from grading.errors import Fault, Refused, SandboxUnavailable, WrongCall
from grading.execute import beside
from grading.limits import Limits
from grading.modes import Mode, Reference
from grading.problems import Problem, of_run
from grading.restore import restore
from grading.results import Result
from grading.sandbox import Run, Sandbox
from grading.scoring import Rules, Scale

Notebook = nb.Notebook
OnResult = Callable[[Result, int], None]


@dataclass(frozen=True)
class _Ready:
    """A hand-in whose notebooks can be run."""

    learner: str
    attempt: Attempt
    paths: dict[str, Path]
    problems: list[Problem]


@dataclass(frozen=True)
class _Learnt:
    """What the author's solutions taught, by notebook, and the rules of scoring."""

    references: Mapping[str, Reference]
    rules: Rules

    @property
    def shared(self) -> set[tuple[str, str]]:
        return {(name, grade_id) for name, each in self.references.items() for grade_id in each.shared}

    @property
    def scale(self) -> Scale:
        wordy = {(name, grade_id) for name, each in self.references.items() for grade_id in each.wordy}
        return Scale(self.rules, frozenset(wordy))


@dataclass(frozen=True)
class Marking:
    """How an assignment is marked.

    Attributes:
        jobs: how many notebooks run at once; 0 for one each processor.
        limits: what each notebook may use.
        engine: folder of the engine; default: the one that `make build` made.
        mode: where tests run; default: apart from the learner's program where the author's own solution passes so.
        rules: how outputs become points; see `scoring`.
    """

    jobs: int = 0
    limits: Limits = field(default_factory=Limits)
    engine: Path | None = None
    mode: Mode | None = None
    rules: Rules = "fair"


def grade(
    course: Course,
    assignment: str,
    learners: Iterable[str] = (),
    marking: Marking | None = None,
    *,
    on_result: OnResult = lambda _result, _total: None,
) -> list[Result]:
    """Mark the latest attempt of each learner and return the results, by learner.

    A hand-in that cannot be marked is a result too; it never stops the others.

    Args:
        learners: mark only theirs; default: everybody who has handed in.
        marking: how.
        on_result: called with each result as it is known, and the number of hand-ins.

    Raises:
        WrongCall: the assignment is not released, or a learner named has handed in nothing.
        SandboxUnavailable: learners' code cannot be run safely here; nothing was run.
    """
    released = gradebook.assignments(course)
    if assignment not in released:
        known = f"; released are {', '.join(sorted(released))}" if released else ""
        raise WrongCall(
            f"{assignment} is not released in the course {course.code}{known}", f"grading release {assignment}"
        )
    there = _handed_in(course, assignment)
    wanted = list(dict.fromkeys(learners)) or there
    if missing := [each for each in wanted if each not in there]:
        raise WrongCall(f"{missing[0]} has not handed in {assignment}", "grading collect")
    if not wanted:
        raise Fault(f"nobody has handed in {assignment} yet", f"grading collect {assignment}")
    done: dict[str, Result] = {}

    def finish(result: Result) -> None:
        results.save(course, result)
        done[result.learner] = result
        on_result(result, len(wanted))

    how = marking or Marking()
    count = min(how.jobs or os.cpu_count() or 1, len(wanted))
    with _Pool(count, how.engine, how.limits) as pool, gradebook.kept_open(course):
        references = {name: pool.learn(_solution(course, assignment, name), how.mode) for name in released[assignment]}
        learnt = _Learnt(references, how.rules)
        running: dict[Future[dict[str, Run]], _Ready] = {}
        waiting = deque(wanted)
        while waiting or running:
            # Few ahead: the first results come at once, and no sandbox waits for the next notebook.
            while waiting and len(running) < 2 * count:
                ready = _prepare(course, assignment, waiting.popleft(), released[assignment])
                if isinstance(ready, Result):
                    finish(ready)
                else:
                    running[pool.submit(ready.paths, references)] = ready
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                finish(_record(course, assignment, running.pop(future), future, learnt))
    return [done[learner] for learner in sorted(done)]


class _Pool:
    """Threads, each with a sandbox of its own: the work is done in their processes."""

    def __init__(self, count: int, engine: Path | None, limits: Limits) -> None:
        # The first sandbox is started at once, so that a missing engine is said before anything is touched.
        self._all = [Sandbox(engine, limits) for _ in range(count)]
        self._all[0].__enter__()
        self._free: queue.SimpleQueue[Sandbox] = queue.SimpleQueue()
        for each in self._all:
            self._free.put(each)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="sandbox")
        self._stop = threading.Event()

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._threads.shutdown(cancel_futures=True)
        for each in self._all:
            each.close()

    def learn(self, solution: Path, mode: Mode | None) -> Reference:
        return modes.learn(self._all[0], solution, beside(solution.parent), mode)

    def submit(self, paths: dict[str, Path], references: Mapping[str, Reference]) -> Future[dict[str, Run]]:
        return self._threads.submit(self._run, paths, references)

    def _run(self, paths: dict[str, Path], references: Mapping[str, Reference]) -> dict[str, Run]:
        sandbox = self._free.get()
        try:
            runs = {}
            for name, path in paths.items():
                if not self._stop.is_set():
                    read = nb.read(path)
                    runs[name] = sandbox.run(read, beside(path.parent), modes.plan(read, references[name]))
            return runs
        finally:
            self._free.put(sandbox)


def _handed_in(course: Course, assignment: str) -> list[str]:
    kept = course.attempts(assignment)
    with_attempts = {path.name for path in kept.iterdir() if path.is_dir()} if kept.exists() else set()
    return sorted(with_attempts | set(gradebook.submitted(course, assignment)))


def _prepare(course: Course, assignment: str, learner: str, expected: list[str]) -> _Ready | Result:
    """Write what will be run into `autograded/`; a hand-in that cannot be run becomes a failed result."""
    standing = attempts.adopt(course, assignment, learner)
    attempt = attempts.latest(course, assignment, learner)
    if attempt is None:
        nothing = Attempt(learner, assignment, 0, "", "", "", "", "")
        return _failed(course, nothing, f"there is no notebook in submitted/{learner}/{assignment}")
    if standing is None or standing.number != attempt.number:
        attempts.place(course, attempt)
    problems: list[Problem] = []
    folder = gradebook.folder(course, "submitted", learner, assignment)
    try:
        read: dict[str, Notebook] = {}
        for name in expected:
            path = folder / f"{name}.ipynb"
            if path.exists():
                read[name] = handin.check_notebook(path.name, path.read_bytes())
            else:
                problems.append(Problem("missing_notebook", {"notebook": name}))
        if not read:
            raise Refused(f"it has no notebook of {assignment}: {', '.join(expected)}")
        attempt = replace(attempt, language=attempt.language or _language(course, assignment, read))

        def restored(name: str, notebook: Notebook) -> Notebook:
            made, found = restore(notebook, _released_cells(course, assignment, name, attempt.language))
            problems.extend(found)
            return made

        with gradebook.transaction(course, discard=True):
            paths = gradebook.sanitise(course, assignment, learner, restored)
    except Fault as fault:
        return _failed(course, attempt, fault.what)
    return _Ready(learner, attempt, {name: path for name, path in paths.items() if name in expected}, problems)


def _solution(course: Course, assignment: str, name: str) -> Path:
    return course.root / "source" / assignment / f"{name}.ipynb"


def _record(course: Course, assignment: str, ready: _Ready, future: Future[dict[str, Run]], learnt: _Learnt) -> Result:
    try:
        runs = future.result()
        executed = {name: nb.node(run.notebook) for name, run in runs.items()}
        with gradebook.transaction(course):
            differences = gradebook.record(course, assignment, ready.learner, executed, learnt.scale)
    except SandboxUnavailable:
        raise
    except Fault as fault:
        return _failed(course, ready.attempt, fault.what)
    except Exception as error:  # whatever a learner's notebook provokes, the others are marked
        return _failed(course, ready.attempt, f"{type(error).__name__}: {error}")
    marks = gradebook.marks(course, assignment, ready.learner)
    if marks is None:
        return _failed(course, ready.attempt, "the gradebook has not taken it in")
    problems = ready.problems + [of_run(problem) for run in runs.values() for problem in run.problems]
    made = results.cells(marks, executed, learnt.shared)
    problems += [
        Problem("out_of_range", {"cell": cell.id}) for cell in made if cell.mode != "manual" and cell.points is None
    ]
    problems += [Problem(f"fair_{each.reason}", {"cell": each.cell}) for each in differences]
    return Result(
        learner=ready.learner,
        name=marks.name,
        assignment=assignment,
        attempt=ready.attempt.number,
        language=ready.attempt.language,
        status="graded",
        score=marks.score,
        max_score=marks.max_score,
        needs_manual=sum(cell.needs_manual for cell in marks.cells),
        cells=made,
        problems=problems,
        engine=next((run.engine for run in runs.values()), ""),
    )


def _failed(course: Course, attempt: Attempt, reason: str) -> Result:
    """Return the result of a hand-in that could not be marked; in the gradebook all its cells wait for a person."""
    with gradebook.transaction(course):
        gradebook.expect(course, attempt.assignment, attempt.learner)
    marks = gradebook.marks(course, attempt.assignment, attempt.learner)
    cells = results.cells(marks, {}) if marks else []
    return Result(
        learner=attempt.learner,
        name=marks.name if marks else "",
        assignment=attempt.assignment,
        attempt=attempt.number,
        language=attempt.language,
        status="failed",
        score=marks.score if marks else 0.0,
        max_score=marks.max_score if marks else 0.0,
        needs_manual=len(cells),
        cells=cells,
        problems=[Problem("not_marked", {"reason": reason})],
    )


def _languages(course: Course, assignment: str) -> list[str]:
    """Return the languages of an assignment, the one in the gradebook first."""
    found = [path.name for path in course.sources(assignment).glob("*/")]
    return sorted(found, key=lambda each: (each != source.SOURCE_LANGUAGE, each))


def _released_cells(course: Course, assignment: str, name: str, language: str) -> list[Notebook]:
    """Return the cells to mark with, in the learner's language; points are always the gradebook's."""
    recorded = gradebook.as_released(course, assignment, name)
    languages = _languages(course, assignment)
    if language not in languages[1:]:
        return recorded
    whole = nb.read(course.sources(assignment) / language / f"{name}.ipynb")
    own = {cell.metadata.nbgrader.grade_id: cell for cell in whole.cells if "nbgrader" in cell.metadata}
    made = []
    for cell in recorded:
        meta = cell.metadata.nbgrader
        twin = own.get(meta.grade_id)
        if twin is None or twin.cell_type != cell.cell_type:
            made.append(cell)
            continue
        twin.metadata.nbgrader = meta
        made.append(gradebook.checksummed(twin))
    return made


def _language(course: Course, assignment: str, notebooks: dict[str, Notebook]) -> str:
    """Return the language whose text a hand-in shares most with; "" when the assignment has none."""

    def shared(language: str) -> int:
        count = 0
        for name, notebook in notebooks.items():
            path = course.sources(assignment) / language / f"{name}.ipynb"
            ours = {cell.source for cell in nb.read(path).cells} if path.exists() else set()
            count += sum(cell.source in ours for cell in notebook.cells)
        return count

    return max(_languages(course, assignment), key=shared, default="")
