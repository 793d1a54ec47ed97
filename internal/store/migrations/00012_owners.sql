-- Who owns an activation's task, to list by. The database itself keeps it: see
-- owners.go.

-- +goose Up
DROP VIEW activation_records;
ALTER TABLE activations ADD COLUMN owner_id TEXT NOT NULL DEFAULT '';
CREATE INDEX activations_by_owner ON activations (office_id, owner_id, state, requested_at, id);
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
