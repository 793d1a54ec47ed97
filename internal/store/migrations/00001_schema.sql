-- The schema of both databases, written for PostgreSQL. migrate.go translates
-- TIMESTAMPTZ and COLLATE "C" for SQLite. triggers.go creates the triggers. Each change
-- of the schema is a new file with the next number. There are no down migrations: the
-- previous release runs on a newer schema.
--
-- Every table that belongs to an office has its office_id. Foreign keys include it,
-- so that no row can refer to a row of another office. Absent dates and references
-- are NULL.

-- +goose Up

-- Offices, employees, and their customers.

CREATE TABLE offices (
    id             TEXT PRIMARY KEY,
    name           TEXT NOT NULL CHECK (name <> ''),
    -- The default language of invitations, and the language of mails to employees.
    locale         TEXT NOT NULL DEFAULT 'sv' CHECK (locale IN ('sv', 'en')),
    -- The employees of a deactivated office have no rights.
    deactivated_at TIMESTAMPTZ,
    -- Where customers ask questions; the address is also the Reply-To of mails.
    email          TEXT NOT NULL DEFAULT '',
    phone          TEXT NOT NULL DEFAULT '',
    -- The name of the sender of mails; empty for the office's name.
    sender_name    TEXT NOT NULL DEFAULT '',
    -- The time to answer an invitation, and the days of its reminders as a JSON list.
    invitation_days INTEGER NOT NULL DEFAULT 30 CHECK (invitation_days BETWEEN 7 AND 90),
    reminder_days  JSON NOT NULL DEFAULT '[3,7,14]',
    -- The invoice recipient that forms suggest; empty for that of the solution.
    default_payer  TEXT NOT NULL DEFAULT '' CHECK (default_payer IN ('', 'office', 'customer')),
    -- The employees that receive notifications about an activation.
    notify         TEXT NOT NULL DEFAULT 'sender_and_owner' CHECK (notify IN ('sender_and_owner', 'sender', 'owner')),
    version        INTEGER NOT NULL DEFAULT 1
);

-- The logos that customers see. The digest is the address of the image.
CREATE TABLE office_logos (
    office_id    TEXT PRIMARY KEY REFERENCES offices (id),
    digest       TEXT COLLATE "C" NOT NULL,
    content_type TEXT NOT NULL CHECK (content_type IN ('image/png', 'image/jpeg')),
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    content      BYTEA NOT NULL
);
CREATE INDEX office_logos_by_digest ON office_logos (digest);

CREATE TABLE employees (
    id             TEXT PRIMARY KEY,
    office_id      TEXT NOT NULL REFERENCES offices (id),
    -- A program acts with an API key. It has no login and no tasks, and is in no list of
    -- people.
    kind           TEXT NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'program')),
    name           TEXT NOT NULL,
    -- Empty for a program.
    email          TEXT NOT NULL,
    -- A program has no role: the scope of its key has the rights.
    role           TEXT NOT NULL CHECK (role IN ('employee', 'manager')),
    -- The office's own id of the employee, for other systems.
    reference      TEXT,
    -- A deactivated employee has no rights.
    deactivated_at TIMESTAMPTZ,
    version        INTEGER NOT NULL DEFAULT 1,
    CHECK ((kind = 'program') = (email = '')),
    CHECK ((kind = 'program') = (id LIKE 'key-%')),
    CHECK (kind = 'person' OR role = 'employee'),
    UNIQUE (id, office_id)
);
CREATE UNIQUE INDEX employees_by_reference ON employees (office_id, reference) WHERE reference IS NOT NULL;
CREATE INDEX employees_of_office ON employees (office_id);
-- A login identifies an employee by the e-mail address, in upper or lower case.
CREATE UNIQUE INDEX employees_by_email ON employees (lower(email)) WHERE kind = 'person';

