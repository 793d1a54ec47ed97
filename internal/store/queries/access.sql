-- AccessBetween returns the employees with access, for the office's active
-- collaborations that were requested between two instants. postgres/access.sql has the
-- form for PostgreSQL.
-- name: AccessBetween :many
SELECT a.id AS activation_id, e.name AS employee_name
FROM activations a JOIN access x ON x.activation_id = a.id JOIN employees e ON e.id = x.employee_id
WHERE a.office_id = @office_id AND a.state = 'active' AND a.requested_at >= @first AND a.requested_at <= @last
  AND x.revoked_at IS NULL
ORDER BY a.id, e.name, e.id;
