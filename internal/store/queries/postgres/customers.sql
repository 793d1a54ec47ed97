-- The pages of customers in PostgreSQL's own form; ../customers.sql has the one for SQLite.

-- CustomersPage reads the index by name until the page is full. Its filters are optional:
-- an empty text disables one. shared is true for customers with a live activation in one
-- of the phases, and false for those without. The row comparison and CASE let the planner
-- expect many rows; otherwise it may sort all customers of the office. A scalar subquery
-- is run for each customer; for EXISTS the planner may read all activations first.
-- name: CustomersPage :many
SELECT * FROM customers c
WHERE c.office_id = @office_id
  AND (c.name_key, c.id) > (CAST(@after_name AS TEXT), CAST(@after_id AS TEXT))
  AND (c.archived_at IS NOT NULL) = CAST(@archived AS BOOLEAN)
  AND CASE WHEN CAST(@name_pattern AS TEXT) = '' THEN TRUE
    ELSE c.name_key LIKE CAST(@name_pattern AS TEXT) ESCAPE '!' OR c.organisation_number LIKE CAST(@number_pattern AS TEXT) END
  AND CASE WHEN CAST(@task_owner_id AS TEXT) = '' THEN TRUE
    ELSE COALESCE((SELECT TRUE FROM tasks t WHERE t.customer_id = c.id AND t.owner_id = CAST(@task_owner_id AS TEXT) AND t.is_open LIMIT 1), FALSE) END
  AND CASE WHEN CAST(@phases AS TEXT) = '' THEN TRUE
    ELSE CAST(@shared AS BOOLEAN) = COALESCE((
      SELECT TRUE FROM activations a
      WHERE a.office_id = c.office_id AND a.customer_id = c.id AND a.state IN ('activating', 'awaiting_approval', 'active')
        AND a.phase = ANY (string_to_array(CAST(@phases AS TEXT), ','))
        AND (CAST(@solution_id AS TEXT) = '' OR a.solution_id = CAST(@solution_id AS TEXT))
      LIMIT 1), FALSE) END
ORDER BY c.name_key, c.id
LIMIT @max_rows;

-- CustomersAmong is CustomersPage for few customers, which it reads by id.
-- name: CustomersAmong :many
SELECT * FROM customers c
WHERE c.id = ANY (string_to_array(CAST(@customers AS TEXT), ',')) AND c.office_id = @office_id
  AND (c.name_key, c.id) > (CAST(@after_name AS TEXT), CAST(@after_id AS TEXT))
  AND (c.archived_at IS NOT NULL) = CAST(@archived AS BOOLEAN)
  AND CASE WHEN CAST(@name_pattern AS TEXT) = '' THEN TRUE
    ELSE c.name_key LIKE CAST(@name_pattern AS TEXT) ESCAPE '!' OR c.organisation_number LIKE CAST(@number_pattern AS TEXT) END
  AND CASE WHEN CAST(@task_owner_id AS TEXT) = '' THEN TRUE
    ELSE COALESCE((SELECT TRUE FROM tasks t WHERE t.customer_id = c.id AND t.owner_id = CAST(@task_owner_id AS TEXT) AND t.is_open LIMIT 1), FALSE) END
  AND CASE WHEN CAST(@phases AS TEXT) = '' THEN TRUE
    ELSE CAST(@shared AS BOOLEAN) = COALESCE((
      SELECT TRUE FROM activations a
      WHERE a.office_id = c.office_id AND a.customer_id = c.id AND a.state IN ('activating', 'awaiting_approval', 'active')
        AND a.phase = ANY (string_to_array(CAST(@phases AS TEXT), ','))
        AND (CAST(@solution_id AS TEXT) = '' OR a.solution_id = CAST(@solution_id AS TEXT))
      LIMIT 1), FALSE) END
ORDER BY c.name_key, c.id
LIMIT @max_rows;

-- The next three queries return the customers that a filter selects, in the order of an
-- index, so that they read at most max_rows rows.

-- name: CustomersInPhases :many
SELECT l.customer_id FROM (SELECT unnest(string_to_array(CAST(@phases AS TEXT), ',')) AS phase) p CROSS JOIN LATERAL (
  SELECT a.customer_id FROM activations a
  WHERE a.office_id = @office_id AND a.phase = p.phase
  ORDER BY a.requested_at, a.id
  LIMIT @max_rows
) l
LIMIT @max_rows;

-- name: CustomersInPhasesOfSolution :many
SELECT l.customer_id FROM (SELECT unnest(string_to_array(CAST(@phases AS TEXT), ',')) AS phase) p CROSS JOIN LATERAL (
  SELECT a.customer_id FROM activations a
  WHERE a.office_id = @office_id AND a.solution_id = @solution_id AND a.phase = p.phase
  ORDER BY a.requested_at, a.id
  LIMIT @max_rows
) l
LIMIT @max_rows;

-- name: CustomersOfTaskOwner :many
SELECT t.customer_id FROM tasks t
WHERE t.owner_id = @task_owner_id AND t.is_open
ORDER BY t.id
LIMIT @max_rows;

-- The next four queries fill a page, each by the ids of its customers.

-- name: TasksOfPage :many
SELECT * FROM tasks WHERE customer_id = ANY (string_to_array(CAST(@customers AS TEXT), ',')) ORDER BY id;

-- name: SubscriptionsOfPage :many
SELECT * FROM subscriptions
WHERE customer_id = ANY (string_to_array(CAST(@customers AS TEXT), ',')) AND ended_at IS NULL
ORDER BY solution_id;

-- name: AdministratorsOfPage :many
SELECT * FROM administrators WHERE customer_id = ANY (string_to_array(CAST(@customers AS TEXT), ',')) ORDER BY id;

-- name: LiveOfPage :many
SELECT id, customer_id, solution_id, state, agreement FROM activations
WHERE office_id = @office_id AND customer_id = ANY (string_to_array(CAST(@customers AS TEXT), ','))
  AND state IN ('activating', 'awaiting_approval', 'active')
ORDER BY solution_id;