CREATE TABLE api_keys (
    -- The program's id in employees.
    id           TEXT PRIMARY KEY,
    office_id    TEXT NOT NULL,
    -- SHA-256, in hexadecimal.
    secret_hash  TEXT NOT NULL UNIQUE,
    scope        TEXT NOT NULL CHECK (scope IN ('read', 'write', 'manage')),
    created_by   TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ,
    revoked_at   TIMESTAMPTZ,
    -- Written once a minute at most.
    last_used_at TIMESTAMPTZ,
    FOREIGN KEY (id, office_id) REFERENCES employees (id, office_id),
    FOREIGN KEY (created_by, office_id) REFERENCES employees (id, office_id)
);
CREATE INDEX api_keys_of_office ON api_keys (office_id, created_at, id);

-- Who changed an office, its people or its customers, when and how. The detail has no
-- personal data.
CREATE TABLE directory_changes (
    id          TEXT PRIMARY KEY,
    office_id   TEXT NOT NULL REFERENCES offices (id),
    happened_at TIMESTAMPTZ NOT NULL,
    actor       TEXT NOT NULL,
    action      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    detail      JSON NOT NULL
);
CREATE INDEX directory_changes_by_time ON directory_changes (office_id, happened_at, id);

CREATE TABLE customers (
    id                  TEXT PRIMARY KEY,
    office_id           TEXT NOT NULL REFERENCES offices (id),
    organisation_number TEXT NOT NULL,
    name                TEXT NOT NULL,
    -- The name in lower case. Search and order by it are the same on both databases.
    name_key            TEXT COLLATE "C" NOT NULL,
    created_at          TIMESTAMPTZ NOT NULL,
    -- The office's own id of the customer, for other systems.
    reference           TEXT,
    -- An archived customer is in no list, and has no live activation.
    archived_at         TIMESTAMPTZ,
    -- Rises with each change of the customer, its tasks or its administrators.
    version             INTEGER NOT NULL DEFAULT 1,
    UNIQUE (id, office_id)
);
CREATE UNIQUE INDEX customers_by_reference ON customers (office_id, reference) WHERE reference IS NOT NULL;
CREATE UNIQUE INDEX customers_by_number ON customers (office_id, organisation_number);
CREATE INDEX customers_by_name ON customers (office_id, name_key, id);

CREATE TABLE tasks (
    id          TEXT PRIMARY KEY,
    office_id   TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    owner_id    TEXT NOT NULL,
    name        TEXT NOT NULL,
    is_open     BOOLEAN NOT NULL,
    -- The office's own id of the task, for other systems.
    reference   TEXT,
    UNIQUE (id, office_id),
    FOREIGN KEY (customer_id, office_id) REFERENCES customers (id, office_id),
    FOREIGN KEY (owner_id, office_id) REFERENCES employees (id, office_id)
);
CREATE UNIQUE INDEX tasks_by_reference ON tasks (customer_id, reference) WHERE reference IS NOT NULL;
CREATE INDEX tasks_of_customer ON tasks (customer_id, id);
CREATE INDEX tasks_of_owner ON tasks (owner_id, id);

-- Employees that work on a task beside its owner.
CREATE TABLE task_participants (
    task_id     TEXT NOT NULL,
    employee_id TEXT NOT NULL,
    office_id   TEXT NOT NULL,
    PRIMARY KEY (task_id, employee_id),
    FOREIGN KEY (task_id, office_id) REFERENCES tasks (id, office_id),
    FOREIGN KEY (employee_id, office_id) REFERENCES employees (id, office_id)
);
CREATE INDEX task_participants_of_employee ON task_participants (employee_id, task_id);

-- Activations, and the access that they grant.

