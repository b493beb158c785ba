-- What ended the connections, and how long handshakes and round trips took. Rows of edges that do not tell yet have nothing here.
-- A histogram's bucket i (from 0) counts durations of at most 128 microseconds times 2^i that bucket i - 1 does not; bucket 19 has no end.
-- Arrays may be shorter than 20: sumForEach adds them all the same.
ALTER TABLE samples
    ADD COLUMN IF NOT EXISTS closes Map(String, UInt64) COMMENT 'Closed within the second by side/cause/code, such as edge/heartbeat/1001' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS handshake_durations Array(UInt64) COMMENT 'Histogram of handshakes that ended with 101' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS client_round_trips Array(UInt64) COMMENT 'Histogram of pings to clients' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS origin_round_trips Array(UInt64) COMMENT 'Histogram of pings to origins' CODEC(ZSTD);

-- The contract of dashboards, as in 0002, with the columns above.
CREATE OR REPLACE VIEW domain_seconds
(
    account_id LowCardinality(String) COMMENT 'Whose domain it was at that second',
    domain_name LowCardinality(String) COMMENT 'Lower case, A-labels; a wildcard starts with *.',
    second DateTime('UTC') COMMENT 'By the clocks of the edges; seconds without traffic have no row',
    bytes_from_client UInt64 COMMENT 'Bytes of WebSocket frames from clients to all edges; times 8 is bits per second',
    bytes_to_client UInt64 COMMENT 'Bytes of WebSocket frames from all edges to clients; times 8 is bits per second',
    messages_from_client UInt64 COMMENT 'WebSocket messages from clients',
    messages_to_client UInt64 COMMENT 'WebSocket messages to clients',
    active_connections UInt64 COMMENT 'Connections open at the end of the second, on all edges',
    opened_connections UInt64 COMMENT 'Connections opened within the second',
    closed_connections UInt64 COMMENT 'Connections closed within the second',
    handshake_statuses Map(UInt16, UInt64) COMMENT 'Handshakes answered within the second, by HTTP status',
    closes Map(String, UInt64) COMMENT 'Connections closed within the second by side/cause/code, such as edge/heartbeat/1001',
    handshake_durations Array(UInt64) COMMENT 'Handshakes that ended with 101: bucket i ends at 128 us times 2^i',
    client_round_trips Array(UInt64) COMMENT 'Pings to clients: bucket i ends at 128 us times 2^i',
    origin_round_trips Array(UInt64) COMMENT 'Pings to origins: bucket i ends at 128 us times 2^i'
)
AS SELECT
    s.account_id AS account_id,
    s.domain_name AS domain_name,
    s.second AS second,
    sum(s.bytes_from_client) AS bytes_from_client,
    sum(s.bytes_to_client) AS bytes_to_client,
    sum(s.messages_from_client) AS messages_from_client,
    sum(s.messages_to_client) AS messages_to_client,
    sum(s.active_connections) AS active_connections,
    sum(s.opened_connections) AS opened_connections,
    sum(s.closed_connections) AS closed_connections,
    sumMap(s.handshake_statuses) AS handshake_statuses,
    sumMap(s.closes) AS closes,
    sumForEach(s.handshake_durations) AS handshake_durations,
    sumForEach(s.client_round_trips) AS client_round_trips,
    sumForEach(s.origin_round_trips) AS origin_round_trips
FROM samples AS s FINAL
GROUP BY s.account_id, s.domain_name, s.second
COMMENT 'Per domain and second of UTC, over all edges';
