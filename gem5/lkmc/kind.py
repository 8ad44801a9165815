"""What kinds of machines differ in; `machine.KINDS` has one of them for each."""


class Kind:
    """Here are the answers of most."""

    # gem5 simulates all that processors execute; else it carries out their system calls itself.
    full_system = True
    # There is a program and no kernel, so the program begins at once.
    alone = True

    def build(self, order):
        """The system: a tree of gem5's objects, not instantiated."""
        raise NotImplementedError

    def describe(self, system):
        """What is written down of the system when all of it is there and nothing is instantiated."""

    def is_loaded(self):
        """Memory has all that it begins with, gem5's objects being instantiated."""

    def take_output(self, order):
        """Where gem5's own standard output goes from the first event on."""
