from .writeup import WriteupError as WriteupError
from .writeup import writeup as writeup
