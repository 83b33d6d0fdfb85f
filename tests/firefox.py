"""Find a Firefox for the tests, or get one, and drive it; as a command, prints its path.

Order: `FIREFOX`, a browser on the PATH, Debian's package (as root).
Source: WebDriver BiDi, https://w3c.github.io/webdriver-bidi/
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import websocket

NAMES = ("firefox-esr", "firefox")
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PREFERENCES = {
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
BACKSPACE, DELETE = "\ue003", "\ue017"
ANSWER_S = 60


PREFETCH = re.compile(r"\(default-src\) at \S+/ ")
"""A page, whose address ends with a slash."""


class NoFirefox(Exception):
    """There is no Firefox and none could be had; the text says what to do."""


class Refused(Exception):
    """Firefox answered a command, or a script, with an error."""


def find() -> Path | None:
    """Return the path of a Firefox that is on this machine, or None.

    Raises:
        NoFirefox: `FIREFOX` names a file that is not there.
    """
    if named := os.environ.get("FIREFOX"):
        if not Path(named).is_file():
            raise NoFirefox(f"FIREFOX names {named}, which does not exist.")
        return Path(named)
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def get() -> Path:
    """Return the path of a Firefox, installing Debian's when there is none.

    Raises:
        NoFirefox: every way failed.
    """
    if found := find():
        return found
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Setting up: Firefox for the tests", flush=True)
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "firefox-esr"]):
            with contextlib.suppress(subprocess.TimeoutExpired):  # its failure shows in `find`
                subprocess.run(command, check=False, capture_output=True, timeout=900)
    if found := find():
        return found
    raise NoFirefox("There is no Firefox on this machine, and none could be installed.")


class Tab:
    """A tab of a running Firefox. `errors` are messages of its pages' consoles and refusals of their policy."""

    def __init__(self, socket: websocket.WebSocket) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.errors: list[str] = []
        self._ask("session.new", capabilities={})
        self._ask("session.subscribe", events=["log.entryAdded"])
        self._ask(
            "script.addPreloadScript",
            functionDeclaration="() => addEventListener('securitypolicyviolation', refusal =>"
            " refusal.effectiveDirective === 'default-src' ||"
            " console.error('policy', refusal.violatedDirective, refusal.blockedURI))",
        )
        self.context = self._ask("browsingContext.create", type="tab")["context"]

    def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            heard = json.loads(self._socket.recv())
            if heard.get("method") == "log.entryAdded" and heard["params"]["level"] == "error":
                self._note(str(heard["params"]["text"]))
            if heard.get("id") == number:
                if heard["type"] == "error":
                    raise Refused(f"{method}: {heard['message']}")
                return heard["result"]

    def _note(self, text: str) -> None:
        # Firefox judges hints to prefetch a page by `default-src`: what it refuses there no page needs.
        if not PREFETCH.search(text):
            self.errors.append(text)

    def open(self, url: str) -> None:
        self._ask("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def reload(self) -> None:
        self._ask("browsingContext.reload", context=self.context, wait="complete")

    def value(self, expression: str) -> Any:
        """Return what a JavaScript expression is in the page, by way of JSON."""
        text = f"(async () => JSON.stringify(await ({expression})) ?? 'null')()"
        target = {"context": self.context}
        answer = self._ask("script.evaluate", expression=text, target=target, awaitPromise=True)
        if answer["type"] == "exception":
            raise Refused(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def wait(self, expression: str, timeout_s: float = 90) -> None:
        """Wait until a JavaScript expression is true in the page."""
        deadline = time.monotonic() + timeout_s
        while not self.value(expression):
            assert time.monotonic() < deadline, f"not in {timeout_s} s: {expression}; errors: {self.errors}"
            time.sleep(0.2)

    def write(self, text: str) -> None:
        """Type characters one after another."""
        self._act([{"type": kind, "value": character} for character in text for kind in ("keyDown", "keyUp")])

    def _act(self, actions: list[dict[str, str]]) -> None:
        keyboard = {"type": "key", "id": "keyboard", "actions": actions}
        self._ask("input.performActions", context=self.context, actions=[keyboard])


class Firefox:
    """A headless Firefox with a new profile, from entering to leaving."""

    def __enter__(self) -> Self:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
        (Path(self._profile.name) / "user.js").write_text("".join(lines), "utf-8")
        arguments = ["--headless", "--remote-debugging-port=0", "--profile", self._profile.name, "--no-remote"]
        self._process = subprocess.Popen([get(), *arguments], stderr=subprocess.PIPE, text=True)
        try:
            self._socket = websocket.create_connection(f"{self._address()}/session", ANSWER_S, suppress_origin=True)
            self.tab = Tab(self._socket)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _address(self) -> str:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if listening := LISTENS.search(line):
                return listening[1]
        raise NoFirefox("Firefox ended before it could be driven.")

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_socket"):
            self._socket.close()
        self._process.terminate()
        self._process.communicate(timeout=30)
        self._profile.cleanup()


def started() -> Iterator[Tab]:
    """Yield the tab of a Firefox of its own."""
    with Firefox() as firefox:
        yield firefox.tab


if __name__ == "__main__":
    try:
        print(f"Firefox: {get()}")
    except NoFirefox as fault:
        print(f"WARNING  {fault} Its tests are left out.", file=sys.stderr)
        print("TIP      Debian: sudo apt install firefox-esr. Else set FIREFOX to its path.", file=sys.stderr)
