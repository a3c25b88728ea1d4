"""The judge: runs test cells where no student's code runs."""
