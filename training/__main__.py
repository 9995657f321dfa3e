"""``python -m training``."""

from training.cli.main import main

main()
