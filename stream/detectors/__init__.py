"""Every detector, one file each."""

from stream.detectors.bulk_reading import IN_30_DAYS, IN_DAY, IN_HOUR
from stream.detectors.detector import Detector
from stream.detectors.left_or_on_leave import LEFT_OR_ON_LEAVE
from stream.detectors.new_origin import NEW_ORIGIN

DETECTORS: tuple[Detector, ...] = (
    IN_HOUR,
    IN_DAY,
    IN_30_DAYS,
    NEW_ORIGIN,
    LEFT_OR_ON_LEAVE,
)
