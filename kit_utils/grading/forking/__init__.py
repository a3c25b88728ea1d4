"""Forks processes from a server that has done all imports, instead of starting each.

Kernels (`box.kernel_host`) and judges (`judge.client`) are such forks.

- `host`: starts a server, sends it requests, shares it with other processes, and stops it.
- `server`: runs in the server: makes a fork for each request.
- `preload`: the imports of a server.
- `process`: a fork, as seen by the process that requested it.
"""
