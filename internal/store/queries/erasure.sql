-- name: ActivationsToErase :many
SELECT a.id FROM activations a
WHERE a.customer_id = @customer_id
  AND (a.invited_email <> '' OR a.invited_name <> '' OR CAST(a.decision AS TEXT) LIKE '%"comment":%'
    OR CAST(a.proposal AS TEXT) LIKE '%"comment":%'
    OR EXISTS (SELECT 1 FROM audit_private p WHERE p.activation_id = a.id)
    OR EXISTS (SELECT 1 FROM mail_deliveries m WHERE m.activation_id = a.id AND m.employee_id IS NULL AND m.to_email <> ''))
ORDER BY a.id;

-- name: LiveActivationsOfCustomer :one
SELECT COUNT(*) FROM activations a
WHERE a.office_id = (SELECT c.office_id FROM customers c WHERE c.id = @customer_id) AND a.customer_id = @customer_id
  AND a.state IN ('activating', 'awaiting_approval', 'active');

-- name: ErasePrivate :exec
DELETE FROM audit_private WHERE activation_id = @activation_id;

-- name: EraseAddresses :exec
UPDATE mail_deliveries SET to_id = NULL, to_email = '' WHERE activation_id = @activation_id AND employee_id IS NULL;

-- name: EraseAdministrators :execrows
DELETE FROM administrators WHERE customer_id = @customer_id;

-- name: EraseAddressChanges :exec
DELETE FROM address_changes WHERE customer_id = @customer_id;

-- name: BatchRowsToErase :many
SELECT r.* FROM batch_rows r JOIN batches b ON b.id = r.batch_id
WHERE b.office_id = @office_id AND (r.organisation_number = @organisation_number
  OR r.activation_id IN (SELECT id FROM activations WHERE customer_id = @customer_id)
  OR CAST(r.request AS TEXT) LIKE CAST(@pattern AS TEXT) ESCAPE '!');

-- name: EraseBatchRow :exec
UPDATE batch_rows SET request = @request, organisation_number = @organisation_number WHERE batch_id = @batch_id AND line = @line;

-- EraseKeys removes the hashes of requests, because a hash confirms a guess of the
-- request. The keys stay, so that a repeated request starts no new activation. The
-- first 20 characters of an activation id are those of its customer and solution: they
-- also match the key of an activation that was reserved but never stored. A stored
-- response does not say which customers it names, so all responses of the office go.
-- name: EraseKeys :exec
UPDATE idempotency_keys SET request_hash = 'erased', response = NULL, response_key = NULL
WHERE idempotency_keys.office_id = @office_id
  AND (response IS NOT NULL
       OR substr(activation_id, 1, 20) IN (SELECT substr(a.id, 1, 20) FROM activations a WHERE a.customer_id = @customer_id));

-- name: EraseBatchKey :exec
UPDATE idempotency_keys SET request_hash = 'erased' WHERE office_id = @office_id AND activation_id = @batch_id;

-- name: EraseTask :exec
UPDATE tasks SET name = @name WHERE id = @id;

-- name: EraseCustomer :exec
UPDATE customers SET name = @name, name_key = @name_key, organisation_number = @organisation_number WHERE id = @id;

-- name: RecordErasedDataKeys :exec
INSERT INTO erased_data_keys (id) SELECT data_keys.id FROM data_keys WHERE customer_id = @customer_id;

-- name: EraseDataKeys :exec
DELETE FROM data_keys WHERE customer_id = @customer_id;

-- The erasure of an e-mail address in the data of an office. The pattern finds the address
-- also as a part of a longer one; the caller checks that.

-- name: CountEmployeesWithAddress :one
SELECT COUNT(*) FROM employees WHERE office_id = @office_id AND kind = 'person' AND lower(email) = @email;

-- name: AdministratorsToRemove :many
SELECT a.* FROM administrators a JOIN customers c ON c.id = a.customer_id
WHERE lower(a.email) = @email AND c.office_id = @office_id ORDER BY a.customer_id, a.id;

-- name: ActivationsWithAddress :many
SELECT a.id FROM activations a
WHERE a.office_id = @office_id AND (lower(a.invited_email) = @email
    OR lower(CAST(a.decision AS TEXT)) LIKE CAST(@pattern AS TEXT) ESCAPE '!'
    OR lower(CAST(a.proposal AS TEXT)) LIKE CAST(@pattern AS TEXT) ESCAPE '!'
    OR EXISTS (SELECT 1 FROM audit_private p WHERE p.activation_id = a.id AND lower(CAST(p.private AS TEXT)) LIKE CAST(@pattern AS TEXT) ESCAPE '!')
    OR EXISTS (SELECT 1 FROM mail_deliveries m WHERE m.activation_id = a.id AND lower(m.to_email) = @email))
ORDER BY a.id;

-- name: PrivateParts :many
SELECT sequence, CAST(private AS TEXT) AS private FROM audit_private WHERE activation_id = @activation_id ORDER BY sequence;

-- name: ErasePrivatePart :exec
DELETE FROM audit_private WHERE activation_id = @activation_id AND sequence = @sequence;

-- name: EraseDeliveriesTo :execrows
UPDATE mail_deliveries SET to_id = NULL, to_email = '' WHERE activation_id = @activation_id AND lower(to_email) = @email;

-- name: EraseAddressChangesOf :execrows
DELETE FROM address_changes WHERE office_id = @office_id AND (lower(old_email) = @email OR lower(new_email) = @email);

-- name: BatchRowsWithAddress :many
SELECT r.* FROM batches b JOIN batch_rows r ON r.batch_id = b.id
WHERE b.office_id = @office_id AND lower(CAST(r.request AS TEXT)) LIKE CAST(@pattern AS TEXT) ESCAPE '!'
ORDER BY r.batch_id, r.line;

-- name: TasksWithAddress :many
SELECT t.id, t.name FROM customers c JOIN tasks t ON t.customer_id = c.id
WHERE c.office_id = @office_id AND lower(t.name) LIKE CAST(@pattern AS TEXT) ESCAPE '!' ORDER BY t.id;

-- EraseResponses: a stored response does not say which people it names.
-- name: EraseResponses :exec
UPDATE idempotency_keys SET request_hash = 'erased', response = NULL, response_key = NULL
WHERE office_id = @office_id AND response IS NOT NULL;

-- name: EraseKeysOfSubject :exec
UPDATE idempotency_keys SET request_hash = 'erased'
WHERE office_id = @office_id AND substr(activation_id, 1, 20) = substr(CAST(@of_activation AS TEXT), 1, 20);
