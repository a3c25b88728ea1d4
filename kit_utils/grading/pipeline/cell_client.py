"""nbclient's client for students' cells: it limits output, and notices soon that a kernel ended."""

from __future__ import annotations

import asyncio
from typing import Any

from nbclient.client import NotebookClient
from nbformat.notebooknode import NotebookNode

from kit_utils.grading.notebook.outputs import size_of

MESSAGE_SIZE = 200  # characters that a message counts beside its content
FLOOD = 20  # times the limit of a cell: kept of a whole notebook, or written before the end


class OutputLimit:
    """Limits the characters of output that a notebook keeps."""

    def __init__(self, of_cell: int) -> None:
        """Start with no output; `of_cell` is the limit of one cell."""
        self._most, self._shown, self._kept = of_cell, 0, 0

    def begin_cell(self) -> None:
        """Count for another cell from now on."""
        self._shown = 0

    def is_flooded(self, size: int) -> bool:
        """Count a message; return whether the cell wrote so much that its kernel must end."""
        self._shown += size
        return self._shown > FLOOD * self._most

    @property
    def flood(self) -> str:
        """Why a kernel that wrote too much was ended."""
        return f"it wrote over {FLOOD * self._most / 1e6:.0f} MB of output"

    def keep(self, size: int, *, always: bool) -> bool:
        """Whether to keep the message that was counted last; `always` if it is not output."""
        full = self._shown > self._most or self._kept > FLOOD * self._most
        if full and not always:
            return False
        self._kept += size
        return True


class CellClient(NotebookClient):
    """Runs cells in a kernel.

    Attributes:
        late: whether the last cell timed out.
    """

    late = False

    def __init__(self, notebook: NotebookNode, output: OutputLimit, **options: Any) -> None:
        """`options` are traits of NotebookClient."""
        super().__init__(notebook, **options)
        self._output = output

    def begin_cell(self) -> None:
        """Reset what is known of the last cell."""
        self.late = False
        self._output.begin_cell()

    async def _async_poll_kernel_alive(self) -> None:
        # nbclient's own checks only once a second, and fails when the kernel was given up.
        client: Any = self.kc
        while client is not None and client is self.kc:
            await asyncio.sleep(0.2)
            if client is self.kc and not await client.is_alive() and self.task_poll_for_reply:
                self.task_poll_for_reply.cancel()
                return

    async def _async_handle_timeout(self, timeout: int, cell: NotebookNode | None = None) -> Any:
        self.late = True
        return await super()._async_handle_timeout(timeout, cell)

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """Process a message of the kernel, within the limit of output."""
        size = MESSAGE_SIZE + size_of(msg["content"])
        if self._output.is_flooded(size):
            self.km.end(self._output.flood)  # type: ignore[union-attr]
        if not self._output.keep(size, always=msg["msg_type"] == "status"):
            return None
        return super().process_message(msg, cell, cell_index)
