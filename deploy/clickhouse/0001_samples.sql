-- What each edge measured per domain and second of UTC, as it came from stream SAMPLES.
-- Values are absolute for (account, domain, second, edge, boot): a row that comes twice replaces itself, and of two that
-- differ the one of the later batch of that boot stays. Until parts are merged both may lie here: read with FINAL.
-- A day is a partition so that the TTL drops whole days instead of rewriting them. 93 days hold a closed month of
-- seconds, for a bill at its 95th percentile, through the month after it and the disputes of one more.
CREATE TABLE IF NOT EXISTS samples
(
    account_id LowCardinality(String) COMMENT 'Whose domain it was at that second',
    domain_name LowCardinality(String) COMMENT 'Lower case, A-labels, as in the configuration; a wildcard starts with *.',
    second DateTime('UTC') COMMENT 'By the clock of the edge' CODEC(Delta, ZSTD),
    edge_id LowCardinality(String),
    boot_id LowCardinality(String) COMMENT 'New at every start of the edge process',
    sequence UInt64 COMMENT 'The batch of that boot which carried the row; the highest wins' CODEC(Delta, ZSTD),
    bytes_from_client UInt64 COMMENT 'Bytes of WebSocket frames on the wire, after the handshake' CODEC(T64, ZSTD),
    bytes_to_client UInt64 COMMENT 'Bytes of WebSocket frames on the wire, after the handshake' CODEC(T64, ZSTD),
    messages_from_client UInt64 CODEC(T64, ZSTD),
    messages_to_client UInt64 CODEC(T64, ZSTD),
    active_connections UInt64 COMMENT 'Open at the end of the second' CODEC(T64, ZSTD),
    opened_connections UInt64 COMMENT 'Within the second' CODEC(T64, ZSTD),
    closed_connections UInt64 COMMENT 'Within the second' CODEC(T64, ZSTD),
    handshake_statuses Map(UInt16, UInt64) COMMENT 'Handshakes answered within the second by HTTP status; 499: the client left' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree(sequence)
PARTITION BY toYYYYMMDD(second)
ORDER BY (account_id, domain_name, second, edge_id, boot_id)
TTL second + INTERVAL 93 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000
COMMENT 'Per edge and second; read with FINAL, or through the view domain_seconds';
