"""What one notebook may cost: seconds, memory, output."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024
WASM_PAGE_BYTES = 64 * 1024


@dataclass(frozen=True)
class Limits:
    """The most that learner code may use; the defaults are nbgrader's where it has one.

    Attributes:
        cell_s: seconds for one cell. At the end the cell is interrupted, as by the Stop button; a cell that goes on
            all the same is killed with its interpreter.
        notebook_s: seconds for all cells of one notebook, restarts of the interpreter included.
        memory_bytes: the interpreter's whole memory. Python sees a `MemoryError` beyond it.
        output_bytes: what one cell may print or show. The rest is dropped; errors and results are kept, shortened.
    """

    cell_s: float = 30
    notebook_s: float = 120
    memory_bytes: int = 512 * MIB
    output_bytes: int = MIB

    @property
    def memory_pages(self) -> int:
        """The memory limit in WebAssembly pages of 64 KiB, rounded down.

        >>> Limits().memory_pages
        8192
        """
        return self.memory_bytes // WASM_PAGE_BYTES
