"""Workers on other machines, by Dask.

- `coordinator`: the pool of a run, which sends tasks to a scheduler.
- `task`: what a Dask worker does; it hands jobs to a process of its own.
- `executor`: that process.
"""
