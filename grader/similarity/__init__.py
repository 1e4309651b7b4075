"""Similar answers in a class: sliced answers, as words, as fingerprints, in pairs, in groups."""
