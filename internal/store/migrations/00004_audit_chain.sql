-- The audit is a chain of hashes, and what is personal in it can be erased.
-- Rows from before this have no hash; the store adds them when it migrates.

-- +goose Up
ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';
-- Binds the personal part to the row; empty where there is none.
ALTER TABLE audit ADD COLUMN commitment TEXT NOT NULL DEFAULT '';
CREATE TABLE audit_private (
    activation_id TEXT COLLATE "C" NOT NULL REFERENCES activations (id),
    sequence      INTEGER NOT NULL,
    salt          TEXT NOT NULL,
    private       JSON NOT NULL,
    PRIMARY KEY (activation_id, sequence)
);

-- +goose Down
DROP TABLE audit_private;
