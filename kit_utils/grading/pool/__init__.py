"""A class graded by all cores: workers only execute, and one process alone writes the gradebook."""
