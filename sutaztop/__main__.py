"""``python -m sutaztop``."""

import sys

from sutaztop.cli.main import run

sys.exit(run())
