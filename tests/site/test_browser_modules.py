"""The browser side's own tests, those that need no browser: run by Deno, reported here."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from deno import find_deno_bin


def test_the_modules_of_the_browser_side_keep_their_promises(repository: Path) -> None:
    done = subprocess.run(
        [find_deno_bin(), "task", "--quiet", "test"],
        cwd=repository / "site",
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failed" in done.stdout
