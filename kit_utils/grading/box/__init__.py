"""The box: where students' code runs, without network, other files, or a way out.

A box is made by `box`, with the command line of `bwrap`. The rest, in the order of a kernel's life:

- `kernel_manager`, `kernel_client`, `kernel_sockets`: a kernel in a box, as Jupyter manages it.
- `kernel_host`: the process from which kernels are forked, as seen from here; `kernel_server` is
  that process.
- `namespaces`, `seccomp`, `limits`, `cgroups`: how a forked kernel enters a box and loses its
  rights, and what the system keeps it from.
- `entrypoint`: runs first in a box; `probe` tries to get out; `paths` says where things are.
- `magics`: skips what cannot be set up in a box.
- `files`, `kept_files`: which files go into a box, and which come out.
- `memory_budget`: all boxes of a run together.
- `open_kernel`: a kernel without a box, for a run that asks for it.
"""
