"""A seeded world that fakes the engine, the host, the disks and Ollama."""
