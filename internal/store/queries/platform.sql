-- name: TakeKey :execrows
INSERT INTO platform_keys (key, taken_at) VALUES (@key, @taken_at) ON CONFLICT (key) DO NOTHING;

-- name: RevokeAccessOf :exec
UPDATE access SET revoked_at = @revoked_at WHERE activation_id = @activation_id AND employee_id = @employee_id AND revoked_at IS NULL;

-- name: KeyTaken :one
SELECT COUNT(*) FROM platform_keys WHERE key = @key;