CREATE TABLE activations (
    id                TEXT COLLATE "C" PRIMARY KEY,
    office_id         TEXT NOT NULL REFERENCES offices (id),
    customer_id       TEXT NOT NULL,
    solution_id       TEXT NOT NULL,
    variant           TEXT NOT NULL DEFAULT '',
    -- No foreign key: the task is checked after the activation is stored.
    task_id           TEXT NOT NULL,
    -- The task's owner, for lists by owner. Triggers maintain it: see triggers.go.
    owner_id          TEXT,
    scenario          TEXT NOT NULL CHECK (scenario IN ('has_solution', 'on_platform', 'new_customer')),
    state             TEXT NOT NULL CHECK (state IN ('activating', 'awaiting_approval', 'active', 'ended',
                          'declined', 'expired', 'withdrawn', 'failed')),
    invoice_recipient TEXT NOT NULL CHECK (invoice_recipient IN ('office', 'customer')),
    period_start      TEXT NOT NULL CHECK (period_start IN ('on_approval', 'next_month', 'chosen_month')),
    -- The chosen month, as its first day.
    period_month      DATE CHECK ((period_month IS NOT NULL) = (period_start = 'chosen_month')),
    agreement_months  INTEGER NOT NULL CHECK (agreement_months > 0),
    -- The day on which the agreement that the customer keeps renews.
    kept_until        DATE,
    -- The first day of a collaboration that ran before and was taken over.
    running_since     DATE,
    -- The prices for each invoice recipient that the office offered, of the catalogue at that time.
    prices            JSON NOT NULL DEFAULT '{}',
    -- The terms that the customer approved, or is asked to approve.
    terms_version     TEXT NOT NULL DEFAULT '',
    -- The end policies that the parties choose from, of the catalogue at that time. The
    -- agreement has the choice.
    on_end            JSON NOT NULL DEFAULT '[]',
    locale            TEXT NOT NULL CHECK (locale IN ('sv', 'en')),
    -- The time limits of the office when it sent the request.
    rules             JSON NOT NULL DEFAULT 'null',
    requested_by      TEXT NOT NULL,
    requested_at      TIMESTAMPTZ NOT NULL,
    failure_code      TEXT,
    generation        INTEGER NOT NULL DEFAULT 0 CHECK (generation >= 0),
    sent_at           TIMESTAMPTZ,
    expires_at        TIMESTAMPTZ,
    delivery          TEXT CHECK (delivery IN ('queued', 'sending', 'accepted', 'failed', 'unconfirmed', 'delivered', 'bounced')),
    -- No foreign key: compensation removes the administrator and leaves the invitation.
    invited_id        TEXT,
    invited_name      TEXT NOT NULL DEFAULT '',
    invited_email     TEXT NOT NULL DEFAULT '',
    reminders_paused  BOOLEAN NOT NULL DEFAULT FALSE,
    reminded_at       TIMESTAMPTZ,
    decision          JSON NOT NULL DEFAULT 'null',
    -- The day of the decision, a copy out of its JSON for lists.
    decided_on        DATE,
    agreement         JSON NOT NULL DEFAULT 'null',
    -- The latest proposal of a change. The audit has all of them.
    proposal          JSON NOT NULL DEFAULT 'null',
    -- Copies out of the agreement's JSON for lists: whether it has started, will start, and
    -- is terminated, the end of its term, and whether it continues after it.
    started           BOOLEAN NOT NULL DEFAULT FALSE,
    will_start        BOOLEAN NOT NULL DEFAULT FALSE,
    is_terminated     BOOLEAN NOT NULL DEFAULT FALSE,
    -- The state as people read it: the same as collaboration.PhaseOf.
    phase             TEXT NOT NULL GENERATED ALWAYS AS (CASE WHEN state <> 'active' THEN state
                          WHEN will_start THEN 'starts' WHEN is_terminated THEN 'terminated' ELSE state END) STORED,
    ends_on           DATE,
    continues         BOOLEAN NOT NULL DEFAULT FALSE,
    ended_at          TIMESTAMPTZ,
    -- How much of a closed activation the retention has deleted: 1 the mail deliveries, 2 the
    -- personal data too. A later step sets it to 0.
    retention_stage   INTEGER NOT NULL DEFAULT 0 CHECK (retention_stage IN (0, 1, 2)),
    -- When the customer asked for a new invitation.
    asked_again_at    TIMESTAMPTZ,
    updated_at        TIMESTAMPTZ NOT NULL,
    version           INTEGER NOT NULL DEFAULT 1,
    UNIQUE (id, office_id),
    UNIQUE (id, customer_id),
    FOREIGN KEY (customer_id, office_id) REFERENCES customers (id, office_id),
    FOREIGN KEY (owner_id, office_id) REFERENCES employees (id, office_id),
    FOREIGN KEY (requested_by, office_id) REFERENCES employees (id, office_id)
);
CREATE UNIQUE INDEX activations_one_live ON activations (office_id, customer_id, solution_id)
    WHERE state IN ('activating', 'awaiting_approval', 'active');
