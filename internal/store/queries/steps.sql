-- Imports only add: the INSERT statements do not change existing rows.

-- name: AddCustomer :execrows
INSERT INTO customers (id, office_id, organisation_number, name, name_key, created_at)
VALUES (@id, @office_id, @organisation_number, @name, @name_key, @created_at) ON CONFLICT (id) DO NOTHING;

-- name: AddTask :execrows
INSERT INTO tasks (id, office_id, customer_id, owner_id, name, is_open)
VALUES (@id, @office_id, @customer_id, @owner_id, @name, @is_open) ON CONFLICT (id) DO NOTHING;

-- name: AddSubscription :execrows
INSERT INTO subscriptions (id, customer_id, solution_id, invoice_recipient, since, activated_by, variant, renews_on)
VALUES (@id, @customer_id, @solution_id, @invoice_recipient, @since, @activated_by, @variant, @renews_on) ON CONFLICT DO NOTHING;

-- name: RemoveSubscriptionMadeBy :execrows
DELETE FROM subscriptions
WHERE customer_id = @customer_id AND solution_id = @solution_id AND activated_by = @activated_by AND ended_at IS NULL;

-- name: SetSubscription :execrows
UPDATE subscriptions SET invoice_recipient = @invoice_recipient, variant = @variant
WHERE customer_id = @customer_id AND solution_id = @solution_id AND ended_at IS NULL;

-- name: SetInvoiceRecipient :execrows
UPDATE subscriptions SET invoice_recipient = @invoice_recipient
WHERE customer_id = @customer_id AND solution_id = @solution_id AND ended_at IS NULL;

-- name: EndSubscription :execrows
UPDATE subscriptions SET ended_at = @ended_at, access = @access
WHERE customer_id = @customer_id AND solution_id = @solution_id AND ended_at IS NULL;

-- name: AddAdministrator :execrows
INSERT INTO administrators (id, customer_id, name, email, phone, main_contact, created_by)
VALUES (@id, @customer_id, @name, @email, @phone, @main_contact, @created_by) ON CONFLICT (id) DO NOTHING;

-- name: RemoveAdministratorMadeBy :execrows
DELETE FROM administrators WHERE customer_id = @customer_id AND created_by = @created_by;

-- ReserveKey replaces an expired key, and the claim of a request that stopped without a
-- response.
-- name: ReserveKey :exec
INSERT INTO idempotency_keys (office_id, key, request_hash, activation_id, created_at, response)
VALUES (@office_id, @key, @request_hash, @activation_id, @created_at, @response)
ON CONFLICT (office_id, key) DO UPDATE
SET request_hash = excluded.request_hash, activation_id = excluded.activation_id, created_at = excluded.created_at,
    response = excluded.response, response_key = NULL
WHERE idempotency_keys.created_at < @expired_before
   OR (idempotency_keys.request_hash = excluded.request_hash AND length(idempotency_keys.response) = 0
       AND idempotency_keys.created_at < @abandoned_before);

-- name: StoreResponse :exec
UPDATE idempotency_keys SET response = @response, response_key = @response_key
WHERE office_id = @office_id AND key = @key AND activation_id = @attempt;

-- name: ReleaseKey :exec
DELETE FROM idempotency_keys
WHERE office_id = @office_id AND key = @key AND activation_id = @attempt AND length(response) = 0;

-- name: ReservedKey :one
SELECT * FROM idempotency_keys WHERE office_id = @office_id AND key = @key;

-- name: AdministratorMadeBy :one
SELECT COUNT(*) FROM administrators WHERE customer_id = @customer_id AND created_by = @created_by;

-- name: SetAdministratorEmail :execrows
UPDATE administrators SET email = @email WHERE id = @id AND customer_id = @customer_id;

-- name: ClearMainContact :execrows
UPDATE administrators SET main_contact = FALSE WHERE customer_id = @customer_id AND main_contact AND id <> @id;

-- name: SetMainContact :execrows
UPDATE administrators SET main_contact = TRUE WHERE customer_id = @customer_id AND id = @id;

-- name: AddParticipant :exec
INSERT INTO task_participants (task_id, employee_id, office_id) VALUES (@task_id, @employee_id, @office_id) ON CONFLICT DO NOTHING;

-- Participants returns the employees who work on a task, including its owner.
-- name: Participants :many
SELECT owner_id AS employee_id FROM tasks WHERE tasks.id = @task_id
UNION
SELECT employee_id FROM task_participants WHERE task_id = @task_id
ORDER BY employee_id;

-- ParticipantsWithRights is Participants without the deactivated employees.
-- name: ParticipantsWithRights :many
SELECT e.id FROM employees e
WHERE e.deactivated_at IS NULL AND e.id IN (
  SELECT t.owner_id FROM tasks t WHERE t.id = @task_id UNION SELECT p.employee_id FROM task_participants p WHERE p.task_id = @task_id)
ORDER BY e.id;

-- GrantAccess grants access, also again after it was revoked.
-- name: GrantAccess :execrows
INSERT INTO access (activation_id, employee_id, office_id, since) VALUES (@activation_id, @employee_id, @office_id, @since)
ON CONFLICT (activation_id, employee_id) DO UPDATE SET since = excluded.since, revoked_at = NULL WHERE access.revoked_at IS NOT NULL;

-- name: RevokeAccess :execrows
UPDATE access SET revoked_at = @revoked_at WHERE activation_id = @activation_id AND revoked_at IS NULL
  AND employee_id NOT IN (
    SELECT e.id FROM employees e WHERE e.deactivated_at IS NULL AND e.id IN (
      SELECT t.owner_id FROM tasks t WHERE t.id = @except_task UNION SELECT p.employee_id FROM task_participants p WHERE p.task_id = @except_task));

-- name: AccessOf :many
SELECT * FROM access WHERE activation_id = @activation_id AND revoked_at IS NULL ORDER BY employee_id;

-- RunningOfTask returns the running collaborations of a task.
-- name: RunningOfTask :many
SELECT a.id FROM activations a 
WHERE a.office_id = (SELECT t.office_id FROM tasks t WHERE t.id = @task_id) AND a.task_id = @task_id AND a.state = 'active' AND a.started ORDER BY a.id;
