-- name: AddBatch :execrows
INSERT INTO batches (id, office_id, solution_id, created_by, created_at)
VALUES (@id, @office_id, @solution_id, @created_by, @created_at) ON CONFLICT (id) DO NOTHING;

-- name: AddBatchRow :exec
INSERT INTO batch_rows (batch_id, line, organisation_number, request, result) VALUES (@batch_id, @line, @organisation_number, @request, @result);

-- name: Batch :one
SELECT * FROM batches WHERE id = @id;

-- OpenBatches returns the batches with pending rows in the order of their ids. An empty office
-- means all offices.
-- name: OpenBatches :many
SELECT * FROM batches b
WHERE b.id > @after_id AND b.cancelled_at IS NULL AND EXISTS (SELECT 1 FROM batch_rows r WHERE r.batch_id = b.id AND r.result = 'pending')
  AND (CAST(@office_id AS TEXT) = '' OR b.office_id = CAST(@office_id AS TEXT))
ORDER BY b.id LIMIT @max_rows;

-- name: BatchCounts :many
SELECT result, COUNT(*) AS rows_count FROM batch_rows WHERE batch_id = @batch_id GROUP BY result;

-- name: BatchPhases :many
SELECT a.phase, COUNT(*) AS rows_count
FROM batch_rows r JOIN activations a ON a.id = r.activation_id
WHERE r.batch_id = @batch_id AND r.result = 'started' GROUP BY a.phase;

-- name: BatchRowsByResult :many
SELECT * FROM batch_rows WHERE batch_id = @batch_id AND result = @result AND line > @after_line ORDER BY line LIMIT @max_rows;

-- name: BatchRows :many
SELECT * FROM batch_rows WHERE batch_id = @batch_id AND line > @after_line ORDER BY line LIMIT @max_rows;

-- name: ReserveBatchRow :exec
UPDATE batch_rows SET activation_id = @activation_id WHERE batch_id = @batch_id AND line = @line AND activation_id IS NULL;

-- name: BatchRow :one
SELECT * FROM batch_rows WHERE batch_id = @batch_id AND line = @line;

-- name: FinishBatchRow :execrows
UPDATE batch_rows SET result = @result, code = @code, fields = @fields, activation_id = @activation_id
WHERE batch_id = @batch_id AND line = @line AND result = 'pending';

-- name: SetBatchRequest :exec
UPDATE batch_rows SET request = @request WHERE batch_id = @batch_id AND line = @line;

-- name: CancelBatch :execrows
UPDATE batches SET cancelled_at = COALESCE(cancelled_at, @cancelled_at) WHERE id = @id AND office_id = @office_id;

-- name: ResumeBatch :execrows
UPDATE batches SET cancelled_at = NULL WHERE id = @id AND office_id = @office_id;

-- name: RetryBatchRows :execrows
UPDATE batch_rows SET result = 'pending', code = '', fields = '[]', activation_id = NULL WHERE batch_id = @batch_id AND result = 'refused';

-- name: CustomerByNumber :one
SELECT id FROM customers WHERE office_id = @office_id AND organisation_number = @organisation_number;
