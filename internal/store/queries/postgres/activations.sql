-- The lists of activations in PostgreSQL's own form; ../activations.sql has the one for
-- SQLite. Each list reads a page of each phase in the order of an index, and sorts these rows.

-- name: ActivationsInPhases :many
SELECT d.* FROM (
  SELECT l.id, l.requested_at FROM (SELECT unnest(string_to_array(CAST(@phases AS TEXT), ',')) AS phase) p CROSS JOIN LATERAL (
    SELECT a.id, a.requested_at FROM activations a
    WHERE a.office_id = @office_id AND a.phase = p.phase
      AND a.requested_at <= @before AND (a.requested_at < @before OR a.id < @before_id)
    ORDER BY a.requested_at DESC, a.id DESC
    LIMIT @max_rows
  ) l
  ORDER BY l.requested_at DESC, l.id DESC
  LIMIT @max_rows
) listed JOIN activation_details d ON d.id = listed.id
ORDER BY listed.requested_at DESC, listed.id DESC;

-- name: ActivationsOfSolution :many
SELECT d.* FROM (
  SELECT l.id, l.requested_at FROM (SELECT unnest(string_to_array(CAST(@phases AS TEXT), ',')) AS phase) p CROSS JOIN LATERAL (
    SELECT a.id, a.requested_at FROM activations a
    WHERE a.office_id = @office_id AND a.solution_id = @solution_id AND a.phase = p.phase
      AND a.requested_at <= @before AND (a.requested_at < @before OR a.id < @before_id)
    ORDER BY a.requested_at DESC, a.id DESC
    LIMIT @max_rows
  ) l
  ORDER BY l.requested_at DESC, l.id DESC
  LIMIT @max_rows
) listed JOIN activation_details d ON d.id = listed.id
ORDER BY listed.requested_at DESC, listed.id DESC;

-- name: ActivationsOfSender :many
SELECT d.* FROM (
  SELECT l.id, l.requested_at FROM (SELECT unnest(string_to_array(CAST(@phases AS TEXT), ',')) AS phase) p CROSS JOIN LATERAL (
    SELECT a.id, a.requested_at FROM activations a
    WHERE a.office_id = @office_id AND a.requested_by = @requested_by AND a.phase = p.phase
      AND a.requested_at <= @before AND (a.requested_at < @before OR a.id < @before_id)
      AND (CAST(@solution_id AS TEXT) = '' OR a.solution_id = CAST(@solution_id AS TEXT))
    ORDER BY a.requested_at DESC, a.id DESC
    LIMIT @max_rows
  ) l
  ORDER BY l.requested_at DESC, l.id DESC
  LIMIT @max_rows
) listed JOIN activation_details d ON d.id = listed.id
ORDER BY listed.requested_at DESC, listed.id DESC;

-- name: ActivationsOfTaskOwner :many
SELECT d.* FROM (
  SELECT l.id, l.requested_at FROM (SELECT unnest(string_to_array(CAST(@phases AS TEXT), ',')) AS phase) p CROSS JOIN LATERAL (
    SELECT a.id, a.requested_at FROM activations a
    WHERE a.office_id = @office_id AND a.owner_id = @task_owner_id AND a.phase = p.phase
      AND a.requested_at <= @before AND (a.requested_at < @before OR a.id < @before_id)
      AND (CAST(@solution_id AS TEXT) = '' OR a.solution_id = CAST(@solution_id AS TEXT))
      AND (CAST(@requested_by AS TEXT) = '' OR a.requested_by = CAST(@requested_by AS TEXT))
    ORDER BY a.requested_at DESC, a.id DESC
    LIMIT @max_rows
  ) l
  ORDER BY l.requested_at DESC, l.id DESC
  LIMIT @max_rows
) listed JOIN activation_details d ON d.id = listed.id
ORDER BY listed.requested_at DESC, listed.id DESC;
