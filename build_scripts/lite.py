"""JupyterLite: the one-document notebook page, built by `jupyter lite build` and pointed to the site's own engine."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from build_scripts import browser, pages
from build_scripts.errors import BrokenTool, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from build_scripts.progress import Progress

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "site/lite"
CACHE = ROOT / "_build/lite"
APP = "notebooks"
KERNEL = "@jupyterlite/pyodide-kernel-extension"
KERNEL_PLUGIN = f"{KERNEL}:kernel"
TRANSLATION = "@jupyterlab/translation-extension:plugin"
KERNEL_PACKAGES = ("micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython")
"""What the kernel's worker would fetch by piplite when it is not loaded. Source: pyodide-kernel 0.8.6, worker.ts."""

NEEDLESS = (
    "rspack.config*.js",
    "doc",
    "package.json",
    "overrides.json",
    "service-worker.js",
    "build/*.eot",
    "build/fa-*.svg",
    "build/fa-*.ttf",
)
"""Parts of the output that no page asks for: a second service worker, build settings,
other applications, fonts of browsers of 2012."""


FIRST_SCRIPT = '<script id="jupyter-config-data"'
"""With it the scripts of JupyterLite's pages begin."""

SCRIPTS = "passerelle"
"""Folder of our scripts in JupyterLite."""

RTL_LINK = '<link rel="stylesheet" href="rtl.css">'


@dataclass(frozen=True)
class Lite:
    """A finished JupyterLite: its folder, the number of its files, and their size."""

    folder: Path
    files: int
    size_bytes: int


def build(
    contents: Path,
    into: Path,
    report: Progress,
    *,
    module: str = "../engine/engine.mjs",
    languages: Iterable[str] = ("fr", "en", "ar"),
    pypi: bool = False,
    cache: Path = CACHE,
) -> Lite:
    """Build JupyterLite with the notebooks of the folder `contents` into the folder `into`, and return it.

    `into/notebooks/` speaks English; `into/notebooks-<lang>/` speaks each language that has a pack. Nothing is built
    anew when neither settings nor contents changed since the last time; `into` is then a copy of what lies in `cache`.

    Args:
        contents: the drive as it is published: notebooks and data files.
        into: replaced as a whole.
        report: hears one line a step.
        module: the engine's module, relative to `into`.
        languages: languages of the site.
        pypi: let `%pip install` ask the public registry, which leaves the site's origin.
        cache: where the work is kept between builds.

    Raises:
        BrokenTool: `jupyter lite build` failed; carries the end of what it said.
        Fault: the kernel's labextension is not installed.
    """
    kernel = kernel_folder()
    settings = configuration(module, pypi=pypi)
    fingerprint = _fingerprint(contents, settings, sorted(languages), kernel)
    output, stamp = cache / "output", cache / "stamp"
    if not (stamp.exists() and stamp.read_text("utf-8") == fingerprint and output.is_dir()):
        with report.step("JupyterLite: building the notebook page"):
            stamp.unlink(missing_ok=True)
            _run(contents, settings, kernel, cache / "source", output)
            _trim(output)
            for language in languages:
                _speak(output, language)
        stamp.write_text(fingerprint, "utf-8")
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(output, into)
    files = [path for path in into.rglob("*") if path.is_file()]
    lite = Lite(into, len(files), sum(path.stat().st_size for path in files))
    report.line(f"JupyterLite: {lite.files} files, {lite.size_bytes / 1e6:.1f} MB")
    return lite


