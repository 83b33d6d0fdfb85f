"""Grade: run every attempt once, score it with nbgrader's rules, and record of each learner the one that counts.

Nothing that was run is run again while all that its outputs depend on stays the same (`runs`), and what is recorded is
always made from what was run: grading that was interrupted at any moment goes on, and ends as if it had not been.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grading import attempts, files, gradebook, handin, modes, policies, results, runs, similar, source
from grading import notebook as nb
from grading.attempts import Attempt
from grading.course import Course
from grading.errors import Fault, Refused, SandboxUnavailable, WrongCall
from grading.gradebook import marker
from grading.marking import Marking
from grading.modes import Reference
from grading.pool import Local, Pool, Work
from grading.problems import Problem, of_run
from grading.restore import restore
from grading.results import Resembling, Result
from grading.runs import Kept
from grading.scoring import Scale

if TYPE_CHECKING:
    from grading.sandbox import Plan, Run

Notebook = nb.Notebook
OnResult = Callable[[Result, int], None]


@dataclass
class _Learner:
    """A learner whose attempts are run; `standing` is the one in nbgrader's `submitted/`."""

    code: str
    attempts: list[Attempt]
    standing: Attempt | None
    kept: dict[int, Kept] = field(default_factory=dict)


@dataclass(frozen=True)
class _Ready:
    """An attempt whose notebooks can be run."""

    learner: _Learner
    attempt: Attempt
    key: str
    notebooks: dict[str, Notebook]
    problems: list[Problem]


def grade(
    course: Course,
    assignment: str,
    learners: Iterable[str] = (),
    marking: Marking | None = None,
    *,
    pool: Pool | None = None,
    on_result: OnResult = lambda _result, _total: None,
) -> list[Result]:
    """Mark all attempts and return the results, by learner and attempt.

    A hand-in that cannot be marked is a result too; it never stops the others.

    Args:
        learners: mark only theirs; default: everybody who has handed in.
        marking: how.
        pool: who runs the notebooks, started and ended by the caller; default: sandboxes on this machine.
        on_result: called with the result of each attempt that counts, and the number of learners.

    Raises:
        WrongCall: the assignment is not released, or a learner named has handed in nothing.
        SandboxUnavailable: learners' code cannot be run safely here; nothing was run.
    """
    how = marking or Marking()
    with ExitStack() as stack:
        opened = pool or stack.enter_context(Local(how.jobs, how.engine, how.limits, apart=how.mode != "shared"))
        stack.enter_context(gradebook.kept_open(course))
        return _Grading(course, assignment, how, opened, on_result).all(learners)


