-- What erasing left behind: sole traders' numbers in rows of batches that were
-- started, and hashes of requests.

-- +goose Up
-- First: of several who migrate at once on SQLite, who comes second fails here,
-- and finds the rest done.
CREATE INDEX batch_rows_by_activation ON batch_rows (activation_id);
UPDATE batch_rows SET organisation_number = '' WHERE activation_id IN (
    SELECT a.id FROM activations a JOIN customers c ON c.id = a.customer_id WHERE c.organisation_number LIKE 'erased-%');
UPDATE idempotency_keys SET request_hash = 'erased' WHERE activation_id IN (
    SELECT activation_id FROM audit WHERE action = 'personal_data_erased');

-- +goose Down
DROP INDEX batch_rows_by_activation;
