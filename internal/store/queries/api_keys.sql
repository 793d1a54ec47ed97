-- name: AddProgram :exec
INSERT INTO employees (id, office_id, kind, name, email, role) VALUES (@id, @office_id, 'program', @name, '', 'employee');

-- name: AddAPIKey :exec
INSERT INTO api_keys (id, office_id, secret_hash, scope, created_by, created_at, expires_at)
VALUES (@id, @office_id, @secret_hash, @scope, @created_by, @created_at, @expires_at);

-- APIKeys returns all API keys of an office, the newest first.
-- name: APIKeys :many
SELECT k.*, p.name AS name, c.name AS created_by_name
FROM api_keys k JOIN employees p ON p.id = k.id JOIN employees c ON c.id = k.created_by
WHERE k.office_id = @office_id
ORDER BY k.created_at DESC, k.id;

-- APIKeyByHash runs with every request of a program.
-- name: APIKeyByHash :one
SELECT k.id, k.office_id, k.scope, k.expires_at, k.revoked_at, k.last_used_at, p.name AS name,
    o.locale AS office_locale, o.deactivated_at AS office_deactivated_at
FROM api_keys k JOIN employees p ON p.id = k.id JOIN offices o ON o.id = k.office_id
WHERE k.secret_hash = @secret_hash;

-- APIKeyOfOffice counts the API keys of an office with an id.
-- name: APIKeyOfOffice :one
SELECT COUNT(*) FROM api_keys WHERE id = @id AND office_id = @office_id;

-- name: RevokeAPIKey :execrows
UPDATE api_keys SET revoked_at = @revoked_at WHERE id = @id AND office_id = @office_id AND revoked_at IS NULL;

-- UseAPIKey stores the time of a use, unless another process has stored one since.
-- name: UseAPIKey :exec
UPDATE api_keys SET last_used_at = @used_at WHERE id = @id AND (last_used_at IS NULL OR last_used_at <= @before);
