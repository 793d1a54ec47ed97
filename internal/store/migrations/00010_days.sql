-- Days to list by: when an agreement's term ends, and when the customer
-- decided. Both are in the JSON beside them; the store writes them with it.

-- +goose Up
DROP VIEW activation_records;
ALTER TABLE activations ADD COLUMN ends_on TEXT COLLATE "C" NOT NULL DEFAULT '';
-- Whether the agreement goes on after that day.
ALTER TABLE activations ADD COLUMN continues BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE activations ADD COLUMN decided_on TEXT COLLATE "C" NOT NULL DEFAULT '';
-- The version that the days are of. Where it is another one, a process of an
-- older release wrote the row, and the store adds the days when it migrates.
ALTER TABLE activations ADD COLUMN days_version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX activations_by_end ON activations (office_id, ends_on, id, continues) WHERE state = 'active';
CREATE INDEX activations_by_decision ON activations (office_id, decided_on, state, id) WHERE decided_on <> '';
CREATE INDEX activations_pending ON activations (office_id, expires_at, delivery, id) WHERE state = 'awaiting_approval';
CREATE INDEX activations_by_sender ON activations (office_id, requested_by, state, requested_at, id);
CREATE INDEX tasks_of_owner ON tasks (owner_id, id);
CREATE VIEW activation_records AS
SELECT a.*,
       o.name AS office_name,
       c.name AS customer_name,
       t.name AS task_name,
       e.name AS requested_by_name,
       t.owner_id AS task_owner_id,
       w.name AS task_owner_name
FROM activations a
LEFT JOIN offices o ON o.id = a.office_id
LEFT JOIN customers c ON c.id = a.customer_id
LEFT JOIN tasks t ON t.id = a.task_id
LEFT JOIN employees e ON e.id = a.requested_by
LEFT JOIN employees w ON w.id = t.owner_id;

-- +goose Down
DROP VIEW activation_records;
