"""Every Kafka topic of Gamsa, named here and nowhere else."""

ACCESS_EVENTS = "access-events"
ACCESS_EVENTS_DLQ = "access-events-dlq"
FINDINGS = "findings"
PRODUCER_HEARTBEATS = "producer-heartbeats"
BUSINESS_EVENTS = "business-events"
ROSTER = "roster"
