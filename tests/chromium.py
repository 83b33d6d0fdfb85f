"""Find a Chromium for the browser tests, or get one; prints its path.

Order: `PASSERELLE_CHROMIUM`, a browser on the PATH, the one Playwright has downloaded, Playwright's download,
Debian's package (as root).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class NoChromium(Exception):
    """There is no Chromium and none could be had; the text says what to do."""


def find() -> Path | None:
    """Return the path of a Chromium that is on this machine, or None.

    Raises:
        NoChromium: `PASSERELLE_CHROMIUM` names a file that is not there.
    """
    if named := os.environ.get("PASSERELLE_CHROMIUM"):
        if not Path(named).is_file():
            raise NoChromium(f"PASSERELLE_CHROMIUM names {named}, which does not exist.")
        return Path(named)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.is_file() else None


def get() -> Path:
    """Return the path of a Chromium, downloading or installing one when there is none.

    Raises:
        NoChromium: every way failed.
    """
    if found := find():
        return found
    print("Setting up: Chromium for the tests", flush=True)
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        attempts += [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
    for command in attempts:
        try:
            subprocess.run(command, check=False, capture_output=True, timeout=900)  # its failure shows in `find`
        except subprocess.TimeoutExpired:
            continue
        if found := find():
            return found
    raise NoChromium("There is no Chromium on this machine, and none could be downloaded.")


if __name__ == "__main__":
    try:
        print(f"Chromium: {get()}")
    except NoChromium as fault:
        print(f"ERROR  {fault}", file=sys.stderr)
        print(
            "TIP    Debian, Ubuntu: sudo apt install chromium. Else set PASSERELLE_CHROMIUM to its path.",
            file=sys.stderr,
        )
        raise SystemExit(1) from None
