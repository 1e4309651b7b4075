"""How long a test waits for what has to happen before it gives up. No test waits this long on purpose."""

PATIENCE = 600.0  # seconds: a machine may have much to do
