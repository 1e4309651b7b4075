"""Every bound on what a submission may use, with its unit in its name."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one submission may use. The comment on each field says what a student sees at the limit."""

    cpu_seconds: float = 15.0  # of a processor core, for one exercise with all its cases: status "timeout"
    wall_time_factor: float = 4.0  # times cpu_seconds, by the clock, when the machine is busy: status "timeout"
    memory_bytes: int = 1 * GIB  # the container's memory, no swap: status "memory"
    processes: int = 64  # processes and threads in the container: BlockingIOError from fork
    cpus: float = 1.0  # processor cores: everything takes longer
    file_bytes: int = 16 * MIB  # one file, and all of /tmp: OSError from write
    open_files: int = 128  # file descriptors of a process: OSError from open
    stdout_bytes: int = 16 * KIB  # printed text kept per exercise: the rest is cut, and says so
    printed_bytes: int = 4 * MIB  # printed text in all per exercise: status "output_too_large"
    array_bytes: int = 16 * MIB  # arrays returned by one exercise: status "output_too_large"
    array_dimensions: int = 32  # dimensions of one returned array: status "output_too_large"
    text_bytes: int = 8 * KIB  # an exception's message and its traceback, each: cut
    trace_entries: int = 256  # calls of building blocks recorded per case: the rest is not recorded
    arrays_per_case: int = 64  # arrays returned by one call: the rest is not read. No exercise asks for more
    start_seconds: float = 30.0  # engine's time to start a container: our fault, no mark
