"""``python -m ziffern`` is the command `ziffern`."""

import sys

from ziffern.cli import main

if __name__ == "__main__":
    sys.exit(main())
