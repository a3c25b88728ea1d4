"""A kernel without a box, for a run that asks for it. The judge is still a separate process."""

from __future__ import annotations

import os
import socket
from typing import Any

from jupyter_client.client import KernelClient
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from traitlets import Type

from kit_utils.grading.box.kernel_client import FirstClient

EXTENSION = "--IPKernelApp.extensions=kit_utils.grading.box.magics"


class OpenKernelManager(AsyncKernelManager):
    """Manages a kernel with all rights of the grader.

    Attributes:
        wire: the judge's end of the socket to the kernel.
    """

    client_factory = Type(FirstClient, klass=KernelClient)
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
        """End the kernel. Processes that it started continue, because there is no box."""
        if self.has_kernel:
            run_sync(self._async_shutdown_kernel)(now=True)

    def why_ended(self) -> str:
        """Return an empty text: the reason is not known."""
        return ""

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart)
        self.wire.close()

    cleanup_resources = _async_cleanup_resources
