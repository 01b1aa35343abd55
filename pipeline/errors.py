"""The exception tree: every error a user may meet says where, what was found, and the next step."""

from collections.abc import Sequence


class WabunError(Exception):
    """An error whose message is for the user: shown as one clear line, never as a traceback."""

    exit_code = 1
    may_pass = False  # whether the same try again, a little later, may end otherwise


class ConfigError(WabunError):
    """A config that cannot be run; holds every problem found, each as `file:line: option: what is wrong`."""

    exit_code = 2

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class PreflightError(WabunError):
    """What was found missing before any work began: inputs, models, room on the disk."""

    exit_code = 2

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class InputError(WabunError):
    """An input that cannot be opened or is not what its name says."""


class NetworkFault(InputError):  # noqa: N818 - a state of the network, told like an error
    """A remote input that could not be had whole just now."""

    may_pass = True


class StorageError(WabunError):
    """A file that could not be written whole, or that differs from what its manifest says."""


class StorageFault(StorageError):  # noqa: N818 - a state of the store, told like an error
    """An object store that did not answer just now, or was busy for too long."""

    may_pass = True


class RanksFailed(WabunError):  # noqa: N818 - a state of the plan, told like an error
    """Some ranks of a plan failed after their retries; the others are done."""

    exit_code = 3


class PlanNotReady(WabunError):  # noqa: N818 - a state of the plan, told like an error
    """A plan whose predecessor is not done yet."""

    exit_code = 4


class Cancelled(WabunError):  # noqa: N818 - a state of the plan, told like an error
    """Somebody has asked by `wabun cancel` that all work on this result end."""

    exit_code = 5


class OutOfTime(WabunError):  # noqa: N818 - a state of the plan, told like an error
    """The time budget ended before every rank was done; the same command takes up the rest."""

    exit_code = 75
