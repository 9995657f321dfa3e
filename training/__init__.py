"""The offline job: learns from order history and publishes what it learned."""

import os

# Before anything loads OpenMP: threads that wait for each other by spinning make a run several times
# slower as soon as another program wants a core.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
