"""``python -m recsvc``."""

from recsvc.cli.main import main

main()
