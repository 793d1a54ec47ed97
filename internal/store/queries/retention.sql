-- The deletion of old data, in chunks of at most max_rows. A statement checks the age
-- outside of its subquery, too: on PostgreSQL another transaction may renew a row after
-- the subquery has read it.

-- name: DeleteOldKeys :execrows
DELETE FROM idempotency_keys WHERE idempotency_keys.created_at < @created_before AND (office_id, key) IN (
  SELECT k.office_id, k.key FROM idempotency_keys k WHERE k.created_at < @created_before ORDER BY k.created_at LIMIT @max_rows);

-- name: OldBatches :many
SELECT id FROM batches WHERE created_at < @created_before ORDER BY created_at LIMIT @max_rows;

-- name: DeleteBatchRows :execrows
DELETE FROM batch_rows WHERE batch_rows.batch_id = @batch_id AND batch_rows.line IN (
  SELECT r.line FROM batch_rows r WHERE r.batch_id = @batch_id ORDER BY r.line LIMIT @max_rows);

-- name: DeleteBatch :execrows
DELETE FROM batches WHERE id = @id;

-- name: OfficeIDs :many
SELECT id FROM offices ORDER BY id;

-- name: DeleteOldAddressChanges :execrows
DELETE FROM address_changes WHERE address_changes.id IN (
  SELECT ac.id FROM address_changes ac WHERE ac.office_id = @office_id AND ac.changed_at < @changed_before ORDER BY ac.changed_at LIMIT @max_rows);

-- ClosedActivations returns the closed activations of a state and a stage of the retention.
-- name: ClosedActivations :many
SELECT id, state, ended_at, CAST(decided_on IS NOT NULL AS BOOLEAN) AS is_decided FROM activations
WHERE retention_stage = @retention_stage AND state = @state AND ended_at < @ended_before AND updated_at < @ended_before
  AND ended_at >= @after_ended AND (ended_at > @after_ended OR id > CAST(@after_id AS TEXT))
ORDER BY ended_at, id LIMIT @max_rows;

-- name: DeleteOldDeliveries :execrows
DELETE FROM mail_deliveries WHERE activation_id = @activation_id AND lease_until < @lease_before;

-- name: SetDeliveriesDeleted :exec
UPDATE activations SET retention_stage = 1
WHERE activations.id = @id AND retention_stage = 0 AND NOT EXISTS (SELECT 1 FROM mail_deliveries m WHERE m.activation_id = activations.id);

-- name: SetErased :exec
UPDATE activations SET retention_stage = 2 WHERE id = @id;
