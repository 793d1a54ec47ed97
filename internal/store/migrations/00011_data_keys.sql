-- Keys that encrypt what the engine is told: one for each subject (an office's
-- customer and solution), and a shared one, whose subject is empty, for what is
-- nobody's. They are wrapped by a master key, which is not in the database.

-- +goose Up
CREATE TABLE data_keys (
    id          TEXT COLLATE "C" PRIMARY KEY,
    subject     TEXT NOT NULL UNIQUE,
    -- No reference: the engine may be told of a customer before anything else is.
    customer_id TEXT NOT NULL,
    master_id   TEXT NOT NULL,
    wrapped     BYTEA NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL
);
-- What was under one of these is gone for good. A key that is in neither table is
-- of another database, or newer than this one.
CREATE TABLE erased_data_keys (id TEXT COLLATE "C" PRIMARY KEY);
CREATE INDEX data_keys_of_customer ON data_keys (customer_id);
CREATE INDEX data_keys_by_master ON data_keys (master_id, id);

-- +goose Down
DROP TABLE erased_data_keys;
DROP TABLE data_keys;
