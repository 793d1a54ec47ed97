-- One solution for many customers.

-- +goose Up
CREATE TABLE batches (
    id           TEXT PRIMARY KEY,
    office_id    TEXT NOT NULL REFERENCES offices (id),
    solution_id  TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    cancelled_at TIMESTAMPTZ
);
CREATE TABLE batch_rows (
    batch_id            TEXT NOT NULL REFERENCES batches (id),
    line                INTEGER NOT NULL,
    organisation_number TEXT NOT NULL,
    -- Without what is personal once it was started.
    request             JSON NOT NULL,
    result              TEXT NOT NULL,
    -- No reference: it is reserved before it is started.
    activation_id       TEXT NOT NULL DEFAULT '',
    code                TEXT NOT NULL DEFAULT '',
    fields              JSON NOT NULL DEFAULT '[]',
    PRIMARY KEY (batch_id, line)
);
CREATE INDEX batch_rows_by_result ON batch_rows (batch_id, result, line);

-- +goose Down
DROP TABLE batch_rows;
DROP TABLE batches;
