"""The Faust worker: takes chunks of a partition, judges each event, stores the trail."""
