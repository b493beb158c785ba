-- The contract of dashboards: per domain and second, edges summed, duplicates gone. A peak over edges is a peak of this view;
-- a longer step sums it (avg for active_connections).
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
    handshake_statuses Map(UInt16, UInt64) COMMENT 'Handshakes answered within the second, by HTTP status'
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
    sumMap(s.handshake_statuses) AS handshake_statuses
FROM samples AS s FINAL
GROUP BY s.account_id, s.domain_name, s.second
COMMENT 'Per domain and second of UTC, over all edges';
