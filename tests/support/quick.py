"""What ``make quick`` leaves out."""

import re

# What a test needs shows in its fixtures, so that no mark of it can be forgotten. "slow" is said by hand.
MARKS = {"engine": "engine", "browser": "browser", "process_settings": "processes"}
NOT_QUICK = frozenset({*MARKS.values(), "slow"})
# PyTorch itself, or our models made of it.
IMPORTS_TORCH = re.compile(r"^(import|from) (tests\.support(\.| import ))?torch", re.MULTILINE)
