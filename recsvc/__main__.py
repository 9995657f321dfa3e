"""``python -m recsvc``."""

from recsvc.cli.main import main

if __name__ == "__main__":  # processes that an export starts import this file
    main()
