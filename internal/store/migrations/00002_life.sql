-- The whole life: who works on a task, who has access, more kinds of mail.

-- +goose Up
CREATE TABLE task_participants (
    task_id     TEXT NOT NULL REFERENCES tasks (id),
    employee_id TEXT NOT NULL REFERENCES employees (id),
    PRIMARY KEY (task_id, employee_id)
);

-- What the office's people may use at a customer, and since when.
CREATE TABLE access (
    activation_id TEXT COLLATE "C" NOT NULL REFERENCES activations (id),
    employee_id   TEXT NOT NULL REFERENCES employees (id),
    since         TIMESTAMPTZ NOT NULL,
    revoked_at    TIMESTAMPTZ,
    PRIMARY KEY (activation_id, employee_id)
);

DROP VIEW activation_records;
ALTER TABLE activations ADD COLUMN invited_id TEXT NOT NULL DEFAULT '';
ALTER TABLE activations ADD COLUMN reminders_paused BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE activations ADD COLUMN reminded_at TIMESTAMPTZ;
CREATE VIEW activation_records AS
SELECT a.*,
       o.name AS office_name,
       c.name AS customer_name,
       t.name AS task_name,
       e.name AS requested_by_name
FROM activations a
LEFT JOIN offices o ON o.id = a.office_id
LEFT JOIN customers c ON c.id = a.customer_id
LEFT JOIN tasks t ON t.id = a.task_id
LEFT JOIN employees e ON e.id = a.requested_by;

-- One row for each mail: SQLite cannot widen a unique constraint in place. The
-- defaults are for processes of the release before, which go on for a while.
CREATE TABLE letters (
    id            TEXT PRIMARY KEY,
    activation_id TEXT COLLATE "C" NOT NULL REFERENCES activations (id),
    kind          TEXT NOT NULL,
    generation    INTEGER NOT NULL,
    number        INTEGER NOT NULL DEFAULT 0,
    -- The employee it goes to; empty where it goes to the customer.
    employee_id   TEXT NOT NULL DEFAULT '',
    status        TEXT NOT NULL,
    attempts      INTEGER NOT NULL,
    unknown       INTEGER NOT NULL,
    lease_until   TIMESTAMPTZ NOT NULL,
    to_id         TEXT NOT NULL,
    to_email      TEXT NOT NULL,
    provider_id   TEXT NOT NULL DEFAULT '',
    error_code    TEXT NOT NULL DEFAULT '',
    UNIQUE (activation_id, kind, generation, number, employee_id)
);
INSERT INTO letters (id, activation_id, kind, generation, number, employee_id, status, attempts, unknown, lease_until,
    to_id, to_email, provider_id, error_code)
SELECT id, activation_id, kind, generation, 0, '', status, attempts, unknown, lease_until, to_id, to_email, provider_id, error_code
FROM mail_deliveries;
DROP TABLE mail_deliveries;
ALTER TABLE letters RENAME TO mail_deliveries;

-- +goose Down
DROP TABLE access;
DROP TABLE task_participants;
