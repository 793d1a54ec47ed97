-- AccessOn returns the employees with access, if the collaboration is active.
-- postgres/access.sql has the form for the activations of a page.
-- name: AccessOn :many
SELECT a.id AS activation_id, e.name AS employee_name
FROM activations a JOIN access x ON x.activation_id = a.id JOIN employees e ON e.id = x.employee_id
WHERE a.id = @activation_id AND a.office_id = @office_id AND a.state = 'active' AND x.revoked_at IS NULL
ORDER BY e.name, e.id;

-- ChangedAccess returns the running collaborations with access granted or revoked since an
-- instant.
-- name: ChangedAccess :many
SELECT a.id FROM activations a WHERE a.state = 'active' AND a.started AND a.id IN (
  SELECT x.activation_id FROM access x WHERE x.office_id = @office_id AND x.since >= @since
  UNION
  SELECT x.activation_id FROM access x WHERE x.office_id = @office_id AND x.revoked_at IS NOT NULL AND x.revoked_at >= @since)
ORDER BY a.id;
