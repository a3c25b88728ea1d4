"""The client of a new kernel, which has no other client."""

from __future__ import annotations

import time
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_core.utils import ensure_async

ANSWER_SECONDS = 1.0  # seconds before the request is repeated
CONNECT_SECONDS = 0.02  # for the channel that only listens, and may have missed a message


class FirstClient(AsyncKernelClient):
    """A client that is ready as soon as the kernel is.

    jupyter_client's own waits 0.2 s longer, for messages that an earlier client left unread.
    """

    def start_channels(
        self,
        shell: bool = True,
        iopub: bool = True,
        stdin: bool = True,
        hb: bool = False,
        control: bool = True,
    ) -> None:
        """Open the channels, without the heartbeat: whether a kernel lives, its box says.

        The thread of a heartbeat that is stopped before it runs opens sockets without end
        (jupyter_client 8.10), until no kernel of this process can open any.
        """
        super().start_channels(shell, iopub, stdin, False, control)

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers on both channels.

        Raises:
            RuntimeError: it ended, or did not answer within `timeout` seconds.
        """
        until = time.monotonic() + (timeout or float("inf"))
        while time.monotonic() < until:
            try:
                await self._exchange_kernel_info()
                return
            except Empty:
                if not await self._async_is_alive():
                    raise RuntimeError("Kernel died before replying to kernel_info") from None
        raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    wait_for_ready = _async_wait_for_ready

    async def _exchange_kernel_info(self) -> None:
        """Request the kernel's version, and wait for the reply and for its idle state.

        Raises:
            Empty: one of the messages did not come.
        """
        request = self.kernel_info()
        while True:
            reply = await ensure_async(self.shell_channel.get_msg(timeout=ANSWER_SECONDS))
            if reply["parent_header"].get("msg_id") == request:
                break
        while True:
            message = await ensure_async(self.iopub_channel.get_msg(timeout=CONNECT_SECONDS))
            mine = message["parent_header"].get("msg_id") == request
            if mine and message["content"].get("execution_state") == "idle":
                break
        self._handle_kernel_info_reply(reply)
