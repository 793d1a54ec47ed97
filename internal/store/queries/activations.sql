-- name: OpenActivation :execrows
INSERT INTO activations (id, office_id, customer_id, solution_id, task_id, scenario, state, invoice_recipient,
    period_start, period_month, agreement_months, locale, requested_by, requested_at, updated_at, variant, kept_until, rules, prices, terms_version, on_end, running_since)
VALUES (@id, @office_id, @customer_id, @solution_id, @task_id, @scenario, @state, @invoice_recipient,
    @period_start, @period_month, @agreement_months, @locale, @requested_by, @requested_at, @updated_at, @variant, @kept_until, @rules, @prices, @terms_version, @on_end, @running_since)
ON CONFLICT (id) DO NOTHING;

-- LockActivation locks the row until the transaction ends. A repeated step rolls
-- the transaction back, and the version with it.
-- name: LockActivation :one
UPDATE activations SET version = version + 1, updated_at = @updated_at, retention_stage = 0 WHERE id = @id RETURNING *;

-- name: Activation :one
SELECT * FROM activations WHERE id = @id;

-- name: AppendAudit :exec
INSERT INTO audit (activation_id, sequence, office_id, step_key, action, actor, happened_at, detail, hash, commitment, key_id, signature)
VALUES (@activation_id, @sequence, @office_id, @step_key, @action, @actor, @happened_at, @detail, @hash, @commitment, @key_id, @signature);

-- name: AuditChain :many
SELECT sequence, step_key, hash FROM audit WHERE activation_id = @activation_id ORDER BY sequence;

-- name: LastAuditRow :one
SELECT * FROM audit WHERE activation_id = @activation_id ORDER BY sequence DESC LIMIT 1;

-- name: AppendPrivate :exec
INSERT INTO audit_private (activation_id, sequence, salt, private) VALUES (@activation_id, @sequence, @salt, @private);

-- AuditOf is one statement, so that it reads one snapshot of both tables.
-- name: AuditOf :many
SELECT sqlc.embed(a), COALESCE(p.salt, '') AS salt, CAST(COALESCE(CAST(p.private AS TEXT), '') AS TEXT) AS private
FROM audit a LEFT JOIN audit_private p ON p.activation_id = @activation_id AND p.sequence = a.sequence
WHERE a.activation_id = @activation_id ORDER BY a.sequence;

-- name: SaveActivation :exec
UPDATE activations SET state = @state, failure_code = @failure_code, generation = @generation, sent_at = @sent_at,
    expires_at = @expires_at, delivery = @delivery, invited_id = @invited_id, invited_name = @invited_name,
    invited_email = @invited_email, task_id = @task_id, invoice_recipient = @invoice_recipient, period_start = @period_start,
    period_month = @period_month, agreement_months = @agreement_months, reminders_paused = @reminders_paused,
    reminded_at = @reminded_at, decision = @decision, agreement = @agreement, ended_at = @ended_at, asked_again_at = @asked_again_at,
    started = @started, will_start = @will_start, is_terminated = @is_terminated, ends_on = @ends_on, continues = @continues, decided_on = @decided_on,
    proposal = @proposal, variant = @variant, prices = @prices, terms_version = @terms_version
WHERE id = @id;

-- LastLocale returns the language of the last invitation to an administrator.
-- name: LastLocale :one
SELECT locale FROM activations
WHERE office_id = @office_id AND customer_id = @customer_id AND invited_id = @invited_id
ORDER BY requested_at DESC, id DESC LIMIT 1;

-- name: LiveActivation :one
SELECT id FROM activations
WHERE office_id = @office_id AND customer_id = @customer_id AND solution_id = @solution_id
  AND state IN ('activating', 'awaiting_approval', 'active');

-- name: OtherLiveActivations :one
SELECT COUNT(*) FROM activations
WHERE office_id = @office_id AND customer_id = @customer_id AND id <> @id
  AND state IN ('activating', 'awaiting_approval', 'active');

-- OpenActivations returns the ids of the live activations in order. An empty office means all
-- offices.
-- name: OpenActivations :many
SELECT id FROM activations
WHERE id > @after_id AND state IN ('activating', 'awaiting_approval', 'active')
  AND (CAST(@office_id AS TEXT) = '' OR office_id = CAST(@office_id AS TEXT))
ORDER BY id LIMIT @max_rows;

-- name: ActivationDetail :one
SELECT * FROM activation_details WHERE id = @id;

-- name: ActivationCursor :one
SELECT requested_at FROM activations WHERE id = @id AND office_id = @office_id;

-- The next four queries are the lists on SQLite; postgres/activations.sql has the form for
-- PostgreSQL.

-- name: ActivationsInPhases :many
SELECT d.* FROM (
  SELECT p.id, p.requested_at FROM activations_in_phase p
  WHERE p.office_id = @office_id AND CAST(@phases AS TEXT) LIKE '%,' || p.in_phase || ',%'
    AND p.requested_at <= @before AND (p.requested_at < @before OR p.id < @before_id)
  ORDER BY p.requested_at DESC, p.id DESC
  LIMIT @max_rows
) listed JOIN activation_details d ON d.id = listed.id
ORDER BY listed.requested_at DESC, listed.id DESC;

