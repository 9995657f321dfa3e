"""What ``/openapi.json`` promises, schemathesis holds the service to."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.models import release, small_model
from support.processes import Service

from recsvc.model.registry import Registry
