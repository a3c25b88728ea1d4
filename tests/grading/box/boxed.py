"""A kernel in a box, for tests."""

from __future__ import annotations

from jupyter_core.utils import run_sync

from kit_utils.grading.box.kernel_manager import BoxedKernelManager
from kit_utils.grading.box.limits import Limits

SMALL = Limits(memory=1024, files=20, temporary=10, processes=60, seconds=60, threads=1)


class Boxed:
    """A kernel in a box, and what code in it prints."""

    def __init__(self, **options):
        options.setdefault("limits", SMALL)
        self.manager = BoxedKernelManager(**options)
        run_sync(self.manager._async_start_kernel)()
        self.client = self.manager.client()
        self.client.start_channels()
        run_sync(self.client._async_wait_for_ready)(timeout=60)

    def run(self, code, timeout=30):
        shown = []

        def keep(message):
            content = message["content"]
            shown.append(content.get("text", "") or content.get("evalue", ""))

        run_sync(self.client._async_execute_interactive)(code, timeout=timeout, output_hook=keep)
        return "".join(shown).strip()

    def close(self):
        self.client.stop_channels()
        self.manager.end("the test is over")
        run_sync(self.manager._async_cleanup_resources)()
