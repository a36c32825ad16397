"""sutaztop: terminal monitor and operator console for Docker AI stacks."""

__version__ = "0.1.0.dev0"
