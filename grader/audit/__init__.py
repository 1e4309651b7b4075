"""Are marks what they were, and would they be given again: reports verified and replayed."""
