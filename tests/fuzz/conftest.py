"""How much is tried: HYPOTHESIS_PROFILE is `default` (the same few inputs each time) or `soak` (many, other ones)."""

import os

from hypothesis import HealthCheck, settings

_COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}

settings.register_profile("default", derandomize=True, max_examples=100, **_COMMON)
settings.register_profile("soak", max_examples=4000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
