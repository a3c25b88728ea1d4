"""Processes that are forked from one that has its imports done, instead of started.

Kernels (`box.kernel_host`) and judges (`judge.client`) are forked in this way.

- `host`: such a process, as seen from here: started, asked, shared, closed.
- `server`: what it runs: a fork for each request.
- `preload`: its imports.
- `process`: a process that is not a child of this one.
"""
