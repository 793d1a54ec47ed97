-- EmployeesByEmail are two at most: of whom there are several is nobody.
-- name: EmployeesByEmail :many
SELECT * FROM employees WHERE lower(email) = @email ORDER BY id LIMIT 2;

-- AdministrationsByEmail names main contacts first where somebody is at a
-- customer twice.
-- name: AdministrationsByEmail :many
SELECT a.id AS administrator_id, a.name, c.id AS customer_id, c.name AS customer_name, o.id AS office_id, o.name AS office_name
FROM administrators a JOIN customers c ON c.id = a.customer_id JOIN offices o ON o.id = c.office_id
WHERE lower(a.email) = @email
ORDER BY c.name_key, c.id, a.main_contact DESC, a.id;

-- Everybody is a row for each thing that somebody is.
-- name: Everybody :many
SELECT e.name AS name, e.email AS email, e.role AS role, o.name AS place FROM employees e JOIN offices o ON o.id = e.office_id
UNION ALL
SELECT a.name, a.email, 'administrator', c.name FROM administrators a JOIN customers c ON c.id = a.customer_id
ORDER BY role DESC, name, email, place
LIMIT @max_rows;
