"""A course folder: a plain nbgrader course, and our own part of it under `passerelle/`.

COURSE/
  nbgrader_config.py gradebook.db source/ release/ submitted/ autograded/ feedback/    nbgrader's
  inbox/                                      where `grading collect` looks when nothing else is said
  passerelle/course.json                      the course code
  passerelle/releases/<assignment>/<hash>.json    every release that hand-ins may come from
  passerelle/sources/<assignment>/<lang>/*.ipynb  cells to mark with, in each language
  passerelle/attempts/<assignment>/<learner>/<number>/   every hand-in, as it came
  passerelle/marking/<assignment>.toml            how the trainer wants it marked, see marking.py
  passerelle/runs/<assignment>/                   what running each attempt gave; made again when it is not there
  passerelle/results/<assignment>/<learner>.json  what marking the attempt that counts gave
  passerelle/results/<assignment>/<learner>/<number>.json  what marking each attempt gave
  passerelle/locks/                               empty files: who records a hand-in holds its lock
  passerelle/set-aside/                       what could not be taken in, with the reason
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grading.errors import Fault, InsideGit, NotACourse, WrongCall

SLUG = re.compile(r"^[a-z0-9][a-z0-9-]{0,63}$")
CONFIG = '''"""Settings of this course; every option of nbgrader can stand here."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = {code!r}
'''
FOLDERS = ("source", "release", "submitted", "autograded", "feedback", "inbox")


@dataclass(frozen=True)
class Course:
    """A course folder.

    Attributes:
        root: the folder, absolute.
        code: course code as learners type it: lower case, digits and hyphens.
    """

    root: Path
    code: str

    def settings(self) -> Config:
        """Return what the course's own `nbgrader_config.py` says.

        Raises:
            Fault: the file, which is a program, raises something.
        """
        try:
            loaded: Config = PyFileConfigLoader("nbgrader_config.py", path=str(self.root)).load_config()
        except Exception as error:
            raise Fault(f"{self.root / 'nbgrader_config.py'}: {error}", "put its last good copy back") from error
        return loaded

    @property
    def inbox(self) -> Path:
        """Where hand-ins are looked for."""
        return self.root / "inbox"

    @property
    def own(self) -> Path:
        """Our part of the folder."""
        return self.root / "passerelle"

    @property
    def set_aside(self) -> Path:
        """Where hand-ins that cannot be read are copied to."""
        return self.own / "set-aside"

    def releases(self, assignment: str) -> Path:
        """Where copies of this assignment's `release.json` are kept, by hash."""
        return self.own / "releases" / assignment

    def sources(self, assignment: str) -> Path:
        """Where the cells to mark with are, by language."""
        return self.own / "sources" / assignment

    def attempts(self, assignment: str) -> Path:
        """Where the attempts of this assignment are, by learner."""
        return self.own / "attempts" / assignment

    def runs(self, assignment: str) -> Path:
        """Where it is kept what running attempts of this assignment gave."""
        return self.own / "runs" / assignment

    def result(self, assignment: str, learner: str, attempt: int | None = None) -> Path:
        """The file of what marking an attempt gave; default: the one that counts."""
        folder = self.own / "results" / assignment
        return folder / f"{learner}.json" if attempt is None else folder / learner / f"{attempt:04d}.json"


def slug(text: str) -> str:
    """Return the text as a code: lower case ASCII letters and digits, hyphens between.

    >>> slug("Découverte du soir 2")
    'decouverte-du-soir-2'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64]


def init(root: Path, code: str | None = None) -> Course:
    """Make a course folder, or take over an nbgrader course where it stands, and return it.

    Nothing that is there is changed; what is missing is added. Doing it twice changes nothing.

    Raises:
        InsideGit: the folder lies in a Git work tree.
        WrongCall: the path is a file, the code is no code, or the course has another code already.
    """
    root = root.resolve()
    if root.exists() and not root.is_dir():
        raise WrongCall(f"{root} is a file, not a folder", "grading init DIR, with a folder that is new or a course")
    outside_git(root)
    kept = _read_code(root)
    wanted = code if code is not None else kept or slug(_course_id(root) or root.name)
    if not SLUG.match(wanted):
        raise WrongCall(
            f"{wanted!r} is no course code: lower case letters, digits and hyphens, at most 64",
            f"grading init {root} --code {slug(wanted) or 'my-course'}",
        )
    if kept and kept != wanted:
        raise WrongCall(
            f"{root} is the course {kept} already; hand-ins carry that code, so it cannot become {wanted}",
            f"grading init {root}",
        )
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    config = root / "nbgrader_config.py"
    if not config.exists():
        config.write_text(CONFIG.format(code=wanted), "utf-8")
    own = root / "passerelle"
    own.mkdir(exist_ok=True)
    if not kept:
        about = {"format": "passerelle-course", "version": 1, "code": wanted}
        (own / "course.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")
    return Course(root, wanted)


def find(root: Path) -> Course:
    """Return the course in this folder.

    Raises:
        InsideGit: the folder lies in a Git work tree.
        NotACourse: `grading init` has not been here.
    """
    root = root.resolve()
    if not root.is_dir():
        raise NotACourse(f"{root} does not exist", f"grading init {root}")
    code = _read_code(root)
    if code is None:
        known = "an nbgrader course that Passerelle has not taken over yet" if _course_id(root) else "no course folder"
        raise NotACourse(f"{root} is {known}", f"grading init {root}    (or say which: --course DIR)")
    outside_git(root)
    return Course(root, code)


def outside_git(root: Path) -> None:
    """Raise InsideGit when the folder, which may not exist yet, lies in a Git work tree."""
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            raise InsideGit(
                f"{root} lies in the Git work tree {folder}: a course holds learners' work and marks, "
                "and would be published with the next commit",
                f"grading init {Path.home() / (root.name or 'course')}",
            )


def _read_code(root: Path) -> str | None:
    about = root / "passerelle" / "course.json"
    try:
        read: dict[str, Any] = json.loads(about.read_text("utf-8"))
        code = read["code"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise NotACourse(f"{about} is damaged: {error}", "put its last good copy back") from error
    return str(code)


def _course_id(root: Path) -> str:
    """Return nbgrader's course id, "course" when there is a configuration without one, "" when there is none."""
    config = root / "nbgrader_config.py"
    if not config.exists():
        return ""
    found = re.findall(r"""^\s*c\.CourseDirectory\.course_id\s*=\s*["']([^"']+)["']""", config.read_text("utf-8"), re.M)
    return found[-1] if found else root.name
