-- Rows replace themselves, so that a block may come twice. A window for blocks adds nothing, and it loses rows: its log names a block
-- before the part of it has its name, and where the engine is killed in between it takes the next try for a duplicate.
ALTER TABLE samples MODIFY SETTING non_replicated_deduplication_window = 0;
