-- name: AddWebhook :exec
INSERT INTO webhooks (id, office_id, url, secret, key_id, created_by, created_at)
VALUES (@id, @office_id, @url, @secret, @key_id, @created_by, @created_at);

-- name: CountWebhooks :one
SELECT COUNT(*) FROM webhooks WHERE office_id = @office_id;

-- name: Webhooks :many
SELECT * FROM webhooks WHERE office_id = @office_id ORDER BY created_at, id;

-- name: Webhook :one
SELECT * FROM webhooks WHERE id = @id;

-- name: RemoveWebhook :execrows
DELETE FROM webhooks WHERE id = @id AND office_id = @office_id;

-- name: EnableWebhook :execrows
UPDATE webhooks SET disabled_at = NULL WHERE id = @id AND office_id = @office_id;

-- name: DisableWebhook :exec
UPDATE webhooks SET disabled_at = @disabled_at WHERE id = @id AND disabled_at IS NULL;

-- name: FailWebhook :exec
UPDATE webhooks SET last_failure = @last_failure WHERE id = @id;

-- WebhooksOfStep returns the enabled webhooks of the office, and the step's sequence.
-- name: WebhooksOfStep :many
SELECT w.id, e.sequence, a.office_id, a.customer_id, a.solution_id
FROM audit e
JOIN activations a ON a.id = e.activation_id
JOIN webhooks w ON w.office_id = a.office_id AND w.disabled_at IS NULL
WHERE e.activation_id = @activation_id AND e.step_key = @step_key
ORDER BY w.id;

-- name: OfficeEventsSince :many
SELECT e.activation_id, e.sequence, e.action, e.happened_at, a.customer_id, a.solution_id
FROM audit e JOIN activations a ON a.id = e.activation_id
WHERE e.office_id = @office_id AND e.happened_at >= @since
ORDER BY e.happened_at, e.activation_id, e.sequence
LIMIT @max_rows;
