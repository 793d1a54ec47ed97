-- name: TermsText :one
SELECT text FROM terms WHERE hash = @hash;

-- name: HasTerms :one
SELECT COUNT(*) FROM terms WHERE hash = @hash;

-- name: AddTerms :exec
INSERT INTO terms (hash, locale, version, solution_id, text, stored_at)
VALUES (@hash, @locale, @version, @solution_id, @text, @stored_at) ON CONFLICT (hash) DO NOTHING;
