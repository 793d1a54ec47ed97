-- AccessOfPage returns the employees with access, for the active ones of some activations.
-- name: AccessOfPage :many
SELECT a.id AS activation_id, e.name AS employee_name
FROM activations a JOIN access x ON x.activation_id = a.id JOIN employees e ON e.id = x.employee_id
WHERE a.id = ANY (string_to_array(CAST(@activations AS TEXT), ',')) AND a.office_id = @office_id AND a.state = 'active'
  AND x.revoked_at IS NULL
ORDER BY a.id, e.name, e.id;