-- name: ActivationsOfSolution :many
SELECT d.* FROM (
  SELECT p.id, p.requested_at FROM activations_in_phase p
  WHERE p.office_id = @office_id AND p.solution_id = @solution_id AND CAST(@phases AS TEXT) LIKE '%,' || p.in_phase || ',%'
    AND p.requested_at <= @before AND (p.requested_at < @before OR p.id < @before_id)
  ORDER BY p.requested_at DESC, p.id DESC
  LIMIT @max_rows
) listed JOIN activation_details d ON d.id = listed.id
ORDER BY listed.requested_at DESC, listed.id DESC;

-- name: ActivationsOfSender :many
SELECT d.* FROM (
  SELECT p.id, p.requested_at FROM activations_in_phase p
  WHERE p.office_id = @office_id AND p.requested_by = @requested_by AND CAST(@phases AS TEXT) LIKE '%,' || p.in_phase || ',%'
    AND p.requested_at <= @before AND (p.requested_at < @before OR p.id < @before_id)
    AND (CAST(@solution_id AS TEXT) = '' OR p.solution_id = CAST(@solution_id AS TEXT))
  ORDER BY p.requested_at DESC, p.id DESC
  LIMIT @max_rows
) listed JOIN activation_details d ON d.id = listed.id
ORDER BY listed.requested_at DESC, listed.id DESC;

-- name: ActivationsOfTaskOwner :many
SELECT d.* FROM (
  SELECT p.id, p.requested_at FROM activations_in_phase p
  WHERE p.office_id = @office_id AND p.owner_id = @task_owner_id AND CAST(@phases AS TEXT) LIKE '%,' || p.in_phase || ',%'
    AND p.requested_at <= @before AND (p.requested_at < @before OR p.id < @before_id)
    AND (CAST(@solution_id AS TEXT) = '' OR p.solution_id = CAST(@solution_id AS TEXT))
    AND (CAST(@requested_by AS TEXT) = '' OR p.requested_by = CAST(@requested_by AS TEXT))
  ORDER BY p.requested_at DESC, p.id DESC
  LIMIT @max_rows
) listed JOIN activation_details d ON d.id = listed.id
ORDER BY listed.requested_at DESC, listed.id DESC;

-- A customer and a task have few activations: the optional filters of these lists, which
-- an empty text disables, need no index of their own.

-- name: ActivationsOfCustomer :many
SELECT * FROM activation_details
WHERE office_id = @office_id AND customer_id = @customer_id
  AND requested_at <= @before AND (requested_at < @before OR id < @before_id)
  AND (CAST(@task_id AS TEXT) = '' OR task_id = CAST(@task_id AS TEXT))
  AND (CAST(@solution_id AS TEXT) = '' OR solution_id = CAST(@solution_id AS TEXT))
  AND (CAST(@task_owner_id AS TEXT) = '' OR task_owner_id = CAST(@task_owner_id AS TEXT))
  AND (CAST(@requested_by AS TEXT) = '' OR requested_by = CAST(@requested_by AS TEXT))
  AND CAST(@phases AS TEXT) LIKE '%,' || phase || ',%'
ORDER BY requested_at DESC, id DESC
LIMIT @max_rows;

-- name: ActivationsOfTask :many
SELECT * FROM activation_details
WHERE office_id = @office_id AND task_id = @task_id
  AND requested_at <= @before AND (requested_at < @before OR id < @before_id)
  AND (CAST(@solution_id AS TEXT) = '' OR solution_id = CAST(@solution_id AS TEXT))
  AND (CAST(@task_owner_id AS TEXT) = '' OR task_owner_id = CAST(@task_owner_id AS TEXT))
  AND (CAST(@requested_by AS TEXT) = '' OR requested_by = CAST(@requested_by AS TEXT))
  AND CAST(@phases AS TEXT) LIKE '%,' || phase || ',%'
ORDER BY requested_at DESC, id DESC
LIMIT @max_rows;

-- ActivationsEnding is ordered by the end of the agreement's term.
-- name: ActivationsEnding :many
SELECT * FROM activation_details
WHERE office_id = @office_id AND state = 'active' AND ends_on < @ends_before
  AND ends_on >= @after_day AND (ends_on > @after_day OR id > @after_id)
  AND CAST(@phases AS TEXT) LIKE '%,' || phase || ',%'
  AND (CAST(@customer_id AS TEXT) = '' OR customer_id = CAST(@customer_id AS TEXT))
  AND (CAST(@task_id AS TEXT) = '' OR task_id = CAST(@task_id AS TEXT))
  AND (CAST(@solution_id AS TEXT) = '' OR solution_id = CAST(@solution_id AS TEXT))
  AND (CAST(@task_owner_id AS TEXT) = '' OR owner_id = CAST(@task_owner_id AS TEXT))
  AND (CAST(@requested_by AS TEXT) = '' OR requested_by = CAST(@requested_by AS TEXT))
ORDER BY ends_on, id
LIMIT @max_rows;

-- name: EndingCursor :one
SELECT ends_on FROM activations WHERE id = @id AND office_id = @office_id;

-- name: Events :many
SELECT sqlc.embed(a), CAST(COALESCE(e.name, d.name, '') AS TEXT) AS actor_name
FROM audit a
LEFT JOIN employees e ON e.id = a.actor
LEFT JOIN administrators d ON d.id = a.actor
WHERE a.activation_id = @activation_id AND a.sequence > @after ORDER BY a.sequence;

-- PeopleOfAudit returns the personal parts of an activation's audit. They name people who
-- were removed since, until an erasure.
-- name: PeopleOfAudit :many
SELECT a.actor, a.detail, p.private
FROM audit a JOIN audit_private p ON p.activation_id = @activation_id AND p.sequence = a.sequence
WHERE a.activation_id = @activation_id;
