"""How long work on exercises goes on, while it goes on: for whoever shows it. Here nobody does."""


class Progress:
    """Hears of work that is done step by step, each about as long as another."""

    def begin(self, title: str) -> None:
        """Something of its own begins, such as an exercise."""

    def planned(self, left: int) -> None:
        """So many steps are to come."""

    def step(self, what: str) -> None:
        """One of them begins."""
