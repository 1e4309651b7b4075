"""``python -m sandbox.image`` builds the sandbox's image."""

import sys

from sandbox.image.build import main

sys.exit(main())
