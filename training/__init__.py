"""The offline job: order history in, one published model version out."""

import os

# Before anything loads OpenMP: threads that wait for each other by spinning make a run several times
# slower as soon as another program wants a core.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
