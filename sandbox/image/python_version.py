"""Which Python the image has."""

IMAGE_PYTHON = "3.11"  # what both kinds of base image have, whatever Python runs the grader
