-- name: AddNewOffice :exec
INSERT INTO offices (id, name, locale) VALUES (@id, @name, @locale);

-- name: AddManager :exec
INSERT INTO employees (id, office_id, name, email, role) VALUES (@id, @office_id, @name, @email, 'manager');

-- name: Offices :many
SELECT o.*, (SELECT COUNT(*) FROM employees e WHERE e.office_id = o.id AND e.kind = 'person') AS employees FROM offices o ORDER BY o.name, o.id;

-- name: CountOffices :one
SELECT COUNT(*) FROM offices;

-- name: RenameOffice :execrows
UPDATE offices SET name = @name WHERE id = @id;

-- name: SetOfficeDeactivated :execrows
UPDATE offices SET deactivated_at = @deactivated_at WHERE id = @id;

-- name: AddDirectoryChange :exec
INSERT INTO directory_changes (id, office_id, happened_at, actor, action, subject, detail)
VALUES (@id, @office_id, @happened_at, @actor, @action, @subject, @detail)
ON CONFLICT (id) DO NOTHING;

-- name: SaveOfficeLogo :exec
INSERT INTO office_logos (office_id, digest, content_type, width, height, content)
VALUES (@office_id, @digest, @content_type, @width, @height, @content)
ON CONFLICT (office_id) DO UPDATE SET digest = excluded.digest, content_type = excluded.content_type, width = excluded.width,
    height = excluded.height, content = excluded.content;

-- name: RemoveOfficeLogo :execrows
DELETE FROM office_logos WHERE office_id = @office_id;

-- name: OfficeLogo :one
SELECT * FROM office_logos WHERE office_id = @office_id;

-- name: LogoByDigest :one
SELECT * FROM office_logos WHERE digest = @digest ORDER BY office_id LIMIT 1;