-- One index for each list, newest first.
CREATE INDEX activations_by_phase ON activations (office_id, phase, requested_at, id);
CREATE INDEX activations_by_solution ON activations (office_id, solution_id, phase, requested_at, id);
CREATE INDEX activations_by_customer ON activations (office_id, customer_id, requested_at, id);
CREATE INDEX activations_by_task ON activations (office_id, task_id, requested_at, id);
CREATE INDEX activations_by_owner ON activations (office_id, owner_id, phase, requested_at, id);
CREATE INDEX activations_by_sender ON activations (office_id, requested_by, phase, requested_at, id);
-- Lists and counts by a day.
CREATE INDEX activations_pending ON activations (office_id, expires_at, delivery, id) WHERE state = 'awaiting_approval';
CREATE INDEX activations_by_decision ON activations (office_id, decided_on, state, id) WHERE decided_on IS NOT NULL;
CREATE INDEX activations_asked_again ON activations (office_id, asked_again_at, id) WHERE asked_again_at IS NOT NULL;
CREATE INDEX activations_by_end ON activations (office_id, ends_on, id, continues) WHERE state = 'active';
-- What the retention has to do. The state comes first, because approved activations are
-- kept longer than others.
CREATE INDEX activations_closed ON activations (retention_stage, state, ended_at, id) WHERE ended_at IS NOT NULL;

-- The activations by phase, with one branch for each phase, for the lists on SQLite. A list of
-- several phases merges the branches, each in the order of an index, and does not read the
-- branches of other phases.
CREATE VIEW activations_in_phase AS
SELECT 'activating' AS in_phase, id, office_id, solution_id, owner_id, requested_by, requested_at FROM activations WHERE phase = 'activating'
UNION ALL SELECT 'awaiting_approval' AS in_phase, id, office_id, solution_id, owner_id, requested_by, requested_at FROM activations WHERE phase = 'awaiting_approval'
UNION ALL SELECT 'starts' AS in_phase, id, office_id, solution_id, owner_id, requested_by, requested_at FROM activations WHERE phase = 'starts'
UNION ALL SELECT 'active' AS in_phase, id, office_id, solution_id, owner_id, requested_by, requested_at FROM activations WHERE phase = 'active'
UNION ALL SELECT 'terminated' AS in_phase, id, office_id, solution_id, owner_id, requested_by, requested_at FROM activations WHERE phase = 'terminated'
UNION ALL SELECT 'ended' AS in_phase, id, office_id, solution_id, owner_id, requested_by, requested_at FROM activations WHERE phase = 'ended'
UNION ALL SELECT 'declined' AS in_phase, id, office_id, solution_id, owner_id, requested_by, requested_at FROM activations WHERE phase = 'declined'
UNION ALL SELECT 'expired' AS in_phase, id, office_id, solution_id, owner_id, requested_by, requested_at FROM activations WHERE phase = 'expired'
UNION ALL SELECT 'withdrawn' AS in_phase, id, office_id, solution_id, owner_id, requested_by, requested_at FROM activations WHERE phase = 'withdrawn'
UNION ALL SELECT 'failed' AS in_phase, id, office_id, solution_id, owner_id, requested_by, requested_at FROM activations WHERE phase = 'failed';

-- An activation with the names that lists and pages show.
CREATE VIEW activation_details AS
SELECT a.*,
       o.name AS office_name,
       o.email AS office_email,
       o.phone AS office_phone,
       o.sender_name AS office_sender,
       l.digest AS office_logo,
       c.name AS customer_name,
       t.name AS task_name,
       e.name AS requested_by_name,
       t.owner_id AS task_owner_id,
       w.name AS task_owner_name
