"""The words for layers and for where networks part."""

from dataclasses import dataclass
from typing import assert_never

from grader.diagnosis.divergence import Cause, Divergence, Step, StepKind, different_settings
from grader.report.model import LayerReport, LayerState, Rank
from grader.wording import listed
from sandbox.wire.messages import TraceEntry

FROM_TO = (("in_channels", "out_channels"), ("in_features", "out_features"), ("input_size", "hidden_size"))
# How a setting is written in a label. What is not here (eps, momentum) would only distract.
WORDS = {
    "kernel_size": "{0:g}×{0:g}",
    "stride": "stride {0:g}",
    "padding": "padding {0:g}",
    "p": "p={0:g}",
    "num_features": "{0:g}",
    "num_layers": "layers {0:g}",
    "d_model": "d_model {0:g}",
    "num_heads": "heads {0:g}",
}
STATE_OF_STEP = {
    StepKind.SAME: LayerState.SAME,
    StepKind.MISCONFIGURED: LayerState.DIFFERENT,
    StepKind.EXTRA: LayerState.EXTRA,
    StepKind.MISSING: LayerState.MISSING,
}


def layer_text(entry: TraceEntry, *, sizes: bool = True) -> str:
    """``Conv2d(96→256, 5×5, stride 1, padding 2)``, or without sizes ``Conv2d``."""
    settings = dict(entry.settings) if sizes else {}
    parts = [f"{settings[a]:g}→{settings[b]:g}" for a, b in FROM_TO if a in settings and b in settings]
    parts += [WORDS[name].format(value) for name, value in settings.items() if name in WORDS]
    return f"{entry.kind}({', '.join(parts)})" if parts else entry.kind


def layer_reports(divergence: Divergence) -> tuple[LayerReport, ...]:
    """The steps as boxes, in order. What the student did by hand has no box."""
    reports = []
    different = False
    for step in divergence.steps:
        if step.kind is StepKind.BY_HAND:
            continue
        # The first layer with other numbers is where they part; those behind it can't but have them.
        state = STATE_OF_STEP.get(step.kind) or (LayerState.AFTER if different else LayerState.DIFFERENT)
        different = different or state is not LayerState.SAME
        reports.append(_layer_report(step, state))
    return tuple(reports)


def _layer_report(step: Step, state: LayerState) -> LayerReport:
    entry = step.student or step.reference
    assert entry is not None
    return LayerReport(label=layer_text(entry), output_shape=str(entry.output_shape), state=state)


@dataclass(frozen=True, kw_only=True)
class DivergenceMessage:
    """Says where the two part. Of a hidden case no sizes are told."""

    divergence: Divergence
    sizes: bool

    @property
    def rank(self) -> Rank:
        """The trace shows which layers are called and how they are made, and less of what happens between them."""
        match self.divergence.cause:
            case Cause.OTHER_INPUT | Cause.OTHER_OUTPUT | Cause.AFTER_THE_LAST:
                return Rank.WHERE_TO_LOOK
            case _:
                return Rank.SHOWN

    @property
    def title(self) -> str:
        """What differs, in a few words."""
        student, reference = self._label(self.divergence.student), self._label(self.divergence.reference)
        match self.divergence.cause:
            case Cause.MISCONFIGURED:
                return self._wrong_setting()
            case Cause.MISSING:
                return f"{reference} is missing"
            case Cause.EXTRA:
                return f"{student} does not belong there"
            case Cause.DOUBLED:
                return f"{student} is applied twice"
            case Cause.TOO_EARLY:
                return f"{student} comes too early"
            case Cause.TOO_LATE:
                return f"{reference} comes too late"
            case Cause.OTHER_INPUT:
                return f"What goes into {student} is not what it should be"
            case Cause.OTHER_OUTPUT:
                return f"At {student} your numbers part from the architecture's"
            case Cause.AFTER_THE_LAST:
                return "The layers are right, and what is returned is not"
            case _:
                assert_never(self.divergence.cause)

    @property
    def text(self) -> str:
        """Where it is, what the student has there, and what the architecture has."""
        before = self._label(self.divergence.before)
        student, reference = self._label(self.divergence.student), self._label(self.divergence.reference)
        agree = f"Up to {before} your layers agree with the architecture. " if before else ""
        there = f"After {before}" if before else "At the beginning"
        match self.divergence.cause:
            case Cause.MISCONFIGURED:
                return agree + self._both_layers(student, reference)
            case Cause.MISSING:
                goes_on = f"your network goes on with {student}" if student else "your network ends"
                return f"{there} the architecture goes on with {reference}, and {goes_on}."
            case Cause.EXTRA:
                goes_on = f"goes on with {reference}" if reference else "ends"
                return f"{there} you have {student}, and the architecture {goes_on}."
            case Cause.DOUBLED:
                return f"You apply {student} two times in a row, and the architecture has it once."
            case Cause.TOO_EARLY:
                first = reference or "another layer"
                return f"{there} you have {student}. In the architecture it comes later: first {first}."
            case Cause.TOO_LATE:
                return f"{there} the architecture has {reference}, and in your network it comes further on."
            case Cause.OTHER_INPUT:
                between = f"between {before} and this layer" if before else "before this layer"
                return (
                    f"{agree}{student} is the right next layer, but what arrives there differs"
                    f"{self._arriving()}. Look at what your code does {between}."
                )
            case Cause.OTHER_OUTPUT:
                return (
                    f"{student} gets nearly what it should, and gives something else. Look at what your code does "
                    "before it, and whether this layer works in another mode, has other numbers, or serves in more "
                    "than one place."
                )
            case Cause.AFTER_THE_LAST:
                return (
                    f"All layers do what they should, up to {before}. Look at what your code does with its result "
                    "before it returns."
                )
            case _:
                assert_never(self.divergence.cause)

    def _label(self, entry: TraceEntry | None) -> str:
        return layer_text(entry, sizes=self.sizes) if entry else ""

    def _wrong_setting(self) -> str:
        student, reference = self._two
        name, mine, wanted = different_settings(student, reference)[0]
        is_wrong = f"is {mine:g} and should be {wanted:g}" if self.sizes else "is not what it should be"
        return f"{student.kind}: {name} {is_wrong}"

    def _both_layers(self, mine: str, wanted: str) -> str:
        student, reference = self._two
        if not self.sizes:
            names = listed([name for name, _, _ in different_settings(student, reference)])
            return f"Then comes {mine}, with another {names} than in the architecture."
        text = f"You have {mine}, and the architecture has {wanted} there"
        if student.output_shape != reference.output_shape:
            text += f": your output has the shape {student.output_shape}, and it should be {reference.output_shape}"
        if student.input_shape != reference.input_shape:
            text += f". What arrives there differs already{self._arriving()}"
        return text + "."

    def _arriving(self) -> str:
        student, reference = self._two
        if not self.sizes or student.input_shape == reference.input_shape:
            return ""
        return f": it has the shape {student.input_shape}, and it should be {reference.input_shape}"

    @property
    def _two(self) -> tuple[TraceEntry, TraceEntry]:
        """Where the cause is about a pair of layers."""
        student, reference = self.divergence.student, self.divergence.reference
        if student is None or reference is None:
            raise LookupError(f"{self.divergence.cause} is not about a pair")
        return student, reference
