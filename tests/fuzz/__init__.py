"""Fuzzing: one target for each parser of strangers' bytes, shared by Hypothesis and by atheris (``make fuzz``).

A target takes bytes and returns nothing. Whatever it raises is a finding: our own named errors it expects, and
what no error should be it asserts, such as a text in a result that no file could hold.
"""
