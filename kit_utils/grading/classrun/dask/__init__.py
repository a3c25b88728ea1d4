"""Workers on other machines, through Dask.

- `coordinator`: the pool of a run, which sends tasks to a scheduler.
- `task`: the task of a Dask worker, which passes jobs to a separate process.
- `executor`: that process.
"""
