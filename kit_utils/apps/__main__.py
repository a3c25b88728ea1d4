"""Lets `python -m kit_utils.apps` be `kit` where the package is not installed."""

from kit_utils.apps import main

main()
