-- Addresses of an office's own that are told what happens.

-- +goose Up
CREATE TABLE webhooks (
    id           TEXT PRIMARY KEY,
    office_id    TEXT NOT NULL REFERENCES offices (id),
    url          TEXT NOT NULL,
    -- Signs what is sent; whoever has it can forge that.
    secret       TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    disabled_at  TIMESTAMPTZ,
    last_failure TIMESTAMPTZ
);
CREATE INDEX webhooks_of_office ON webhooks (office_id, id);
CREATE INDEX audit_by_time ON audit (happened_at, activation_id, sequence);

-- +goose Down
DROP INDEX audit_by_time;
DROP TABLE webhooks;
