"""For instructors only: what nbgrader loads while it grades."""
