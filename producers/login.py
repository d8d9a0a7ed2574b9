"""The login service: quick login by social network or mobile, verification, visits."""

from producers.steps import QUICK_LOGIN, Fact, Step

COOKIES_ACCEPTED = Fact("cookies_accepted", None, "login")
VISIT = Step(
    "login",
    "login_service",
    "create",
    "automatic_collection",
    ("ip_address", "cookie", "service_use_history", "visit_history"),
    "service.customization",
    "GET",
    "/",
)
VERIFY = Step(
    "login",
    "nice",
    "create",
    "self_verification",
    ("verification_result",),
    "verification.real_name",
    "POST",
    "/verifications",
    new=True,
)
SOCIAL = Step(
    "login",
    "member",
    "login",
    "quick_login_social",
    QUICK_LOGIN,
    "login.access",
    "POST",
    "/login/social",
)
SOCIAL_LOOKUP = Step(
    "login",
    "login_service",
    "read",
    "quick_login_social",
    QUICK_LOGIN,
    "login.access",
    "GET",
    "/accounts/{member}/social",
    after=(0, 2),
)
MOBILE = Step(
    "login",
    "member",
    "login",
    "quick_login_mobile",
    QUICK_LOGIN,
    "login.access",
    "POST",
    "/login/mobile",
)
MOBILE_LOOKUP = Step(
    "login",
    "login_service",
    "read",
    "quick_login_mobile",
    QUICK_LOGIN,
    "login.access",
    "GET",
    "/accounts/{member}/mobile",
    after=(0, 2),
)
SOCIAL_LOGOUT = Step(
    "login",
    "member",
    "logout",
    "quick_login_social",
    ("name",),
    "login.access",
    "POST",
    "/logout",
    after=(20, 900),
)
MOBILE_LOGOUT = Step(
    "login",
    "member",
    "logout",
    "quick_login_mobile",
    ("name",),
    "login.access",
    "POST",
    "/logout",
    after=(20, 900),
)
ACCESS_STATISTICS = Step(
    "login",
    "statistician",
    "read",
    "automatic_collection",
    ("ip_address", "visit_history"),
    "statistics.access",
    "GET",
    "/statistics/visits",
    records=(200, 5000),
    whole_file=True,
)
LOGIN_STATISTICS = Step(
    "login",
    "statistician",
    "read",
    "quick_login_social",
    ("name",),
    "statistics.access",
    "GET",
    "/statistics/logins",
    records=(50, 2000),
    whole_file=True,
)
INSPECTION = Step(
    "login",
    "investigator",
    "read",
    "automatic_collection",
    ("ip_address", "cookie", "mac_address", "misuse_history"),
    "audit.inspection",
    "GET",
    "/inspections/{case}",
    legal_basis="law",
    after=(60, 1800),
    justification="monthly inspection of access records",
)
