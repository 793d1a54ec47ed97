-- What our own platform was asked under which key.

-- +goose Up
CREATE TABLE platform_keys (
    key      TEXT PRIMARY KEY,
    taken_at TIMESTAMPTZ NOT NULL
);

-- +goose Down
DROP TABLE platform_keys;
