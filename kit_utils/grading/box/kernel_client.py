"""The client of a kernel that has just been made for it."""

from __future__ import annotations

import time
from queue import Empty

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_core.utils import ensure_async

ANSWER_SECONDS = 1.0  # then it is asked again
CONNECT_SECONDS = 0.02  # of the channel that only listens, and misses what came earlier


class FirstClient(AsyncKernelClient):
    """Is ready as soon as the kernel is.

    jupyter_client's own waits 0.2 s longer, for what an earlier client may have left unread.
    """

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers on both channels.

        Raises:
            RuntimeError: it ended, or did not within so many seconds.
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
        """Ask the kernel for its version, and read the reply, and that it is idle again.

        Raises:
            Empty: one of them did not come.
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
