"""`make bench`: measure starting and marking, print tables, write `bench.json` and `bench.svg` into `_build/bench`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import chromium
from rich.console import Console

from bench import chart, marking, startup, table
from bench.results import Results
from build_scripts.errors import Fault
from build_scripts.progress import Progress

ROOT = Path(__file__).resolve().parents[2]
INTO = ROOT / "_build/bench"
TITLES = {
    "lesson": "our lesson page",
    "notebook": "our notebook page",
    "frame": "our practice page",
    "bare": "Pyodide alone",
    "stock": "stock JupyterLite",
}


def about(rounds: int) -> dict[str, str]:
    """Return what a reader has to know about the run: when, where, with what."""
    browser = subprocess.run([str(chromium.get()), "--version"], capture_output=True, text=True, check=False)
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "rounds": str(rounds),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load": load,
        "browser": browser.stdout.strip(),
        "jupyterlite": version("jupyterlite-core"),
        "pyodide-kernel": version("jupyterlite-pyodide-kernel"),
    }


def main() -> int:
    """Run the bench; 0 when all was measured and every goal is reached, else 1."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured (default 5)")
    parser.add_argument("--pause", type=float, default=12, help="quiet seconds before a first visit ends (12)")
    parser.add_argument("--hand-ins", type=int, default=60, help="how many are marked (default 60); 0 for none")
    given = parser.parse_args()
    console, report = Console(), Progress()
    results = Results(about=about(given.rounds))
    try:
        startup.measure(ROOT, given.rounds, given.pause, results, report, keep=write)
        if given.hand_ins:
            with tempfile.TemporaryDirectory(prefix="bench-marking-") as folder:
                taken, goals = marking.measure(Path(folder), given.hand_ins, report)
            results.marking = {name: asdict(each) | {"held": max(each.held, default=0)} for name, each in taken.items()}
            results.goals += goals
    except Fault as fault:
        report.console.print(f"ERROR  {fault.what}\nTIP    {fault.fix}", markup=False, soft_wrap=True)
        return fault.status
    results.about["load at the end"] = "/".join(f"{value:.1f}" for value in os.getloadavg())
    write(results)
    for kind in startup.KINDS:
        console.print(table.contenders(results, kind, TITLES))
    console.print(table.moments(results, "lesson", startup.MOMENTS))
    console.print(table.goals(results))
    for failure in results.failures:
        console.print(f"Not measured: {failure}", markup=False, soft_wrap=True)
    console.print(f"Written: {INTO.relative_to(ROOT)}/bench.json, bench.svg", markup=False)
    return 0 if not results.failures and all(goal.met for goal in results.goals) else 1


def write(results: Results) -> None:
    """Write the results as JSON and as a picture."""
    data = asdict(results)
    data["goals"] = [{**asdict(goal), "met": goal.met} for goal in results.goals]
    (INTO / "bench.json").write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    said = results.about
    subtitle = f"Medians, {said['rounds']} rounds, {said['date']}, {said['machine']}, {said['browser']}"
    (INTO / "bench.svg").write_text(chart.svg(results, TITLES, subtitle), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
