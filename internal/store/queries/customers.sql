-- name: Employee :one
SELECT * FROM employees WHERE id = @id;

-- EmployeesOfOffice returns the people of an office, without its programs.
-- name: EmployeesOfOffice :many
SELECT * FROM employees WHERE office_id = @office_id AND kind = 'person' ORDER BY id;

-- name: OfficeName :one
SELECT name FROM offices WHERE id = @id;

-- LockOffice locks an office until the transaction ends, and with it its list of customers.
-- name: LockOffice :execrows
UPDATE offices SET name = name WHERE id = @id;

-- LockCustomer locks a customer until the transaction ends.
-- name: LockCustomer :execrows
UPDATE customers SET name = name WHERE id = @id;

-- name: Customer :one
SELECT * FROM customers WHERE id = @id AND office_id = @office_id;

-- name: CustomerByID :one
SELECT * FROM customers WHERE id = @id;

-- The pages of customers on SQLite; postgres/customers.sql has the form for PostgreSQL.

-- CustomersPage has optional filters, which an empty text disables. shared is true for
-- customers with a live activation in one of the phases, and false for those without.
-- name: CustomersPage :many
SELECT * FROM customers c
WHERE c.office_id = @office_id
  AND c.name_key >= @after_name AND (c.name_key > @after_name OR c.id > @after_id)
  AND (c.archived_at IS NOT NULL) = CAST(@archived AS BOOLEAN)
  AND (c.name_key LIKE CAST(@name_pattern AS TEXT) ESCAPE '!' OR c.organisation_number LIKE @number_pattern)
  AND (CAST(@task_owner_id AS TEXT) = '' OR c.id IN (
    SELECT t.customer_id FROM tasks t WHERE t.owner_id = CAST(@task_owner_id AS TEXT) AND t.is_open))
  AND (CAST(@phases AS TEXT) = '' OR CAST(@shared AS BOOLEAN) = EXISTS (
    SELECT 1 FROM activations a
    WHERE a.office_id = c.office_id AND a.customer_id = c.id AND a.state IN ('activating', 'awaiting_approval', 'active')
      AND CAST(@phases AS TEXT) LIKE '%,' || a.phase || ',%'
      AND (CAST(@solution_id AS TEXT) = '' OR a.solution_id = CAST(@solution_id AS TEXT))))
ORDER BY c.name_key, c.id
LIMIT @max_rows;

-- The next four queries fill a page, each for one of its customers: a filter selects
-- customers with names far apart.

-- name: LiveOfCustomer :many
SELECT id, customer_id, solution_id, state, agreement FROM activations
WHERE office_id = @office_id AND customer_id = @customer_id AND state IN ('activating', 'awaiting_approval', 'active')
ORDER BY solution_id;

-- name: TasksOfCustomer :many
SELECT * FROM tasks WHERE customer_id = @customer_id ORDER BY id;

-- name: SubscriptionsOfCustomer :many
SELECT * FROM subscriptions WHERE customer_id = @customer_id AND ended_at IS NULL ORDER BY solution_id;

-- name: AdministratorsOfCustomer :many
SELECT * FROM administrators WHERE customer_id = @customer_id ORDER BY id;

-- name: Task :one
SELECT * FROM tasks WHERE id = @id;

-- name: TaskOfOffice :one
SELECT * FROM tasks WHERE id = @id AND office_id = @office_id;

-- name: MainContact :one
SELECT * FROM administrators WHERE customer_id = @customer_id AND main_contact;

-- name: Administrator :one
SELECT * FROM administrators WHERE id = @id AND customer_id = @customer_id;

-- AdministratorsToInvite has the main contact first.
-- name: AdministratorsToInvite :many
SELECT * FROM administrators WHERE customer_id = @customer_id ORDER BY main_contact DESC, id LIMIT @max_rows;
