"""The filters that all dashboards of detail share, by name: label and description."""

FILTERS = {
    "service": ("service · 서비스", "The service that recorded the access. 기록한 서비스."),
    "file": ("file · 파일", "The personal-information file. 개인정보파일."),
    "purpose": ("purpose · 목적", "What the access was for. 처리 목적."),
    "role": ("role · 역할", "The actor's role. 취급자의 역할."),
    "actor": (
        "actor · 취급자",
        "Staff, systems, consignees and third parties. Members are not listed. 회원은 제외됩니다.",
    ),
    "district": (
        "district · 자치구",
        "The district that looked, or that something was given to. 열람하거나 제공받은 자치구.",
    ),
}
