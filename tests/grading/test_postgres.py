"""The gradebook in a real PostgreSQL, by `db_url` alone: the same marks, and graders side by side."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import postgres
import pytest

from grading import course as courses
from grading import gradebook
from grading.collect import collect
from grading.course import Course
from grading.release import release

type Pack = Callable[..., bytes]
type Run = Callable[..., subprocess.CompletedProcess[str]]

GRADING = Path(sys.executable).with_name("grading")
RIGHT = {"prix-total": "def prix_total(prix, quantite):\n    return prix * quantite"}
COUNT = 8


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres.server(tmp_path_factory.mktemp("postgres") / "server") as address:
        yield address


@pytest.fixture
def there(course: Course, database: str, repository: Path, tmp_path: Path) -> Course:
    """The course with its gradebook in PostgreSQL."""
    config = course.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text('utf-8')}\nc.CourseDirectory.db_url = {database!r}\n", "utf-8")
    (course.root / "gradebook.db").unlink()
    found = courses.find(course.root)
    gradebook.create(found)
    release(found, "premiers-pas", repository, tmp_path / "published")
    return found


def recorded(course: Course) -> dict[str, list[tuple[str, float | None, bool]]]:
    names = gradebook.submitted(course, "premiers-pas")
    found = {name: gradebook.marks(course, "premiers-pas", name) for name in names}
    return {
        name: [(cell.id, cell.points, cell.needs_manual) for cell in each.cells] for name, each in found.items() if each
    }


@pytest.mark.slow
@pytest.mark.engine
def test_the_gradebook_in_postgresql_has_the_same_marks_also_from_graders_side_by_side(
    there: Course, pack: Pack, grading: Run, engine: Path, tmp_path: Path
) -> None:
    sqlite = tmp_path / "sqlite"
    shutil.copytree(there.root, sqlite)
    config = sqlite / "nbgrader_config.py"
    config.write_text(
        "\n".join(line for line in config.read_text("utf-8").splitlines() if "db_url" not in line), "utf-8"
    )
    gradebook.create(courses.find(sqlite))
    release(courses.find(sqlite), "premiers-pas", Path(__file__).parents[2], tmp_path / "again")
    for course in (there, courses.find(sqlite)):
        for number in range(COUNT):
            path = course.inbox / f"{number}.handin"
            path.write_bytes(pack(f"learner-{number}", RIGHT if number % 2 else {}))
        assert {each.status for each in collect(course)} == {"taken"}
    halves = [[f"learner-{number}" for number in range(COUNT) if number % 2 == half] for half in (0, 1)]

    command = [GRADING, "grade", "premiers-pas", "--json", "--jobs", "1", "--course", there.root]
    side_by_side = [
        subprocess.Popen([*command, *half], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for half in (*halves, [*halves[0], *halves[1]])
    ]
    said = [process.communicate(timeout=240) for process in side_by_side]

    assert [process.returncode for process in side_by_side] == [0, 0, 0], [errors for _, errors in said]
    assert {json.loads(line)["status"] for out, _ in said for line in out.splitlines()} == {"graded"}
    assert not (there.root / "gradebook.db").exists()
    assert grading("grade", "premiers-pas", "--course", sqlite).returncode == 0
    assert recorded(there) == recorded(courses.find(sqlite))
    assert len(recorded(there)) == COUNT
