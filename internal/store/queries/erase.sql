-- name: ActivationsToErase :many
SELECT a.id FROM activations a
WHERE a.customer_id = @customer_id
  AND (a.invited_email <> '' OR EXISTS (SELECT 1 FROM audit_private p WHERE p.activation_id = a.id))
ORDER BY a.id;

-- name: LiveActivationsOfCustomer :one
SELECT COUNT(*) FROM activations WHERE customer_id = @customer_id AND state IN ('activating', 'awaiting_approval', 'active');

-- name: ErasePrivate :exec
DELETE FROM audit_private WHERE activation_id = @activation_id;

-- name: EraseAddresses :exec
UPDATE mail_deliveries SET to_id = '', to_email = '' WHERE activation_id = @activation_id AND employee_id = '';

-- name: EraseAdministrators :execrows
DELETE FROM administrators WHERE customer_id = @customer_id;

-- name: BatchRowsToErase :many
SELECT r.* FROM batch_rows r JOIN batches b ON b.id = r.batch_id
WHERE b.office_id = @office_id AND r.result <> 'started'
  AND (r.organisation_number = @organisation_number OR CAST(r.request AS TEXT) LIKE CAST(@pattern AS TEXT) ESCAPE '!');

-- name: EraseBatchRow :exec
UPDATE batch_rows SET request = @request, organisation_number = '' WHERE batch_id = @batch_id AND line = @line;

-- name: EraseCustomer :exec
UPDATE customers SET name = @name, name_key = @name_key, organisation_number = @organisation_number WHERE id = @id;
