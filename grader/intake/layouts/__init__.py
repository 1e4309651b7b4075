"""How systems lay a class's submissions out: one module for each, with ``fits(folder)`` and ``read(folder)``."""
