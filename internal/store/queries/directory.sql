-- The changes of an office's directory. Every transaction locks the office first, so that
-- two changes of one office do not race.

-- name: AddNewEmployee :exec
INSERT INTO employees (id, office_id, name, email, role, reference) VALUES (@id, @office_id, @name, @email, @role, @reference);

-- EmployeeOfOffice returns a person of an office. A program is no employee to edit, to own a
-- task or to take one over.
-- name: EmployeeOfOffice :one
SELECT * FROM employees WHERE id = @id AND office_id = @office_id AND kind = 'person';

-- EmployeeByKey finds an employee with rights by id, by the office's own id or by address.
-- name: EmployeeByKey :one
SELECT * FROM employees WHERE office_id = @office_id AND (id = @key OR reference = @key OR lower(email) = @email) AND kind = 'person' AND deactivated_at IS NULL
ORDER BY id <> @key LIMIT 1;

-- name: EmployeeByReference :one
SELECT * FROM employees WHERE office_id = @office_id AND reference = @reference;

-- name: SaveEmployee :exec
UPDATE employees SET name = @name, email = @email, role = @role, reference = @reference, deactivated_at = @deactivated_at, version = version + 1
WHERE id = @id;

-- OtherManagers counts the managers with rights beside one employee.
-- name: OtherManagers :one
SELECT COUNT(*) FROM employees WHERE office_id = @office_id AND id <> @id AND role = 'manager' AND deactivated_at IS NULL;

-- WorkOfEmployees counts each employee's open tasks and live activations.
-- name: WorkOfEmployees :many
SELECT e.id,
    (SELECT COUNT(*) FROM tasks t WHERE t.owner_id = e.id AND t.is_open) AS tasks,
    (SELECT COUNT(*) FROM activations a WHERE a.office_id = e.office_id AND a.requested_by = e.id
        AND a.state IN ('activating', 'awaiting_approval', 'active')) AS activations
FROM employees e WHERE e.office_id = @office_id;

-- TasksOfEmployee returns the open tasks that an employee owns or works on.
-- name: TasksOfEmployee :many
SELECT * FROM tasks t WHERE t.owner_id = @employee_id AND t.is_open
UNION
SELECT t.* FROM task_participants p JOIN tasks t ON t.id = p.task_id WHERE p.employee_id = @employee_id AND t.is_open
ORDER BY id;

-- name: LiveActivationsOfSender :many
SELECT id FROM activations
WHERE office_id = @office_id AND requested_by = @requested_by AND state IN ('activating', 'awaiting_approval', 'active')
ORDER BY id;

-- name: SetActivationSender :exec
UPDATE activations SET requested_by = @requested_by WHERE id = @id;

-- name: AddNewCustomer :exec
INSERT INTO customers (id, office_id, organisation_number, name, name_key, created_at, reference)
VALUES (@id, @office_id, @organisation_number, @name, @name_key, @created_at, @reference);

-- LockCustomerOfOffice locks a customer until the transaction ends.
-- name: LockCustomerOfOffice :one
UPDATE customers SET version = version WHERE id = @id AND office_id = @office_id RETURNING *;

-- name: RaiseCustomerVersion :exec
UPDATE customers SET version = version + 1 WHERE id = @id;

-- CustomerByKey finds a customer by its id, its organisation number or the office's own id.
-- name: CustomerByKey :one
SELECT * FROM customers c WHERE c.office_id = @office_id AND (c.id = @key OR c.organisation_number = @number OR c.reference = @key)
ORDER BY c.id <> @key LIMIT 1;

-- name: SaveCustomer :exec
UPDATE customers SET name = @name, name_key = @name_key, organisation_number = @organisation_number, reference = @reference, archived_at = @archived_at
WHERE id = @id;

-- name: AddNewTask :exec
INSERT INTO tasks (id, office_id, customer_id, owner_id, name, is_open, reference)
VALUES (@id, @office_id, @customer_id, @owner_id, @name, @is_open, @reference);

-- name: SaveTask :exec
UPDATE tasks SET name = @name, owner_id = @owner_id, is_open = @is_open, reference = @reference WHERE id = @id;

-- name: RemoveParticipants :exec
DELETE FROM task_participants WHERE task_id = @task_id;

-- name: ParticipantsOfCustomer :many
SELECT p.task_id, p.employee_id FROM task_participants p JOIN tasks t ON t.id = p.task_id
WHERE t.customer_id = @customer_id ORDER BY p.task_id, p.employee_id;

