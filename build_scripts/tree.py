"""Where things are in the repository and in what is generated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Tree:
    """Where things are, from the repository's root."""

    root: Path

    @property
    def build(self) -> Path:
        """Everything that is generated."""
        return self.root / "_build"

    @property
    def engine(self) -> Path:
        """Pyodide, its wheels and its lock."""
        return self.build / "engine"

    @property
    def bundle(self) -> Path:
        """The bundled browser side."""
        return self.build / "bundle"

    @property
    def service_worker(self) -> Path:
        """The bundled service worker, before it knows the version of the site."""
        return self.build / "sw.js"

    @property
    def staged(self) -> Path:
        """MkDocs' own output, before it takes its place in the site."""
        return self.build / "pages"

    @property
    def site(self) -> Path:
        """What is served."""
        return self.build / "site"

    @property
    def served(self) -> Path:
        """The engine as the site has it."""
        return self.site / "engine"

    @property
    def published(self) -> Path:
        """What pages need to know of the engine beside them, as `serving` notes it."""
        return self.build / "published.json"