def attend(lite: Path, bundle: Path, messages: Path) -> None:
    """Let our script run first in each notebook page, and tell it what it needs to know to start Python.

    Args:
        lite: the folder of a finished JupyterLite; our scripts are copied into it, where a service worker of the
            folder sees what they ask for too.
        bundle: the folder of the bundled browser side.
        messages: folder of the catalogues of sentences, `<lang>.json`.
    """
    names = browser.read(bundle)
    (lite / SCRIPTS).mkdir(exist_ok=True)
    for name in (names.lite, names.lite_kernel):
        shutil.copy(bundle / name, lite / SCRIPTS)
    settings = json.loads((lite / "jupyter-lite.json").read_text("utf-8"))
    kernel = settings["jupyter-config-data"]["litePluginSettings"][KERNEL_PLUGIN]
    static = lite / "extensions" / KERNEL / "static"
    known = {
        "worker": f"../{SCRIPTS}/{names.lite_kernel}",
        "script": _above(next(static.glob("comlink.worker.*.js")), lite),
        "engine": f"../{kernel['pyodideUrl'].removeprefix('./')}",
        "options": {
            key: f"../{value}" if key.endswith("URL") else value for key, value in kernel["loadPyodideOptions"].items()
        },
    }
    for page in sorted(lite.glob(f"{APP}*/index.html")):
        language = page.parent.name.removeprefix(APP).removeprefix("-") or "en"
        texts = json.loads((messages / f"{language}.json").read_text("utf-8"))
        config = {
            "lang": language,
            "root": "../../",
            "kernel": known,
            "messages": {key: text for key, text in texts.items() if key.startswith("lite.")},
        }
        block = json.dumps(config, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        precede(page, f'<script type="application/json" id="passerelle">{block}</script>')
        precede(page, f'<script src="../{SCRIPTS}/{names.lite}"></script>')
    kernel["pyodideUrl"] = f"./{SCRIPTS}/{names.lite_kernel}"
    (lite / "jupyter-lite.json").write_text(json.dumps(settings, indent=2, sort_keys=True), "utf-8")


def _above(path: Path, lite: Path) -> str:
    """Return the address of a file of JupyterLite as its notebook pages say it."""
    return f"../{path.relative_to(lite).as_posix()}"


def configuration(module: str, *, pypi: bool = False) -> dict[str, Any]:
    """Return the contents of `jupyter-lite.json`: the settings of `site/lite` and where the engine is.

    A leading `./` in a key that ends with `Url` is resolved by JupyterLite against its own root, so that the site works
    in any folder of any host. Source: jupyterlite 0.8.6, app/config-utils.js.

    >>> data = configuration("../engine/engine.mjs")["jupyter-config-data"]
    >>> data["litePluginSettings"][KERNEL_PLUGIN]["pyodideUrl"]
    './../engine/engine.mjs'
    """
    settings: dict[str, Any] = json.loads((SETTINGS / "jupyter-lite.json").read_text("utf-8"))
    settings["jupyter-config-data"]["litePluginSettings"] = {
        KERNEL_PLUGIN: {
            "pyodideUrl": f"./{module}",
            "disablePyPIFallback": not pypi,
            "pipliteUrls": [],
            "loadPyodideOptions": {"start": "notebook", "packages": list(KERNEL_PACKAGES)},
        }
    }
    return settings


def precede(page: Path, element: str) -> None:
    """Put an element before the first script of a page of JupyterLite."""
    page.write_text(page.read_text("utf-8").replace(FIRST_SCRIPT, f"{element}\n{FIRST_SCRIPT}", 1), "utf-8")


def kernel_folder() -> Path:
    """Return the folder of the Pyodide kernel's labextension in this Python environment.

    Raises:
        Fault: it is not there.
    """
    folder = Path(sys.prefix) / "share/jupyter/labextensions" / KERNEL
    if not (folder / "package.json").is_file():
        raise Fault(f"the notebook kernel is not installed: {folder} is missing", "make setup")
    return folder


def locales() -> dict[str, str]:
    """Return the JupyterLab locale of each language that has an installed language pack, by language code.

    The first locale of a language wins: with packs `fr_FR` and `fr_CA`, French is `fr_CA`.
    """
    from jupyterlab_server.translation_utils import get_language_packs  # noqa: PLC0415 (slow to import)

    packs, _ = get_language_packs()
    found: dict[str, str] = {}
    for name in sorted(packs):
        found.setdefault(name.split("_")[0], name)
    return found


def _run(contents: Path, settings: dict[str, Any], kernel: Path, source: Path, output: Path) -> None:
    """Run `jupyter lite build` on a folder made for it."""
    for folder in (source, output):
        shutil.rmtree(folder, ignore_errors=True)
    source.mkdir(parents=True)
    config = {
        "LiteBuildConfig": {
            "apps": [APP],
            "contents": [str(contents.resolve())],
            # Only listed names are left out: a folder called `data` or `lib` is as good as any for a volunteer.
            "ignore_contents": [r"/\.", r"\.pyc$"],
            "federated_extensions": [str(kernel)],
            "ignore_sys_prefix": ["federated_extensions"],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            "output_dir": str(output.resolve()),
        }
    }
    (source / "jupyter_lite_config.json").write_text(json.dumps(config, indent=2), "utf-8")
    (source / "jupyter-lite.json").write_text(json.dumps(settings, indent=2), "utf-8")
    shutil.copy(SETTINGS / "overrides.json", source / "overrides.json")
    done = subprocess.run(
        [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(source), "--no-sourcemaps"],
        cwd=source,
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not (output / APP / "index.html").is_file():
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-20:])
        raise BrokenTool(f"jupyter lite build stopped with status {done.returncode}:\n{tail}")


def _trim(output: Path) -> None:
    """Remove what no page asks for, and the kernel's own wheels: the engine carries them."""
    for pattern in NEEDLESS:
        for path in output.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    wheels = output / "extensions" / KERNEL / "static/pypi"
    for wheel in wheels.glob("*.whl"):
        wheel.unlink()
    # The kernel reads this index on every `%pip install`, whatever the settings say: it has to exist, and to be true.
    (wheels / "all.json").write_text("{}", "utf-8")
    config = output / "jupyter-lite.json"
    settings = json.loads(config.read_text("utf-8"))
    settings["jupyter-config-data"]["litePluginSettings"][KERNEL_PLUGIN]["pipliteUrls"] = []
    config.write_text(json.dumps(settings, indent=2, sort_keys=True), "utf-8")


def _speak(output: Path, language: str) -> None:
    """Add a copy of the notebook page whose interface is in `language`, English where no pack exists."""
    page = output / f"{APP}-{language}"
    shutil.copytree(output / APP, page)
    if language in pages.RIGHT_TO_LEFT:
        shutil.copy(SETTINGS / "rtl.css", page / "rtl.css")
        index = page / "index.html"
        index.write_text(index.read_text("utf-8").replace("</head>", f"{RTL_LINK}</head>", 1), "utf-8")
    locale = locales().get(language)
    if not locale:
        return
    config = page / "jupyter-lite.json"
    settings = json.loads(config.read_text("utf-8"))
    settings["jupyter-config-data"]["settingsOverrides"] = {TRANSLATION: {"locale": locale}}
    config.write_text(json.dumps(settings, indent=2, sort_keys=True), "utf-8")


def _fingerprint(contents: Path, settings: dict[str, Any], languages: list[str], kernel: Path) -> str:
    """Return what the output depends on, as one hexadecimal number."""
    digest = hashlib.sha256(json.dumps([settings, languages, locales(), KERNEL_PACKAGES, NEEDLESS]).encode())
    digest.update(f"{version('jupyterlite-core')} {kernel}".encode())
    for name in ("overrides.json", "rtl.css"):
        digest.update((SETTINGS / name).read_bytes())
    digest.update(Path(__file__).read_bytes())
    for path in sorted(contents.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(contents).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