-- name: LiveActivationsOfTask :many
SELECT id, state FROM activations
WHERE office_id = @office_id AND task_id = @task_id AND state IN ('activating', 'awaiting_approval', 'active')
ORDER BY id;

-- InvitationsOfAdministrator counts the open invitations that went to an administrator.
-- name: InvitationsOfAdministrator :one
SELECT COUNT(*) FROM activations
WHERE office_id = @office_id AND customer_id = @customer_id AND invited_id = @invited_id AND state IN ('activating', 'awaiting_approval');

-- OpenInvitationsOf returns the activations with an open invitation to an administrator.
-- name: OpenInvitationsOf :many
SELECT id FROM activations
WHERE office_id = @office_id AND customer_id = @customer_id AND invited_id = @invited_id AND state IN ('activating', 'awaiting_approval')
ORDER BY id;

-- name: SetInvitedAddress :exec
UPDATE activations SET invited_name = @invited_name, invited_email = @invited_email WHERE id = @id;

-- name: SaveAdministrator :exec
UPDATE administrators SET name = @name, email = @email, phone = @phone WHERE id = @id AND customer_id = @customer_id;

-- name: AddAddressChange :exec
INSERT INTO address_changes (id, office_id, customer_id, administrator_id, old_email, new_email, actor, changed_at)
VALUES (@id, @office_id, @customer_id, @administrator_id, @old_email, @new_email, @actor, @changed_at);

-- AddressChange returns a change with the current names of the administrator and the customer.
-- name: AddressChange :one
SELECT ac.*, COALESCE(a.name, '') AS administrator_name, c.name AS customer_name
FROM address_changes ac
JOIN customers c ON c.id = ac.customer_id
LEFT JOIN administrators a ON a.id = ac.administrator_id
WHERE ac.id = @id AND ac.office_id = @office_id;

-- name: CountAddressChange :one
SELECT COUNT(*) FROM address_changes WHERE id = @id;

-- name: RemoveAdministrator :exec
DELETE FROM administrators WHERE id = @id AND customer_id = @customer_id;

-- DirectoryChanges returns changes with the current names of what changed.
-- name: DirectoryChanges :many
SELECT d.*, e.name AS actor_name, COALESCE(c.name, s.name, t.name, a.name, '') AS subject_name, COALESCE(tc.name, ac.name, '') AS customer_name
FROM directory_changes d
LEFT JOIN employees e ON e.id = d.actor
LEFT JOIN customers c ON c.id = d.subject
LEFT JOIN employees s ON s.id = d.subject
LEFT JOIN tasks t ON t.id = d.subject
LEFT JOIN customers tc ON tc.id = t.customer_id
LEFT JOIN administrators a ON a.id = d.subject
LEFT JOIN customers ac ON ac.id = a.customer_id
WHERE d.office_id = @office_id AND (d.happened_at < @before OR (d.happened_at = @before AND d.id < @before_id))
ORDER BY d.happened_at DESC, d.id DESC
LIMIT @max_rows;

-- name: OfficeSettings :one
SELECT * FROM offices WHERE id = @id;

-- name: SaveOfficeSettings :exec
UPDATE offices SET name = @name, locale = @locale, email = @email, phone = @phone, sender_name = @sender_name, invitation_days = @invitation_days,
    reminder_days = @reminder_days, default_payer = @default_payer, notify = @notify, version = version + 1
WHERE id = @id;

-- An import reads the whole directory of an office once, so that a line of the file without
-- changes costs no query.

-- name: CustomersOfOffice :many
SELECT * FROM customers WHERE office_id = @office_id;

-- name: TasksOfOffice :many
SELECT t.* FROM customers c JOIN tasks t ON t.customer_id = c.id WHERE c.office_id = @office_id ORDER BY t.id;

-- name: ParticipantsOfOffice :many
SELECT p.task_id, p.employee_id FROM customers c JOIN tasks t ON t.customer_id = c.id JOIN task_participants p ON p.task_id = t.id
WHERE c.office_id = @office_id ORDER BY p.task_id, p.employee_id;

-- name: AdministratorsOfOffice :many
SELECT a.* FROM customers c JOIN administrators a ON a.customer_id = c.id WHERE c.office_id = @office_id ORDER BY a.id;

-- name: SolutionsOfOffice :many
SELECT s.customer_id, s.solution_id FROM customers c JOIN subscriptions s ON s.customer_id = c.id
WHERE c.office_id = @office_id AND s.ended_at IS NULL;
