-- name: DataKey :one
SELECT * FROM data_keys WHERE id = @id;

-- name: DataKeyErased :one
SELECT COUNT(*) FROM erased_data_keys WHERE id = @id;

-- name: DataKeyOf :one
SELECT * FROM data_keys WHERE subject = @subject;

-- AddDataKey keeps an existing key of the subject.
-- name: AddDataKey :exec
INSERT INTO data_keys (id, subject, customer_id, master_id, wrapped, created_at)
VALUES (@id, @subject, @customer_id, @master_id, @wrapped, @created_at) ON CONFLICT (subject) DO NOTHING;

-- CustomerOfSubject reads any activation of the subject: the subject is the prefix of
-- their ids, and they have the same customer.
-- name: CustomerOfSubject :one
SELECT customer_id FROM activations WHERE id >= @first_id AND id < @after_id LIMIT 1;

-- name: DataKeysOfOthers :many
SELECT * FROM data_keys WHERE master_id <> @master_id AND id > @after_id ORDER BY id LIMIT @max_rows;

-- RewrapDataKey does not change a key that another process rewrapped or erased.
-- name: RewrapDataKey :execrows
UPDATE data_keys SET wrapped = @wrapped, master_id = @master_id WHERE id = @id AND master_id = @old_master_id;

-- name: DataKeyOfEachMaster :many
SELECT * FROM data_keys WHERE id IN (SELECT MIN(k.id) FROM data_keys k GROUP BY k.master_id) ORDER BY master_id;
