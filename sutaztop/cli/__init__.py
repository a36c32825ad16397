"""The faces: command line, assembly of adapters."""