FROM activations a
LEFT JOIN offices o ON o.id = a.office_id
LEFT JOIN office_logos l ON l.office_id = a.office_id
LEFT JOIN customers c ON c.id = a.customer_id
LEFT JOIN tasks t ON t.id = a.task_id
LEFT JOIN employees e ON e.id = a.requested_by
LEFT JOIN employees w ON w.id = t.owner_id;

-- The access of the office's employees to the customer's solution.
CREATE TABLE access (
    activation_id TEXT COLLATE "C" NOT NULL,
    employee_id   TEXT NOT NULL,
    office_id     TEXT NOT NULL,
    since         TIMESTAMPTZ NOT NULL,
    revoked_at    TIMESTAMPTZ,
    PRIMARY KEY (activation_id, employee_id),
    FOREIGN KEY (activation_id, office_id) REFERENCES activations (id, office_id),
    FOREIGN KEY (employee_id, office_id) REFERENCES employees (id, office_id)
);
CREATE INDEX access_granted ON access (office_id, since);
CREATE INDEX access_revoked ON access (office_id, revoked_at) WHERE revoked_at IS NOT NULL;

-- Administrators and subscriptions of customers.

CREATE TABLE administrators (
    id           TEXT PRIMARY KEY,
    customer_id  TEXT NOT NULL REFERENCES customers (id),
    name         TEXT NOT NULL,
    email        TEXT NOT NULL,
    phone        TEXT NOT NULL,
    main_contact BOOLEAN NOT NULL,
    -- The activation of the same customer that created the administrator; NULL for an
    -- imported one.
    created_by   TEXT COLLATE "C",
    FOREIGN KEY (created_by, customer_id) REFERENCES activations (id, customer_id)
);
CREATE INDEX administrators_by_email ON administrators (lower(email));
CREATE UNIQUE INDEX administrators_by_address ON administrators (customer_id, lower(email));
CREATE UNIQUE INDEX administrators_main_contact ON administrators (customer_id) WHERE main_contact;

-- The changes of administrators' e-mail addresses. An erasure deletes them.
CREATE TABLE address_changes (
    id               TEXT PRIMARY KEY,
    office_id        TEXT NOT NULL,
    customer_id      TEXT NOT NULL,
    -- No foreign key: the change stays when the administrator is removed.
    administrator_id TEXT NOT NULL,
    old_email        TEXT NOT NULL,
    new_email        TEXT NOT NULL,
    actor            TEXT NOT NULL,
    changed_at       TIMESTAMPTZ NOT NULL,
    FOREIGN KEY (customer_id, office_id) REFERENCES customers (id, office_id)
);
CREATE INDEX address_changes_by_time ON address_changes (office_id, changed_at, id);
CREATE INDEX address_changes_of_customer ON address_changes (customer_id);

CREATE TABLE subscriptions (
    id                TEXT PRIMARY KEY,
    customer_id       TEXT NOT NULL REFERENCES customers (id),
    solution_id       TEXT NOT NULL,
    variant           TEXT NOT NULL DEFAULT '',
    invoice_recipient TEXT NOT NULL CHECK (invoice_recipient IN ('office', 'customer')),
    since             TIMESTAMPTZ NOT NULL,
    -- The activation of the same customer that created the subscription; NULL for the
    -- customer's own.
    activated_by      TEXT COLLATE "C",
    -- The day on which the customer's own agreement renews; NULL if unknown.
    renews_on         DATE,
    ended_at          TIMESTAMPTZ,
    -- The customer's access; after the end it is restricted.
    access            TEXT NOT NULL DEFAULT 'full' CHECK (access IN ('full', 'read_only', 'none')),
    CHECK (access = 'full' OR ended_at IS NOT NULL),
    FOREIGN KEY (activated_by, customer_id) REFERENCES activations (id, customer_id)
);
CREATE UNIQUE INDEX subscriptions_in_force ON subscriptions (customer_id, solution_id) WHERE ended_at IS NULL;

