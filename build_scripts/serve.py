"""`lessons serve`: the built site at an address, rebuilt when its sources change."""

from __future__ import annotations

import errno
import socket
import threading
import warnings
from contextlib import ExitStack
from typing import TYPE_CHECKING

import uvicorn
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from build_scripts import lan as network
from build_scripts import static
from build_scripts.errors import Fault
from build_scripts.relay import Relay
from build_scripts.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from build_scripts.progress import Progress

QUIET_S = 0.3
"""How long nothing may change before a rebuild begins: editors write a file in several steps."""

READING = frozenset({"opened", "closed", "closed_no_write"})


class PortInUse(Fault):
    """Another program listens on the port."""


class NothingBuilt(Fault):
    """`--no-build` was asked for, and there is no site yet."""


def serve(
    root: Path, host: str | None, port: int, *, lan: bool = False, live: bool, pyodide: str | None, report: Progress
) -> None:
    """Serve the site until Ctrl-C.

    Args:
        root: the repository.
        host: address to listen on; None leaves it to `lan`.
        port: 0 takes a free one.
        lan: let other machines of the room in, and carry the questions that programs ask there.
        live: build first, and again at each change of the sources.
        pyodide: a fuller Pyodide distribution for the build.
        report: where to tell.

    Raises:
        NotInvited: the host lets others in, without `lan`.
        NoNetwork: there is no local network for `lan`.
        PortInUse: another program listens there; told before anything is built.
        NothingBuilt: not live, and there is no built site.
    """
    tree = Tree(root)
    hosts = network.hosts(host, lan=lan)
    with ExitStack() as open_sockets:
        sockets: list[socket.socket] = []
        for each in hosts:  # on the port that the first one got
            sockets.append(open_sockets.enter_context(listen(each, sockets[0].getsockname()[1] if sockets else port)))
        if live:
            from build_scripts import build  # noqa: PLC0415 (six seconds that serving alone does not need)

            build.build(root, pyodide, report)
        elif not (tree.site / "index.html").exists():
            raise NothingBuilt("There is no built site in _build/site.", "lessons build")
        addresses = [f"http://{_shown(each)}:{sockets[0].getsockname()[1]}/" for each in hosts]
        relay = Relay() if lan else None
        app = static.app(tree.site, live=live, relay=relay)
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
        watching = Rebuilder(tree, report) if live else None
        try:
            if watching:
                watching.start()
            address = addresses[0]
            report.console.print(f"\nPasserelle is at [bold link={address}]{address}[/]   (Ctrl-C stops it)\n")
            if lan:
                invite(addresses[1:] or addresses, report)
            Server(config, relay).run(sockets=sockets)
        except KeyboardInterrupt:
            report.line("Stopped.")
        finally:
            if watching:
                watching.stop()


