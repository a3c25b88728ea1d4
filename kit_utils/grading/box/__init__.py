"""The box: where students' code runs, without network, other files, or a way out."""