class _Grading:
    """One run of `grade`."""

    def __init__(self, course: Course, assignment: str, how: Marking, pool: Pool, on_result: OnResult) -> None:
        self.course = course
        self.assignment = assignment
        self.how = how
        self.pool = pool
        self.on_result = on_result
        released = gradebook.assignments(course)
        if assignment not in released:
            known = f"; released are {', '.join(sorted(released))}" if released else ""
            raise WrongCall(
                f"{assignment} is not released in the course {course.code}{known}", f"grading release {assignment}"
            )
        self.expected = released[assignment]
        self.key = self._key()
        self.due = gradebook.due_of(course, assignment)
        self.languages = _languages(course, assignment)

    def _key(self) -> str:
        """Return what stands for all that outputs depend on, but for the attempt."""
        course, assignment = self.course, self.assignment
        cells = [
            (name, cell.cell_type, cell.source, cell.metadata)  # not its id, which is another each time
            for name in self.expected
            for cell in gradebook.as_released(course, assignment, name)
        ]
        solutions = [path.read_bytes() for name in self.expected if (path := self._solution(name)).exists()]
        settings = (course.root / "nbgrader_config.py").read_bytes()
        folders = [course.sources(assignment), gradebook.folder(course, "source", ".", assignment)]
        texts = [(str(path.relative_to(folder)), path.read_bytes()) for folder in folders for path in _files(folder)]
        limits = vars(self.how.limits)
        sources = [part for name, data in texts for part in (name, data)]
        return runs.key(
            runs.program(), self.pool.engine, limits, self.how.mode, cells, settings, *solutions, "", *sources
        )

    def _solution(self, name: str) -> Path:
        return gradebook.folder(self.course, "source", ".", self.assignment) / f"{name}.ipynb"

    def all(self, learners: Iterable[str]) -> list[Result]:
        """Mark the attempts of these learners, or of everybody."""
        there = self._handed_in()
        wanted = list(dict.fromkeys(learners)) or there
        if missing := [each for each in wanted if each not in there]:
            raise WrongCall(f"{missing[0]} has not handed in {self.assignment}", "grading collect")
        if not wanted:
            raise Fault(f"nobody has handed in {self.assignment} yet", f"grading collect {self.assignment}")
        self.references = self._learn()
        wordy = {(name, grade_id) for name, each in self.references.items() for grade_id in each.wordy}
        self.scale = Scale(self.how.rules, frozenset(wordy))
        self.shared = {(name, grade_id) for name, each in self.references.items() for grade_id in each.shared}
        done: list[Result] = []

        answers: dict[str, list[str]] = {}

        def finish(learner: _Learner) -> None:
            with files.alone(self.course, self.assignment, learner.code):
                made = self._record(learner)
                for result in made:
                    results.save(self.course, result)
            answers[learner.code] = self._answers(learner, next(each for each in made if each.counts))
            learner.kept.clear()  # a thousand hand-ins take no more room than one
            done.extend(made)
            self.on_result(next(each for each in made if each.counts), len(wanted))

        works = self._works(wanted)
        running: dict[Future[dict[str, Run]], _Ready] = {}
        while True:
            # Few ahead: the first results come at once, and no sandbox waits for the next notebook.
            while len(running) < 2 * self.pool.size and (work := next(works, None)):
                learner, attempt = work
                ready = self._prepare(learner, attempt) if attempt else None
                if ready:
                    running[self.pool.submit(self._work(ready))] = ready
                elif len(learner.kept) == len(learner.attempts):
                    finish(learner)
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                ready = running.pop(future)
                self._keep(ready, future)
                if len(ready.learner.kept) == len(ready.learner.attempts):
                    finish(ready.learner)
        return sorted(self._compared(done, answers), key=lambda each: (each.learner, each.attempt))

    def _handed_in(self) -> list[str]:
        folder = self.course.attempts(self.assignment)
        with_attempts = {path.name for path in folder.iterdir() if path.is_dir()} if folder.exists() else set()
        return sorted(with_attempts | set(gradebook.submitted(self.course, self.assignment)))

    def _learn(self) -> dict[str, Reference]:
        key = runs.key("references", self.key)
        found = None if self.how.again else runs.load_references(self.course, self.assignment, key)
        if found is None:
            beside = marker.solution_files(self.course, self.assignment)

            def run_it(notebook: Notebook, given: Mapping[str, bytes], plan: Plan) -> Run:
                return self.pool.submit({"": Work(notebook, given, plan)}).result()[""]

            with ThreadPoolExecutor(self.pool.size) as side_by_side:
                learnt = side_by_side.map(
                    lambda name: modes.learn(run_it, self._solution(name), beside, self.how.mode), self.expected
                )
                found = dict(zip(self.expected, learnt, strict=True))
            runs.save_references(self.course, self.assignment, key, found)
        return found

    def _works(self, wanted: list[str]) -> Iterator[tuple[_Learner, Attempt | None]]:
        """Yield the attempts to run, learner by learner; None for a learner who has none."""
        for code in wanted:
            with files.alone(self.course, self.assignment, code):
                standing = attempts.adopt(self.course, self.assignment, code)
            learner = _Learner(code, attempts.of(self.course, self.assignment, code), standing)
            yield from ((learner, attempt) for attempt in (learner.attempts or (None,)))

    def _prepare(self, learner: _Learner, attempt: Attempt) -> _Ready | None:
        """Return what is to be run of an attempt; None when nothing is, and it is known what it gave."""
        key = runs.key(self.key, attempt.sha256, attempt.language)
        kept = None if self.how.again else runs.load(self.course, attempt, key)
        if kept:
            learner.kept[attempt.number] = kept
            return None
        problems: list[Problem] = []
        try:
            read = self._read(attempt, problems)
            language = attempt.language or self._language(read)

            def restored(name: str, notebook: Notebook) -> Notebook:
                made, found = restore(notebook, self._released_cells(name, language))
                problems.extend(found)
                return made

            notebooks = marker.sanitise(self.course, self.assignment, learner.code, read, restored)
        except Fault as fault:
            learner.kept[attempt.number] = Kept(key, {}, problems, language=attempt.language, failed=fault.what)
            return None
        return _Ready(learner, replace(attempt, language=language), key, notebooks, problems)

    def _read(self, attempt: Attempt, problems: list[Problem]) -> dict[str, Notebook]:
        """Return the notebooks of an attempt by name; notes which are missing."""
        folder = attempt.folder(self.course) / "files"
        read: dict[str, Notebook] = {}
        for name in self.expected:
            path = folder / f"{name}.ipynb"
            if path.exists():
                read[name] = handin.check_notebook(path.name, path.read_bytes())
            else:
                problems.append(Problem("missing_notebook", {"notebook": name}))
        if not read:
            raise Refused(f"it has no notebook of {self.assignment}: {', '.join(self.expected)}")
        return read

    def _work(self, ready: _Ready) -> dict[str, Work]:
        beside = marker.files(self.course, self.assignment, ready.attempt.folder(self.course) / "files")
        return {
            name: Work(notebook, beside, modes.plan(notebook, self.references[name]))
            for name, notebook in ready.notebooks.items()
        }

    def _keep(self, ready: _Ready, future: Future[dict[str, Run]]) -> None:
        """Keep what running an attempt gave; what could not be run is not kept for another time."""
        try:
            ran = future.result()
        except SandboxUnavailable:
            raise
        except Exception as error:  # whatever a learner's notebook provokes, the others are marked
            why = error.what if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
            kept = Kept(ready.key, {}, ready.problems, language=ready.attempt.language, failed=why)
        else:
            kept = Kept(
                key=ready.key,
                notebooks={name: nb.node(run.notebook) for name, run in ran.items()},
                problems=ready.problems + [of_run(problem) for run in ran.values() for problem in run.problems],
                engine=next((run.engine for run in ran.values()), ""),
                seconds=sum(run.seconds for run in ran.values()),
                language=ready.attempt.language,
            )
            runs.save(self.course, ready.attempt, kept)
        ready.learner.kept[ready.attempt.number] = kept

    def _record(self, learner: _Learner) -> list[Result]:
        """Write the attempt that counts into the gradebook, and return the results of all."""
        if not learner.attempts:
            nothing = Attempt(learner.code, self.assignment, 0, "", "", "", "", "")
            why = f"there is no notebook in submitted/{learner.code}/{self.assignment}"
            return [self._failed(nothing, Kept("", {}, [], failed=why))]
        scores = {number: marker.score(kept.notebooks, self.scale) for number, kept in learner.kept.items()}
        points = {
            number: -1.0 if learner.kept[number].failed else sum(each.points or 0 for each in scored)
            for number, scored in scores.items()
        }
        counts = policies.counting(self.how.policy, learner.attempts, points, self.due)
        made = []
        for attempt in learner.attempts:
            kept = learner.kept[attempt.number]
            if attempt is not counts:
                made.append(self._beside(attempt, kept, scores[attempt.number]))
            elif kept.failed:
                made.append(self._failed(attempt, kept))
            else:
                made.append(self._counted(learner, attempt, kept, scores[attempt.number]))
        return [replace(each, attempts=len(made), was=results.before(self.course, each)) for each in made]

    def _answers(self, learner: _Learner, counted: Result) -> list[str]:
        """Return what a learner wrote, as tokens."""
        kept = learner.kept.get(counted.attempt)
        if kept is None:
            return []
        released = {
            cell.metadata.nbgrader.grade_id: cell.source
            for name in kept.notebooks
            for cell in self._released_cells(name, kept.language)
        }
        return similar.answers(kept.notebooks.values(), released)

    def _compared(self, done: list[Result], answers: Mapping[str, list[str]]) -> Iterator[Result]:
        """Yield the results, those that resemble others with their names."""
        found: dict[str, list[Resembling]] = {}
        for pair in similar.pairs(answers):
            for one, other in ((pair.one, pair.other), (pair.other, pair.one)):
                found.setdefault(one, []).append(Resembling(other, pair.similarity, pair.renamed))
        for result in done:
            if result.counts and result.learner in found:
                told = replace(result, similar=found[result.learner])
                results.save(self.course, told)
                yield told
            else:
                yield result

    def _counted(self, who: _Learner, attempt: Attempt, kept: Kept, scored: list[marker.Score]) -> Result:
        course, assignment, learner = self.course, self.assignment, attempt.learner
        try:
            if attempt != who.standing:
                attempts.place(course, attempt)
            with gradebook.transaction(course):
                marker.record(course, assignment, learner, kept.notebooks, self.scale)
        except Exception as error:  # whatever a learner's notebook provokes, the others are marked
            why = error.what if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
            return self._failed(attempt, replace(kept, failed=why))
        marks = gradebook.marks(course, assignment, learner)
        if marks is None:
            return self._failed(attempt, replace(kept, failed="the gradebook has not taken it in"))
        made = results.cells(marks.cells, kept.notebooks, self.shared)
        problems = kept.problems + _noted(made, scored)
        return Result(
            learner=learner,
            name=marks.name,
            assignment=assignment,
            attempt=attempt.number,
            language=kept.language,
            status="graded",
            score=marks.score,
            max_score=marks.max_score,
            needs_manual=sum(cell.needs_manual for cell in marks.cells),
            cells=made,
            problems=problems,
            engine=kept.engine,
        )

    def _beside(self, attempt: Attempt, kept: Kept, scored: list[marker.Score]) -> Result:
        """Return the result of an attempt that does not count: what its tests gave, and no gradebook."""
        given = [
            gradebook.Cell(
                notebook=each.notebook,
                id=each.id,
                points=each.points,
                max_points=each.max_points,
                by_hand=each.by_hand,
                needs_manual=each.points is None,
                comment="",
            )
            for each in scored
        ]
        made = results.cells(given, kept.notebooks, self.shared)
        told = [Problem("not_marked", {"reason": kept.failed})] if kept.failed else _noted(made, scored)
        return Result(
            learner=attempt.learner,
            name="",
            assignment=self.assignment,
            attempt=attempt.number,
            language=kept.language,
            status="failed" if kept.failed else "graded",
            score=sum(each.points or 0 for each in scored),
            max_score=sum(each.max_points for each in scored),
            needs_manual=sum(each.points is None for each in scored),
            cells=made,
            problems=kept.problems + told,
            engine=kept.engine,
            counts=False,
        )

    def _failed(self, attempt: Attempt, kept: Kept) -> Result:
        """Return the result of a hand-in that could not be marked; in the gradebook all its cells wait for a person."""
        with gradebook.transaction(self.course):
            gradebook.expect(self.course, self.assignment, attempt.learner)
        marks = gradebook.marks(self.course, self.assignment, attempt.learner)
        cells = results.cells(marks.cells, {}) if marks else []
        return Result(
            learner=attempt.learner,
            name=marks.name if marks else "",
            assignment=self.assignment,
            attempt=attempt.number,
            language=kept.language,
            status="failed",
            score=marks.score if marks else 0.0,
            max_score=marks.max_score if marks else 0.0,
            needs_manual=len(cells),
            cells=cells,
            problems=[Problem("not_marked", {"reason": kept.failed})],
        )

    def _released_cells(self, name: str, language: str) -> list[Notebook]:
        """Return the cells to mark with, in the learner's language; points are always the gradebook's."""
        return gradebook.kept(self.course, ("cells", name, language), lambda: self._spoken_cells(name, language))

    def _spoken_cells(self, name: str, language: str) -> list[Notebook]:
        recorded = gradebook.as_released(self.course, self.assignment, name)
        if language not in self.languages[1:]:
            return recorded
        whole = nb.read(self.course.sources(self.assignment) / language / f"{name}.ipynb")
        own = {cell.metadata.nbgrader.grade_id: cell for cell in whole.cells if "nbgrader" in cell.metadata}
        made = []
        for cell in recorded:
            meta = cell.metadata.nbgrader
            twin = own.get(meta.grade_id)
            if twin is None or twin.cell_type != cell.cell_type:
                made.append(cell)
                continue
            twin.metadata.nbgrader = copy.deepcopy(meta)  # its checksum becomes that of this language
            made.append(gradebook.checksummed(twin))
        return made

    def _language(self, notebooks: dict[str, Notebook]) -> str:
        """Return the language whose text a hand-in shares most with; "" when the assignment has none."""

        def shared(language: str) -> int:
            count = 0
            for name, notebook in notebooks.items():
                path = self.course.sources(self.assignment) / language / f"{name}.ipynb"
                ours = {cell.source for cell in nb.read(path).cells} if path.exists() else set()
                count += sum(cell.source in ours for cell in notebook.cells)
            return count

        return max(self.languages, key=shared, default="")


def _noted(cells: list[results.CellResult], scored: list[marker.Score]) -> list[Problem]:
    """Return what a trainer should know of the points."""
    missing = [
        Problem("out_of_range", {"cell": cell.id}) for cell in cells if cell.mode != "manual" and cell.points is None
    ]
    fair = [each.difference for each in scored if each.difference]
    return missing + [Problem(f"fair_{each.reason}", {"cell": each.cell}) for each in fair]


def _languages(course: Course, assignment: str) -> list[str]:
    """Return the languages of an assignment, the one in the gradebook first."""
    found = [path.name for path in course.sources(assignment).glob("*/")]
    return sorted(found, key=lambda each: (each != source.SOURCE_LANGUAGE, each))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
