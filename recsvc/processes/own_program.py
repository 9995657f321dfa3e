"""The command line of a program of this installation."""

import sys


def own_program(module: str) -> list[str]:
    """Return what starts ``module`` in a process of its own, and no namesake in the directory where that is done.

    ``python -m`` looks for modules in the working directory first, unless it is told otherwise (``-P``).
    """
    return [sys.executable, "-P", "-m", module]
