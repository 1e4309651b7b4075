"""Every target by its name."""

from collections.abc import Callable, Mapping

from tests.fuzz import from_the_container, handed_in, of_a_class

Target = Callable[[bytes], None]
TARGETS: Mapping[str, Target] = {
    each.__name__: each
    for each in (
        from_the_container.engine_stream,
        from_the_container.frames,
        from_the_container.array,
        from_the_container.result,
        from_the_container.judged,
        handed_in.program,
        handed_in.notebook,
        handed_in.cells,
        handed_in.archive,
        of_a_class.class_zip,
        of_a_class.class_folder,
        of_a_class.gradescope,
        of_a_class.roster,
        of_a_class.sheet,
        of_a_class.canvas,
        of_a_class.moodle,
        of_a_class.report,
        of_a_class.class_list,
        of_a_class.earlier_scores,
        of_a_class.assignment,
    )
}
