"""`lessons build`: check, then everything into `_build/`, each part in its order."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from build_scripts import browser, check, csp, engine, install, lite, notebooks, offline, output, serving
from build_scripts.errors import Fault
from build_scripts.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from build_scripts.progress import Progress

OTHERS = ("engine", "lite", install.FOLDER, offline.FOLDER, offline.SERVICE_WORKER, browser.FOLDER)
"""Parts of the site that MkDocs does not write."""


class BrokenPages(Fault):
    """MkDocs refused the pages; carries its words."""


def build(root: Path, pyodide: str | None, report: Progress) -> Path:
    """Build everything and return the folder of the site.

    Raises:
        FaultsInPages: `lessons check` finds something; nothing is built.
        BrokenPages: MkDocs refuses a page.
    """
    tree = Tree(root)
    check.refuse(root)
    build_engine(tree, pyodide, report)
    build_bundle(tree, report)
    build_pages(tree, report)
    build_notebooks(tree, report)
    build_offline(tree, report)
    report.line(f"Ready: {tree.site.relative_to(root)}")
    return tree.site


def build_engine(tree: Tree, pyodide: str | None, report: Progress) -> None:
    """Build the engine, put it into the site with the module that starts it, and note what pages need to know."""
    engine.build(tree.engine, pyodide, report)
    with report.step("Bundling the engine's module"):
        code = browser.engine(tree.root / "site")
    serving.complete(tree.engine, code)
    inputs = serving.fingerprint(tree.engine, code)
    before = serving.read(tree.published)
    if before and before.inputs == inputs and (tree.served / before.module).is_file():
        return
    with report.step("Compressing the engine for the network"):
        tree.site.mkdir(parents=True, exist_ok=True)
        published = serving.publish(tree.engine, code, tree.served, tree.root / ".cache/packed")
    tree.published.write_text(serving.note(published), "utf-8")


def build_bundle(tree: Tree, report: Progress) -> None:
    """Bundle the browser side and put it into the site, beside the one that the pages there still name."""
    browser.bundle(tree.root / "site", tree.bundle, report)
    tree.site.mkdir(parents=True, exist_ok=True)
    output.publish(tree.bundle, tree.site / browser.FOLDER, keep=(), prune=False)
    browser.script(tree.root / "site", browser.SERVICE_WORKER, tree.service_worker)


def build_pages(tree: Tree, report: Progress) -> list[str]:
    """Build the Markdown pages, put them into the site, and return what changed there.

    The site that is being served keeps its old pages, and the bundle that they name, until the new ones are complete.

    Raises:
        FaultsInPages: `lessons check` finds something.
        BrokenPages: MkDocs refuses a page.
    """
    check.refuse(tree.root)
    with report.step("Building the pages"):
        command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
        done = subprocess.run(
            [*command, "--config-file", str(tree.root / "mkdocs.yml")],
            cwd=tree.root,
            env={**os.environ, "NO_COLOR": "1", "NO_MKDOCS_2_WARNING": "1", output.STAGED: str(tree.staged)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BrokenPages(f"MkDocs refused the pages:\n{_complaints(done.stdout + done.stderr)}", "lessons check")
        changed = output.publish(tree.staged, tree.site, OTHERS)
        return changed + output.publish(tree.bundle, tree.site / browser.FOLDER, keep=())


def _complaints(text: str) -> str:
    """Return what MkDocs complains about, without what it tells about its progress."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("INFO", "DEBUG"))]
    return "\n".join(lines) or text


def build_notebooks(tree: Tree, report: Progress) -> None:
    """Build JupyterLite with every notebook, give its pages their policy, and put it into the site."""
    contents, made = tree.build / "contents", tree.build / "lite-made"
    notebooks.build(tree.root / "notebooks", tree.root / "content", contents, report)
    published = serving.read(tree.published)
    module = published.module if published else ""
    lite.build(contents, made, report, module=f"../engine/{module}", cache=tree.build / "lite")
    visit = f"../../{browser.FOLDER}/{browser.read(tree.bundle).lite_visit}"
    for path in sorted(made.glob(f"{lite.APP}*/index.html")):
        lite.precede(path, f'<script src="{visit}"></script>')
    lite.attend(made, tree.bundle, tree.root / "site/theme/messages")
    for path in sorted(made.rglob("*.html")):
        path.write_text(csp.protect(path.read_text("utf-8"), csp.LITE), "utf-8")
    output.publish(made, tree.site / "lite", keep=())


def build_offline(tree: Tree, report: Progress) -> None:
    """Make the site installable, and list what it holds, once all of it is there, so that browsers can keep it."""
    theme = tree.root / "site/theme"
    with report.step("Listing the files that browsers may keep"):
        install.write(tree.site, theme / "assets/favicon.svg", theme / "messages")
        offline.write(tree.site, tree.service_worker, theme / "messages")
