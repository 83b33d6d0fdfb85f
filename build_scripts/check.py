"""`lessons check`: every rule on every page, and one reporter for what they find."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from build_scripts import pages, rules
from build_scripts.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from build_scripts.rules import Finding

HELP = "/contribuer/"


class FaultsInPages(Fault):
    """The check before a build found something to mend."""


class NothingToCheck(Fault):
    """A path that was named is not there."""

    status = 2


def check(root: Path, only: Iterable[Path] = ()) -> list[Finding]:
    """Return what every rule finds wrong, by path and line.

    Args:
        root: the repository.
        only: files or folders to tell about; all when empty. Rules that compare languages still read every page.

    Raises:
        NothingToCheck: one of `only` does not exist.
    """
    only = [path if path.is_absolute() else root / path for path in only]
    for path in only:
        if not path.exists():
            raise NothingToCheck(f"{path}: there is no such file or folder.", "lessons check content/fr")
    found = pages.find(root / "content")
    findings = [
        *rules.check_pages(found),
        *rules.check_notebooks(root / "notebooks", found),
        *rules.check_messages(root / "site" / "theme" / "messages"),
    ]
    wanted = [finding for finding in findings if not only or any(finding.path.is_relative_to(path) for path in only)]
    relative = [finding.below(root) for finding in wanted]
    return sorted(set(relative), key=lambda finding: (finding.path.as_posix(), finding.line, finding.rule))


def refuse(root: Path) -> None:
    """Return when every page is sound.

    Raises:
        FaultsInPages: something is to mend; carries the whole report.
    """
    if findings := check(root):
        raise FaultsInPages(f"The pages are not sound:\n{report(findings, 'text')}", "lessons check")


def report(findings: list[Finding], form: str) -> str:
    """Return what was found as `text` for people, `github` annotations or `json`; empty text when all is well."""
    if form == "json":
        return json.dumps([finding.as_json() for finding in findings], ensure_ascii=False, indent=2)
    if not findings:
        return "Every page is sound." if form == "text" else ""
    if form == "github":
        return "\n".join(_annotation(finding) for finding in findings)
    told = [_lines(finding) for finding in findings]
    files = len({finding.path for finding in findings})
    told.append(f"{_plural(len(findings), 'fault')} in {_plural(files, 'file')}.")
    return "\n".join(told)


def _lines(finding: Finding) -> str:
    lines = [f"{finding.path.as_posix()}:{finding.line}: {finding.rule}: {finding.what}"]
    if finding.fix:
        lines.append(f"  Fix:  {finding.fix}")
    lines.append(f"  Help: {HELP}#{finding.rule}")
    return "\n".join(lines)


def _annotation(finding: Finding) -> str:
    """Return a workflow command. Source: GitHub Actions, "Workflow commands", "Setting an error message"."""
    message = "\n".join(part for part in (finding.what, finding.fix) if part)
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::error file={finding.path.as_posix()},line={finding.line},title={finding.rule}::{escaped}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