-- The audit.

-- One chain of hashes for each activation. Triggers keep it append-only: see
-- triggers.go. The unique step key makes every step idempotent.
CREATE TABLE audit (
    activation_id TEXT NOT NULL,
    sequence      INTEGER NOT NULL CHECK (sequence > 0),
    office_id     TEXT NOT NULL,
    step_key      TEXT NOT NULL,
    action        TEXT NOT NULL,
    actor         TEXT NOT NULL,
    happened_at   TIMESTAMPTZ NOT NULL,
    detail        JSON NOT NULL,
    hash          TEXT NOT NULL CHECK (hash <> ''),
    -- Binds the personal part to the row; empty without one.
    commitment    TEXT NOT NULL,
    -- The signature of the hash, by a key that is not in the database; empty in a store
    -- without a key.
    key_id        TEXT NOT NULL DEFAULT '',
    signature     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (activation_id, sequence),
    UNIQUE (activation_id, step_key),
    FOREIGN KEY (activation_id, office_id) REFERENCES activations (id, office_id)
);
CREATE INDEX audit_by_time ON audit (office_id, happened_at, activation_id, sequence);

-- The personal parts of audit rows, which can be erased.
CREATE TABLE audit_private (
    activation_id TEXT COLLATE "C" NOT NULL REFERENCES activations (id),
    sequence      INTEGER NOT NULL,
    salt          TEXT NOT NULL,
    private       JSON NOT NULL,
    PRIMARY KEY (activation_id, sequence)
);

-- The texts of terms that customers approved. A decision has the hash. Triggers keep the
-- table append-only: see triggers.go.
CREATE TABLE terms (
    -- SHA-256 of the text, in hexadecimal.
    hash        TEXT COLLATE "C" PRIMARY KEY,
    locale      TEXT NOT NULL CHECK (locale IN ('sv', 'en')),
    version     TEXT NOT NULL,
    solution_id TEXT NOT NULL,
    text        TEXT NOT NULL CHECK (text <> ''),
    stored_at   TIMESTAMPTZ NOT NULL
);

-- Data keys encrypt Temporal's payloads and the secrets of webhooks. A master key, which
-- is not in the database, wraps them.

