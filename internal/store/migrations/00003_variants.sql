-- Variants of solutions, and agreements that customers keep.

-- +goose Up
DROP VIEW activation_records;
ALTER TABLE activations ADD COLUMN variant TEXT NOT NULL DEFAULT '';
ALTER TABLE activations ADD COLUMN kept_until TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN variant TEXT NOT NULL DEFAULT '';
-- When the customer's own agreement renews; empty where that is not known.
ALTER TABLE subscriptions ADD COLUMN renews_on TEXT NOT NULL DEFAULT '';
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
