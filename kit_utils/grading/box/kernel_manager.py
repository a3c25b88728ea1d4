"""jupyter_client's kernel manager, for a kernel in a box."""

from __future__ import annotations

import asyncio
import socket
import uuid
from pathlib import Path
from typing import Any, cast

import zmq
import zmq.asyncio
from jupyter_client.client import KernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import Bool, Instance, List, Type

from kit_utils.grading.box.box import Box
from kit_utils.grading.box.kernel_client import FirstClient
from kit_utils.grading.box.kernel_host import KernelHost
from kit_utils.grading.box.kernel_sockets import PORTS
from kit_utils.grading.box.limits import MEGABYTE, Limits
from kit_utils.grading.box.memory_budget import MemoryBudget

LARGEST_MESSAGE = 64 * MEGABYTE
MOST_MESSAGES = 200  # waiting to be read, per channel


class BoxProvisioner(KernelProvisionerBase):
    """Starts a kernel in a box, and ends it with all processes that it started."""

    box: Box | None = None

    @property
    def has_process(self) -> bool:
        """Whether a box was started and not cleaned up."""
        return self.box is not None

    async def poll(self) -> int | None:
        """None while the kernel runs, 1 afterwards."""
        return None if self.box is not None and self.box.alive else 1

    async def wait(self) -> int | None:
        """Wait until the kernel has ended."""
        while await self.poll() is None:
            await asyncio.sleep(0.05)
        return 1

    async def send_signal(self, signum: int) -> None:
        """Do nothing: interrupts are sent as messages."""

    async def kill(self, restart: bool = False) -> None:
        """End the box."""
        if self.box is not None:
            self.box.end("the kernel was stopped")

    async def terminate(self, restart: bool = False) -> None:
        """End the box at once: its code may not delay that."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Forget the box."""
        await self.kill(restart)
        self.box = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Ignore the kernel that a notebook names; the box knows its command."""
        return {"cmd": []}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the box.

        Raises:
            NoBox: it cannot be made here.
        """
        manager: Any = self.parent
        info: dict[str, Any] = dict(PORTS)
        info |= {"key": uuid.uuid4().hex, "signature_scheme": "hmac-sha256"}
        self.box = Box(
            info,
            manager.files,
            manager.limits,
            hidden=manager.hidden_data,
            canaries=manager.canaries,
            gpu=manager.gpu,
            kernel_host=manager.kernel_host,
            memory_budget=manager.memory_budget,
            group=manager.group,
        )
        info |= {"key": info["key"].encode(), "ip": self.box.sockets, "transport": "ipc"}
        return cast(KernelConnectionInfo, info)


class BoxedKernelManager(AsyncKernelManager):
    """Manages a kernel in a box. Any kernel that a notebook's metadata names is ignored."""

    client_factory = Type(FirstClient, klass=KernelClient)
    files = Instance(Path, allow_none=True, help="Folder whose files are copied into the box.")
    limits = Instance(Limits, (), help="What the code in the box may use.")
    hidden_data: List[str] = List(help="Patterns of names of data files that are left out.")
    canaries: List[Path] = List(help="Paths that must not be there in the box.")
    gpu = Bool(False, help="Whether a GPU is passed in.")
    kernel_host = Instance(
        KernelHost, allow_none=True, help="Forks the kernel; without it Python is started."
    )
    memory_budget = Instance(MemoryBudget, (), help="Of all boxes of a run.")
    group = Instance(Path, allow_none=True, help="The control group of all boxes of a run.")

    def client(self, **options: Any) -> Any:
        """A client of the kernel that limits the size of messages and the length of queues."""
        context = zmq.asyncio.Context()
        context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
        context.setsockopt(zmq.RCVHWM, MOST_MESSAGES)
        return super().client(context=context, **options)

    @property
    def kernel_spec(self) -> KernelSpec:
        """This Python; interrupts are sent as messages."""
        return KernelSpec(argv=[], language="python", interrupt_mode="message")

    @property
    def box(self) -> Box | None:
        """The box that is running."""
        provisioner = self.provisioner
        return provisioner.box if isinstance(provisioner, BoxProvisioner) else None

    @property
    def wire(self) -> socket.socket:
        """The judge's end of the socket to the kernel.

        Raises:
            RuntimeError: no kernel was started.
        """
        if self.box is None:
            raise RuntimeError("there is no kernel yet")
        return self.box.wire

    def end(self, because: str) -> None:
        """End the box with everything in it; `why_ended` tells the reason until the next start."""
        if self.box is not None:
            self.box.end(because)

    def why_ended(self) -> str:
        """Why the kernel was ended; empty if it ended by itself."""
        return self.box.why_ended() if self.box is not None else ""

    @property
    def not_its_fault(self) -> bool:
        """Whether the kernel was ended for another reason than its code."""
        return self.box is not None and self.box.not_its_fault

    async def _async_pre_start_kernel(self, **options: Any) -> Any:
        if self.provisioner is None:
            self.kernel_id = self.kernel_id or str(uuid.uuid4())
            self.provisioner = BoxProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**options)
