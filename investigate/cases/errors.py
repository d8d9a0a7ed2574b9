"""Why something about a case is refused; each message is what, and the next step.

CaseError
├── UnknownCaseError   there is no such case, or not for who asks
├── NotTheirsError     the step is for somebody else: of another role, or not concerned themselves
├── RefusedStepError   the step does not follow, or something of it is not what it must be
└── OvertakenError     somebody else took a step at the same time
"""


class CaseError(Exception):
    """Something about a case is refused."""


class UnknownCaseError(CaseError):
    """There is no such case, or not for who asks."""


class NotTheirsError(CaseError):
    """The step is for somebody else: of another role, or not concerned themselves."""


class RefusedStepError(CaseError):
    """The step does not follow, or something of it is not what it must be."""


class OvertakenError(CaseError):
    """Somebody else took a step at the same time."""
