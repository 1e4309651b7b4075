"""Runs one submission's code in a locked-down container and brings its arrays out."""
