"""`python -m kit_utils.apps` is `kit`, for where the package is not installed."""

from kit_utils.apps import main

main()
