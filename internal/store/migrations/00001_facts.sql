-- Written for PostgreSQL. SQLite reads the same file with TIMESTAMPTZ and
-- COLLATE "C" replaced: see dialect.go.

-- +goose Up
CREATE TABLE offices (
    id   TEXT PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE employees (
    id        TEXT PRIMARY KEY,
    office_id TEXT NOT NULL REFERENCES offices (id),
    name      TEXT NOT NULL,
    email     TEXT NOT NULL,
    role      TEXT NOT NULL
);
CREATE INDEX employees_of_office ON employees (office_id);

CREATE TABLE customers (
    id                  TEXT PRIMARY KEY,
    office_id           TEXT NOT NULL REFERENCES offices (id),
    organisation_number TEXT NOT NULL,
    name                TEXT NOT NULL,
    -- The name in lower case: for search and order, the same on both databases.
    name_key            TEXT COLLATE "C" NOT NULL,
    created_at          TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX customers_by_number ON customers (office_id, organisation_number);
CREATE INDEX customers_by_name ON customers (office_id, name_key, id);

CREATE TABLE tasks (
    id          TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    owner_id    TEXT NOT NULL REFERENCES employees (id),
    name        TEXT NOT NULL,
    is_open     BOOLEAN NOT NULL
);
CREATE INDEX tasks_of_customer ON tasks (customer_id, id);

CREATE TABLE activations (
    id                TEXT COLLATE "C" PRIMARY KEY,
    office_id         TEXT NOT NULL REFERENCES offices (id),
    customer_id       TEXT NOT NULL REFERENCES customers (id),
    solution_id       TEXT NOT NULL,
    -- No reference: the task is checked after the activation is recorded.
    task_id           TEXT NOT NULL,
    scenario          TEXT NOT NULL,
    state             TEXT NOT NULL,
    invoice_recipient TEXT NOT NULL,
    period_start      TEXT NOT NULL,
    period_month      TEXT NOT NULL,
    agreement_months  INTEGER NOT NULL,
    locale            TEXT NOT NULL,
    requested_by      TEXT NOT NULL,
    requested_at      TIMESTAMPTZ NOT NULL,
    failure_code      TEXT NOT NULL DEFAULT '',
    generation        INTEGER NOT NULL DEFAULT 0,
    sent_at           TIMESTAMPTZ,
    expires_at        TIMESTAMPTZ,
    delivery          TEXT NOT NULL DEFAULT '',
    invited_name      TEXT NOT NULL DEFAULT '',
    invited_email     TEXT NOT NULL DEFAULT '',
    decision          JSON NOT NULL DEFAULT 'null',
    agreement         JSON NOT NULL DEFAULT 'null',
    ended_at          TIMESTAMPTZ,
    updated_at        TIMESTAMPTZ NOT NULL,
    version           INTEGER NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX activations_one_live ON activations (office_id, customer_id, solution_id)
    WHERE state IN ('activating', 'awaiting_approval', 'active');
-- One index for each way to list them, newest first.
CREATE INDEX activations_by_state ON activations (office_id, state, requested_at, id);
CREATE INDEX activations_by_solution ON activations (office_id, solution_id, state, requested_at, id);
CREATE INDEX activations_by_customer ON activations (office_id, customer_id, requested_at, id);
CREATE INDEX activations_by_task ON activations (office_id, task_id, requested_at, id);

CREATE TABLE subscriptions (
    id                TEXT PRIMARY KEY,
    customer_id       TEXT NOT NULL REFERENCES customers (id),
    solution_id       TEXT NOT NULL,
    invoice_recipient TEXT NOT NULL,
    since             TIMESTAMPTZ NOT NULL,
    activated_by      TEXT NOT NULL DEFAULT '',
    ended_at          TIMESTAMPTZ,
    -- What the customer may still do: full, read_only or none.
    access            TEXT NOT NULL DEFAULT 'full'
);
CREATE UNIQUE INDEX subscriptions_in_force ON subscriptions (customer_id, solution_id) WHERE ended_at IS NULL;

CREATE TABLE administrators (
    id           TEXT PRIMARY KEY,
    customer_id  TEXT NOT NULL REFERENCES customers (id),
    name         TEXT NOT NULL,
    email        TEXT NOT NULL,
    phone        TEXT NOT NULL,
    main_contact BOOLEAN NOT NULL,
    created_by   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX administrators_of_customer ON administrators (customer_id, id);
CREATE UNIQUE INDEX administrators_main_contact ON administrators (customer_id) WHERE main_contact;

-- Append-only. The first unique constraint is what makes every step idempotent.
CREATE TABLE audit (
    activation_id TEXT NOT NULL REFERENCES activations (id),
    sequence      INTEGER NOT NULL,
    step_key      TEXT NOT NULL,
    action        TEXT NOT NULL,
    actor         TEXT NOT NULL,
    happened_at   TIMESTAMPTZ NOT NULL,
    detail        JSON NOT NULL,
    UNIQUE (activation_id, step_key),
    UNIQUE (activation_id, sequence)
);

CREATE TABLE mail_deliveries (
    id            TEXT PRIMARY KEY,
    activation_id TEXT NOT NULL REFERENCES activations (id),
    kind          TEXT NOT NULL,
    generation    INTEGER NOT NULL,
    status        TEXT NOT NULL,
    -- How often it was handed over, and how often nobody knows what came of it.
    attempts      INTEGER NOT NULL,
    unknown       INTEGER NOT NULL,
    lease_until   TIMESTAMPTZ NOT NULL,
    to_id         TEXT NOT NULL,
    to_email      TEXT NOT NULL,
    provider_id   TEXT NOT NULL DEFAULT '',
    error_code    TEXT NOT NULL DEFAULT '',
    UNIQUE (activation_id, kind, generation)
);

CREATE TABLE idempotency_keys (
    office_id     TEXT NOT NULL,
    key           TEXT NOT NULL,
    request_hash  TEXT NOT NULL,
    activation_id TEXT NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (office_id, key)
);

-- An activation with the names that lists and pages show.
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

-- +goose Down
DROP VIEW activation_records;
DROP TABLE idempotency_keys;
DROP TABLE mail_deliveries;
DROP TABLE audit;
DROP TABLE administrators;
DROP TABLE subscriptions;
DROP TABLE activations;
DROP TABLE tasks;
DROP TABLE customers;
DROP TABLE employees;
DROP TABLE offices;
