"""A kernel without a box, for the one run that asks for it. The judge stays apart all the same."""

from __future__ import annotations

import os
import socket
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync

EXTENSION = "--IPKernelApp.extensions=kit_utils.grading.box.magics"


class OpenKernelManager(AsyncKernelManager):
    """Manages a kernel that can do what the grader can.

    Attributes:
        wire: the judge's end of the socket to the kernel.
    """

    wire: socket.socket
    not_its_fault = False

    async def _async_start_kernel(self, **options: Any) -> None:
        self.wire, inside = socket.socketpair()
        with inside:
            environment = {**os.environ, "KIT_WIRE": str(inside.fileno())}
            own = {"env": environment, "pass_fds": [inside.fileno()]}
            arguments = [*options.pop("extra_arguments", []), EXTENSION]
            await super()._async_start_kernel(**options | own, extra_arguments=arguments)

    start_kernel = _async_start_kernel

    def end(self, because: str) -> None:
        """End the kernel. What it started goes on, because no box holds it."""
        if self.has_kernel:
            run_sync(self._async_shutdown_kernel)(now=True)

    def why_ended(self) -> str:
        """Nothing is known of it."""
        return ""

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart)
        self.wire.close()

    cleanup_resources = _async_cleanup_resources