class Server(uvicorn.Server):
    """A server that ends the questions it carries before it waits for its connections to end."""

    def __init__(self, config: uvicorn.Config, relay: Relay | None) -> None:
        super().__init__(config)
        self.relay = relay

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End; called by uvicorn."""
        if self.relay:
            self.relay.close()
        await super().shutdown(sockets)


def invite(addresses: list[str], report: Progress) -> None:
    """Tell what to type into the phones and computers of the room, and what it means that they come."""
    report.console.print("In the same network, type into a phone or another computer:")
    for address in addresses:
        report.console.print(f"    [bold link={address}]{address}[/]")
    report.console.print(
        "\nEverybody in that network can read these pages. What passes through it is not encrypted: the answers that\n"
        "learners give to input() pass through this computer, which writes none of them down.\n"
        "If a phone finds nothing there, this computer's firewall keeps it out, or the network keeps guests apart.\n",
        markup=False,
        soft_wrap=True,
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        PortInUse: it is taken, or not ours to take.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only sockets that say they are TCP send at once: else the second write of an answer, its body, waits 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            what = f"Port {port} of {host} is in use by another program, perhaps by another `lessons serve`."
            raise PortInUse(what, f"lessons serve --port {port + 1 if port < 65535 else 8000}") from None
        reason = error.strerror or str(error)
        raise PortInUse(f"Cannot listen on port {port} of {host}: {reason}.", "lessons serve --port 8000") from None
    return listening


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class Rebuilder(FileSystemEventHandler):
    """Rebuilds the parts of the site whose sources changed, once they have been quiet for a moment.

    A fault is told, and the last good site stays as it is.
    """

    def __init__(self, tree: Tree, report: Progress) -> None:
        self.tree = tree
        self.report = report
        self.folders = [tree.root / name for name in ("content", "notebooks", "site")]
        self._observer = Observer()
        self._changed: set[str] = set()
        self._owed: set[str] = set()
        self._news = threading.Condition()
        self._ending = False
        self._worker = threading.Thread(target=self._work, name="rebuilder", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        # watchdog tells its own bookkeeping at length when a folder is renamed while it is watched.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.")
        for folder in self.folders:
            if folder.is_dir():
                self._observer.schedule(self, str(folder), recursive=True)
        self._observer.schedule(self, str(self.tree.root), recursive=False)
        self._observer.start()
        self._worker.start()

    def stop(self) -> None:
        """Stop watching; a rebuild that is under way ends first."""
        self._observer.stop()
        with self._news:
            self._ending = True
            self._news.notify()
        self._worker.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Take note of a change; called by watchdog in its own thread."""
        if event.event_type in READING or event.is_directory:
            return
        for path in (event.src_path, event.dest_path):
            name = str(path).removeprefix(f"{self.tree.root}/")
            if path and any(parts(name)):
                with self._news:
                    self._changed.add(name)
                    self._news.notify()

    def _work(self) -> None:
        while changed := self._wait():
            self.rebuild(changed)

    def _wait(self) -> set[str]:
        """Return what changed, once it is quiet; an empty set when it is time to end."""
        with self._news:
            self._news.wait_for(lambda: self._changed or self._ending)
            while not self._ending and self._news.wait(QUIET_S):
                pass
            changed, self._changed = self._changed, set()
            return set() if self._ending else changed

    def rebuild(self, changed: set[str]) -> None:
        """Rebuild what the changed paths are sources of, and what an earlier fault kept from being built."""
        from build_scripts import build  # noqa: PLC0415 (the same)

        steps: dict[str, Callable[[Tree, Progress], object]] = {
            "bundle": build.build_bundle,
            "pages": build.build_pages,
            "notebooks": build.build_notebooks,
        }
        self._owed.update(part for name in changed for part in parts(name))
        try:
            for part, step in steps.items():
                if part in self._owed:
                    step(self.tree, self.report)
                    self._owed.remove(part)
            build.build_offline(self.tree, self.report)
        except Fault as fault:
            self.report.console.print("[bold red]ERROR[/]  ", end="")
            self.report.console.print(fault.what, markup=False, soft_wrap=True)
            self.report.line("The site stays as it was before this change.")
        except Exception as error:  # a broken rebuild must not end the server that somebody teaches with
            self.report.console.print(f"ERROR  A rebuild failed: {error!r}", markup=False, soft_wrap=True)


def parts(name: str) -> Iterator[str]:
    """Yield the parts of the site that a source file belongs to.

    >>> list(parts("site/browser/cell.ts")), list(parts("content/fr/index.md")), list(parts("README.md"))
    (['bundle', 'pages', 'notebooks'], ['pages', 'notebooks'], [])
    """
    if any(part.startswith(".") or part.endswith("~") for part in name.split("/")):
        return
    match name.split("/"):
        case ["site", "browser", *_] | ["site", "deno.json" | "deno.lock"]:
            yield from ("bundle", "pages", "notebooks")
        case ["site", "theme", "messages", *_]:
            yield from ("pages", "notebooks")
        case ["site", "lite", *_]:
            yield "notebooks"
        case ["site", *_] | ["mkdocs.yml"]:
            yield "pages"
        case ["content" | "notebooks", *_]:
            yield from ("pages", "notebooks")
