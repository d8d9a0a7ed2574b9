"""Why a question is not answered.

InquiryError
├── WrongQuestionError    a filter, a cursor or a size is not what it must be
├── NoGroundsError        no purpose is given, or no justification where one is needed
├── CostLimitError        the answer would cost more than a question may
├── NotRecordedError      that it was asked is not recorded, so the answer is not given
│   └── NotTakenError     a step in a case is not recorded, so it is not taken
└── NotThereError         the trail holds nothing of that name
"""


class InquiryError(Exception):
    """A question is not answered; the message says why, and what to do."""


class WrongQuestionError(InquiryError):
    """A filter, a cursor or a size is not what it must be."""


class NoGroundsError(InquiryError):
    """No purpose is given, or no justification where one is needed."""


class CostLimitError(InquiryError):
    """The answer would cost more than a question may."""


class NotRecordedError(InquiryError):
    """That it was asked is not recorded, so the answer is not given."""


class NotTakenError(NotRecordedError):
    """A step in a case is not recorded, so it is not taken."""


class NotThereError(InquiryError):
    """The trail holds nothing of that name."""
