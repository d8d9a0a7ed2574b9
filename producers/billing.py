"""The billing service: payments and refunds for charged services, records of both."""

from producers.steps import PAYMENT, REFUND, Fact, Step

PAID = Fact("paid", service="billing")
REFUNDED = Fact("refunded", service="billing")
PAY = Step(
    "billing",
    "member",
    "create",
    "user_billing_information",
    PAYMENT,
    "billing.payment_record",
    "POST",
    "/payments/{case}",
    legal_basis="law",
    new=True,
)
TOSS_APPROVES = Step(
    "billing",
    "toss-payments",
    "read",
    "user_billing_information",
    PAYMENT,
    "billing.payment_record",
    "POST",
    "/gateways/toss/{case}",
    legal_basis="law",
    after=(0, 4),
)
INICIS_APPROVES = Step(
    "billing",
    "kg-inicis",
    "read",
    "user_billing_information",
    PAYMENT,
    "billing.payment_record",
    "POST",
    "/gateways/inicis/{case}",
    legal_basis="law",
    after=(0, 4),
)
RECEIPT = Step(
    "billing",
    "member",
    "read",
    "user_billing_information",
    ("name", "email"),
    "billing.payment_record",
    "GET",
    "/payments/{case}",
    legal_basis="law",
)
REFUND_ACCOUNT = Step(
    "billing",
    "member",
    "update",
    "user_billing_information",
    REFUND,
    "billing.cancellation_record",
    "PUT",
    "/refunds/{case}",
    legal_basis="law",
)
TOSS_REFUNDS = Step(
    "billing",
    "toss-payments",
    "read",
    "user_billing_information",
    REFUND,
    "billing.cancellation_record",
    "POST",
    "/gateways/toss/{case}/refund",
    legal_basis="law",
    after=(1, 30),
)
CHECK_PAYMENT = Step(
    "billing",
    "billing_officer",
    "read",
    "user_billing_information",
    PAYMENT,
    "billing.payment_record",
    "GET",
    "/payments/{case}",
    legal_basis="law",
    after=(60, 2400),
)
CHECK_REFUND = Step(
    "billing",
    "billing_officer",
    "read",
    "user_billing_information",
    REFUND,
    "billing.cancellation_record",
    "GET",
    "/refunds/{case}",
    legal_basis="law",
    after=(60, 2400),
)
