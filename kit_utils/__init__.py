"""The deep-learning teaching kit: data, training, checks and figures for its notebooks.

Importing this package imports nothing else: torch comes with the part that needs it.
"""

__version__ = "0.1.0"