-- One key for each subject (an office's customer and solution). The key with an
-- empty subject is shared by payloads and secrets that belong to no customer.
CREATE TABLE data_keys (
    id          TEXT COLLATE "C" PRIMARY KEY,
    subject     TEXT NOT NULL UNIQUE,
    -- No foreign key: a payload may be encrypted before its customer is stored.
    customer_id TEXT CHECK ((customer_id IS NULL) = (subject = '')),
    master_id   TEXT NOT NULL,
    wrapped     BYTEA NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX data_keys_of_customer ON data_keys (customer_id);
CREATE INDEX data_keys_by_master ON data_keys (master_id, id);

-- Payloads under an erased key are unreadable for good. A key in neither table
-- belongs to another database, or is newer than a restored backup.
CREATE TABLE erased_data_keys (id TEXT COLLATE "C" PRIMARY KEY);

-- Mails, webhooks, and requests.

CREATE TABLE mail_deliveries (
    id            TEXT PRIMARY KEY,
    activation_id TEXT COLLATE "C" NOT NULL,
    office_id     TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('invitation', 'reminder', 'bounced', 'approved', 'declined', 'expired', 'failed',
                      'changed', 'term_ends', 'renewed', 'notice', 'notice_revoked', 'ended', 'asked_again', 'change_proposed',
                        'change_reminder', 'change_approved', 'change_declined', 'change_withdrawn', 'change_expired', 'handed_on')),
    generation    INTEGER NOT NULL,
    number        INTEGER NOT NULL,
    -- The employee who receives the mail; NULL for a mail to the customer.
    employee_id   TEXT,
    -- The administrator that the notification names; NULL for one to the office, or to the
    -- main contact. Unlike to_id it stays after an erasure: it identifies the delivery.
    administrator_id TEXT,
    status        TEXT NOT NULL CHECK (status IN ('queued', 'sending', 'accepted', 'failed', 'unconfirmed', 'delivered', 'bounced')),
    attempts      INTEGER NOT NULL CHECK (attempts >= 0),
    -- The number of attempts with an unknown outcome.
    unknown       INTEGER NOT NULL CHECK (unknown >= 0),
    lease_until   TIMESTAMPTZ NOT NULL,
    -- The administrator or employee, NULL once erased. No foreign key: compensation
    -- removes the administrator and leaves the delivery.
    to_id         TEXT,
    to_email      TEXT NOT NULL,
    provider_id   TEXT NOT NULL DEFAULT '',
    -- The last status that the activation's workflow was told.
    reported      TEXT NOT NULL DEFAULT '',
    error_code    TEXT NOT NULL DEFAULT '',
    FOREIGN KEY (activation_id, office_id) REFERENCES activations (id, office_id),
    FOREIGN KEY (employee_id, office_id) REFERENCES employees (id, office_id)
);
CREATE INDEX mail_deliveries_by_provider ON mail_deliveries (provider_id) WHERE provider_id <> '';
-- An expression, because two NULLs are distinct in a unique index.
CREATE UNIQUE INDEX mail_deliveries_by_mail ON mail_deliveries (activation_id, kind, generation, number, COALESCE(employee_id, ''), COALESCE(administrator_id, ''));

CREATE TABLE webhooks (
    id           TEXT PRIMARY KEY,
    office_id    TEXT NOT NULL REFERENCES offices (id),
    url          TEXT NOT NULL,
    -- The key that signs deliveries, encrypted with a data key.
    secret       BYTEA NOT NULL,
    key_id       TEXT COLLATE "C" NOT NULL REFERENCES data_keys (id),
    created_by   TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    disabled_at  TIMESTAMPTZ,
    last_failure TIMESTAMPTZ,
    FOREIGN KEY (created_by, office_id) REFERENCES employees (id, office_id)
);
CREATE INDEX webhooks_of_office ON webhooks (office_id, id);
CREATE INDEX webhooks_by_key ON webhooks (key_id);

CREATE TABLE idempotency_keys (
    office_id     TEXT NOT NULL REFERENCES offices (id),
    key           TEXT NOT NULL,
    request_hash  TEXT NOT NULL,
    -- No foreign key: the id is reserved before the activation or batch is stored.
    activation_id TEXT NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    -- The encrypted response: NULL for a key that only reserves an id, empty while the
    -- request runs.
    response      BYTEA,
    response_key  TEXT,
    PRIMARY KEY (office_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Batches: one solution for many customers.

CREATE TABLE batches (
    id           TEXT PRIMARY KEY,
    office_id    TEXT NOT NULL REFERENCES offices (id),
    solution_id  TEXT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    cancelled_at TIMESTAMPTZ,
    FOREIGN KEY (created_by, office_id) REFERENCES employees (id, office_id)
);
CREATE INDEX batches_by_age ON batches (created_at);
CREATE INDEX batches_of_office ON batches (office_id, created_at, id);

CREATE TABLE batch_rows (
    batch_id            TEXT NOT NULL REFERENCES batches (id),
    line                INTEGER NOT NULL,
    organisation_number TEXT NOT NULL,
    -- Without the personal part once the activation is started.
    request             JSON NOT NULL,
    result              TEXT NOT NULL CHECK (result IN ('pending', 'started', 'refused')),
    -- No foreign key: the id is reserved before the activation is started.
    activation_id       TEXT COLLATE "C",
    code                TEXT NOT NULL DEFAULT '',
    fields              JSON NOT NULL DEFAULT '[]',
    PRIMARY KEY (batch_id, line)
);
CREATE INDEX batch_rows_by_result ON batch_rows (batch_id, result, line);
CREATE INDEX batch_rows_by_activation ON batch_rows (activation_id);
