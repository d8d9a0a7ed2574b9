SELECT
    if(
        isIPv4String(ip),
        concat(substring(ip, 1, length(ip) - position(reverse(ip), '.')), '.0/24'),
        concat(toString(IPv6CIDRToRange(toIPv6OrDefault(ip), 48).1), '/48')) AS network,
    count() AS accesses,
    countIf(verdict = 'misuse') AS misuse,
    uniqExact(actor) AS accounts,
    countIf(action = 'login' AND outcome != 'success') AS failed_logins,
    arrayStringConcat(arraySort(groupUniqArray(actor_kind)), ', ') AS kinds
FROM v_access_events
WHERE occurred_at >= greatest($__fromTime, $__toTime - INTERVAL 2 DAY) AND occurred_at <= $__toTime
    AND $__conditionalAll(source IN (${service:singlequote}), $service)
    AND $__conditionalAll(file IN (${file:singlequote}), $file)
    AND $__conditionalAll(purpose IN (${purpose:singlequote}), $purpose)
    AND $__conditionalAll(role IN (${role:singlequote}), $role)
    AND $__conditionalAll(actor IN (${actor:singlequote}), $actor)
    AND $__conditionalAll((organization IN (${district:singlequote}) OR recipient IN (${district:singlequote})), $district)
    AND $__conditionalAll(subject IN (${subject:singlequote}), $subject)
    AND ip != ''
GROUP BY network
ORDER BY failed_logins DESC, misuse DESC, accounts DESC, network
LIMIT 100
