-- name: OpenActivation :execrows
INSERT INTO activations (id, office_id, customer_id, solution_id, task_id, scenario, state, invoice_recipient,
    period_start, period_month, agreement_months, locale, requested_by, requested_at, updated_at, variant, kept_until)
VALUES (@id, @office_id, @customer_id, @solution_id, @task_id, @scenario, @state, @invoice_recipient,
    @period_start, @period_month, @agreement_months, @locale, @requested_by, @requested_at, @updated_at, @variant, @kept_until)
ON CONFLICT (id) DO NOTHING;

-- LockActivation holds the row until the transaction ends; where a step turns
-- out to be a repeat, the transaction is rolled back and the version with it.
-- name: LockActivation :exec
UPDATE activations SET version = version + 1, updated_at = @updated_at WHERE id = @id;

-- name: Activation :one
SELECT * FROM activations WHERE id = @id;

-- name: StepRecorded :one
SELECT COUNT(*) FROM audit WHERE activation_id = @activation_id AND step_key = @step_key;

-- name: AppendAudit :exec
INSERT INTO audit (activation_id, sequence, step_key, action, actor, happened_at, detail, hash, commitment)
VALUES (@activation_id, @sequence, @step_key, @action, @actor, @happened_at, @detail, @hash, @commitment);

-- name: AuditHead :one
SELECT sequence, hash FROM audit WHERE activation_id = @activation_id ORDER BY sequence DESC LIMIT 1;

-- name: AppendPrivate :exec
INSERT INTO audit_private (activation_id, sequence, salt, private) VALUES (@activation_id, @sequence, @salt, @private);

-- AuditOf is one statement, so that what it says was true at one instant.
-- name: AuditOf :many
SELECT sqlc.embed(a), COALESCE(p.salt, '') AS salt, CAST(COALESCE(CAST(p.private AS TEXT), '') AS TEXT) AS private
FROM audit a LEFT JOIN audit_private p ON p.activation_id = @activation_id AND p.sequence = a.sequence
WHERE a.activation_id = @activation_id ORDER BY a.sequence;

-- name: UnsealedActivations :many
SELECT DISTINCT activation_id FROM audit WHERE hash = '' ORDER BY activation_id;

-- SealAudit seals what another has not sealed at the same time.
-- name: SealAudit :exec
UPDATE audit SET hash = @hash WHERE activation_id = @activation_id AND sequence = @sequence AND hash = '';

-- name: SaveActivation :exec
UPDATE activations SET state = @state, failure_code = @failure_code, generation = @generation, sent_at = @sent_at,
    expires_at = @expires_at, delivery = @delivery, invited_id = @invited_id, invited_name = @invited_name,
    invited_email = @invited_email, task_id = @task_id, invoice_recipient = @invoice_recipient, period_start = @period_start,
    period_month = @period_month, agreement_months = @agreement_months, reminders_paused = @reminders_paused,
    reminded_at = @reminded_at, decision = @decision, agreement = @agreement, ended_at = @ended_at
WHERE id = @id;

-- name: LiveActivation :one
SELECT id FROM activations
WHERE office_id = @office_id AND customer_id = @customer_id AND solution_id = @solution_id
  AND state IN ('activating', 'awaiting_approval', 'active');

-- name: OtherLiveActivations :one
SELECT COUNT(*) FROM activations
WHERE office_id = @office_id AND customer_id = @customer_id AND id <> @id
  AND state IN ('activating', 'awaiting_approval', 'active');

-- name: ActivationRecord :one
SELECT * FROM activation_records WHERE id = @id;

-- name: ActivationCursor :one
SELECT requested_at FROM activations WHERE id = @id AND office_id = @office_id;

-- name: ActivationsInState :many
SELECT * FROM activation_records
WHERE office_id = @office_id AND state = @state
  AND requested_at <= @before AND (requested_at < @before OR id < @before_id)
ORDER BY requested_at DESC, id DESC
LIMIT @max_rows;

-- name: ActivationsOfSolution :many
SELECT * FROM activation_records
WHERE office_id = @office_id AND solution_id = @solution_id AND state = @state
  AND requested_at <= @before AND (requested_at < @before OR id < @before_id)
ORDER BY requested_at DESC, id DESC
LIMIT @max_rows;

-- The two that follow have few rows: what else narrows them may be empty.

-- name: ActivationsOfCustomer :many
SELECT * FROM activation_records
WHERE office_id = @office_id AND customer_id = @customer_id
  AND requested_at <= @before AND (requested_at < @before OR id < @before_id)
  AND (CAST(@task_id AS TEXT) = '' OR task_id = CAST(@task_id AS TEXT))
  AND (CAST(@solution_id AS TEXT) = '' OR solution_id = CAST(@solution_id AS TEXT))
  AND (CAST(@states AS TEXT) = '' OR CAST(@states AS TEXT) LIKE '%,' || state || ',%')
ORDER BY requested_at DESC, id DESC
LIMIT @max_rows;

-- name: ActivationsOfTask :many
SELECT * FROM activation_records
WHERE office_id = @office_id AND task_id = @task_id
  AND requested_at <= @before AND (requested_at < @before OR id < @before_id)
  AND (CAST(@solution_id AS TEXT) = '' OR solution_id = CAST(@solution_id AS TEXT))
  AND (CAST(@states AS TEXT) = '' OR CAST(@states AS TEXT) LIKE '%,' || state || ',%')
ORDER BY requested_at DESC, id DESC
LIMIT @max_rows;

-- name: Events :many
SELECT * FROM audit WHERE activation_id = @activation_id AND sequence > @after ORDER BY sequence;
