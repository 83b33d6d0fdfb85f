"""What we are measured against: stock JupyterLite and Pyodide alone, from the same installed packages, self-hosted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from build_scripts import engine, lite, wheels
from build_scripts.errors import BrokenTool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from build_scripts.progress import Progress

SPECS = ("micropip", "packaging", "ipython", "comm", "jedi")
"""What the kernel of JupyterLite needs besides its own wheels. Source: pyodide-kernel 0.8.6, worker.ts."""

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Pyodide</title>
<link rel="icon" href="data:,">
<h1>Pyodide</h1>
<output></output>
<script type="module">
  const worker = new Worker("worker.mjs", { type: "module" });
  worker.onmessage = ({ data }) => document.querySelector("output").append(`${data}\\n`);
</script>
</html>
"""
WORKER = """import {{ loadPyodide }} from "./pyodide.mjs";

const pyodide = await loadPyodide({{ stdout: (line) => self.postMessage(line) }});
pyodide.runPython({program});
"""


def jupyterlite(into: Path, notebooks: Mapping[str, bytes], report: Progress) -> Path:
    """Build JupyterLite as its documentation tells to without a CDN, and return its folder.

    Pyodide lies in `static/pyodide`; the kernel's own addon locks and prefetches the packages, from the wheels that our
    engine pins. Nothing else is set, but that source maps and unused shared packages are left out.

    Args:
        into: folder for the work; replaced.
        notebooks: contents of the drive, by name.
        report: where to tell what happens.

    Raises:
        BrokenTool: `jupyter lite build` failed.
        NoDownload: Pyodide or a wheel is neither cached nor to be had.
    """
    shutil.rmtree(into, ignore_errors=True)
    source, output, found = into / "source", into / "site", into / "wheels"
    core(source / "static/pyodide", report)
    lock = json.loads((source / "static/pyodide" / engine.LOCK).read_text("utf-8"))
    lock["info"]["version"], lock["packages"] = engine.PYODIDE_VERSION, {}
    (source / "static/pyodide" / engine.LOCK).write_text(json.dumps(lock), "utf-8")
    target = wheels.Target(lock["info"]["python"], lock["info"]["abi_version"])
    found.mkdir(parents=True)
    wheels.copy(wheels.fetch(engine.REQUIREMENTS, engine.CACHE / "wheels", target, report), found)
    (source / "files").mkdir()
    for name, notebook in notebooks.items():
        (source / "files" / name).write_bytes(notebook)
    offline = ["--no-index", "--find-links", str(found)]
    config = {
        "LiteBuildConfig": {
            "contents": [str(source / "files")],
            "federated_extensions": [str(lite.kernel_folder())],
            "ignore_sys_prefix": ["federated_extensions"],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            "output_dir": str(output),
        },
        "PyodideLockAddon": {
            "enabled": True,
            "specs": list(SPECS),
            "pyodide_lock_uv_options": {"extra_uv_args": offline},
        },
    }
    (source / "jupyter_lite_config.json").write_text(json.dumps(config), "utf-8")
    with report.step("Building stock JupyterLite"):
        done = subprocess.run(
            [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(source), "--no-sourcemaps"],
            cwd=source,
            env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode or not (output / "static/pyodide-lock" / engine.LOCK).is_file():
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-20:])
        raise BrokenTool(f"jupyter lite build of the stock site stopped with status {done.returncode}:\n{tail}")
    return output


def pyodide(into: Path, program: str, report: Progress) -> Path:
    """Write a page with Pyodide alone in a module worker that runs a program, and return its folder."""
    shutil.rmtree(into, ignore_errors=True)
    core(into, report)
    (into / "index.html").write_text(PAGE, "utf-8")
    (into / "worker.mjs").write_text(WORKER.format(program=json.dumps(program)), "utf-8")
    return into


def core(into: Path, report: Progress) -> None:
    """Copy Pyodide's core with its lock, as the npm package brings them."""
    into.mkdir(parents=True)
    package = engine.npm_package(report)
    for name in (*engine.CORE_FILES, engine.LOCK):
        shutil.copyfile(package / name, into / name)
